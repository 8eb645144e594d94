"""What lesson 05 measured of full online learning: each transition once, as it comes, and no memory."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from qlib.lessons.replay_memory.runs import BRIEF
from qlib.show.drawing import Drawing
from qlib.show.sensitivity import sensitivity
from qlib.study import by_rate
from qlib.study.by_rate import Scores
from qlib.study.compare import compare
from qlib.study.held_out import Differences, Measurement, Records
from qlib.study.statistics import Interval

RATES, STEPS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1), 4_000
WAYS: dict[str, dict[str, Any]] = {
    "everything so far": {"memory_size": 10_000, "batch_size": 64},
    "the last 64 only": {"memory_size": 64, "batch_size": 64},
    "the newest alone": {"memory_size": 1, "batch_size": 1},
}


def at_their_best() -> dict[str, Interval]:
    """Return what the other ways change against everything so far, each at the rate that other seeds chose for it."""
    chosen, held_out = measured("online"), RECORDS.held_out("online")
    return by_rate.at_their_best(chosen, held_out, WAYS, RATES, "everything so far")


def draw(found: Scores) -> Drawing:
    """Draw the score of each way over the learning rate."""
    return sensitivity(RATES, {name: by_rate.curve(found, name, RATES) for name in WAYS}, "learning rate")


def _online(seeds: range) -> dict[str, np.ndarray]:
    cells = {
        by_rate.at(name, rate): dataclasses.replace(BRIEF, gamma=0.98, learning_rate=rate, **way)
        for name, way in WAYS.items()
        for rate in RATES
    }
    result = compare(cells, seeds, steps=STEPS, checkpoints=10)
    return {label: result.over_training(label) for label in result.labels}


def _against_replay(found: Scores) -> Differences:
    others = list(WAYS)[1:]
    return {
        by_rate.at(name, rate): found[by_rate.at(name, rate)] - found[by_rate.at("everything so far", rate)]
        for name in others
        for rate in RATES
    }


RECORDS = Records(
    Path("records/replay_memory.json"),  # beside the notebook
    {
        "online": Measurement(
            _online, 64, f"{STEPS:,} steps, an update after each, mean of 10 examinations", 32, _against_replay
        )
    },
)
measured = RECORDS.measured
