"""What lesson 06 shows beside the learner's own runs: qlib's pieces, and the mistakes in them; ten minutes in all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qlib.lessons.one_update.mistakes import MISTAKES, agents
from qlib.lessons.own_run import GOOD, Run, train_many
from qlib.lessons.stand_ins import Pieces
from qlib.study.compare import compare
from qlib.study.held_out import Measurement, Records, no_claims
from qlib.study.statistics import mean_interval

STEPS = 4_000  # of each agent with a mistake
Values = dict[str, np.ndarray]


def of_runs(runs: Sequence[Run]) -> Values:
    """Return the score and the training steps of runs, shape (runs,) each."""
    return {name: np.array([getattr(each, name) for each in runs], float) for name in ("score", "steps")}


def beside(yours: Values, theirs: Values) -> tuple[bool, dict[str, Any]]:
    """Say whether enough of the learner's runs balance, with the numbers of both sides."""
    counts = [int((each["score"] >= GOOD).sum()) for each in (yours, theirs)]
    change = mean_interval(yours["steps"] - theirs["steps"])
    numbers = {"yours": counts[0], "theirs": counts[1], "steps": yours["steps"].mean(), "change": change}
    return counts[0] >= 12, numbers


def told_apart(found: Values) -> tuple[int, dict[str, Any]]:
    """Count the mistakes whose score lies surely below the whole agent's; name the mildest, and what it changes."""
    changes = {name: mean_interval(values - found["none"]) for name, values in found.items() if name != "none"}
    mildest = max(changes, key=lambda name: changes[name].value)
    return sum(change.below() for change in changes.values()), {"mildest": mildest, "gain": changes[mildest]}


def _stand_ins(seeds: range) -> Values:
    return of_runs(train_many(Pieces(), seeds))


def _mistakes(seeds: range) -> Values:
    result = compare({name: agents(name, Pieces()) for name in MISTAKES}, seeds, steps=STEPS, checkpoints=10)
    return {label: result.over_training(label) for label in result.labels}


RECORDS = Records(
    Path("records/one_update.json"),  # beside the notebook
    {
        "stand-ins": Measurement(_stand_ins, 16, "qlib's pieces in the loop", 32, no_claims),
        "mistakes": Measurement(_mistakes, 16, f"{STEPS:,} steps, 10 examinations on 20 unseen starts"),
    },
)
measured = RECORDS.measured
