"""Pictures of lesson 16: one score under several statistics, one's own run among others, and when a run is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Dots, Line, Rule
from qlib.show.panel import Axis, Panel, lines
from qlib.show.picture import moving_mean
from qlib.show.shapes import Words
from qlib.show.tokens import NAMES
from qlib.study.profiles import performance_profile
from qlib.study.statistics import interquartile_mean

SHAPES = ("o", "s", "^", "D")
STATISTICS: dict[str, Callable] = {
    "mean": lambda scores: scores[:, -1].mean(),
    "median": lambda scores: np.median(scores[:, -1]),
    "middle half": lambda scores: interquartile_mean(scores[:, -1]),
    "best seed": lambda scores: scores[:, -1].max(),
    "best checkpoint": lambda scores: scores.max(1).mean(),
}
"""What boils scores of shape (seeds, checkpoints) down to one number."""


def ranking(variants: Mapping[str, np.ndarray], statistic: str, seeds: int, first: int) -> tuple[Drawing, str]:
    """Draw each seed's final score and one number for each variant, and name the order that the numbers give.

    Args:
        variants: label to scores, shape (all seeds, checkpoints).
        statistic: one of `STATISTICS`.
        seeds: how many seeds to look at.
        first: the first of them; after the last comes the first again.
    """
    numbers, marks = {}, []
    for i, (label, scores) in enumerate(variants.items()):
        taken = scores[(first + np.arange(seeds)) % len(scores)]
        numbers[label] = float(STATISTICS[statistic](taken))
        shown = taken.max(1) if statistic == "best checkpoint" else taken[:, -1]
        colour = NAMES[i % len(NAMES)]
        marks += [
            Dots(shown, np.linspace(-0.14, 0.14, seeds) - i, "faint", 4),
            Dots([numbers[label]], [-i], colour, 10, SHAPES[i % len(SHAPES)]),
            Words(510, -i, f"{numbers[label]:.0f}", colour, right=10),
        ]
    rows = Axis("", 0.5 - len(variants), 0.5, ticks={-i: label for i, label in enumerate(variants)})
    order = ", ".join(f"{label} {numbers[label]:.0f}" for label in sorted(numbers, key=lambda label: -numbers[label]))
    words = f"{statistic}, {seeds} of the seeds from {first} on: {order}"
    alt = f"Final scores of single seeds as dots, and one number for each variant. {words}."
    panel = Panel(marks, Axis("greedy score", 0, 510), rows, beside=42)
    return Drawing(panel, alt=alt, height=56 * len(variants) + 60), words


def among(steps: np.ndarray, variants: Mapping[str, np.ndarray], own: tuple[int, float, str]) -> Drawing:
    """Draw the median of each variant over training, the middle half of its seeds as a band, and one's own agent.

    Args:
        steps: shape (checkpoints,).
        variants: label to scores, shape (seeds, checkpoints).
        own: environment steps, score and name of one's own agent.
    """
    curves = lines(steps, {label: np.percentile(scores, [50, 25, 75], axis=0) for label, scores in variants.items()})
    at, score, name = own
    star = min(at, steps[-1]), score
    late, high = star[0] > 0.7 * steps[-1], star[1] > 50
    mine = [
        Words(*star, "★", anchor="middle", size=20),
        Words(*star, name, anchor="end" if late else "start", right=-10 if late else 10, up=-16 if high else 16),
    ]
    x, y = Axis("environment steps", 0, steps[-1]), Axis("greedy score", 0, 510)
    words = f"{', '.join(variants)}. A star marks {name}: {score:.0f} after {at:,} steps"
    alt = f"Median scores with the middle half of the seeds: {words}."
    return Drawing(
        Panel([*curves, *mine], x, y, "median of the seeds; band: the middle half of them"), alt=alt, height=350
    )


def profiles(ends: Mapping[str, np.ndarray]) -> Drawing:
    """Draw for each recipe the share of seeds that get to each score, with the band that holds the whole curve.

    Args:
        ends: recipe to final scores, shape (seeds,).
    """
    scores = np.arange(0, 501)
    curves = lines(scores, {label: performance_profile(each, scores) for label, each in ends.items()})
    panel = Panel(curves, Axis("greedy score at the end", 0, 500), Axis("share of seeds at or above", 0, 1))
    at = ", ".join(f"{label} {(each >= 100).mean():.0%} and {(each >= 475).mean():.0%}" for label, each in ends.items())
    alt = f"Shares of seeds that get to each score, with bands; to 100 and to 475 steps: {at}."
    return Drawing(panel, alt=alt, height=330)


def fooled(ours: np.ndarray, theirs: np.ndarray) -> tuple[Drawing, dict[int, int]]:
    """Draw from how many of the places to begin the better recipe's neighbouring seeds do not come out above.

    Args:
        ours, theirs: final scores of the better and of the other recipe, shape (seeds,).

    Returns:
        The drawing, and by number of seeds in how many places the mean of theirs is level with ours or above.
    """
    n = len(ours)
    taken = {seeds: (np.arange(n)[:, None] + np.arange(seeds)) % n for seeds in range(1, n + 1)}
    times = {seeds: int((theirs[at].mean(1) >= ours[at].mean(1)).sum()) for seeds, at in taken.items()}
    bars = Bars(list(times), list(times.values()), colour="vermilion")
    x = Axis("neighbouring seeds taken", ticks={place: str(place) for place in (1, *range(2, n + 1, 2))})
    y = Axis(f"places, of {n}", 0, n, ticks={place: str(place) for place in range(0, n + 1, max(1, n // 4))})
    words = ", ".join(f"{count} with {seeds}" for seeds, count in times.items() if count)
    alt = f"In how many of {n} places the other recipe comes out level or above: {words}; else 0."
    return Drawing(Panel([bars], x, y), alt=alt, height=260), times


def solved(after: Mapping[str, np.ndarray], episodes: int) -> Drawing:
    """Draw how many seeds of each variant are solved after each episode, with the paper's 150 marked.

    Args:
        after: variant to the episodes that each seed needed, shape (seeds,); infinity: never.
        episodes: how many there were.
    """
    x = np.arange(episodes + 1)
    n = len(next(iter(after.values())))
    solved_by = {label: (needed[:, None] <= x).sum(0).astype(float) for label, needed in after.items()}
    marks = [Rule(150, "y", "150", dash=2), *lines(x, solved_by)]
    counts = (f"{label} {(needed <= 150).sum()} and {np.isfinite(needed).sum()}" for label, needed in after.items())
    alt = f"Seeds of {n} that are solved within 150 and within {episodes} episodes: {', '.join(counts)}."
    return Drawing(Panel(marks, Axis("training episode", 0, episodes), Axis("seeds solved", 0, n)), alt=alt, height=300)


def returns_alone(row: np.ndarray) -> Drawing:
    """Draw the returns of a run, shape (n,), as `two_means` does, without a mean."""
    dots = Dots(np.arange(1, len(row) + 1), row, "faint", 3)
    panel = Panel([dots], Axis("training episode", 1, len(row)), Axis("return", -5, 210))
    return Drawing(panel, alt="Returns of a run as dots, one an episode.", height=300)


def two_means(row: np.ndarray, with_zeros: np.ndarray, window: int = 100) -> Drawing:
    """Draw the returns of a run with two moving means: of what there is, and one that begins with zeros.

    Args:
        row: shape (n,).
        with_zeros: the mean that begins with zeros, shape (n,).
        window: returns averaged.
    """
    episode, whole = np.arange(1, len(row) + 1), moving_mean(row, window)
    means = lines(episode, {"of what there is": whole, "with zeros": np.where(episode < window, with_zeros, np.nan)})
    words = ", ".join(f"episode {one}: {with_zeros[one - 1]:.0f} and {whole[one - 1]:.0f}" for one in (1, 50, 99, 100))
    alt = f"Returns as dots; a moving mean that begins with zeros, and one of what there is: {words}."
    drawing = returns_alone(row).with_marks(*means)
    drawing.alt = alt
    return drawing


def one_seed(steps: np.ndarray, scores: np.ndarray, bar: float = 475) -> Drawing:
    """Draw one seed's scores at all of its examinations, with the bar that counts as solved.

    Args:
        steps, scores: shape (checkpoints,).
        bar: a score.
    """
    marks = [Rule(bar, label=f"{bar:g}", dash=2), Line(steps, scores, colour="purple", dash=3)]
    marks.append(Dots(steps, scores, "purple", 7, "D"))
    x, y = Axis("environment steps", 0, steps[-1]), Axis("greedy score", 0, 515)
    alt = f"One seed's greedy scores: {', '.join(f'{score:.0f}' for score in scores)}."
    return Drawing(Panel(marks, x, y), alt=alt, height=260)
