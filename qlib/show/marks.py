"""What a drawing is made of: marks, each of which tells its numbers and words to the page (static/marks.js)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Numbers = Sequence[float] | np.ndarray


class Mark:
    """One kind of thing to draw."""

    def numbers(self) -> dict[str, Any]:
        """Return its kind and all that the page needs."""
        given = {name: value for name, value in vars(self).items() if value is not None and not _empty(value)}
        return {"kind": type(self).__name__.lower()} | {name: short(value) for name, value in given.items()}

    def reach(self) -> tuple[Any, Any]:
        """Return the x and the y values that an axis should show."""
        return [], []


@dataclass(frozen=True, eq=False)
class Line(Mark):
    """A curve, with a band around it if there is one, and its name at its end.

    Args:
        x, y: shape (n,); NaN where there is nothing.
        low, high: the band's ends, shape (n,), or None.
        label: at the line's end.
        colour: a name of `tokens.NAMES`.
        dash: 0 is solid; see `tokens.DASHES`.
        width: in pixels.
        filled: whether the room between it and 0 is tinted.
        opacity: of the curve, for one of many; None: whole.
    """

    x: Numbers
    y: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    label: str = ""
    colour: str = "blue"
    dash: int = 0
    width: float = 2.0
    filled: bool = False
    opacity: float | None = None

    def reach(self) -> tuple[Any, Any]:
        band = [each for each in (self.low, self.high) if each is not None]
        return self.x, np.concatenate([np.ravel(self.y), *band, [0.0] if self.filled else []])


@dataclass(frozen=True, eq=False)
class Dots(Mark):
    """Points.

    Args:
        x, y: shape (n,).
        colour: a name of a colour.
        size: across, in pixels.
        shape: "o", "s", "^" or "D".
        label: beside the last one.
        hollow: whether only the outline is drawn.
    """

    x: Numbers
    y: Numbers
    colour: str = "blue"
    size: float = 5.0
    shape: str = "o"
    label: str = ""
    hollow: bool = False

    def reach(self) -> tuple[Any, Any]:
        return self.x, self.y


@dataclass(frozen=True, eq=False)
class Interval(Mark):
    """Means with their intervals.

    Args:
        x, y: where they stand, shape (n,).
        low, high: the interval's ends, shape (n,); NaN where there is none.
        along: "y" if the interval goes upwards, "x" if sideways.
        colour, shape, label: as of `Dots`.
    """

    x: Numbers
    y: Numbers
    low: Numbers
    high: Numbers
    along: str = "y"
    colour: str = "blue"
    shape: str = "o"
    label: str = ""

    def reach(self) -> tuple[Any, Any]:
        ends = np.concatenate([np.ravel(self.low), np.ravel(self.high)])
        x, y = np.ravel(self.x), np.ravel(self.y)
        return (np.concatenate([x, ends]), y) if self.along == "x" else (x, np.concatenate([y, ends]))


@dataclass(frozen=True, eq=False)
class Bars(Mark):
    """Bars.

    Args:
        x: their middles, shape (n,); of level ones: where they end.
        y: their tops, shape (n,); of level ones: their middles.
        base: where they begin, one number or shape (n,).
        width: in units of x; of level ones: of y.
        along: "y" if they stand upright, "x" if they lie level.
        colour: a name of a colour, or one for each.
        hatched: whether they are striped, so that they differ without colour as well.
        words: at each bar's end, shape (n,), or None.
    """

    x: Numbers
    y: Numbers
    base: float | Numbers = 0.0
    width: float = 0.8
    along: str = "y"
    colour: str | Sequence[str] = "blue"
    hatched: bool = False
    words: Sequence[str] | None = None

    def reach(self) -> tuple[Any, Any]:
        middles, ends = (self.y, self.x) if self.along == "x" else (self.x, self.y)
        middle, half = np.asarray(middles, float), self.width / 2
        across, along = (
            np.concatenate([middle - half, middle + half]),
            np.concatenate([np.ravel(ends), np.ravel(self.base)]),
        )
        return (along, across) if self.along == "x" else (across, along)


@dataclass(frozen=True, eq=False)
class Heat(Mark):
    """A map: one colour a cell.

    Args:
        values: shape (rows, columns), the first row at the bottom; with `colours`, whole numbers that choose one.
        left, right, bottom, top: the edges, in units of the axes.
        low, high: the ends of the scale; None: the values'.
        scale: "values", or "differences" with 0 in the middle.
        colours: names of colours, in place of a scale.
        label: what the scale measures.
        smooth: whether the colours run from the middle of one cell to the next one's.
    """

    values: np.ndarray
    left: float
    right: float
    bottom: float
    top: float
    low: float | None = None
    high: float | None = None
    scale: str = "values"
    colours: Sequence[str] | None = None
    label: str = ""
    smooth: bool = False

    def numbers(self) -> dict[str, Any]:
        low, high = self.ends()
        return super().numbers() | {"low": low, "high": high}

    def ends(self) -> tuple[float, float]:
        """Return the scale's ends."""
        found = self.values[np.isfinite(self.values)]
        found = found if len(found) else np.zeros(1)
        low = float(found.min() if self.low is None else self.low)
        high = float(found.max() if self.high is None else self.high)
        if self.scale == "differences":
            high = max(abs(low), abs(high))
            low = -high
        return low, high

    def reach(self) -> tuple[Any, Any]:
        return [self.left, self.right], [self.bottom, self.top]


@dataclass(frozen=True, eq=False)
class Rule(Mark):
    """A line straight across a panel.

    Args:
        at: where it crosses its axis.
        along: "x": level, at a value of y; "y": upright, at a value of x.
        label: at its end.
        colour, dash, width: as of `Line`.
    """

    at: float
    along: str = "x"
    label: str = ""
    colour: str = "faint"
    dash: int = 1
    width: float = 1.4

    def reach(self) -> tuple[Any, Any]:
        return ([], [self.at]) if self.along == "x" else ([self.at], [])


def short(value: Any) -> Any:
    """Turn arrays into lists of numbers that are exact to a ten-thousandth of their span, and NaN into None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, int)):  # most are: a drawing made beforehand asks thousands of times
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or array.dtype.kind in "iu":
        return array.tolist()
    finite = np.abs(array[np.isfinite(array)])
    digits = 5 - int(np.ceil(np.log10(finite.max()))) if finite.size and finite.max() > 0 else 0
    listed = np.round(array.astype(float), digits).tolist()
    return listed if np.isfinite(array).all() else _without_nan(listed)


def _without_nan(listed: list) -> list:
    return [_without_nan(x) if isinstance(x, list) else x if math.isfinite(x) else None for x in listed]


def _empty(value: Any) -> bool:
    return isinstance(value, str) and not value
