"""Data to learn from without an agent: what followed each state of chance episodes, and what networks make of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from qlib.core.environment import make_env
from qlib.core.settings import ORIGINAL


class Falls(NamedTuple):
    """States of random episodes, and how each went on."""

    states: torch.Tensor  # (n, 4), float32
    returns: torch.Tensor  # (n,), float32: discounted with the original's gamma, its stick of -10 at the end
    steps_left: np.ndarray  # (n,): 1 is the last step before the fall


def play(episodes: int = 60) -> Falls:
    """Play episodes by chance in the original's environment, and write down the return that followed each state."""
    env = make_env(ORIGINAL)
    states: list[np.ndarray] = []
    returns: list[float] = []
    steps_left: list[int] = []
    for episode in range(episodes):
        rng = np.random.default_rng(episode)
        observation, _ = env.reset(seed=episode)
        path, rewards, over = [], [], False
        while not over:
            path.append(observation)
            observation, reward, over, _, _ = env.step(int(rng.integers(2)))
            rewards.append(reward)
        future = 0.0
        for reward in reversed(rewards):
            future = float(reward) + ORIGINAL.gamma * future
            returns.append(future)
        states += reversed(path)
        steps_left += range(1, len(path) + 1)
    return Falls(torch.tensor(np.array(states)), torch.tensor(returns), np.array(steps_left))


def told(steps_left: np.ndarray, open_end: np.ndarray, relu_end: np.ndarray) -> dict[str, float]:
    """Sum up what networks of two kinds say of the states, each of shape (seeds, states).

    Args:
        steps_left: as in `Falls`.
        open_end: of networks with nothing after their last layer.
        relu_end: of networks with a ReLU there.

    Returns:
        The mean of each kind one step before the fall, that of the second as "answer", and in how many seeds it says
        nothing but 0.
    """
    last = steps_left == 1
    return {
        "answer": round(float(relu_end[:, last].mean()), 1),
        "open_end": float(open_end[:, last].mean()),
        "silent": int((relu_end.max(axis=1) == 0).sum()),
    }
