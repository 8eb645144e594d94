"""Settings that were found in one environment, taken to another one: what must change is measured there."""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from qlib.core.demands import demand_whole
from qlib.core.environment import make_env
from qlib.core.settings import RECOMMENDED, Settings

LOOKING = 10_000  # steps of random play: a fifth of what an easy task takes, and a second's work
EXPLORING = 1 / 8  # of the run, until epsilon has fallen: RECOMMENDED's 60 episodes of CartPole are as long
HORIZON = 128  # steps: the shortest that is taken


class Met(NamedTuple):
    """What random play meets, each as the nearest power of two: then a processor's last digits change nothing."""

    size: tuple[float, ...] | None
    """Largest size that each dimension of an observation had, 1 for what was always 0; None: these are images."""
    reward: float
    """Mean size of a reward, 1 if each was 0."""
    steps: float
    """Mean steps of an episode."""


def carry_over(env_id: str, steps: int = 30_000, settings: Settings = RECOMMENDED) -> Settings:
    """Take settings to another environment and length of run; nobody has to know the environment.

    Observations are divided by the largest values that random play meets, each as the nearest power of two, so that the
    network sees numbers of about 1; images it maps there by itself. Rewards are scaled so that a usual one is as large
    as CartPole's. The discount's horizon is an episode of random play, 128 steps at least, and never longer than the
    recipe's. Epsilon falls within the first eighth of the run, by steps, since an episode may be short or long. A
    learning rate that falls reaches its end when the run does. All else stays as it is.

    Args:
        env_id: the gymnasium environment, with Box observations and Discrete actions.
        steps: environment steps of the run, from 1 up.
        settings: the recipe.

    Returns:
        Settings whose numbers can be read and changed.

    Raises:
        ValueError: if `steps` is not a whole number from 1 up, or as `make_env`.
    """
    demand_whole("steps", steps)
    met = met_at_random(dataclasses.replace(settings, env_id=env_id, stick=None))
    here = env_id == settings.env_id  # where its own discount was chosen
    return dataclasses.replace(
        settings,
        env_id=env_id,
        observation_scale=met.size,
        reward_scale=settings.reward_scale / met.reward,
        gamma=settings.gamma if here else min(settings.gamma, 1 - 1 / max(HORIZON, met.steps)),
        epsilon_episodes=None,
        epsilon_steps=math.ceil(EXPLORING * steps),
        learning_rate_steps=steps,
    )


def met_at_random(settings: Settings, steps: int = LOOKING) -> Met:
    """Play at random, and see how large observations and rewards are, and how long an episode is.

    Args:
        settings: the environment.
        steps: to play, from 1 up.

    Raises:
        ValueError: as `make_env`.
    """
    env, rng = make_env(settings), np.random.default_rng(0)
    largest: np.ndarray | float = 0.0
    rewards: list[float] = []
    episodes, ended = 0, True
    while len(rewards) < steps:
        if ended:
            largest = np.maximum(largest, np.abs(env.reset(seed=episodes)[0]))
            episodes += 1
        found, reward, terminated, truncated, _ = env.step(rng.integers(env.action_space.n))  # type: ignore[attr-defined]
        largest = np.maximum(largest, np.abs(found))
        rewards.append(abs(float(reward)))
        ended = terminated or truncated
    env.close()
    size = tuple(map(_rounded, np.asarray(largest).tolist())) if np.ndim(largest) == 1 else None
    return Met(size, _rounded(float(np.mean(rewards))), _rounded(steps / episodes))


def _rounded(size: float) -> float:
    """Return the power of two that is nearest to a size."""
    return 2.0 ** round(math.log2(size)) if size > 0 else 1.0
