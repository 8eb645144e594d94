"""Many copies of an environment that step together, each restarted by a seed of its own."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from gymnasium.utils.seeding import np_random

from qlib.core.environment import make_env, make_vector_env
from qlib.core.settings import Settings


class Worlds(Protocol):
    """n environments: what happens in one depends on its own seeds and actions only."""

    def restart(self, i: int, seed: int) -> np.ndarray:
        """Begin an episode in environment i, and return its first observation, shape (n_observations,)."""

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Step all, restart none; return observations (n, n_observations), rewards, terminated, truncated (n,)."""

    def park(self, i: int) -> None:
        """Step environment i no more until it is restarted; what `step` returns for it means nothing."""


class CartPoles:
    """Gymnasium's array version of CartPole, with starts by seed instead of its automatic reset."""

    def __init__(self, settings: Settings, n: int) -> None:
        self.envs = make_vector_env(settings, n)
        self.envs.reset(seed=0)
        self.inside: Any = self.envs.unwrapped

    def restart(self, i: int, seed: int) -> np.ndarray:
        state = np_random(seed)[0].uniform(low=self.inside.low, high=self.inside.high, size=(4,))
        self.inside.state[:, i] = state
        self.inside.steps[i] = 0
        return state.astype(np.float32)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        observations, rewards, terminated, truncated, _ = self.envs.step(actions)
        self.inside.prev_done[:] = False  # or it would restart them at the next step
        return observations, rewards, terminated, truncated

    def park(self, i: int) -> None:
        self.inside.state[:, i] = 0  # it is stepped with the others, and must not run away


class Separate:
    """Any environment, one object a copy."""

    def __init__(self, settings: Settings, n: int) -> None:
        self.envs = [make_env(dataclasses.replace(settings, stick=None)) for _ in range(n)]
        self.last: list[tuple] = [()] * n
        self.parked = [False] * n

    def restart(self, i: int, seed: int) -> np.ndarray:
        self.parked[i] = False
        return self.envs[i].reset(seed=seed)[0]

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        for i, (env, action) in enumerate(zip(self.envs, actions, strict=True)):
            if not self.parked[i]:
                self.last[i] = env.step(action)[:4]
        observations, rewards, terminated, truncated = map(np.array, zip(*self.last, strict=True))
        return observations, rewards, terminated, truncated

    def park(self, i: int) -> None:
        self.parked[i] = True


def make_worlds(settings: Settings, n: int) -> Worlds:
    """Make n copies of a settings' environment, unshaped."""
    is_cartpole = gym.spec(settings.env_id).vector_entry_point == gym.spec("CartPole-v1").vector_entry_point
    return (CartPoles if is_cartpole else Separate)(settings, n)
