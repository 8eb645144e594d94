"""Means over seeds with their intervals, side by side or row by row among the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Interval, Mark
from qlib.show.panel import Axis, Panel
from qlib.show.tokens import NAMES
from qlib.study.statistics import mean_interval

SHAPES = ("o", "s", "^", "D")


def intervals(groups: Mapping[str, Mapping[str, np.ndarray]], unit: str) -> Drawing:
    """Draw a mean with its 95 % interval for each label in each group; 0 is in sight.

    Args:
        groups: group to label to one number per seed; every group has the same labels. One group stands row by row,
            several side by side.
        unit: what the numbers are, for the axis.
    """
    labels = list(next(iter(groups.values())))
    found = {label: np.transpose([mean_interval(group[label]) for group in groups.values()]) for label in labels}
    means = "; ".join(
        f"{name}: " + ", ".join(f"{label} {np.mean(group[label]):.0f}" for label in labels)
        for name, group in groups.items()
    )
    alt = f"{unit}, mean over seeds with its 95 % interval. {means}."
    if len(groups) == 1:
        return Drawing(_rows(found, unit), alt=alt, height=70 + 34 * len(labels))
    places, shift = np.arange(len(groups)), np.linspace(-0.3, 0.3, len(labels)) if len(labels) > 1 else np.zeros(1)
    marks = []
    for i, label in enumerate(labels):
        mean, low, high = found[label]
        marks.append(Interval(places + shift[i], mean, low, high, label=label, **_look(i)))
    x = Axis("", -0.5, len(groups) - 0.5, ticks=dict(zip(places.tolist(), groups, strict=True)))
    return Drawing(Panel(marks, x, _with_zero(found, unit)), alt=alt, height=320)


def each_seed(
    groups: Mapping[str, Sequence[float] | np.ndarray],
    unit: str,
    hollow: Mapping[str, np.ndarray] | None = None,
    guess: float | None = None,
) -> Drawing:
    """Draw a dot for each seed, row by row, and each row's mean with its 95 % interval.

    Args:
        groups: label to one number per seed, none below 0.
        unit: what the numbers are, for the axis.
        hollow: label to which of its dots are hollow, shape (seeds,); None: none is.
        guess: of the last row's mean; it is drawn in.
    """
    marks: list[Mark] = []
    for i, (label, samples) in enumerate(groups.items()):
        values, look = np.asarray(samples, float), NAMES[i % len(NAMES)]
        mean, low, high = mean_interval(values)
        empty = np.zeros(len(values), bool) if hollow is None else hollow[label]
        rows = np.linspace(0.14, -0.14, len(values)) - i  # so that equal seeds do not hide each other
        for which, is_hollow in ((~empty, False), (empty, True)):
            if which.any():
                marks.append(Dots(values[which], rows[which], look, 6, hollow=is_hollow))
        marks.append(Interval([mean], [0.32 - i], [low], [high], "x", look, "D"))
    reached = {label: np.asarray(samples, float) for label, samples in groups.items()}
    words = f"{unit}: a dot for each seed, and the mean with its 95 % interval. "
    words += "; ".join(f"{label} {np.mean(samples):,.0f}" for label, samples in groups.items()) + "."
    if guess is not None:
        marks.append(Dots([guess], [0.62 - i], NAMES[len(groups)], 9, "^", "your guess"))
        reached["your guess"] = np.array([guess])
        words += f" Your guess was {guess:g}."
    y = Axis("", 0.5 - len(groups), 0.8, ticks={-row: label for row, label in enumerate(groups)})
    return Drawing(Panel(marks, _with_zero(reached, unit), y), alt=words, height=70 + 70 * len(groups))


def _rows(found: Mapping[str, np.ndarray], unit: str) -> Panel:
    rows = np.arange(len(found))[::-1].astype(float)
    marks = [
        Interval(mean, rows[i : i + 1], low, high, along="x", **_look(i))
        for i, (mean, low, high) in enumerate(found.values())
    ]
    ticks = dict(zip(rows.tolist(), found, strict=True))
    return Panel(marks, _with_zero(found, unit), Axis("", -0.6, len(found) - 0.4, ticks=ticks))


def _with_zero(found: Mapping[str, np.ndarray], unit: str) -> Axis:
    ends = [0.0, *np.concatenate([np.ravel(each) for each in found.values()])]
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = 0.04 * (high - low)  # for the whole of a marker
    return Axis(unit, low - room * (low < 0), high + room * (high > 0))


def _look(i: int) -> dict[str, Any]:
    return {"colour": NAMES[i % len(NAMES)], "shape": SHAPES[i % len(SHAPES)]}
