"""The replay memory: the last transitions, to be sampled in any order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from qlib.core.demands import LARGEST, demand_action, demand_room, demand_whole


class Batch(NamedTuple):
    """B transitions, one row each."""

    observations: torch.Tensor  # (B, n_observations) float32
    actions: torch.Tensor  # (B,) int64
    rewards: torch.Tensor  # (B,) float32
    next_observations: torch.Tensor  # (B, n_observations) float32
    terminated: torch.Tensor  # (B,) bool: nothing follows next_observations


class ReplayMemory:
    """A ring of preallocated tensors that holds the last `capacity` transitions (Lin 1992).

    Args:
        capacity: transitions held; the next one overwrites the oldest.
        n_observations: numbers in one observation.
        n_actions: actions to choose from; None: not known, and any action from 0 up is taken.
        device: where the tensors live.

    Raises:
        ValueError: if a size is not a whole number from 1 up, or larger than this machine's memory.
    """

    def __init__(
        self,
        capacity: int,
        n_observations: int = 4,
        n_actions: int | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        demand_whole("capacity", capacity)
        demand_whole("n_observations", n_observations)
        if n_actions is not None:
            demand_whole("n_actions", n_actions)
        capacity, n_observations = int(capacity), int(n_observations)  # numpy's numbers would overflow in a sum
        self.n_actions = None if n_actions is None else int(n_actions)
        demand_room("capacity (memory_size)", capacity, self._size(capacity, n_observations), device)
        self.capacity = capacity
        self.pushed = 0  # transitions ever pushed; modulo capacity, it is the slot of the next one
        self.storage = Batch(
            observations=_zeros((capacity, n_observations), np.float32, device),
            actions=_zeros((capacity,), np.int64, device),
            rewards=_zeros((capacity,), np.float32, device),
            next_observations=_zeros((capacity, n_observations), np.float32, device),
            terminated=_zeros((capacity,), np.bool_, device),
        )

    @classmethod
    def _size(cls, capacity: int, n_observations: int) -> int:
        """Return the bytes that a memory takes."""
        return capacity * (8 * n_observations + 13)

    def push(self, observation, action: int, reward: float, next_observation, terminated: bool) -> None:
        """Store one transition.

        Args:
            observation: what the agent saw, shape (n_observations,).
            action: what it did.
            reward: what it got for it.
            next_observation: what it saw next, shape (n_observations,).
            terminated: whether the episode ended there by its own rules (not by a time limit).

        Raises:
            ValueError: if an observation has another shape, a number is not finite as float32, or the action is none
                of the environment's.
        """
        here, there = np.asarray(observation, np.float64), np.asarray(next_observation, np.float64)
        shape = tuple(self.storage.observations.shape[1:])
        if here.shape != shape or there.shape != shape:  # would otherwise be broadcast without a word
            raise ValueError(
                f"This memory holds observations of shape {tuple(shape)}, and got {tuple(here.shape)} and then "
                f"{tuple(there.shape)}. Push one transition at a time, or make the memory with other n_observations."
            )
        number, amount = demand_action(action, self.n_actions), float(reward)
        if not all(abs(x) <= LARGEST for x in (amount, *here.tolist(), *there.tolist())):  # NumPy takes thrice as long
            raise ValueError(
                f"A transition's numbers must be finite as float32, which ends at 3.4e38: this has observation {here}, "
                f"reward {amount} and next observation {there}. Nothing was stored. Look at what yields them."
            )
        transition = (here, number, amount, there, bool(terminated))
        slot = self.next_slot()
        try:
            self._write(slot, transition)
        except KeyboardInterrupt:
            self._write(slot, transition)  # a full ring would otherwise keep one half of the old and one of the new
            raise
        self.stored(slot)  # last: what is not wholly written is not counted, and not sampled

    def stored(self, slot: int) -> None:
        """Count a transition that has been written to a slot."""
        self.pushed += 1

    def next_slot(self) -> int:
        """Say where the next transition goes: over the oldest. A subclass may spare some."""
        return self.pushed % self.capacity

    def _write(self, slot: int, transition: tuple) -> None:
        for column, value in zip(self.storage, transition, strict=True):
            if column.is_cpu:
                column.numpy()[slot] = value  # NumPy writes a row some five times sooner
            else:
                column[slot] = torch.as_tensor(value)

    def sample(self, batch_size: int, generator: torch.Generator | None = None) -> Batch:
        """Draw transitions uniformly, with replacement.

        Args:
            batch_size: B, the number of transitions.
            generator: the source of randomness, on the CPU; None: PyTorch's global one.

        Returns:
            A Batch of copies.

        Raises:
            ValueError: if the memory holds fewer than `batch_size` transitions.
        """
        if not 1 <= batch_size <= len(self):
            raise ValueError(
                f"batch_size={batch_size} is not allowed: the memory holds {len(self)} transitions; "
                "sample from 1 to that many, or push more first."
            )
        return self.at(self.draw(batch_size, generator))

    def at(self, slots: torch.Tensor) -> Batch:
        """Copy the transitions in some slots, shape (B,), int64."""
        rows = slots.to(self.storage.actions.device)
        return Batch(*(column.index_select(0, rows) for column in self.storage))

    def slots(self) -> np.ndarray:
        """List the slots that hold transitions, shape (len(memory),), int64."""
        return np.arange(len(self))

    def holds(self, slots: np.ndarray) -> np.ndarray:
        """Say of some slots, shape (B,), whether each holds a transition."""
        return (slots >= 0) & (slots < len(self))

    def draw(self, batch_size: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Choose the slots that `sample` copies, shape (batch_size,), int64."""
        return torch.randint(len(self), (batch_size,), generator=generator)

    def saved(self) -> dict[str, torch.Tensor]:
        """Name what a file must hold of this memory's columns, for `restore`."""
        return {name: column[: len(self)] for name, column in self.storage._asdict().items()}

    def restore(self, transitions: Batch, pushed: int) -> torch.Tensor:
        """Take over the slots of a saved memory; one of another capacity gives up its newest transitions only.

        Returns:
            The saved slots that were taken over, in their new order, shape (n,).

        Raises:
            ValueError: if the columns are not as many rows of this memory's kind, hold what `push` refuses, or there
                are more than were pushed. Nothing is changed then.
        """
        n = len(transitions.actions)
        demand_columns(transitions, self.storage, dict.fromkeys(Batch._fields, n))
        if n:
            demand_action(transitions.actions.min(), self.n_actions)
            demand_action(transitions.actions.max(), self.n_actions)
        demand_whole("pushed", pushed, least=n)  # all that is there was pushed
        pushed = int(pushed)
        if n <= self.capacity and (pushed == n or n == self.capacity):
            rows, self.pushed = torch.arange(n), pushed
        else:
            kept = min(n, self.capacity)
            rows, self.pushed = torch.arange(pushed - kept, pushed) % n, kept  # the newest, the oldest of them first
        for name in Batch._fields:
            getattr(self.storage, name)[: len(rows)] = getattr(transitions, name)[rows]
        return rows

    def __len__(self) -> int:
        return min(self.pushed, self.capacity)

    @property
    def nbytes(self) -> int:
        """The memory's size in bytes, full or not."""
        return sum(column.nbytes for column in self.storage)

    def to(self, device: str | torch.device) -> ReplayMemory:
        """Move the tensors to another device and return the memory."""
        self.storage = Batch(*(column.to(device) for column in self.storage))
        return self

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({len(self):,} of {self.capacity:,} transitions, "
            f"{self.nbytes / 10**6:.1f} MB on {self.storage.actions.device})"
        )


