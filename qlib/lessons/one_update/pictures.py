"""Lesson 06's pictures of many seeds: the learner's runs beside qlib's, and what each mistake does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.own_run import GOOD
from qlib.show.picture import COLOURS, Picture, figure
from qlib.study.statistics import mean_interval

WHOLE, OPEN, BELOW = COLOURS[0], COLOURS[2], COLOURS[1]
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


def mistakes(found: Values) -> Picture:
    """Draw each mistake's score, one dot per seed, with the mean and its interval; the highest mean first."""
    order = sorted(found, key=lambda name: -float(np.mean(found[name])))
    fig, ax = figure(8.4, 0.8 + 0.48 * len(order))
    words = []
    for row, name in enumerate(order):
        change = mean_interval(found[name] - found["none"]) if name != "none" else None
        colour = WHOLE if change is None else BELOW if change.below() else OPEN
        _row(ax, row, found[name], colour)
        words.append(f"{name} {np.mean(found[name]):.0f}" + (f" ({change:+.0f})" if change else ""))
    ax.axvline(float(np.mean(found["none"])), color=WHOLE, linewidth=1, linestyle=":")
    labels = [name.replace("none", "none: the whole agent") for name in order]
    ax.set(xlabel="score over training, steps", xlim=(0, None))
    ax.set(ylim=(len(order) - 0.4, -0.6), yticks=range(len(order)), yticklabels=labels)
    text = "Mean scores over 16 seeds, with what they lie above or below the whole agent's"
    return Picture(fig, f"{text}: {'; '.join(words)}.")


def _row(ax, row: int, samples: np.ndarray, colour, filled: np.ndarray | None = None) -> None:
    mean, low, high = mean_interval(samples)
    shift = np.linspace(-0.16, 0.12, len(samples))  # so that equal seeds do not hide each other
    inside = np.ones(len(samples), bool) if filled is None else filled
    ax.plot(samples[inside], row + shift[inside], "o", color=colour, alpha=0.6, markersize=4)
    ax.plot(samples[~inside], row + shift[~inside], "o", color=colour, mfc="none", markersize=5)
    ax.plot([low, high], [row + 0.3] * 2, color=colour, linewidth=2)
    ax.plot(mean, row + 0.3, "D", color=colour, markersize=6)
