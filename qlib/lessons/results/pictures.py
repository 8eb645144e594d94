"""Pictures of lesson 16: one score under several statistics, one's own run among others, and when a run is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from qlib.show.picture import COLOURS, DASHES, MARKERS, Picture, figure, label_ends, lines, moving_mean, note
from qlib.study.profiles import performance_profile
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
    ax.plot(*star, "*", color="black", markersize=13, clip_on=False)  # whole on the border, too
    late, high = star[0] > 0.7 * steps[-1], star[1] > 50
    note(ax, name, star, (-8 if late else 8, -14 if high else 8), ha="right" if late else "left")
    ax.set_title("median of the seeds; band: the middle half of them", fontsize=9)
    words = f"{', '.join(variants)}. A star marks {name}: {score:.0f} after {at:,} steps"
    return Picture(fig, f"Median scores with the middle half of the seeds: {words}.")


def profiles(ends: Mapping[str, np.ndarray]) -> Picture:
    """Draw for each recipe the share of seeds that get to each score, with the band that holds the whole curve.

    Args:
        ends: recipe to final scores, shape (seeds,).
    """
    scores = np.arange(0, 501)
    fig, ax = figure(7.2, 3.4)
    ax.set(xlabel="greedy score at the end", ylabel="share of seeds at or above", xlim=(0, 500), ylim=(0, 1))
    lines(ax, scores, {label: performance_profile(each, scores) for label, each in ends.items()})
    at = ", ".join(f"{label} {(each >= 100).mean():.0%} and {(each >= 475).mean():.0%}" for label, each in ends.items())
    return Picture(fig, f"Shares of seeds that get to each score, with bands; to 100 and to 475 steps: {at}.")


def fooled(ours: np.ndarray, theirs: np.ndarray) -> tuple[Picture, dict[int, int]]:
    """Draw from how many of the places to begin the better recipe's neighbouring seeds do not come out above.

    Args:
        ours, theirs: final scores of the better and of the other recipe, shape (seeds,).

    Returns:
        The picture, and by number of seeds in how many places the mean of theirs is level with ours or above.
    """
    n = len(ours)
    taken = {seeds: (np.arange(n)[:, None] + np.arange(seeds)) % n for seeds in range(1, n + 1)}
    times = {seeds: int((theirs[at].mean(1) >= ours[at].mean(1)).sum()) for seeds, at in taken.items()}
    fig, ax = figure(7.2, 2.6)
    ax.bar(list(times), list(times.values()), color=COLOURS[1])
    ax.set(xlabel="neighbouring seeds taken", ylabel=f"places, of {n}", ylim=(0, n), xticks=[1, *range(2, n + 1, 2)])
    ax.set_yticks(range(0, n + 1, max(1, n // 4)))
    ax.grid(axis="x", visible=False)
    words = ", ".join(f"{count} with {seeds}" for seeds, count in times.items() if count)
    return Picture(fig, f"In how many of {n} places the other recipe comes out level or above: {words}; else 0."), times


def solved(after: Mapping[str, np.ndarray], episodes: int) -> Picture:
    """Draw how many seeds of each variant are solved after each episode, with the paper's 150 marked.

    Args:
        after: variant to the episodes that each seed needed, shape (seeds,); infinity: never.
        episodes: how many there were.
    """
    x = np.arange(episodes + 1)
    fig, ax = figure(7.2, 3.0)
    n = len(next(iter(after.values())))
    ax.set(xlabel="training episode", ylabel="seeds solved", xlim=(0, episodes), ylim=(0, n))
    ax.axvline(150, color="#767676", linestyle=":")
    note(ax, "150", (150, n), (4, -12), color="#767676")
    lines(ax, x, {label: (needed[:, None] <= x).sum(0).astype(float) for label, needed in after.items()})
    counts = (f"{label} {(needed <= 150).sum()} and {np.isfinite(needed).sum()}" for label, needed in after.items())
    return Picture(fig, f"Seeds of {n} that are solved within 150 and within {episodes} episodes: {', '.join(counts)}.")


def two_means(row: np.ndarray, with_zeros: np.ndarray, window: int = 100) -> Picture:
    """Draw the returns of a run with two moving means: of what there is, and one that begins with zeros.

    Args:
        row: shape (n,).
        with_zeros: the mean that begins with zeros, shape (n,).
        window: returns averaged.
    """
    episode, whole = np.arange(1, len(row) + 1), moving_mean(row, window)
    fig, ax = figure(7.2, 3.0)
    ax.plot(episode, row, ".", color="#767676", markersize=3)
    ax.set(xlabel="training episode", ylabel="return", xlim=(1, len(row)), ylim=(-5, 210))
    lines(ax, episode, {"of what there is": whole, "with zeros": np.where(episode < window, with_zeros, np.nan)})
    words = ", ".join(f"episode {one}: {with_zeros[one - 1]:.0f} and {whole[one - 1]:.0f}" for one in (1, 50, 99, 100))
    return Picture(fig, f"Returns as dots; a moving mean that begins with zeros, and one of what there is: {words}.")


def one_seed(steps: np.ndarray, scores: np.ndarray, bar: float = 475) -> Picture:
    """Draw one seed's scores at all of its examinations, with the bar that counts as solved.

    Args:
        steps, scores: shape (checkpoints,).
        bar: a score.
    """
    fig, ax = figure(7.2, 2.6)
    ax.set(xlabel="environment steps", ylabel="greedy score", xlim=(0, steps[-1]), ylim=(0, 515))
    ax.axhline(bar, color="#767676", linestyle=":")
    ax.plot(steps, scores, color=COLOURS[3], linestyle=DASHES[3], marker=MARKERS[3], clip_on=False)
    label_ends(ax, [(steps[-1], bar, f"{bar:g}", "#767676")])
    return Picture(fig, f"One seed's greedy scores: {', '.join(f'{score:.0f}' for score in scores)}.")
