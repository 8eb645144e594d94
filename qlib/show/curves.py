"""Learning curves of many agents: as SVG that is drawn in a millisecond while they learn, and as a still picture."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from qlib.show import picture as plotting
from qlib.study.statistics import mean_interval

CSS = (Path(__file__).parent / "static" / "live.css").read_text()
WIDTH, LEFT, RIGHT, ABOVE, GAP = 900, 48, 100, 20, 26  # of the whole, its margins, and between panels, in pixels
HEIGHTS = 230, 84  # of the first panel and of the others
COLOURS = "--blue", "--vermilion", "--green", "--purple"
DASHES = "", "6 3", "2 2", "8 2 2 2"


@dataclass(frozen=True)
class Panel:
    """One quantity of all agents over training.

    Args:
        title: what it is, with its unit.
        values: shape (seeds, checkpoints); NaN where nothing is measured.
        last: the same quantity in the run before, shape (seeds, checkpoints); all NaN if there was none.
        limits: what the axis shows at least, (low, high), or None.
    """

    title: str
    values: np.ndarray
    last: np.ndarray
    limits: tuple[float, float] | None = None


def band(values: np.ndarray) -> np.ndarray:
    """Average over seeds, with the 95 % bootstrap interval.

    Args:
        values: shape (seeds, checkpoints).

    Returns:
        Mean, low and high, shape (3, checkpoints): NaN where a seed has no finite number; one seed has no interval.
    """
    return np.array([_interval(column.tobytes()) for column in np.asarray(values, float).T]).T


@lru_cache(2048)  # a growing picture asks for its first columns again and again
def _interval(column: bytes) -> tuple[float, float, float]:
    seeds = np.frombuffer(column)
    if not np.isfinite(seeds).all():
        return math.nan, math.nan, math.nan
    return mean_interval(seeds) if len(seeds) > 1 else (float(seeds[0]), math.nan, math.nan)


def still(steps: np.ndarray, panels: Sequence[Panel], alt: str) -> plotting.Picture:
    """Draw the panels below one another as a still picture: see `live`."""
    heights = [3] + [1.3] * (len(panels) - 1)
    fig, axes = plotting.figure(7.2, sum(heights), len(panels), sharex=True, squeeze=False, height_ratios=heights)
    for ax, panel in zip(axes[:, 0], panels, strict=True):
        runs = {f"mean of {agents(len(panel.values))}": band(panel.values), "last run": band(panel.last)}
        runs = {label: run for label, run in runs.items() if np.isfinite(run[0]).any()}
        ax.set_title(panel.title, fontsize=10, loc="left")
        ax.set_xlim(0, steps[-1])
        if panel.limits:
            ax.set_ylim(*panel.limits)
        plotting.lines(
            ax, steps, {k: run[0] for k, run in runs.items()}, {k: (run[1], run[2]) for k, run in runs.items()}
        )
    axes[-1, 0].set_xlabel("environment steps")
    return plotting.Picture(fig, alt)


def live(steps: np.ndarray, panels: Sequence[Panel], label: str) -> str:
    """Draw the panels below one another: each agent thin, the mean with its interval, the run before pale and dashed.

    Args:
        steps: environment steps at the checkpoints, shape (checkpoints,); the last is the axis' end.
        panels: at least one.
        label: the picture in words, for screen readers.

    Returns:
        HTML with inline SVG in the colours of JupyterLab's theme.
    """
    parts, top = [], ABOVE
    for i, panel in enumerate(panels):
        height = HEIGHTS[min(i, 1)]
        parts += _panel(steps, panel, top, height, i)
        top += height + GAP
    bottom = top - GAP + 15
    for step in MaxNLocator(5, integer=True).tick_values(0, steps[-1]):
        if step <= steps[-1]:
            parts.append(_text(_x(steps, step), bottom, f"{step:,.0f}", "faint", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, bottom + 16, "environment steps", "faint", "middle"))
    key = f"thick: mean of {agents(len(panels[0].values))}, with its 95 % interval · thin: each agent"
    parts.append(_text(WIDTH - RIGHT, 12, key, "faint", "end"))
    return (
        f'<style>{CSS}</style><div class="qlib-live no-cart" role="img" aria-label="{html.escape(label)}">'
        f'<svg viewBox="0 0 {WIDTH} {bottom + 22}" aria-hidden="true">{"".join(parts)}</svg></div>'
    )


def _panel(steps: np.ndarray, panel: Panel, top: float, height: float, i: int) -> list[str]:
    mean, low, high = band(panel.values)
    last = band(panel.last)[0]
    ticks = _ticks(panel, last, 5 if i == 0 else 3)
    scale = height / (ticks[-1] - ticks[0])

    def path(*curves: np.ndarray) -> str:
        """Join a curve's finite points; a second one leads back, so that the two enclose an area."""
        there = np.isfinite(curves).all(0)
        points: list[str] = []
        for curve, way in zip(curves, (1, -1), strict=False):
            ys = np.clip(top + (ticks[-1] - curve[there]) * scale, top, top + height)
            points += [f"{x:.1f},{y:.1f}" for x, y in zip(_x(steps, steps[there]), ys, strict=True)][::way]
        return " ".join(points)

    def end(curve: np.ndarray) -> tuple[float, float]:
        at = np.flatnonzero(np.isfinite(curve))[-1]
        return _x(steps, steps[at]), float(np.clip(top + (ticks[-1] - curve[at]) * scale, top, top + height))

    parts = [_text(LEFT, top - 8, panel.title)]
    for tick in ticks:
        y = top + (ticks[-1] - tick) * scale
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="rule"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{tick:,.4g}", "faint", "end"))
    colour = f"var({COLOURS[i % len(COLOURS)]})"
    parts += [f'<polyline points="{path(seed)}" class="seed" style="stroke:{colour}"/>' for seed in panel.values]
    parts.append(f'<polygon points="{path(low, high)}" class="band" style="fill:{colour}"/>')
    shift = 0.0
    if np.isfinite(last).any():
        parts.append(f'<polyline points="{path(last)}" class="line last"/>')
        x, y = end(last)
        if np.isfinite(mean).any() and abs(end(mean)[1] - y) < 14 and end(mean)[0] > x - 70:
            shift = 7.0 if end(mean)[1] > y else -7.0
        parts.append(_text(x + 6, y + 4 - shift, "last run", "faint halo"))
    if np.isfinite(mean).any():
        x, y = end(mean)
        dash = DASHES[i % len(DASHES)]
        parts.append(
            f'<polyline points="{path(mean)}" class="line" stroke-dasharray="{dash}" style="stroke:{colour}"/>'
        )
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" style="fill:{colour}"/>')
        words = f"mean {tidy(mean[np.isfinite(mean)][-1])}"
        parts.append(_text(x + 6, y + 4 + shift, words, "halo", colour=colour))
    return parts


def _ticks(panel: Panel, last: np.ndarray, most: int) -> np.ndarray:
    """Return round numbers from below what is drawn to above it; one wild agent does not flatten the others."""
    shown = panel.values[np.isfinite(panel.values)]
    inside = np.percentile(shown, [1, 99]) if shown.size else np.array([])
    found = np.concatenate([inside, last[np.isfinite(last)], panel.limits or []])
    low, high = (found.min(), found.max()) if found.size else (0.0, 1.0)
    if high - low <= 1e-9 * abs(high):  # a level line: ticks around it, not within its rounding
        low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
    return np.asarray(MaxNLocator(most).tick_values(low, high))


def _x(steps: np.ndarray, at):
    return LEFT + at / steps[-1] * (WIDTH - LEFT - RIGHT)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start", colour: str = "") -> str:
    style = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{style}>{html.escape(words)}</text>'


def agents(n: int) -> str:
    """Write how many agents there are."""
    return "1 agent" if n == 1 else f"{n} agents"


def tidy(x: float) -> str:
    """Write a number in three digits, or whole."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"
