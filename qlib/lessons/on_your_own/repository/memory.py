"""The replay memory: the last transitions, to be drawn from."""

from typing import NamedTuple

import torch


class Batch(NamedTuple):
    """B transitions."""

    observations: torch.Tensor  # (B, 4)
    actions: torch.Tensor  # (B,)
    rewards: torch.Tensor  # (B,)
    next_observations: torch.Tensor  # (B, 4)
    terminated: torch.Tensor  # (B,)


class Memory:
    """A ring: a new transition takes the place of the oldest."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.pushed = 0
        self.observations = torch.zeros(capacity, 4)
        self.actions = torch.zeros(capacity, dtype=torch.int64)
        self.rewards = torch.zeros(capacity)
        self.next_observations = torch.zeros(capacity, 4)
        self.terminated = torch.zeros(capacity, dtype=torch.bool)

    def __len__(self):
        return min(self.pushed, self.capacity)

    def push(self, observation, action, reward, next_observation, terminated):
        """Store one transition; `terminated` says whether nothing follows it."""
        slot = self.pushed % self.capacity
        self.observations[slot] = torch.as_tensor(observation)
        self.actions[slot] = action
        self.rewards[slot] = reward
        self.next_observations[slot] = torch.as_tensor(next_observation)
        self.terminated[slot] = terminated
        self.pushed += 1

    def sample(self, n, generator):
        """Draw n transitions, each with the same chance."""
        rows = torch.randint(len(self), (n,), generator=generator)
        return Batch(
            self.observations[rows],
            self.actions[rows],
            self.rewards[rows],
            self.next_observations[rows],
            self.terminated[rows],
        )
