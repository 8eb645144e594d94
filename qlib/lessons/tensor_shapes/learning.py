"""What a missing squeeze does to an agent: settings in haste, the broken agent, and scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.memory import Batch
from qlib.core.prioritized import PrioritizedBatch
from qlib.core.settings import Settings
from qlib.core.training import evaluate, train
from qlib.study.statistics import mean_interval

QUICK = Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    hidden=(32,),
    learning_rate=8e-3,
    gamma=0.95,
    target_network="soft",
    tau=0.05,
    batch_size=32,
    memory_size=2_000,
    learning_starts=32,
    epsilon_episodes=10,
)
"""An agent in haste: it learns something within 350 steps."""


class Broken(QAgent):
    """An agent whose loss compares every value with every target."""

    def loss(self, batch: Batch | PrioritizedBatch) -> torch.Tensor:
        """Return the mean over (B, B) differences: a column of values against a row of targets."""
        values = self.online(batch.observations)  # (B, A)
        chosen = values.gather(1, batch.actions.unsqueeze(1))  # (B, 1): the squeeze is missing
        return F.mse_loss(chosen, self.td_target(batch))


def score(kind: Callable[[Settings, int], QAgent], seed: int) -> tuple[float, float]:
    """Train an agent of a kind for 350 steps.

    Returns:
        The mean length of 20 episodes without exploration, in steps, and the mean difference between the values of the
        two actions, over 64 states from the agent's memory.
    """
    agent = kind(QUICK, seed)
    for _ in train(agent, steps=350):
        pass
    observations = agent.memory.sample(64, torch.Generator().manual_seed(seed)).observations
    gap = agent.q_values(observations).diff(dim=1).abs().mean().item()
    return float(evaluate(agent, episodes=20).mean()), gap


def one_sided(episodes: int = 20) -> float:
    """Return how many steps the pole stays up on average if the cart is pushed to the left only."""
    env = make_env(QUICK)
    lengths = []
    for seed in range(episodes):
        env.reset(seed=seed)
        lengths.append(next(step for step in range(1, 501) if env.step(0)[2]))  # [2] is terminated
    return sum(lengths) / episodes


def told(whole: np.ndarray, broken: np.ndarray) -> dict[str, Any]:
    """Sum up what `score` gave for whole and for broken agents, shape (seeds, 2): "answer" is the broken ones' mean."""
    return {
        "answer": round(float(broken[:, 0].mean())),
        "whole": float(whole[:, 0].mean()),
        "difference": mean_interval(whole[:, 0] - broken[:, 0]),
        "fast": int((broken[:, 0] < 10).sum()),
        "one_sided": one_sided(),
        "gap": float(broken[:, 1].mean()),
        "closer": mean_interval(whole[:, 1] - broken[:, 1]),
    }
