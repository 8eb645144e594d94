"""Curves over training: of variants side by side, and such that grow while a job runs, a quantity a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Line, Mark
from qlib.show.panel import Axis, Panel, calm, lines, tidy
from qlib.show.tokens import NAMES
from qlib.study.result import Comparison
from qlib.study.statistics import band

TITLE, EDGE, AXIS = 24, 8, 38  # pixels above a panel's axes, and below them without and with what the axis says
BESIDE = 84  # pixels for the names at the curves' ends, so that an axis keeps its length while they change


def compared(result: Comparison) -> Drawing:
    """Draw each variant's mean greedy score over training, with its 95 % interval over seeds.

    A line ends where a seed has no score: not measured yet, interrupted, or diverged.
    """
    curves = {label: band(result[label]) for label in result.labels}
    curves = {label: curve for label, curve in curves.items() if np.isfinite(curve[0]).any()}
    ends = ", ".join(f"{label} {mean[np.isfinite(mean)][-1]:.0f}" for label, (mean, _, _) in curves.items())
    seeds = result.scores.shape[1]
    words = f"Greedy score over training, mean of {seeds} seeds with its interval. At the lines' ends: {ends}."
    x = Axis("environment steps", 0, int(result.steps[-1]))
    return Drawing(Panel(lines(result.steps, curves), x, Axis("greedy score")), alt=words, height=320)


def growing(
    title: str, marks: Sequence[Mark], values: np.ndarray, at_least: Sequence[float] = (), height: int = 88
) -> Panel:
    """Make a panel whose upright axis seldom changes.

    Args:
        title: what it shows, with its unit.
        marks: from the lowest to the topmost.
        values: what the axis must reach.
        at_least: more of that, which does not stand for values if there is none.
        height: of the axis, in pixels.
    """
    y = calm(values, at_least, max(2, height // 46))
    return Panel(marks, y=y, title=title, share=height, beside=BESIDE)


def stacked(panels: Sequence[Panel], x: Axis, alt: str, columns: int = 1) -> Drawing:
    """Stand panels above one axis, which the lowest row tells.

    Args:
        panels: row by row, as `growing` makes them.
        x: the axis.
        alt: what there is to see.
        columns: panels in a row.
    """
    inner, lowest = replace(x, label="", ticks={}), len(panels) - columns
    placed = [
        replace(panel, x=x if i >= lowest else inner, share=TITLE + panel.share + (AXIS if i >= lowest else EDGE))
        for i, panel in enumerate(panels)
    ]
    height = sum(int(panel.share) for panel in placed[::columns])
    return Drawing(*placed, alt=alt, height=height, width=860, column=columns)


def over_seeds(result: Comparison, last: Comparison | None, limits: Sequence[float], alt: str) -> Drawing:
    """Draw a comparison's first variant over the run before: its score, and its diagnostics below.

    Args:
        result: NaN where nothing is measured yet.
        last: the run before, of the same shape, or None.
        limits: what the score's axis shows at least.
        alt: what there is to see.
    """
    title = f"greedy score of {agents(result.scores.shape[1])}, their mean and its 95 % interval"
    found = [(title, result.scores[0], last.scores[0] if last else None, limits, 230)]
    for name, values in result.diagnostics.items():
        found.append((name, values[0], last.diagnostics[name][0] if last else None, (), 84))
    panels = [
        _run(result.steps, name, values, before, limits, height, i)
        for i, (name, values, before, limits, height) in enumerate(found)
    ]
    return stacked(panels, Axis("environment steps", 0, int(result.steps[-1])), alt)


def _run(
    steps: np.ndarray,
    title: str,
    values: np.ndarray,
    before: np.ndarray | None,
    limits: Sequence[float],
    height: int,
    which: int,
) -> Panel:
    look: Any = {"colour": NAMES[which % len(NAMES)]}
    mean, low, high = band(values)
    each = np.column_stack([values, np.full(len(values), np.nan)])  # one mark for all, with a gap after each
    marks: list[Mark] = [Line(np.tile([*steps, np.nan], len(values)), each.ravel(), width=1, opacity=0.3, **look)]
    there = values[np.isfinite(values)]
    seen = np.percentile(there, [1, 99]) if len(there) else there  # one wild agent does not flatten the others
    if before is not None:
        last, *_ = band(before)
        marks.append(Line(steps, last, label="last run", colour="faint", dash=1, width=1.4))
        seen = np.concatenate([seen, last])
    end = np.flatnonzero(np.isfinite(mean))[-1:]
    label = f"mean {latest(mean)}" if len(end) else ""
    marks += [
        Line(steps, mean, low, high, label=label, dash=which, **look),
        Dots(steps[end], mean[end], size=6, **look),
    ]
    return growing(title, marks, seen, limits, height)


def latest(values: Sequence[float] | np.ndarray) -> str:
    """Write the last finite number there is, or nothing."""
    found = np.asarray(values, float)
    return "".join(map(tidy, found[np.isfinite(found)][-1:]))


def agents(n: int) -> str:
    """Write how many agents there are."""
    return "1 agent" if n == 1 else f"{n} agents"
