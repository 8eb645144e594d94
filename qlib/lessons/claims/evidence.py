"""How far a verdict hangs on which seeds were taken, and how many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from qlib.lessons.claims.claims import CLAIMS, Claim
from qlib.show.drawing import Drawing
from qlib.show.marks import Interval as Whiskers
from qlib.show.marks import Mark, Rule
from qlib.show.panel import Axis, Panel
from qlib.study.statistics import Interval, detectable, mean_interval

COUNTS = [16, 32, 64, 128]
DRAWS = 200  # sets of seeds that are drawn to see how often the verdict differs


def explore(opinion: str, seeds: int, first_seed: int) -> tuple[Drawing, str]:
    """Draw the interval of some of a record's seeds over that of all, beside the intervals of other sets as large.

    Args:
        opinion: of one of `CLAIMS`.
        seeds: how many are taken; what a record has not is answered with a sentence.
        first_seed: where the set begins, within the record.

    Returns:
        The drawing, and what the set says beside what all seeds say.

    Raises:
        ValueError: if the record has not so many seeds from there on.
    """
    claim = next(claim for claim in CLAIMS if claim.opinion == opinion)
    n = len(claim.samples)
    if seeds > n:
        raise ValueError(f"This record has {n} seeds. Take {max([count for count in COUNTS if count <= n])} or fewer.")
    if first_seed + seeds > n:
        raise ValueError(f"This record has {n} seeds: with {seeds} of them, begin at {n - seeds} or before.")
    ours = mean_interval(claim.samples[first_seed : first_seed + seeds])
    others = [mean_interval(claim.samples[start : start + seeds]) for start in range(0, n - seeds + 1, seeds)]
    wrong = differs(claim, seeds)
    words = (
        f"Seeds {first_seed} to {first_seed + seeds - 1}: {ours:+.0f}, {_said(ours)}. All {n}: {claim.interval:+.0f}, "
        f"{_said(claim.interval)}. Of {DRAWS} sets of {seeds} drawn from these {n}, {wrong:.0%} say something else "
        "than all do."
    )
    height = 28 * (len(others) + 2) + 90
    return Drawing(_panel(claim, ours, others, seeds, first_seed), alt=words, height=height), words


def power_rows(claims: Sequence[Claim]) -> list[str]:
    """Write for each number of seeds which difference they would show four times in five, over the claims."""
    rows = [f"{'seeds':>5}   {'median':>6}   {'easiest':>7}   {'hardest':>7}"]
    for n in COUNTS:
        found = [detectable(claim.samples, n) for claim in claims if "MountainCar" not in claim.opinion]
        rows.append(f"{n:5}   {np.median(found):6.0f}   {min(found):7.0f}   {max(found):7.0f}")
    return rows


def differs(claim: Claim, seeds: int) -> float:
    """Give the share of sets of so many seeds, drawn with replacement, whose verdict is not that of all seeds."""
    return _differs(claim.samples.tobytes(), seeds)


@lru_cache(256)
def _differs(samples: bytes, seeds: int) -> float:
    every = np.frombuffer(samples)
    sets = np.random.default_rng(0).choice(every, (DRAWS, seeds))
    centre, half = sets.mean(1), 1.96 * sets.std(1, ddof=1) / np.sqrt(seeds)
    verdicts = np.sign(centre) * (np.abs(centre) > half)
    whole, reach = every.mean(), 1.96 * every.std(ddof=1) / np.sqrt(len(every))
    return float((verdicts != np.sign(whole) * (abs(whole) > reach)).mean())


def _said(interval: Interval) -> str:
    return {"above": "holds", "below": "refuted"}.get(interval.verdict(), "open")


def _panel(claim: Claim, ours: Interval, others: list[Interval], seeds: int, first: int) -> Panel:
    names = [f"all {len(claim.samples)} seeds", f"seeds {first} to {first + seeds - 1}, yours"]
    names += [f"seeds {seeds * i} to {seeds * i + seeds - 1}" for i in range(len(others))]
    groups = [([claim.interval], "green", "D"), ([ours], "vermilion", "s"), (others, "blue", "o")]
    marks: list[Mark] = [Rule(0, "y", dash=2)]
    row = 0
    for intervals, colour, shape in groups:
        means, low, high = np.transpose(intervals)
        marks.append(Whiskers(means, row - np.arange(len(means)), low, high, "x", colour, shape))
        row -= len(means)
    rows = Axis("", 0.5 - len(names), 0.7, ticks={-i: name for i, name in enumerate(names)})
    return Panel(marks, Axis("difference of scores (steps), with 95 % interval"), rows, claim.opinion)
