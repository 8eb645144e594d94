"""Lesson 09's two findings at other learning rates: what a missing detach costs, and what a target network gains."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.lessons.catastrophe.measure import BRIEF, Found, over_training
from qlib.show.drawing import Drawing
from qlib.show.sensitivity import sensitivity
from qlib.study import by_rate
from qlib.study.held_out import Measurement, no_claims, twice
from qlib.study.statistics import Interval

GAMMAS, RATES = (0.8, 0.99), (1e-3, 3e-3, 1e-2, 3e-2)
WAYS: dict[str, dict[str, Any]] = {
    "none": {},
    "hard, every 100": {"target_network": "hard", "target_every": 100},
    "hard, every 20": {"target_network": "hard", "target_every": 20},
    "soft, tau 0.01": {"target_network": "soft", "tau": 0.01},
    "soft, tau 0.05": {"target_network": "soft", "tau": 0.05},
}


def leaks_by_rate(leaking: type[QAgent]) -> Measurement:
    """Say how to keep the scores over training of whole and leaking agents at two gammas and four learning rates."""
    kinds: dict[str, Settings | Callable[[int], QAgent]] = {}
    for gamma, rate in itertools.product(GAMMAS, RATES):
        here = dataclasses.replace(BRIEF, gamma=gamma, learning_rate=rate)
        kinds[by_rate.at(f"whole, gamma {gamma}", rate)] = here
        kinds[by_rate.at(f"through target, gamma {gamma}", rate)] = functools.partial(leaking, here)
    return dataclasses.replace(over_training(kinds, 1_500, 6), seeds=64, differences=_leaks)


def targets_by_rate() -> Measurement:
    """Say how to keep the scores over training with and without target networks, at four learning rates."""
    kinds = {
        by_rate.at(name, rate): dataclasses.replace(BRIEF, learning_rate=rate, **way)
        for name, way in WAYS.items()
        for rate in RATES
    }
    return dataclasses.replace(over_training(kinds, 4_000, 10), seeds=64, differences=no_claims)


def _leaks(scores: by_rate.Scores) -> dict[str, np.ndarray]:
    """Subtract a whole agent's score from a leaking one's at each gamma and rate."""
    wheres = [by_rate.at(f"gamma {gamma}", rate) for gamma, rate in itertools.product(GAMMAS, RATES)]
    return {where: scores[f"through target, {where}"] - scores[f"whole, {where}"] for where in wheres}


def cost_is_shown(found: Found, gamma: float) -> list[float]:
    """Return the learning rates at which the leak is shown to cost score, on both sets of seeds."""
    claims = twice(_leaks(found.chosen), _leaks(found.held_out))
    return [rate for rate in RATES if claims[by_rate.at(f"gamma {gamma}", rate)].verdict() == "below"]


def draw_leak(found: Found, gamma: float) -> Drawing:
    """Draw the score with and without the leak over the learning rate."""
    kinds = "whole", "through target"
    scores = {kind: by_rate.curve(found.chosen, f"{kind}, gamma {gamma}", RATES) for kind in kinds}
    return sensitivity(RATES, scores, f"learning rate, at gamma {gamma}")


def at_their_best(found: Found) -> dict[str, Interval]:
    """Return by how much each target network is above none, each at its own rate."""
    return by_rate.at_their_best(found.chosen, found.held_out, WAYS, RATES, "none")


def told(found: Found) -> tuple[int, str]:
    """Count the target networks that are above none at their own rates, and write each one's difference."""
    own = at_their_best(found)
    return sum(gain.above() for gain in own.values()), "; ".join(f"{name} {gain:+.0f}" for name, gain in own.items())


def draw_targets(found: Found) -> Drawing:
    """Draw the score with and without target networks over the learning rate."""
    return sensitivity(RATES, {name: by_rate.curve(found.chosen, name, RATES) for name in WAYS}, "learning rate")
