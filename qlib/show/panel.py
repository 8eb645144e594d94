"""Where marks stand: a panel between two axes, with the ticks that it needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from qlib.show.marks import Line, Mark
from qlib.show.tokens import NAMES


@dataclass(frozen=True)
class Axis:
    """One side of a panel.

    Args:
        label: what it measures, with its unit.
        low, high: its ends; None: as the marks need.
        log: whether equal steps are equal factors.
        ticks: where a number or a word stands, position to words; None: at round numbers.
    """

    label: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    ticks: dict[float, str] | None = None

    def settled(self, values: np.ndarray) -> Axis:
        """Fill in what was left open, from the values that the marks have on this side."""
        found = values[np.isfinite(values) & ((values > 0) | (not self.log))]
        found = found if len(found) else np.array([1.0, 10.0] if self.log else [0.0, 1.0])
        low = float(found.min() if self.low is None else self.low)
        high = float(found.max() if self.high is None else self.high)
        if high <= low:
            low, high = (low / 2, low * 2) if self.log else (low - 0.5, low + 0.5)
        ticks = self.ticks
        if ticks is None:
            places = _log_ticks(low, high) if self.log else _ticks(low, high)
            ticks = {place: tidy(place) for place in places if low <= place * (1 + 1e-9) and place <= high * (1 + 1e-9)}
        return replace(self, low=low, high=high, ticks=ticks)


@dataclass(frozen=True)
class Panel:
    """Marks between two axes, or on a bare canvas.

    Args:
        marks: from the lowest to the topmost.
        x, y: the axes; None, both: a canvas whose units are equal both ways, see `Drawing`.
        title: above it.
        share: of the drawing's width, against the other panels'; in a column: of its height.
        beside: pixels kept free at its right, for words there.
        frame: (left, top, right, bottom) of a canvas, in its own units, top below bottom; None: there are axes.
    """

    marks: Sequence[Mark]
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    title: str = ""
    share: float = 1.0
    beside: float = 0.0
    frame: tuple[float, float, float, float] | None = None

    def settled(self) -> Panel:
        """Fill in what the axes left open."""
        if self.frame is not None:
            return self
        reach = [mark.reach() for mark in self.marks]
        x, y = (np.concatenate([[], *(np.ravel(np.asarray(one[k], float)) for one in reach)]) for k in (0, 1))
        return replace(self, x=self.x.settled(x), y=self.y.settled(y))

    def numbers(self) -> dict[str, Any]:
        """Return what the page draws."""
        told = {"marks": [mark.numbers() for mark in self.marks], "title": self.title, "share": self.share}
        if self.frame is not None:
            return told | {"frame": self.frame}
        told["beside"] = self.beside
        return told | {
            name: vars(getattr(self, name)) | {"ticks": list(getattr(self, name).ticks.items())} for name in "xy"
        }


def lines(x: np.ndarray, curves: dict[str, np.ndarray], **look: Any) -> list[Line]:
    """Make one line per label, each in its own colour and dashes, with the label at its end.

    Args:
        x: shape (n,).
        curves: label to values, shape (n,), or (3, n) with a band's low and high end; NaN after a line's end.
        look: more of `Line`, for all.
    """
    made = []
    for i, (label, curve) in enumerate(curves.items()):
        y, *band = np.atleast_2d(curve)
        low, high = band or (None, None)
        made.append(Line(x, y, low, high, label=label, colour=NAMES[i % len(NAMES)], dash=i, **look))
    return made


def calm(values: np.ndarray, at_least: Sequence[float] = (), most: int = 5) -> Axis:
    """Make an axis between round numbers, and few of them, so that it seldom changes while a curve grows.

    Args:
        values: what it reaches; NaN and infinity count for nothing.
        at_least: more of that, which does not stand for values if there is none.
        most: numbers along it, about.
    """
    found = values[np.isfinite(values)]
    found = np.concatenate([found if len(found) else [0.0, 1.0], at_least])
    low, high = float(found.min()), float(found.max())
    if high - low <= 1e-9 * abs(high):  # a level line: numbers around it, not within its rounding
        low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
    places = _ticks(low, high, most, (1, 2.5, 5, 10))
    return Axis(low=places[0], high=places[-1], ticks={place: tidy(place) for place in places})


def tidy(value: float) -> str:
    """Write a number in four digits at most, thousands apart, with a true minus sign."""
    size = abs(value)
    text = f"{value:.0e}" if size and (size < 1e-4 or size >= 1e7) else f"{float(f'{value:.4g}'):,.10g}"
    return text.replace("-", "−")


@cache
def _ticks(low: float, high: float, most: int = 5, steps: tuple[float, ...] = (1, 2, 2.5, 5, 10)) -> list[float]:
    return [float(tick) for tick in MaxNLocator(most, steps=steps).tick_values(low, high)]


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, (last - first) // 5)
    return [10.0**power for power in range(first, last + 1, every)]
