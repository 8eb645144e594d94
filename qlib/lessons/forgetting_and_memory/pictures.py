"""The pictures of lesson 12: what a ring still holds, and what each remedy changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Line, Mark, Rule
from qlib.show.marks import Interval as Marked
from qlib.show.panel import Axis, Panel, lines
from qlib.show.table import Table
from qlib.study.result import Comparison
from qlib.study.statistics import Interval


def falls_left(memory_size: int, length: int, since: int | np.ndarray) -> np.ndarray:
    """Count the falls in a full ring, some steps after its agent has learned not to fall any more.

    Args:
        memory_size: transitions that the ring holds.
        length: steps of each episode before; each ended in a fall.
        since: steps without a fall, 0 or more.

    Returns:
        Falls, whole numbers.
    """
    return np.maximum(memory_size - np.asarray(since), 0) // length


def ring(memory_size: int, length: int, since: int) -> tuple[Drawing, str]:
    """Draw how the falls leave a ring while the agent balances: see `falls_left`."""
    left, at_first = (int(falls_left(memory_size, length, steps)) for steps in (since, 0))
    gone = memory_size - length * np.arange(at_first, -1, -max(1, at_first // 50)) + 1  # after that many steps one less
    steps = np.unique([0, *gone.clip(1, 12_000), 12_000])
    stairs = Line(np.repeat(steps, 2)[1:], np.repeat(falls_left(memory_size, length, steps), 2)[:-1])
    here = Dots([since], [left], "vermilion", 9, label=f"{left:,}")
    y = Axis("falls in memory", 0, 1.08 * max(at_first, 1))
    panel = Panel([stairs, here], Axis("steps without a fall", 0, 12_000), y, beside=50)
    share = left / memory_size
    text = (
        f"A memory of {memory_size:,}, episodes of {length} steps until now: {at_first:,} falls in it. "
        f"After {since:,} steps without a fall: {left:,}, a share of {share:.4f}. A batch of 64 then holds "
        f"{64 * share:.2f} falls on average. The last one goes after {memory_size:,} steps at most."
    )
    return Drawing(panel, alt=f"Falls in memory over steps without a fall. {text}", height=280), text


def agents(run: Comparison, label: str) -> Drawing:
    """Draw one variant's scores over training, agent by agent, and their mean."""
    each = [Line(run.steps, one, colour="faint", width=0.7) for one in run[label]]
    mean = Line(run.steps, run[label].mean(0), label="mean", width=3)
    panel = Panel([*each, mean], Axis("environment steps", 0, run.steps[-1]), Axis("greedy score (steps)", 0, 520))
    n = len(run[label])
    alt = f"{label}: the scores of {n} agents over training (thin), and their mean (thick)."
    return Drawing(panel, alt=alt, height=270, width=600)


def size_table(sweep: Comparison, usual: str) -> Table:
    """Tell what each memory size changes against the usual one, paired by seed, and the share of falls at the end."""
    rows = [f"{'':14} {'final score':^26} {'over training':^26}  share of falls"]
    for label, share in zip(sweep.labels, sweep.diagnostics["share of falls"][:, :, -1], strict=True):
        end, way = sweep.difference(label, usual), sweep.difference(label, usual, when="over training")
        same = np.array_equal(sweep[label], sweep[usual])
        words = "compared with" if label == usual else "the same, digit for digit"
        rows.append(f"{label:14} {f'{words:53}' if same else f'{end:+7.1f} {way:+7.1f}'}  {share.mean():.4f}")
    return Table(*rows)


def over_sizes(result: Comparison) -> Drawing:
    """Draw each variant's mean score over training, and below it the falls in its memory.

    Args:
        result: measured with the diagnostic "falls in memory".
    """
    scores, falls = result.scores.mean(1), result.diagnostics["falls in memory"].mean(1)
    curves, counts = (dict(zip(result.labels, each, strict=True)) for each in (scores, falls))
    ends = 0, result.steps[-1]
    y = Axis("greedy score (steps)", 0, 1.05 * scores.max())
    above = Panel(lines(result.steps, curves), Axis("", *ends, ticks={}), y, share=1.5)
    below = Panel(lines(result.steps, counts), Axis("environment steps", *ends), Axis("falls in memory", 0))
    told = zip(result.labels, scores[:, -1], falls[:, -1], strict=True)
    words = ", ".join(f"{label} {score:.0f} and {left:.0f}" for label, score, left in told)
    alt = f"Mean greedy score over training, and below it falls in memory. At the end: {words}."
    return Drawing(above, below, alt=alt, height=480, column=True)


LOOKS = {"above": ("blue", "^"), "below": ("vermilion", "s"), "open": ("faint", "o")}


def remedies(rows: Mapping[str, tuple[Interval, Interval]], base: str) -> Drawing:
    """Draw what each remedy changes, with intervals: the final score, and the share of seeds that end solved.

    Args:
        rows: remedy to its change of score and of share.
        base: the name of what they are compared with.
    """
    names = "change in final score (steps)", "change in share that ends solved"
    places = np.arange(len(rows))[::-1].astype(float)
    panels = []
    for name, changes in zip(names, zip(*rows.values(), strict=True), strict=True):
        marks: list[Mark] = [Rule(0, "y", colour="ink", dash=0, width=1)]
        for verdict, (colour, shape) in LOOKS.items():
            at = [i for i, change in enumerate(changes) if change.verdict() == verdict]
            if at:
                mean, low, high = np.transpose([changes[i] for i in at])
                marks.append(Marked(mean, places[at], low, high, along="x", colour=colour, shape=shape))
        y = Axis("", -0.6, len(rows) - 0.4, ticks=dict(zip(places.tolist(), rows, strict=True)))
        low, high = min(0.0, np.nanmin(changes)), max(0.0, np.nanmax(changes))  # NaN where all seeds tie: no interval
        room = 0.04 * (high - low)
        panels.append(Panel(marks, Axis(name, low - room, high + room), y))
    key = [
        ("triangle: the interval lies above 0", "blue"),
        ("square: below 0", "vermilion"),
        ("round: it holds 0", "faint"),
    ]
    means = ", ".join(f"{label} {score[0]:+.0f} and {share[0]:+.2f}" for label, (score, share) in rows.items())
    told = ", ".join(words for words, _ in key)
    alt = f"Change against {base}, with 95 % intervals, {told}. Score and share: {means}."
    return Drawing(*panels, alt=alt, height=24 * len(rows) + 60, width=860, key=key)
