"""Observations that are images: what one is, what may be one, and how it comes to be planes of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch

from qlib.core.demands import demand_finite

KINDS = {"uint8": "uint8", "bool": "bool", "float16": "float32", "float32": "float32", "float64": "float32"}
"""An image's dtype, and the one in which it is stored."""


@dataclass(frozen=True)
class Image:
    """What an environment's observations are: one frame of numbers in a declared range, or the last few frames.

    Attributes:
        frame: shape of one frame: (H, W), (H, W, C) or (C, H, W).
        channels: where a frame's channels are: "none", "last" or "first".
        kind: the dtype in which frames are stored: "uint8", "bool" or "float32".
        low, high: the declared range, which the network maps to 0 ... 1.
        frames: how many successive frames an observation holds, the newest last.
    """

    frame: tuple[int, ...]
    channels: str
    kind: str
    low: float
    high: float
    frames: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an observation: that of a frame, with the frames in front if there is more than one."""
        return self.frame if self.frames == 1 else (self.frames, *self.frame)

    @property
    def planes(self) -> tuple[int, int, int]:
        """Planes that the network sees, (frames x channels, H, W)."""
        first = {"none": (1, *self.frame), "first": self.frame, "last": (self.frame[-1], *self.frame[:-1])}
        c, h, w = first[self.channels]
        return self.frames * c, h, w

    def to_planes(self, observations: torch.Tensor) -> torch.Tensor:
        """Turn observations (B, *shape) into planes (B, *planes), float32 from 0 to 1."""
        x = observations.to(torch.float32)
        if self.channels == "last":
            x = x.movedim(-1, -3)  # (B, frames, C, H, W)
        x = x.reshape(len(x), *self.planes).contiguous()  # one plane after the other: convolutions are sooner done
        if self.low != 0:
            x = x - self.low
        return x if self.high - self.low == 1 else x / (self.high - self.low)

    def take(self, observation: Any, who: str) -> np.ndarray:
        """Return an observation as it is stored, shape `shape`.

        Raises:
            ValueError: if its shape or dtype is another one, or a number is out of the declared range; `who` begins
                the sentence.
        """
        x = np.asarray(observation)
        if x.shape != self.shape:
            swapped = sorted(x.shape) == sorted(self.shape)
            raise ValueError(
                f"{who} has shape {x.shape}, and the environment declares {self.shape}. "
                + ("Are rows, columns or channels swapped? " if swapped else "")
                + "Each observation must have the declared shape."
            )
        if KINDS.get(x.dtype.name) != self.kind:
            raise ValueError(
                f"{who} is of {x.dtype}, and the environment declares {self.kind}. One that was converted may have "
                "been scaled, too: give it as the environment does."
            )
        if self.kind == "float32" or (self.kind, self.low, self.high) not in (("uint8", 0, 255), ("bool", 0, 1)):
            least, most = x.min(), x.max()
            if not (self.low <= least and most <= self.high):
                raise ValueError(
                    f"{who} has numbers from {least:g} to {most:g}, and the environment declares {self.low:g} to "
                    f"{self.high:g}. Declare the range that its images have."
                )
        return x.astype(self.kind, copy=False)

    def ready(self, observations: np.ndarray) -> np.ndarray:
        """Return observations as a policy takes them: as they are."""
        return observations

    def demand(self, observation: np.ndarray, reward: float, step: int) -> None:
        """Raise a ValueError that names the step if a reward is not finite; the memory looks at the images itself."""
        demand_finite(np.zeros(()), reward, step)

    def take_all(self, observations: np.ndarray | torch.Tensor, device: torch.device) -> torch.Tensor:
        """Return one or more observations as a tensor of the stored dtype, (*shape) or (B, *shape).

        Raises:
            ValueError: as `take`.
        """
        x = observations if isinstance(observations, torch.Tensor) else np.asarray(observations)
        name = str(x.dtype).removeprefix("torch.")
        n = len(self.shape)
        if x.ndim not in (n, n + 1) or tuple(x.shape[-n:]) != self.shape:
            raise ValueError(
                f"an observation has shape {self.shape}; these have shape {tuple(x.shape)}. Give one, or several in "
                "front of each other."
            )
        if KINDS.get(name) != self.kind and name != "float32":  # a batch that was made to look may hold any numbers
            raise ValueError(
                f"an observation is of {self.kind}; these are of {name}. Give them as the environment does."
            )
        return torch.as_tensor(x, device=device)


def demand_observations(
    observations: gym.Space, actions: gym.Space, env_id: str, frames: int = 1, channels: str = "auto"
) -> Image | None:
    """Say what observations are: an Image, or None for one row of numbers.

    A Box of two dimensions is rows and columns. Of three, the channels are the first or the last dimension: the one
    that is smaller than both others, unless `channels` says which.

    Args:
        observations, actions: an environment's spaces.
        env_id: its name, for messages.
        frames: how many successive frames one observation holds; the space is that of one frame.
        channels: "auto", "first" or "last".

    Raises:
        ValueError: if observations are neither, if it cannot be said where the channels are, or actions are not
            0 ... n-1.
    """
    if not isinstance(observations, gym.spaces.Box) or len(observations.shape) not in (1, 2, 3):
        raise ValueError(
            f"{env_id} has observations {observations}; these networks take a flat Box, shape (n,), or images, shape "
            "(H, W), (H, W, C) or (C, H, W). "
            "Choose another environment, or flatten this one under an id of its own: "
            'gymnasium.register("mine/Flat-v0", lambda **k: '
            f'gymnasium.wrappers.FlattenObservation(gymnasium.make("{env_id}", **k))) and use "mine/Flat-v0".'
        )
    if not isinstance(actions, gym.spaces.Discrete) or actions.start != 0:
        raise ValueError(
            f"{env_id} has actions {actions}; Q-learning takes a maximum over actions, so they must be "
            "Discrete(n), counted from 0. Choose such an environment, CartPole-v1 for one."
        )
    if len(observations.shape) > 1:
        return _image(observations, env_id, frames, channels)
    if frames > 1:
        raise ValueError(
            f"frames={frames} is for images, and {env_id} has observations of shape {observations.shape}: one row of "
            "numbers. Set frames=1."
        )
    return None


def _image(box: gym.spaces.Box, env_id: str, frames: int, channels: str) -> Image:
    name = box.dtype.name  # type: ignore[union-attr]
    if name not in KINDS:
        raise ValueError(
            f"{env_id} has images of {name}; they must be of uint8, bool or a float. Convert them in a wrapper: "
            "gymnasium.wrappers.DtypeObservation(env, numpy.uint8)."
        )
    low, high = float(np.min(box.low)), float(np.max(box.high))
    if not (math.isfinite(low) and math.isfinite(high) and low < high < 1e30):  # the largest float32 means no end
        raise ValueError(
            f"{env_id} has images of {name} from {low:g} to {high:g}; the network maps the declared range to 0 ... 1, "
            "so it must have two ends, both finite. Declare them: Box(0.0, 1.0, shape), for example."
        )
    return Image(tuple(map(int, box.shape)), _channels(box.shape, env_id, channels), KINDS[name], low, high, frames)


def _channels(shape: tuple[int, ...], env_id: str, channels: str) -> str:
    """Say where a frame's channels are."""
    if len(shape) == 2:
        return "none"
    if channels != "auto":
        return channels
    first, middle, last = shape
    if first < min(middle, last):
        return "first"
    if last < min(first, middle):
        return "last"
    raise ValueError(
        f"{env_id} has images of shape {shape}: which dimension the channels are cannot be told, since neither the "
        'first nor the last is smaller than both others. Say it: Settings(channels="last") for (H, W, C), or "first" '
        "for (C, H, W)."
    )
