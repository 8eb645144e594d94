"""How often a high learning rate ruins the agent of lesson 07's panel: read from its record, or measured again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qlib.core.agent import DivergedError
from qlib.core.training import evaluate, train
from qlib.lessons.own_agent import OwnAgent
from qlib.lessons.own_run import BUDGET, GOOD, OWN, balances
from qlib.lessons.stand_ins import Pieces
from qlib.show.training_job import TrainingJob
from qlib.study import hands
from qlib.study.held_out import Measurement, Records

RATE = 0.1  # the upper end of the panel's slider
STEPS = 10_000  # that the agent trains with it: one run of the panel


def how_many(scores: dict[str, np.ndarray]) -> tuple[int, dict[str, float]]:
    """Count the agents that balance no longer, with the mean score before and after."""
    count = int(((scores["before"] >= GOOD) & (scores["after"] < GOOD)).sum())
    return count, {name: float(values.mean()) for name, values in scores.items()}


def told(scores: dict[str, np.ndarray]) -> str:
    """Say how many of the agents that balanced do so no longer."""
    return f"{how_many(scores)[0]} of {(scores['before'] >= GOOD).sum()}"


def _ruined(seeds: range) -> dict[str, np.ndarray]:
    scores = np.array(hands.each(before_and_after, seeds))
    return {"before": scores[:, 0], "after": scores[:, 1]}


def before_and_after(seed: int, budget: int = BUDGET, steps: int = STEPS) -> tuple[float, float]:
    """Train an agent until it balances, then at a high rate; return its greedy score before and after.

    Args:
        seed: of the agent.
        budget: environment steps after which it need not balance.
        steps: environment steps at the high rate.
    """
    agent, examined_at = OwnAgent(OWN, seed, Pieces()), 0
    for _ in train(agent, steps=budget):
        if agent.steps - examined_at >= 200:
            examined_at = agent.steps
            if balances(agent.greedy):
                break
    before = evaluate(agent).mean()
    TrainingJob(agent).set_learning_rate(RATE)  # as the panel's slider does
    try:
        for _ in train(agent, steps=steps):
            pass
    except DivergedError:
        pass  # the weights are the last finite ones
    return float(before), float(evaluate(agent).mean())


_HOW = f"qlib's pieces, trained until they balance, then {STEPS:,} steps at a rate of {RATE}"
RECORDS = Records(
    Path("records/full_training.json"),  # beside the notebook
    {"ruined": Measurement(_ruined, 16, _HOW)},
)
measured = RECORDS.measured