def demand_columns(saved: Any, storage: Any, lengths: Mapping[str, int]) -> None:
    """Raise a ValueError that names a saved column which is not of a memory's kind.

    Args:
        saved, storage: named tuples of tensors, of a file and of the memory.
        lengths: by name, how many rows the saved column must have.
    """
    for name, n in lengths.items():
        given, column = getattr(saved, name), getattr(storage, name)
        if given.dtype != column.dtype or given.shape != (n, *column.shape[1:]):
            raise ValueError(
                f"{name} are {given.dtype} of shape {tuple(given.shape)}, and {n} rows of this memory "
                f"need {column.dtype} of shape {(n, *column.shape[1:])}."
            )
        if given.is_floating_point() and not given.isfinite().all():
            raise ValueError(f"{name} are not all finite.")
        if given.dtype == torch.bool and (given.view(torch.uint8) > 1).any():  # bytes of a file, taken as they are
            raise ValueError(f"{name} are not all True or False: there are bytes other than 0 and 1.")


def _zeros(shape: tuple[int, ...], kind: type, device: str | torch.device) -> torch.Tensor:
    """Make a tensor of zeros. NumPy's take no memory before they are written, and PyTorch's are written at once."""
    return torch.from_numpy(np.zeros(shape, kind)).to(device)
