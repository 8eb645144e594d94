"""Lesson 06's picture of many seeds: the learner's runs beside qlib's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.own_run import GOOD
from qlib.show.picture import COLOURS, Picture, figure
from qlib.study.statistics import mean_interval

Values = Mapping[str, np.ndarray]


def beside(yours: Values, theirs: Values) -> Picture:
    """Draw the training steps of the learner's runs and of qlib's: filled where the pole stood, hollow where not."""
    fig, ax = figure(7.2, 2.4)
    words = []
    for row, (name, runs) in enumerate({"yours": yours, "qlib's": theirs}.items()):
        good = runs["score"] >= GOOD
        _row(ax, row, runs["steps"], COLOURS[row], good)
        words.append(f"{name}: {good.sum()} of {len(good)} balance, {np.mean(runs['steps']):,.0f} steps in the mean")
    ax.set(xlabel=f"training steps, hollow: a score under {GOOD}", xlim=(0, None))
    ax.set(ylim=(1.6, -0.5), yticks=range(2), yticklabels=["yours", "qlib's"])
    return Picture(fig, f"Training steps of each seed. {'; '.join(words)}.")


def _row(ax, row: int, samples: np.ndarray, colour, filled: np.ndarray | None = None) -> None:
    mean, low, high = mean_interval(samples)
    shift = np.linspace(-0.16, 0.12, len(samples))  # so that equal seeds do not hide each other
    inside = np.ones(len(samples), bool) if filled is None else filled
    ax.plot(samples[inside], row + shift[inside], "o", color=colour, alpha=0.6, markersize=4)
    ax.plot(samples[~inside], row + shift[~inside], "o", color=colour, mfc="none", markersize=5)
    ax.plot([low, high], [row + 0.3] * 2, color=colour, linewidth=2)
    ax.plot(mean, row + 0.3, "D", color=colour, markersize=6)
