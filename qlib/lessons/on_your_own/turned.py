"""Environments that nobody knows beforehand: what is seen and what is done are turned, differently each time."""

from __future__ import annotations

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
from gymnasium.wrappers import TransformAction, TransformObservation

from qlib.core.environment import sizes
from qlib.core.settings import Settings


@dataclass(frozen=True)
class Turn:
    """How an environment is turned: its actions come in another order, and some observations have another sign.

    Whoever brings a policy along that was made elsewhere does the wrong thing here. Only who learns here can do well.
    """

    env_id: str
    order: tuple[int, ...]
    """What each action is in the environment's own count."""
    signs: tuple[int, ...]
    """1 or -1 for each number of an observation."""

    def make(self) -> gym.Env:
        """Make the environment, turned; its observations have the sizes that they had."""
        env = gym.make(self.env_id)
        space = env.observation_space
        assert isinstance(space, gym.spaces.Box)
        signs = np.array(self.signs, space.dtype)
        ends = np.stack([space.low * signs, space.high * signs])
        env = TransformObservation(
            env, lambda seen: seen * signs, gym.spaces.Box(ends.min(0), ends.max(0), dtype=space.dtype.type)
        )
        return TransformAction(env, lambda action: self.order[action], env.action_space)


def turn(env_id: str, rng: np.random.Generator, unlike: tuple[int, int]) -> Turn:
    """Draw a turn of an environment with flat observations and Discrete actions.

    Args:
        env_id: the environment.
        rng: the source of the turn.
        unlike: two numbers of an observation on which every good policy relies: one of them changes its sign, and the
            other does not. Were they turned alike, a policy from elsewhere could be right by chance.
    """
    n_observations, n_actions = sizes(Settings(env_id=env_id))
    order, signs = np.arange(n_actions), np.ones(n_observations, int)
    while (order == np.arange(n_actions)).all():
        order = rng.permutation(n_actions)
    while signs[unlike[0]] == signs[unlike[1]]:
        signs = rng.choice([-1, 1], n_observations)
    return Turn(env_id, tuple(order.tolist()), tuple(signs.tolist()))
