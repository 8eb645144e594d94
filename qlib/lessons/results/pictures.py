"""Pictures of lesson 16: the same scores under several statistics, and one's own run among the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from qlib.show.picture import COLOURS, MARKERS, Picture, figure, lines, note
from qlib.study.statistics import interquartile_mean

STATISTICS: dict[str, Callable] = {
    "mean": lambda scores: scores[:, -1].mean(),
    "median": lambda scores: np.median(scores[:, -1]),
    "middle half": lambda scores: interquartile_mean(scores[:, -1]),
    "best seed": lambda scores: scores[:, -1].max(),
    "best checkpoint": lambda scores: scores.max(1).mean(),
}
"""What boils scores of shape (seeds, checkpoints) down to one number."""


def ranking(variants: Mapping[str, np.ndarray], statistic: str, seeds: int, first: int) -> tuple[Picture, str]:
    """Draw each seed's final score and one number for each variant, and name the order that the numbers give.

    Args:
        variants: label to scores, shape (all seeds, checkpoints).
        statistic: one of `STATISTICS`.
        seeds: how many seeds to look at.
        first: the first of them; after the last comes the first again.
    """
    fig, ax = figure(7.2, 0.62 * len(variants) + 1.1)
    numbers = {}
    for i, (label, scores) in enumerate(variants.items()):
        taken = scores[(first + np.arange(seeds)) % len(scores)]
        numbers[label] = float(STATISTICS[statistic](taken))
        shown = taken.max(1) if statistic == "best checkpoint" else taken[:, -1]
        ax.plot(shown, np.full(seeds, i) + np.linspace(-0.14, 0.14, seeds), ".", color="#767676", markersize=5)
        ax.plot(numbers[label], i, MARKERS[i], color=COLOURS[i], markersize=9)
        ax.text(1.02, i, f"{numbers[label]:.0f}", transform=ax.get_yaxis_transform(), va="center", color=COLOURS[i])
    ax.set_yticks(range(len(variants)), list(variants))
    ax.set(xlim=(0, 510), ylim=(len(variants) - 0.5, -0.5), xlabel="greedy score")
    ax.grid(axis="y", visible=False)
    order = ", ".join(f"{label} {numbers[label]:.0f}" for label in sorted(numbers, key=lambda label: -numbers[label]))
    words = f"{statistic}, {seeds} of the seeds from {first} on: {order}"
    return Picture(fig, f"Final scores of single seeds as dots, and one number for each variant. {words}."), words


def among(steps: np.ndarray, variants: Mapping[str, np.ndarray], own: tuple[int, float, str]) -> Picture:
    """Draw the median of each variant over training, the middle half of its seeds as a band, and one's own agent.

    Args:
        steps: shape (checkpoints,).
        variants: label to scores, shape (seeds, checkpoints).
        own: environment steps, score and name of one's own agent.
    """
    fig, ax = figure(7.2, 3.6)
    ax.set(xlabel="environment steps", ylabel="greedy score", xlim=(0, steps[-1]), ylim=(0, 510))
    lines(ax, steps, {label: np.percentile(scores, [50, 25, 75], axis=0) for label, scores in variants.items()})
    at, score, name = own
    star = min(at, steps[-1]), score
    ax.plot(*star, "*", color="black", markersize=13)
    note(ax, name, star, (8, -12))
    ax.set_title("median of the seeds; band: the middle half of them", fontsize=9)
    words = f"{', '.join(variants)}. A star marks {name}: {score:.0f} after {at:,} steps"
    return Picture(fig, f"Median scores with the middle half of the seeds: {words}.")
