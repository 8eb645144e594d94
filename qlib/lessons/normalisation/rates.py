"""The divisors of lesson 11 at five learning rates."""

from __future__ import annotations

from qlib.lessons.normalisation.agents import BY_RATE, RATES
from qlib.show.drawing import Drawing
from qlib.show.intervals import intervals
from qlib.show.sensitivity import sensitivity
from qlib.study import by_rate
from qlib.study.by_rate import Scores
from qlib.study.statistics import Interval


def at_their_best(chosen: Scores, held_out: Scores, over: str = "x 1") -> dict[str, Interval]:
    """Return by how much each divisor is above one of them, each at its own rate."""
    return by_rate.at_their_best(chosen, held_out, BY_RATE, RATES, over)


def draw(chosen: Scores) -> Drawing:
    """Draw each divisor's score over the learning rate."""
    return sensitivity(RATES, {name: by_rate.curve(chosen, name, RATES) for name in BY_RATE}, "learning rate")


def at(chosen: Scores, learning_rate: float) -> tuple[Drawing, str]:
    """Draw the scores at one learning rate, and name the highest."""
    scores = {name: chosen[by_rate.at(name, learning_rate)] for name in BY_RATE}
    best = max(scores, key=lambda name: scores[name].mean())
    words = f"At {learning_rate:g} the highest mean is that of {best}: {scores[best].mean():.0f} steps."
    return intervals({f"rate {learning_rate:g}": scores}, "score over training (steps)"), words
