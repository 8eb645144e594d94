"""How often a high learning rate ruins the agent of lesson 07's panel: read from its record, or measured again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.agent import DivergedError
from qlib.core.training import evaluate, train
from qlib.lessons.own_agent import OwnAgent
from qlib.lessons.own_run import BUDGET, GOOD, OWN, PASS
from qlib.lessons.stand_ins import Pieces
from qlib.show.training_job import TrainingJob
from qlib.study import hands
from qlib.study.records import recorded

RECORD = Path("records/full_training.json")  # beside the notebook
RATE = 0.1  # the upper end of the panel's slider
STEPS = 10_000  # that the agent trains with it: one run of the panel


def ruined(again: bool = False) -> dict[str, np.ndarray]:
    """Return the scores of agents before and after more steps at a high learning rate, shape (16,) each.

    Args:
        again: measure it now, and keep it in the record: some five minutes.
    """
    how = f"qlib's pieces, seeds 0 to 15: trained until they balance, then {STEPS:,} steps at a rate of {RATE}"
    return dict(recorded(RECORD, "ruined", _ruined, again, how))


def how_many(scores: dict[str, np.ndarray]) -> tuple[int, dict[str, float]]:
    """Count the agents that balance no longer, with the mean score before and after."""
    count = int(((scores["before"] >= GOOD) & (scores["after"] < GOOD)).sum())
    return count, {name: float(values.mean()) for name, values in scores.items()}


def _ruined() -> dict[str, np.ndarray]:
    found: dict[int, Any] = {}
    hands.spread(
        lambda seed, tell, pause: before_and_after(seed),
        range(16),
        hands.hands(),
        lambda number, what, said: found.update({number: said}),
    )
    scores = np.array([found[seed] for seed in range(16)])
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
            if evaluate(agent, 20, seed=3_000_000).mean() >= PASS:
                break
    before = evaluate(agent).mean()
    TrainingJob(agent).set_learning_rate(RATE)  # as the panel's slider does
    try:
        for _ in train(agent, steps=steps):
            pass
    except DivergedError:
        pass  # the weights are the last finite ones
    return float(before), float(evaluate(agent).mean())
