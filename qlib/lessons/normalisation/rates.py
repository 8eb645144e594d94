"""The divisors of lesson 11 at five learning rates: who is better when each has the rate that suits it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.normalisation.agents import BY_RATE, RATES
from qlib.show.picture import Picture, intervals
from qlib.show.sensitivity import sensitivity
from qlib.study.statistics import Interval, mean_interval

Scores = Mapping[str, np.ndarray]
"""By "x 4, rate 0.001" the scores over training, shape (seeds,)."""


def of(found: Scores, name: str) -> np.ndarray:
    """Return one divisor's scores at each rate, shape (rates, seeds)."""
    return np.stack([found[f"{name}, rate {rate:g}"] for rate in RATES])


def best_rate(chosen: Scores, name: str) -> float:
    """Return the rate at which a divisor scores highest."""
    return RATES[int(of(chosen, name).mean(1).argmax())]


def at_their_best(chosen: Scores, held_out: Scores, over: str = "x 1") -> dict[str, Interval]:
    """Return by how much each divisor is above one of them, each at the rate that was best for it on other seeds."""
    scores = {name: held_out[f"{name}, rate {best_rate(chosen, name):g}"] for name in BY_RATE}
    return {name: mean_interval(scores[name] - scores[over]) for name in BY_RATE if name != over}


def draw(chosen: Scores) -> Picture:
    """Draw each divisor's score over the learning rate."""
    return sensitivity(RATES, {name: of(chosen, name) for name in BY_RATE}, "learning rate")


def at(chosen: Scores, learning_rate: float) -> tuple[Picture, str]:
    """Draw the scores at one learning rate, and name the highest."""
    scores = {name: chosen[f"{name}, rate {learning_rate:g}"] for name in BY_RATE}
    best = max(scores, key=lambda name: scores[name].mean())
    words = f"At {learning_rate:g} the highest mean is that of {best}: {scores[best].mean():.0f} steps."
    return intervals({f"rate {learning_rate:g}": scores}, "score over training (steps)"), words
