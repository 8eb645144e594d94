"""Marks that are no curves: boxes, arrows and words, of which a canvas is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qlib.show.marks import Mark


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
