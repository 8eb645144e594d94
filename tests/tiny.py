"""A game of few pixels, for tests: catch a ball that falls."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

import qlib


class Catch(gym.Env):
    """A ball falls down rows of pixels, one a step; the plate on the last row is to be below it.

    Args:
        kind: dtype of the images; bool's are True where uint8's are 255 and a float's are 1.
        shape: rows and columns.
        channels: how images are laid out: "none", "last" (ball and plate each in one), "first".
    """

    def __init__(self, kind: Any = np.uint8, shape: tuple[int, int] = (6, 5), channels: str = "none") -> None:
        self.kind, self.size, self.channels = np.dtype(kind), shape, channels
        bright = 255 if kind == np.uint8 else 1
        full = {"none": shape, "last": (*shape, 2), "first": (2, *shape)}[channels]
        self.observation_space = gym.spaces.Box(0, bright, full, kind)
        self.action_space = gym.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.row, self.column = 0, int(self.np_random.integers(self.size[1]))
        self.plate = self.size[1] // 2
        return self.image(), {}

    def step(self, action):
        self.plate = min(max(self.plate + int(action) - 1, 0), self.size[1] - 1)
        self.row += 1
        over = self.row == self.size[0] - 1
        return self.image(), float(over and self.plate == self.column), over, False, {}

    def image(self) -> np.ndarray:
        ball, plate = np.zeros((2, *self.size))
        ball[self.row, self.column], plate[-1, self.plate] = 1, 1
        planes = {
            "none": np.maximum(ball, plate),
            "last": np.stack([ball, plate], -1),
            "first": np.stack([ball, plate]),
        }
        return (planes[self.channels] * self.observation_space.high).astype(self.kind)


def few(**changes: Any) -> qlib.Settings:
    """Settings of an agent that sees two frames of the smallest such game, and learns it within 300 steps."""
    looks = {"network": "conv", "filters": ((8, 3, 1),), "hidden": (16,), "frames": 2, "memory_size": 100}
    learns = {"batch_size": 16, "target_network": "soft", "learning_rate": 3e-3, "epsilon_steps": 300}
    return qlib.Settings(register("tiny/Few-v0", shape=(4, 3)), **looks | learns | changes)


def register(env_id: str = "tiny/Catch-v0", **how: Any) -> str:
    """Register the game, if it is not yet, and return its id."""
    if env_id not in gym.registry:
        gym.register(env_id, lambda **more: Catch(**how, **more), disable_env_checker=True)
    return env_id
