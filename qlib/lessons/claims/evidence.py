"""How far a verdict hangs on which seeds were taken, and how many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from qlib.lessons.claims.claims import CLAIMS, Claim
from qlib.show.picture import COLOURS, Picture, figure, note
from qlib.study.statistics import Interval, detectable, mean_interval

COUNTS = [16, 32, 64, 128]
DRAWS = 200  # sets of seeds that are drawn to see how often the verdict differs


def explore(opinion: str, seeds: int, first_seed: int) -> tuple[Picture, str]:
    """Draw the interval of some of a record's seeds over that of all, beside the intervals of other sets as large.

    Args:
        opinion: of one of `CLAIMS`.
        seeds: how many are taken; what a record has not is answered with a sentence.
        first_seed: where the set begins, within the record.

    Returns:
        The picture, and what the set says beside what all seeds say.

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
    return Picture(_draw(claim, ours, others, seeds, first_seed), words), words


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


def _draw(claim: Claim, ours: Interval, others: list[Interval], seeds: int, first: int) -> Figure:
    fig, ax = figure(7.2, 1.2 + 0.26 * (len(others) + 2))
    rows = [(f"all {len(claim.samples)} seeds", claim.interval, COLOURS[2])]
    rows += [(f"seeds {first} to {first + seeds - 1}, yours", ours, COLOURS[1])]
    rows += [(f"seeds {seeds * i} to {seeds * i + seeds - 1}", each, COLOURS[0]) for i, each in enumerate(others)]
    for y, (name, interval, colour) in enumerate(rows):
        ax.plot(interval[1:], [y, y], color=colour, linewidth=3 if y < 2 else 1.5, solid_capstyle="butt")
        ax.plot(interval[0], y, "o", color=colour, markersize=5)
        note(ax, name, (0, y), (-8, 0), 9, xycoords=("axes fraction", "data"), ha="right", va="center")
    ax.axvline(0, color="#555555", linewidth=1, linestyle=":")
    ax.set(xlabel="difference of scores (steps), with 95 % interval", yticks=[], ylim=(len(rows) - 0.5, -0.7))
    ax.set_title(claim.opinion, fontsize=10)
    return fig
