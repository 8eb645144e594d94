"""Pictures of lesson 13: the same scores under several statistics, and one's own run among the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from qlib.plotting import COLOURS, DASHES, Picture, figure, label_ends
from qlib.statistics import interquartile_mean

STATISTICS: dict[str, Callable] = {
    "mean": np.mean,
    "median": np.median,
    "middle half": interquartile_mean,
    "best seed": np.max,
    "best checkpoint": np.mean,  # of each seed's best
}
MARKERS = ["o", "s", "^", "D", "v", "P"]


def report(scores: np.ndarray, statistic: str) -> float:
    """Boil a variant's scores down to one number.

    Args:
        scores: shape (seeds, checkpoints).
        statistic: one of `STATISTICS`; all but "best checkpoint" take the last checkpoint.
    """
    values = scores.max(1) if statistic == "best checkpoint" else scores[:, -1]
    return float(STATISTICS[statistic](values))


def ranking(
    variants: Mapping[str, np.ndarray], statistic: str, seeds: int, first: int, most: float = 500.0
) -> tuple[Picture, str]:
    """Draw each seed's final score and one number for each variant, and name the order that the numbers give.

    Args:
        variants: label to scores, shape (all seeds, checkpoints).
        statistic: one of `STATISTICS`.
        seeds: how many seeds to look at.
        first: the first of them; after the last comes the first again.
        most: the highest score there is.
    """
    fig, ax = figure(7.2, 0.62 * len(variants) + 1.1)
    numbers = {}
    for i, (label, scores) in enumerate(variants.items()):
        taken = scores[(first + np.arange(seeds)) % len(scores)]
        numbers[label] = report(taken, statistic)
        shown = taken.max(1) if statistic == "best checkpoint" else taken[:, -1]
        ax.plot(shown, np.full(seeds, i) + np.linspace(-0.14, 0.14, seeds), ".", color="#767676", markersize=5)
        ax.plot(numbers[label], i, MARKERS[i % len(MARKERS)], color=COLOURS[i % len(COLOURS)], markersize=9)
        ax.text(1.02, i, f"{numbers[label]:.0f}", transform=ax.get_yaxis_transform(), va="center", color=COLOURS[i])
    ax.set_yticks(range(len(variants)), list(variants))
    ax.set(xlim=(0, 1.02 * most), ylim=(len(variants) - 0.5, -0.5), xlabel="greedy score")
    ax.grid(axis="y", visible=False)
    order = sorted(numbers, key=lambda label: -numbers[label])
    words = f"{statistic}, {seeds} of the seeds from {first} on: " + ", ".join(
        f"{label} {numbers[label]:.0f}" for label in order
    )
    return Picture(fig, f"Final scores of single seeds as dots, and one number for each variant. {words}."), words


def among(steps: np.ndarray, variants: Mapping[str, np.ndarray], own: tuple[int, float, str]) -> Picture:
    """Draw the mean of each variant over training, the middle half of its seeds as a band, and one's own agent.

    Args:
        steps: shape (checkpoints,).
        variants: label to scores, shape (seeds, checkpoints).
        own: environment steps, score and name of one's own agent.
    """
    fig, ax = figure(7.2, 3.6)
    ax.set(xlabel="environment steps", ylabel="greedy score", xlim=(0, steps[-1]), ylim=(0, 510))
    ends = []
    for i, (label, scores) in enumerate(variants.items()):
        mean = scores.mean(0)
        ax.fill_between(steps, *np.percentile(scores, [25, 75], axis=0), color=COLOURS[i], alpha=0.12, linewidth=0)
        ax.plot(steps, mean, color=COLOURS[i], linestyle=DASHES[i], linewidth=1.8)
        ends.append((float(steps[-1]), float(mean[-1]), label, COLOURS[i]))
    label_ends(ax, ends)
    at, score, name = own
    ax.plot(min(at, steps[-1]), score, "*", color="black", markersize=13)
    ax.annotate(name, (min(at, steps[-1]), score), (8, -12), textcoords="offset points", fontsize=9)
    words = f"{name}: {score:.0f} after {at:,} steps"
    return Picture(fig, f"Mean scores with the middle half of the seeds: {', '.join(variants)}. A star marks {words}.")
