"""Which memory settings describe: of rows of numbers or of images, drawn from uniformly or by priorities."""

from __future__ import annotations

from typing import Any

import torch

from qlib.core.frames import FrameMemory
from qlib.core.images import Image
from qlib.core.memory import ReplayMemory
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.settings import Settings


class PrioritizedFrameMemory(PrioritizedReplayMemory, FrameMemory):  # type: ignore[misc]
    """A `FrameMemory` that draws as `PrioritizedReplayMemory` does.

    Args:
        capacity, image, n_actions, device: as `FrameMemory` takes them.
        alpha, beta: as `PrioritizedReplayMemory` takes them.
    """

    def left(self, slot: int) -> None:
        self._drop(slot)


def build_memory(
    settings: Settings, image: Image | None, n_observations: int, device: torch.device, n_actions: int
) -> ReplayMemory:
    """Make the replay memory that settings describe, for images or for rows of numbers."""
    kinds: tuple[Any, Any] = (ReplayMemory, PrioritizedReplayMemory)
    if image is not None:
        kinds = (FrameMemory, PrioritizedFrameMemory)
        if settings.memory_size < 2 * settings.batch_size:
            raise ValueError(
                f"memory_size={settings.memory_size} and batch_size={settings.batch_size}: a memory of images counts "
                "frames, and an episode of one step has two, so it may never hold a batch. Raise memory_size to at "
                "least twice batch_size."
            )
    what = (settings.memory_size, n_observations if image is None else image, n_actions, device)
    if settings.replay == "uniform":
        return kinds[0](*what)
    return kinds[1](*what, settings.priority_alpha, settings.priority_beta)
