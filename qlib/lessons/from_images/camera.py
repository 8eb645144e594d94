"""CartPole as a camera sees it: gymnasium's own picture, small and on black, one frame or two."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import gymnasium
import numpy as np

from qlib.core.settings import Settings
from qlib.show.drawing import Drawing
from qlib.show.marks import Heat
from qlib.show.panel import Panel
from qlib.show.shapes import Words

ENV_ID = "qlib/SeenCartPole-v0"
ROWS, COLUMNS, SIDE = 20, 75, 8  # of an image, and pixels of the picture that each of its own is the mean of
TOP = 160  # rows of the picture above what is kept
SETTINGS = Settings(
    env_id=ENV_ID,
    network="conv",
    filters=((8, 5, 2),),
    hidden=(64,),
    frames=2,
    learning_rate=1.5e-3,
    gamma=0.98,
    target_network="soft",
    double=True,
    batch_size=32,
    memory_size=20_000,
    learning_starts=500,
    epsilon_steps=2_000,
)
"""One convolution, one dense layer; chosen on seed 0 with two frames, and given to one frame as they are."""
BY_FRAMES = {
    "one frame": dataclasses.replace(SETTINGS, frames=1),
    "two frames": SETTINGS,
}


def make(render_mode: str = "rgb_array", **how: Any) -> gymnasium.Env:
    """Make CartPole whose observation is its picture, uint8, shape (20, 75); it has no other way to be drawn."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame needs no screen for it
    env = gymnasium.make("CartPole-v1", render_mode=render_mode, disable_env_checker=True, **how)
    seen = gymnasium.wrappers.AddRenderObservation(env, render_only=True)
    return gymnasium.wrappers.TransformObservation(
        seen, shrink, gymnasium.spaces.Box(0, 255, (ROWS, COLUMNS), np.uint8)
    )


gymnasium.register(ENV_ID, make)


def shrink(picture: np.ndarray) -> np.ndarray:
    """Return the rows that hold cart and pole, dark and light exchanged, each pixel the mean of 8 x 8 (H, W, 3)."""
    kept = 255 - picture[TOP : TOP + ROWS * SIDE, :, 1].astype(np.float32)
    return np.rint(kept.reshape(ROWS, SIDE, COLUMNS, SIDE).mean((1, 3))).astype(np.uint8)


def drawn() -> Drawing:
    """Draw what the agent sees at one moment, and what of it has changed since the moment before."""
    env = make()
    env.reset(seed=0)
    frames = [env.step(1)[0].astype(float)[::-1] for _ in range(6)]  # a heat map begins at the bottom
    env.close()
    apart = ROWS + 4
    marks = [
        Heat(frames[-1], 0, COLUMNS, ROWS, 0, low=0, high=255),
        Words(0, -1.2, "one frame", "faint"),
        Heat(frames[-1] - frames[-2], 0, COLUMNS, apart + ROWS, apart, scale="differences"),
        Words(0, apart - 1.2, "what has changed: orange brighter, blue darker", "faint"),
    ]
    panel = Panel(marks, frame=(-0.5, -3.0, COLUMNS + 0.5, apart + ROWS + 0.5))
    alt = "CartPole in 20 by 75 pixels: a bright cart, a grey pole. Of the frame before, both edges of the cart differ."
    return Drawing(panel, alt=alt, height=330)
