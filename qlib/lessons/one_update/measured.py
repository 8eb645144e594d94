"""What lesson 06 shows beside the learner's own runs: qlib's pieces, and the mistakes in them; ten minutes in all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.agent import QAgent
from qlib.lessons.one_update.mistakes import MISTAKES, agents
from qlib.lessons.one_update.sarsa import Sarsa
from qlib.lessons.own_run import GOOD, OWN, Run, train_many
from qlib.lessons.stand_ins import Pieces
from qlib.show.findings import Findings
from qlib.study.compare import compare
from qlib.study.held_out import Measurement, Records, Twice, no_claims
from qlib.study.statistics import Interval, mean_interval

STEPS = 4_000  # of each agent with a mistake
Values = dict[str, np.ndarray]


def of_runs(runs: Sequence[Run]) -> Values:
    """Return the score and the training steps of runs, shape (runs,) each."""
    return {name: np.array([getattr(each, name) for each in runs], float) for name in ("score", "steps")}


def beside(yours: Values, theirs: Values) -> tuple[str, dict[str, Any]]:
    """Say on how many seeds the learner's runs balance, in the question's words, with the numbers of both sides."""
    counts = [int((each["score"] >= GOOD).sum()) for each in (yours, theirs)]
    more = yours["steps"] - theirs["steps"]
    change = _told(mean_interval(more)) if more.any() else "0 throughout (as if all pieces were qlib's)"
    numbers = {"yours": counts[0], "theirs": counts[1], "steps": yours["steps"].mean(), "change": change}
    return "12 or more" if counts[0] >= 12 else "4 to 11" if counts[0] >= 4 else "fewer than 4", numbers


def _told(change: Interval) -> str:
    if math.isnan(change.low):
        return f"{change.value:+,.0f}, and too many seeds are alike for an interval"
    return f"{change:+,.0f}. An interval that holds 0 is open: nothing is shown"


def told_apart(claims: Mapping[str, Twice]) -> tuple[int, dict[str, Any]]:
    """Count the mistakes that are shown to lower the score on both sets of seeds; name the others, and their change."""
    others = {name.removesuffix(" minus none"): one for name, one in claims.items() if one.verdict() != "below"}
    words = [
        f"'{name}', {one.chosen:+.0f} steps, and {one.held_out:+.0f} on the held-out seeds"
        for name, one in sorted(others.items(), key=lambda each: -each[1].chosen.value)
    ]
    return len(claims) - len(others), {"others": "; ".join(words) or "none"}


def mistakes(claims: Mapping[str, Twice]) -> Findings:
    """Draw what each mistake does to the score over training, the costliest last."""
    order = sorted(claims, key=lambda name: -claims[name].chosen.value)
    return Findings({name.removesuffix(" minus none"): claims[name] for name in order})


def _stand_ins(seeds: range) -> Values:
    return of_runs(train_many(Pieces(), seeds))


def _mistakes(seeds: range) -> Values:
    result = compare({name: agents(name, Pieces()) for name in MISTAKES}, seeds, steps=STEPS, checkpoints=10)
    return {label: result.over_training(label) for label in result.labels}


def _sarsa(seeds: range) -> Values:
    kinds = {"Q-learning": lambda seed: QAgent(OWN, seed), "SARSA": lambda seed: Sarsa(OWN, seed)}
    result = compare(kinds, seeds, steps=STEPS, checkpoints=10)
    return {label: result.over_training(label) for label in result.labels}


def told_of_sarsa(claim: Twice) -> str:
    """Say what a claim of SARSA against Q-learning shows, in the question's words."""
    return {"above": "SARSA gains", "below": "SARSA loses"}.get(claim.verdict(), "nothing: it is open")


RECORDS = Records(
    Path("records/one_update.json"),  # beside the notebook
    {
        "stand-ins": Measurement(_stand_ins, 16, "qlib's pieces in the loop", 32, no_claims),
        "mistakes": Measurement(_mistakes, 16, f"{STEPS:,} steps, 10 examinations on 20 unseen starts"),
        "sarsa": Measurement(_sarsa, 16, f"{STEPS:,} steps, mean of 10 examinations on 20 unseen starts"),
    },
)
measured = RECORDS.measured
