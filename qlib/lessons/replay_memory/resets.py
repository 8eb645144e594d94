"""The automatic resets of vector environments, which store what never happened."""

from __future__ import annotations

from typing import NamedTuple

import gymnasium as gym
import numpy as np


class Steps(NamedTuple):
    """T steps of N environments."""

    observations: np.ndarray  # (T, N, 4)
    next_observations: np.ndarray  # (T, N, 4), as `step` returned them
    rewards: np.ndarray  # (T, N)
    terminated: np.ndarray  # (T, N)
    truncated: np.ndarray  # (T, N)
    mended: np.ndarray  # (T, N, 4): next_observations, with the final ones where the environment tells them


def collect(mode: str, steps: int = 400, n: int = 4, **options) -> Steps:
    """Step CartPoles with random actions.

    Args:
        mode: gymnasium's AutoresetMode, "NEXT_STEP" or "SAME_STEP".
        steps: T.
        n: N.
        options: passed on to `gymnasium.make_vec`.
    """
    kind = {"autoreset_mode": gym.vector.AutoresetMode[mode]}
    envs = gym.make_vec("CartPole-v1", num_envs=n, vectorization_mode="sync", vector_kwargs=kind, **options)
    envs.action_space.seed(0)
    observations, _ = envs.reset(seed=0)
    rows = []
    for _ in range(steps):
        following, reward, terminated, truncated, info = envs.step(envs.action_space.sample())
        mended = following.copy()
        for i in np.flatnonzero((terminated | truncated) & ("final_obs" in info)):
            mended[i] = info["final_obs"][i]
        rows.append((observations, following, reward, terminated, truncated, mended))
        observations = following
    envs.close()
    return Steps(*(np.stack(column) for column in zip(*rows, strict=True)))


def really_happened(steps: Steps) -> np.ndarray:
    """Say which steps in NEXT_STEP mode are transitions: all but the one after an end, shape (T, N)."""
    real = np.ones_like(steps.terminated)
    real[1:] = ~(steps.terminated | steps.truncated)[:-1]
    return real


def jump(observations: np.ndarray, next_observations: np.ndarray) -> np.ndarray:
    """Say how far the cart is from where its velocity leads in the 0.02 s of a step, in m, shape (T, N)."""
    return np.abs(next_observations[..., 0] - observations[..., 0] - 0.02 * observations[..., 1])
