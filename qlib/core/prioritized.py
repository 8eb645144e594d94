"""Prioritized experience replay: what surprised the agent is drawn more often (Schaul et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from qlib.core import accelerator, sumtree
from qlib.core.demands import is_number
from qlib.core.memory import Batch, ReplayMemory
from qlib.core.settings import Settings

LEAST = 1e-6  # added to each error, so that nothing is out of reach for ever: the paper's epsilon
TINY = float(np.finfo(np.float64).tiny)  # the least priority: a large alpha would make it 0, out of reach


class PrioritizedBatch(NamedTuple):
    """A Batch that says where its transitions lie and how much each counts."""

    observations: torch.Tensor  # (B, n_observations) float32
    actions: torch.Tensor  # (B,) int64
    rewards: torch.Tensor  # (B,) float32
    next_observations: torch.Tensor  # (B, n_observations) float32
    terminated: torch.Tensor  # (B,) bool
    weights: torch.Tensor  # (B,) float32: importance-sampling weights, at most 1
    errors: torch.Tensor  # (B,) float32: TD errors, which the agent's loss writes here
    slots: np.ndarray  # (B,) int64: where they lie in the memory


class PrioritizedReplayMemory(ReplayMemory):
    """A ring that draws transition i with probability P(i) = p_i^α / Σ p_k^α, p_i = |TD error| (proportional variant).

    A new transition gets the highest priority so far, so that each is seen soon.

    Attributes:
        beta: how far the importance-sampling weights undo the bias of the drawing, from 0 (not) to 1 (wholly). The
            caller raises it to 1 as training goes on.

    Args:
        capacity, n_observations, n_actions, device: as `ReplayMemory` takes them.
        alpha: how much priorities count, from 0 (uniform drawing) up.
        beta: see above.

    Raises:
        ValueError: if alpha or beta is not allowed, or as `ReplayMemory`.
    """

    def __init__(
        self,
        capacity: int,
        n_observations: int = 4,
        n_actions: int | None = None,
        device: str | torch.device = "cpu",
        alpha: float = 0.6,
        beta: float = 0.4,
    ) -> None:
        super().__init__(capacity, n_observations, n_actions, device)
        if not is_number(alpha) or alpha < 0:
            raise ValueError(f"alpha={alpha!r} is not allowed: alpha must be 0 or a number above 0.")
        self.alpha, self.beta = float(alpha), beta
        self.highest = 1.0  # priority so far, to the power of alpha
        leaves = _leaves(self.capacity)
        self._sums, self._minima = np.zeros(2 * leaves), np.full(2 * leaves, np.inf)

    @classmethod
    def _size(cls, capacity: int, n_observations: int) -> int:
        return super()._size(capacity, n_observations) + 32 * _leaves(capacity)

    @property
    def beta(self) -> float:
        return self._beta

    @beta.setter
    def beta(self, beta: float) -> None:
        if not is_number(beta) or not 0 <= beta <= 1:
            raise ValueError(f"beta={beta!r} is not allowed: beta must be a number from 0 to 1.")
        self._beta = float(beta)

    @property
    def priorities(self) -> np.ndarray:
        """Each transition's p_i^α, shape (len(memory),), float64."""
        leaves = len(self._sums) // 2
        return self._sums[leaves + self.slots()]

    def stored(self, slot: int) -> None:
        super().stored(slot)
        _compiled(sumtree.write)(self._sums, self._minima, np.array([slot]), np.array([self.highest]))

    def _drop(self, slot: int) -> None:
        """Put a slot out of reach: what was there is no longer held."""
        _compiled(sumtree.write)(self._sums, self._minima, np.array([slot]), np.array([0.0]))

    def sample(self, batch_size: int, generator: torch.Generator | None = None) -> PrioritizedBatch:  # type: ignore[override]
        """Draw transitions in proportion to their priorities, with replacement.

        Args, raises: as `ReplayMemory.sample`.

        Returns:
            A PrioritizedBatch of copies; give its slots and errors to `prioritize` when the errors are known.
        """
        batch = super().sample(batch_size, generator)
        slots = self._drawn
        device = batch.rewards.device
        weights = torch.from_numpy(self.weights(slots)).to(device)
        errors = torch.from_numpy(np.full(batch_size, np.nan, np.float32)).to(device)
        return PrioritizedBatch(*batch, weights, errors, slots)

    def draw(self, batch_size: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Choose slots: one from each of `batch_size` equal parts of the priorities' sum, as in the paper."""
        chance = torch.rand(batch_size, generator=generator, dtype=torch.float64).numpy()
        self._drawn = _compiled(sumtree.find)(self._sums, chance)
        return torch.from_numpy(self._drawn)

    def weights(self, slots: np.ndarray) -> np.ndarray:
        """Compute the importance-sampling weights (N P(i))^-β, divided by the largest that any transition has.

        Args:
            slots: shape (B,).

        Returns:
            Shape (B,), float32, above 0, at most 1.
        """
        least, leaves = self._minima[1], len(self._sums) // 2
        return _powers(self._sums[leaves + slots] / least, -self.beta).astype(np.float32)

    def prioritize(self, slots: np.ndarray, errors: np.ndarray | torch.Tensor) -> None:
        """Set the priorities of transitions to the sizes of their TD errors.

        Args:
            slots: shape (B,).
            errors: TD errors, shape (B,), of either sign.

        Raises:
            ValueError: if an error is not finite, or a slot holds no transition; nothing is changed then.
        """
        slots, errors = np.asarray(slots, np.int64), np.asarray(errors, np.float64)
        if slots.shape != errors.shape or slots.ndim != 1:
            raise ValueError(f"There are slots of shape {slots.shape} and errors of {errors.shape}: give (B,) of each.")
        priorities = np.maximum(_powers(np.abs(errors) + LEAST, self.alpha), TINY)
        if not self.holds(slots).all() or not self._may_hold(priorities):
            raise ValueError(
                f"Slots must be from 0 to {len(self) - 1}, where transitions are, and TD errors finite and not too "
                f"large for alpha={self.alpha} (priority_alpha). These are slots {slots} and errors {errors}. Nothing "
                "was changed. Give those of the batch, and look at the loss."
            )
        _compiled(sumtree.write)(self._sums, self._minima, slots, priorities)
        self.highest = float(priorities.max(initial=self.highest))

    def _may_hold(self, priorities: np.ndarray | float) -> bool:
        """Say whether these are above 0, and finite also in a sum of as many as there are slots."""
        with np.errstate(over="ignore"):
            return bool(np.all((priorities > 0) & np.isfinite(np.asarray(priorities) * len(self._sums))))

    def restore(
        self, transitions: Batch, pushed: int, priorities: np.ndarray | None = None, highest: float = 1.0
    ) -> torch.Tensor:
        """Take over a saved memory: see `ReplayMemory.restore`.

        Args:
            transitions, pushed: as there.
            priorities: each transition's p_i^α, shape (n,); None: all are the highest.
            highest: the highest there were so far.

        Raises:
            ValueError: as there, or if a priority is not finite and above 0.
        """
        n = len(transitions.actions)
        if not self._may_hold(highest):
            raise ValueError(f"highest={highest!r} is not allowed: it must be a number above 0, finite in a sum.")
        highest = max(self.highest, highest)
        saved = np.full(n, highest) if priorities is None else np.asarray(priorities, np.float64)
        if saved.shape != (n,) or not self._may_hold(saved):
            raise ValueError(f"priorities: there must be {n} finite priorities above 0.")
        rows = super().restore(transitions, pushed)
        self.highest = float(saved.max(initial=highest))
        self._sums[:], self._minima[:] = 0, np.inf  # what was here before must not be drawn
        _compiled(sumtree.write)(self._sums, self._minima, self.slots(), saved[rows.numpy()])
        return rows


def _compiled(function: Callable) -> Callable:
    return function if accelerator.engine is None else accelerator.engine.compiled(function)


def _leaves(capacity: int) -> int:
    return 1 << (capacity - 1).bit_length()


def _powers(bases: np.ndarray, exponent: float) -> np.ndarray:
    """Raise numbers above 0 to a power, infinite where it is too large for float64.

    One by one: NumPy's own power of an array differs in the last bit from one processor to another.
    """
    try:
        return np.array([base**exponent for base in bases.tolist()])
    except OverflowError:
        return np.full(bases.shape, np.inf)


def beta_at(start: float, progress: float) -> float:
    """Return beta after a share of training: in a straight line from its start to 1, the paper's schedule.

    Args:
        start: the first beta, in [0, 1].
        progress: share of the training that is over, from 0; above 1, beta stays 1.

    Returns:
        Beta, computed from its start each time: one that is raised from its own last value rises too early.
    """
    return start + (1 - start) * min(1.0, progress)


def anneal(memory: ReplayMemory, settings: Settings, steps: int) -> None:
    """Set a prioritized memory's beta as settings say for so many environment steps; others have none."""
    if isinstance(memory, PrioritizedReplayMemory):
        memory.beta = beta_at(settings.priority_beta, steps / settings.priority_beta_steps)
