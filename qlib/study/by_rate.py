"""Variants at several learning rates, by "x 4, rate 0.001": who is better when each has the rate that suits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from qlib.study.statistics import Interval, mean_interval

Scores = Mapping[str, np.ndarray]
"""By variant and rate the scores, shape (seeds,)."""


def at(name: str, rate: float) -> str:
    """Return the label of a variant at a learning rate."""
    return f"{name}, rate {rate:g}"


def curve(found: Scores, name: str, rates: Sequence[float]) -> np.ndarray:
    """Return a variant's scores at each rate, shape (rates, seeds)."""
    return np.stack([found[at(name, rate)] for rate in rates])


def at_their_best(
    chosen: Scores, held_out: Scores, names: Iterable[str], rates: Sequence[float], over: str
) -> dict[str, Interval]:
    """Return by how much each variant is above one of them, each at the rate that was best for it on other seeds.

    The best of several rates is a little lucky on the seeds on which it was chosen, so the two sets must differ.

    Args:
        chosen: on the seeds to choose a rate on.
        held_out: on the seeds to compare on.
        names: of the variants.
        rates: from which to choose.
        over: the variant that is subtracted.
    """
    best = {name: rates[int(curve(chosen, name, rates).mean(1).argmax())] for name in (*names, over)}
    scores = {name: held_out[at(name, rate)] for name, rate in best.items()}
    return {name: mean_interval(scores[name] - scores[over]) for name in scores if name != over}
