"""What lesson 01 measured of tables that look up the best next action, and of tables that look up the one taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from qlib.lessons.action_values import bins
from qlib.show.drawing import Drawing
from qlib.show.intervals import intervals
from qlib.study.held_out import Measurement, Records, against
from qlib.study.statistics import Interval, mean_interval

WAYS = {"Q-learning": False, "SARSA": True}
EPSILON = 0.05  # of the second half of training


def _sarsa(seeds: range) -> dict[str, np.ndarray]:
    found = {}
    for name, sarsa in WAYS.items():
        learned = bins.learn(10, seeds=seeds, sarsa=sarsa)
        draws = [np.random.default_rng((seed, 1)) for seed in seeds]
        pairs = list(zip(learned.tables, draws, strict=True))
        found[f"{name}, over training"] = learned.scores.mean(1)
        for how, epsilon in (("greedy", 0.0), ("exploring", EPSILON)):
            found[f"{name}, {how}"] = np.array([bins.examine(table, 10, 100, draw, epsilon) for table, draw in pairs])
        found[f"{name}, best value at the start"] = _at_the_start(learned.tables)
    return found


def _at_the_start(tables: np.ndarray) -> np.ndarray:
    """Return the value of the better action in the cell of a still and upright pole, shape (seeds,)."""
    return tables[:, bins.cell(np.zeros(4), 10)].max(1)


def winner() -> str:
    """Say which way plays better with its random actions, in the question's words: shown on both sets of seeds."""
    verdict = RECORDS.claims("sarsa")["SARSA, exploring minus Q-learning, exploring"].verdict()
    return {"above": "SARSA", "below": "Q-learning"}.get(verdict, "no difference is shown")


def told(found: Mapping[str, np.ndarray]) -> dict[str, Interval]:
    """Return what SARSA changes without random actions, at the end and over training."""
    names = {"greedy": "greedy", "over": "over training"}
    return {name: mean_interval(found[f"SARSA, {how}"] - found[f"Q-learning, {how}"]) for name, how in names.items()}


def draw(found: Mapping[str, np.ndarray]) -> Drawing:
    """Draw the scores of both ways at the end."""
    groups = {"no random actions": "greedy", "5 % random actions": "exploring"}
    return intervals(
        {words: {name: found[f"{name}, {how}"] for name in WAYS} for words, how in groups.items()}, "steps"
    )


_PAIRS = {f"SARSA, {how}": f"Q-learning, {how}" for how in ("over training", "greedy", "exploring")}
RECORDS = Records(
    Path("records/action_values.json"),  # beside the notebook
    {
        "sarsa": Measurement(
            _sarsa,
            64,
            f"10 bins, 300,000 steps; greedy scores over 30 examinations, and of the last table 100 episodes, greedy "
            f"and with epsilon {EPSILON}",
            32,
            against(_PAIRS),
        )
    },
)
measured = RECORDS.measured
