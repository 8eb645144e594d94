"""What a moving picture shows, as numbers: plots that share an axis, for static/plots.js, or standing still."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from qlib.show.picture import Picture, figure, lines


@dataclass(frozen=True)
class Plot:
    """One quantity over training, at n points; NaN where there is nothing.

    Args:
        title: what it is, with its unit.
        line: the thick line, shape (1, n); with the band around it (3, n): mean, low, high.
        label: what stands at the line's end.
        height: of the axis, in pixels.
        limits: what the axis shows at least, or None.
        seeds: a thin line for each agent, shape (seeds, n), or None.
        last: what `line` was in the run before, or None.
        dots: one at each point, shape (n,), or None.
        now: where the episode under way stands, or None.
        edge: a level to compare with, and its name, or None.
        key: what the lines mean, in words.
    """

    title: str
    line: np.ndarray
    label: str
    height: int
    limits: tuple[float, float] | None = None
    seeds: np.ndarray | None = None
    last: np.ndarray | None = None
    dots: np.ndarray | None = None
    now: float | None = None
    edge: tuple[float, str] | None = None
    key: str = ""

    def ticks(self) -> list[float]:
        """Return round numbers from below what is drawn to above it; one wild agent does not flatten the others."""
        all_agents = finite(self.seeds)
        curve = self.line if self.seeds is None else self.last
        middle = np.percentile(all_agents, [1, 99]) if len(all_agents) else all_agents
        found = np.concatenate([middle, finite(None if curve is None else curve[0], self.dots)])
        found = np.concatenate([found if len(found) else [0.0, 1.0], finite(self.limits, self.now)])
        low, high = found.min(), max(found.max(), self.edge[0] if self.edge else -math.inf)
        if high - low <= 1e-9 * abs(high):  # a level line: ticks around it, not within its rounding
            low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
        return _ticks(low, high, max(2, self.height // 46))


@dataclass(frozen=True)
class Chart:
    """Plots that share their horizontal axis.

    Args:
        x: where the points lie, shape (n,).
        ends: of the axis.
        unit: of the axis.
        plots: from top to bottom, row by row.
    """

    x: np.ndarray
    ends: tuple[float, float]
    unit: str
    plots: list[Plot]

    def numbers(self) -> dict[str, Any]:
        """Return what static/plots.js draws, arrays as bytes of float64."""
        plots = [{name: sent(x) for name, x in vars(plot).items()} | {"ticks": plot.ticks()} for plot in self.plots]
        ticks = [x for x in _ticks(*self.ends, 5) if self.ends[0] <= x <= self.ends[1]]
        return {name: sent(x) for name, x in vars(self).items()} | {"ticks": ticks, "plots": plots}

    def still(self, alt: str) -> Picture:
        """Draw it as a still picture."""
        heights = [plot.height / 75 for plot in self.plots]
        fig, axes = figure(7.2, sum(heights), len(heights), sharex=True, squeeze=False, height_ratios=heights)
        for ax, plot in zip(axes[:, 0], self.plots, strict=True):
            name = plot.label if plot.seeds is None else f"mean of {agents(len(plot.seeds))}"
            curves = {name: plot.line, "last run": plot.last}
            there = {label: curve for label, curve in curves.items() if curve is not None and len(finite(curve))}
            ax.set_title(plot.title, fontsize=10, loc="left")
            ax.set_xlim(self.ends)
            if plot.limits:
                ax.set_ylim(plot.limits)
            lines(ax, self.x, there)
        axes[-1, 0].set_xlabel(self.unit)
        return Picture(fig, alt)


def agents(n: int) -> str:
    """Write how many agents there are."""
    return "1 agent" if n == 1 else f"{n} agents"


def tidy(x: float) -> str:
    """Write a number in three digits, or whole."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def _ticks(low: float, high: float, most: int) -> list[float]:
    # Few round numbers, so that an axis seldom changes while a curve grows.
    return [float(tick) for tick in MaxNLocator(most, steps=[1, 2.5, 5, 10]).tick_values(low, high)]


def finite(*values: Any) -> np.ndarray:
    """Put all finite numbers of some arrays, or None, into one row."""
    flat = np.concatenate([[], *(np.ravel(x) for x in values if x is not None)])
    return flat[np.isfinite(flat)]


def sent(value: Any) -> Any:
    """Turn an array into the bytes of its float64 numbers, and leave anything else alone."""
    return value.astype(float).tobytes() if isinstance(value, np.ndarray) else value
