"""CartPole in arrays: gymnasium's own, restarted by seed instead of by itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils.seeding import np_random

from qlib.core.environment import make_vector_env
from qlib.core.settings import Settings


class CartPoles:
    """`Worlds` of CartPole, all of which take a step in one go.

    Args:
        settings: `env_id`, one that `has_arrays`.
        n: copies.
    """

    def __init__(self, settings: Settings, n: int) -> None:
        self.envs = make_vector_env(settings, n)
        self.envs.reset(seed=0)
        self.inside: Any = self.envs.unwrapped
        self.inside.action_space = _Any()  # type: ignore[assignment]  # what a policy chose is in range, and the check takes as long as the physics

    def restart(self, i: int, seed: int) -> np.ndarray:
        state = _start(seed, self.inside.low, self.inside.high)
        self.inside.state[:, i] = state
        self.inside.steps[i] = 0
        return state.astype(np.float32)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        observations, rewards, terminated, truncated, _ = self.inside.step(actions)
        self.inside.prev_done[:] = False  # or it would restart them at the next step
        return observations, rewards, terminated, truncated

    def park(self, i: int) -> None:
        self.inside.state[:, i] = 0  # it is stepped with the others, and must not run away


class _Any:
    """A space that holds whatever it is asked for."""

    def contains(self, action: Any) -> bool:
        return True


def has_arrays(env_id: str) -> bool:
    """Say whether gymnasium steps many copies of an environment as arrays, and it is CartPole."""
    return gym.spec(env_id).vector_entry_point == "gymnasium.envs.classic_control.cartpole:CartPoleVectorEnv"


@lru_cache(100_000)
def _start(seed: int, low: float, high: float) -> np.ndarray:
    """Draw the start that CartPole draws for a seed, shape (4,): a generator takes longer to make than a step."""
    return np_random(seed)[0].uniform(low=low, high=high, size=(4,))
