"""The replay memory of images: each frame is kept once, and what the agent saw is built anew when it is drawn.

Of an observation of k frames, k - 1 were in the one before. So a ring of frames holds the newest one of each, and a
transition says where its own lies, and how many frames of its episode lie before that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from qlib.core.demands import LARGEST, demand_action, demand_room, demand_whole
from qlib.core.images import Image
from qlib.core.memory import Batch, ReplayMemory, _zeros, demand_columns


class Frames(NamedTuple):
    """What a memory of images holds: a ring of frames, and a ring of transitions that point into it."""

    frames: torch.Tensor  # (capacity + frames of an observation, *frame) uint8, bool or float32
    actions: torch.Tensor  # (capacity,) int64
    rewards: torch.Tensor  # (capacity,) float32
    terminated: torch.Tensor  # (capacity,) bool
    newest: torch.Tensor  # (capacity,) int64: the number of the observation's newest frame, counted from the first ever
    before: torch.Tensor  # (capacity,) uint8: frames of its episode before that, at most those of an observation


class FrameMemory(ReplayMemory):
    """A ring that holds the last `capacity` frames once, and the transitions between them.

    An episode has one frame more than steps, so of episodes that end it holds fewer transitions than frames. They leave
    in the order in which they came.

    Args:
        capacity: frames held; the next one overwrites the oldest.
        image: what an observation is.
        n_actions, device: as `ReplayMemory` takes them.

    Raises:
        ValueError: if the capacity is not a whole number from 1 up, or larger than this machine's memory.
    """

    def __init__(
        self, capacity: int, image: Image, n_actions: int | None = None, device: str | torch.device = "cpu"
    ) -> None:
        demand_whole("capacity", capacity)
        if n_actions is not None:
            demand_whole("n_actions", n_actions)
        self.capacity, self.image = int(capacity), image
        self.n_actions = None if n_actions is None else int(n_actions)
        self.n_frames = self.capacity + image.frames  # so that an episode without end has `capacity` transitions here
        each = int(np.prod(image.frame)) * np.dtype(image.kind).itemsize
        demand_room("capacity (memory_size)", capacity, self.n_frames * each + self._size(self.capacity, 0), device)
        self.pushed = 0  # transitions ever pushed; modulo capacity, it is the slot of the next one
        self.first = 0  # the oldest transition that is still here, counted as they were pushed
        self.written = 0  # frames ever written
        self._last: np.ndarray | None = None  # what came after the newest transition, if its episode goes on
        self.storage: Any = Frames(
            frames=_zeros((self.n_frames, *image.frame), np.dtype(image.kind).type, device),
            actions=_zeros((self.capacity,), np.int64, device),
            rewards=_zeros((self.capacity,), np.float32, device),
            terminated=_zeros((self.capacity,), np.bool_, device),
            newest=_zeros((self.capacity,), np.int64, device),
            before=_zeros((self.capacity,), np.uint8, device),
        )

    @classmethod
    def _size(cls, capacity: int, n_observations: int) -> int:
        return super()._size(capacity, n_observations) + 9 * capacity

    def push(self, observation, action: int, reward: float, next_observation, terminated: bool) -> None:
        """Store one transition: see `ReplayMemory.push`.

        The next observation's newest frame is all that is new, unless an episode begins here.

        Raises:
            ValueError: if an observation is not as the environment declares, the next one does not go on from it, the
                reward is not finite as float32, or the action is none of the environment's.
        """
        here = self.image.take(observation, "The observation")
        there = self.image.take(next_observation, "The next observation")
        k = self.image.frames
        if k > 1 and not np.array_equal(here[1:], there[:-1]):
            raise ValueError(
                f"The next observation does not go on from this one: its first {k - 1} of {k} frames are not the last "
                f"{k - 1} that were seen. Nothing was stored. An observation holds the newest frames, the oldest first."
            )
        number, amount = demand_action(action, self.n_actions), float(reward)
        if not abs(amount) <= LARGEST:
            raise ValueError(
                f"A transition's numbers must be finite as float32, which ends at 3.4e38: this has reward {amount}. "
                "Nothing was stored. Look at what yields it."
            )
        stack, following = (here, there) if k > 1 else (here[np.newaxis], there[np.newaxis])
        written, slot, new = self.written, self.next_slot(), [following[-1]]
        if self._last is not None and np.array_equal(here, self._last):
            before = min(int(self.storage.before[self.slot(self.pushed - 1)]) + 1, k - 1)
        elif (stack == stack[:1]).all():  # gymnasium fills a first observation with its one frame
            before, new = 0, [stack[-1], *new]
        else:
            before, new = k - 1, [*stack, *new]
        newest = written + len(new) - 2
        self._forget(written + len(new) - self.n_frames)
        for i, frame in enumerate(new, written):
            self._put(self.storage.frames, i % self.n_frames, frame)
        columns = (number, amount, bool(terminated), newest, before)
        for column, value in zip(self.storage[1:], columns, strict=True):
            self._put(column, slot, value)
        self.written, self._last = written + len(new), None if terminated else there.copy()
        self.stored(slot)  # last: what is not wholly written is not counted, and not sampled

    def _put(self, column: torch.Tensor, slot: int, value: Any) -> None:
        if column.is_cpu:
            column.numpy()[slot] = value
        else:
            column[slot] = torch.as_tensor(value)

    def _forget(self, oldest: int) -> None:
        """Let go of the transitions that need frames older than number `oldest`, or the slot of the next one."""
        while self.first < self.pushed:
            slot = self.slot(self.first)
            needed = int(self.storage.newest[slot]) - int(self.storage.before[slot])
            if needed >= oldest and self.pushed - self.first < self.capacity:
                return
            self.left(slot)
            self.first += 1

    def left(self, slot: int) -> None:
        """Take note that a slot's transition is no longer held."""

    def slot(self, number: int) -> int:
        """Return the slot of a transition, counted as they were pushed."""
        return number % self.capacity

    def slots(self) -> np.ndarray:
        return np.arange(self.first, self.pushed) % self.capacity

    def holds(self, slots: np.ndarray) -> np.ndarray:
        return (slots >= 0) & (slots < self.capacity) & ((slots - self.first) % self.capacity < len(self))

    def at(self, slots: torch.Tensor) -> Batch:
        """Build the transitions in some slots, shape (B,), int64."""
        held = self.storage
        rows = slots.to(held.actions.device)
        newest, before = held.newest[rows], held.before[rows].long()
        k = self.image.frames
        return Batch(
            observations=self._stacks(newest, before),
            actions=held.actions[rows],
            rewards=held.rewards[rows],
            next_observations=self._stacks(newest + 1, (before + 1).clamp(max=k - 1)),
            terminated=held.terminated[rows],
        )

    def _stacks(self, newest: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """Build observations (B, *shape) that end in frames of some numbers (B,), after so many of their episodes."""
        k = self.image.frames
        if k == 1:
            return self.storage.frames.index_select(0, newest % self.n_frames)
        back = torch.arange(k - 1, -1, -1, device=newest.device)  # (k,): how far before the newest each frame lies
        numbers = newest[:, None] - torch.minimum(back, before[:, None])  # (B, k): never before its episode's first
        frames = self.storage.frames.index_select(0, (numbers % self.n_frames).reshape(-1))
        return frames.view(len(newest), *self.image.shape)

    def draw(self, batch_size: int, generator: torch.Generator | None = None) -> torch.Tensor:
        return (torch.randint(len(self), (batch_size,), generator=generator) + self.first) % self.capacity

    def saved(self) -> dict[str, torch.Tensor]:
        """Name what a file must hold, the oldest first, frames counted from the first one that is needed."""
        held, rows = self.storage, torch.from_numpy(self.slots())
        columns = {name: getattr(held, name)[rows.to(held.actions.device)] for name in Frames._fields[1:]}
        begin = int(columns["newest"][0]) - int(columns["before"][0]) if len(rows) else self.written
        end = int(columns["newest"][-1]) + 2 if len(rows) else self.written
        numbers = torch.arange(begin, end, device=held.frames.device)
        return {"frames": held.frames[numbers % self.n_frames]} | columns | {"newest": columns["newest"] - begin}

    def restore(self, transitions: Any, pushed: int) -> torch.Tensor:
        """Take over a saved memory; a smaller one takes its newest transitions only.

        Returns, raises: as `ReplayMemory.restore`, of the columns that `saved` names.
        """
        n, n_frames, k = len(transitions.actions), len(transitions.frames), self.image.frames
        demand_columns(transitions, self.storage, {name: n for name in Frames._fields[1:]} | {"frames": n_frames})
        newest, before = transitions.newest, transitions.before.long()
        needed = newest - before
        if n:
            demand_action(transitions.actions.min(), self.n_actions)
            demand_action(transitions.actions.max(), self.n_actions)
            if (
                before.max() >= k
                or needed.min() < 0
                or newest.max() + 2 > n_frames
                or (newest.diff() < 1).any()
                or (needed.diff() < 0).any()
            ):
                raise ValueError("newest and before do not say which of the frames each transition has.")
        demand_whole("pushed", pushed, least=n)
        fits = (needed >= n_frames - self.n_frames) & (torch.arange(n, 0, -1) <= self.capacity)
        rows = torch.arange(n)[fits]  # the newest ones: what each needs is later than what the one before it needs
        begin = int(needed[rows[0]]) if len(rows) else n_frames
        self.pushed, self.first = int(pushed), int(pushed) - len(rows)
        self.written, self._last = n_frames - begin, None
        self.storage.frames[: n_frames - begin] = transitions.frames[begin:].to(self.storage.frames.device)
        slots = torch.from_numpy(self.slots())
        for name in Frames._fields[1:]:
            getattr(self.storage, name)[slots] = getattr(transitions, name)[rows].to(self.storage.frames.device)
        self.storage.newest[slots] -= begin
        return rows

    def __len__(self) -> int:
        return self.pushed - self.first

    def to(self, device: str | torch.device) -> FrameMemory:
        self.storage = Frames(*(column.to(device) for column in self.storage))
        return self
