"""Marks that are no curves: boxes, arrows and words, of which a canvas is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qlib.show.marks import Mark, Numbers


@dataclass(frozen=True, eq=False)
class Box(Mark):
    """A rectangle with words in it.

    Args:
        x, y: its middle.
        width, height: in units of the axes.
        words: in its middle.
        colour: of its edge, or of the words if there is none.
        fill: the name of a colour that tints it, or "".
        edge: the edge's width in pixels; 0: none.
        round: whether it is an ellipse.
        bold: the words.
        size: of the words, in pixels.
        dash: of the edge.
        solid: whether it hides what lies under it.
    """

    x: float
    y: float
    width: float
    height: float
    words: str = ""
    colour: str = "ink"
    fill: str = ""
    edge: float = 1.0
    round: bool = False
    bold: bool = False
    size: float = 13.0
    dash: int = 0
    solid: bool = False

    def reach(self) -> tuple[Any, Any]:
        x, y = self.width / 2, self.height / 2
        return [self.x - x, self.x + x], [self.y - y, self.y + y]


@dataclass(frozen=True, eq=False)
class Arrow(Mark):
    """An arrow.

    Args:
        x, y: where it begins.
        to_x, to_y: where it points.
        bend: to which side it bows, as a share of its length.
        colour: a name of a colour.
        width: in pixels.
        head: whether it has one.
    """

    x: float
    y: float
    to_x: float
    to_y: float
    bend: float = 0.0
    colour: str = "ink"
    width: float = 1.8
    head: bool = True

    def reach(self) -> tuple[Any, Any]:
        return [self.x, self.to_x], [self.y, self.to_y]


@dataclass(frozen=True, eq=False)
class Words(Mark):
    """A few words at a place.

    Args:
        x, y: where, in units of the axes.
        words: what.
        colour: a name of a colour.
        anchor: "start", "middle" or "end": which end of the words stands there.
        right, up: by how many pixels they are moved.
        size: in pixels.
        bold: whether they are.
        turned: whether they run upwards.
    """

    x: float
    y: float
    words: str
    colour: str = "ink"
    anchor: str = "start"
    right: float = 0.0
    up: float = 0.0
    size: float = 12.0
    bold: bool = False
    turned: bool = False


@dataclass(frozen=True, eq=False)
class Joins(Mark):
    """Lines from each place of one column to each place of another, as thick as what they carry.

    Args:
        x, y: where they begin: one column, and heights, shape (n,).
        to_x, to_y: where they end: one column, and heights, shape (m,).
        strength: shape (m, n), whole numbers from -8 to 8: blue above 0, vermilion and dashed below, none at 0; None:
            all are alike.
    """

    x: float
    y: Numbers
    to_x: float
    to_y: Numbers
    strength: np.ndarray | None = None

    def reach(self) -> tuple[Any, Any]:
        return [self.x, self.to_x], np.concatenate([np.ravel(self.y), np.ravel(self.to_y)])
