"""Lesson 10's sticks over gamma: a curve for each, where three gammas would be three points."""

from __future__ import annotations

import dataclasses

from qlib.core.settings import Settings
from qlib.lessons.carrot_and_stick.agents import LEARNER, STICKS
from qlib.show.control import Control
from qlib.show.drawing import Drawing
from qlib.show.intervals import intervals
from qlib.show.sensitivity import sensitivity
from qlib.study import by_rate
from qlib.study.by_rate import Scores
from qlib.study.statistics import Interval

OVER = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)  # horizons of 2, 5, 10, 20, 50, 100 and 200 steps
NAMES = {f"stick {name}": stick for name, stick in STICKS.items()}
PAIRS = {
    by_rate.at(name, gamma, "gamma"): by_rate.at("stick none", gamma, "gamma")
    for gamma in OVER
    for name, stick in NAMES.items()
    if stick is not None
}


def cells() -> dict[str, Settings]:
    """Return the grid: each stick at each gamma, by "stick -10, gamma 0.9"."""
    return {
        by_rate.at(name, gamma, "gamma"): dataclasses.replace(LEARNER, stick=stick, gamma=gamma)
        for name, stick in NAMES.items()
        for gamma in OVER
    }


def at_their_best(chosen: Scores, held_out: Scores) -> dict[str, Interval]:
    """Return by how much each stick is above none, each at the gamma that the other seeds chose for it."""
    return by_rate.at_their_best(chosen, held_out, NAMES, OVER, "stick none", "gamma")


def own_gammas(chosen: Scores) -> str:
    """Write the gamma at which each stick scores highest."""
    return ", ".join(f"{name} {gamma:g}" for name, gamma in by_rate.best(chosen, NAMES, OVER, "gamma").items())


def draw(chosen: Scores) -> Drawing:
    """Draw each stick's score over the horizon, 1 / (1 - gamma)."""
    horizons = [round(1 / (1 - gamma)) for gamma in OVER]
    scores = {name: by_rate.curve(chosen, name, OVER, "gamma") for name in NAMES}
    return sensitivity(horizons, scores, "horizon, 1 / (1 − gamma), in steps")


def at(chosen: Scores, gamma: float) -> tuple[Drawing, str]:
    """Draw the sticks' scores at one gamma, and name the highest."""
    scores = {name: chosen[by_rate.at(name, gamma, "gamma")] for name in NAMES}
    best = max(scores, key=lambda name: scores[name].mean())
    words = f"At gamma {gamma:g} the highest mean is that of {best}: {scores[best].mean():.0f} steps."
    return intervals({f"gamma {gamma:g}": scores}, "score over training (steps)"), words


def slider() -> Control:
    """Make a slider over the gammas of the grid, which begins at the shortest."""
    return Control("gamma", "slider", list(OVER), options=[f"{gamma:g}" for gamma in OVER])
