"""SARSA beside Q-learning: an agent whose memory also knows which action was taken next."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.memory import Batch, ReplayMemory
from qlib.core.settings import Settings

UNKNOWN = -1


def sarsa_target(rewards, next_values, next_actions, terminated, gamma):
    taken = next_values.gather(1, next_actions.unsqueeze(1)).squeeze(1)  # (B,)
    return rewards + gamma * taken * ~terminated


class WithNextAction(ReplayMemory):
    """A replay memory that keeps the action taken next beside each transition: `next_actions`, shape (capacity,).

    It is UNKNOWN of the newest transition, of one that terminated, and of one that a time limit cut.
    """

    def __init__(self, capacity: int, n_observations: int = 4, n_actions: int | None = None) -> None:
        super().__init__(capacity, n_observations, n_actions)
        self.next_actions = torch.full((capacity,), UNKNOWN)
        self.drawn = torch.zeros(0, dtype=torch.int64)  # the slots of the last batch

    def push(self, observation: Any, action: int, reward: float, next_observation: Any, terminated: bool) -> None:
        before = (self.pushed - 1) % self.capacity
        seen_before = self.storage.next_observations[before].numpy()
        if self.pushed and not self.storage.terminated[before] and np.array_equal(seen_before, np.float32(observation)):
            self.next_actions[before] = int(action)
        slot = self.next_slot()
        super().push(observation, action, reward, next_observation, terminated)
        self.next_actions[slot] = UNKNOWN

    def sample(self, batch_size: int, generator: torch.Generator | None = None) -> Batch:
        self.drawn = self.draw(batch_size, generator)
        return Batch(*(column.index_select(0, self.drawn) for column in self.storage))


class Sarsa(QAgent):
    """A QAgent whose TD target looks up the action that was taken next, and the best where that is not known."""

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        super().__init__(settings, seed)
        self.memory: WithNextAction = WithNextAction(settings.memory_size, self.n_observations, self.n_actions)

    @torch.no_grad()
    def td_target(self, batch: Batch) -> torch.Tensor:  # type: ignore[override]
        valuer = self.online if self.target is None else self.target
        next_values = valuer(batch.next_observations)  # (B, A)
        taken = self.memory.next_actions[self.memory.drawn]  # (B,)
        taken = torch.where(taken == UNKNOWN, next_values.argmax(1), taken)
        return sarsa_target(batch.rewards, next_values, taken, batch.terminated, self.settings.gamma)
