"""Checks of lesson 05: replay memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.lessons.check import answered, exercise, expect, explain, numbers, refuse, require


@exercise("5.1 Who sits where")
def slots(answer: Callable) -> None:
    """Check `answer(pushed, capacity)`: the number of the transition in each slot, -1 where none was written."""
    hint = "number n goes to slot n % capacity: a push writes one slot, and nothing moves"
    mistakes = {
        "a slot that was never written holds 0: the others hold -1": [0, 1, 2, 0, 0],
        "the newest stands first: slots are filled from 0 on": [2, 1, 0, -1, -1],
        "transitions are counted from 1: transitions count from 0": [1, 2, 3, -1, -1],
    }
    got = numbers(answer(3, 5), (5,), "there is one entry a slot, after 3 pushes into 5 slots")
    refuse(got, mistakes, hint)
    mistakes = {
        "the oldest stands first, as in a list: nothing moves in a ring": [2, 3, 4, 5, 6],
        "the newest stands first, as in a list: nothing moves in a ring": [6, 5, 4, 3, 2],
        "the ring empties when it is full: a push overwrites only the oldest": [5, 6, -1, -1, -1],
        "a full ring takes nothing more: a push overwrites only the oldest": [0, 1, 2, 3, 4],
        "each sits one slot late: transition n goes to slot n modulo the capacity": [4, 5, 6, 2, 3],
    }
    refuse(answer(7, 5), mistakes, hint)
    for pushed, capacity in ((3, 5), (5, 5), (7, 5), (12, 5), (10, 4)):
        by_slot = [-1] * capacity
        for n in range(pushed):
            by_slot[n % capacity] = n
        case = f"after {pushed} pushes into {capacity} slots"
        expect(answer(pushed, capacity), by_slot, f"transition n goes to slot n modulo the capacity, {case}", hint)


@exercise("5.2 A fair draw")
def sample(answer: Callable) -> None:
    """Check `answer(storage, pushed, batch_size, generator)`: a Batch drawn from the written slots."""
    generator = torch.Generator().manual_seed(4)
    for pushed, capacity in ((6, 50), (23, 10)):
        storage, held = _numbered(pushed, capacity), min(pushed, capacity)
        case = f"{pushed} pushed into {capacity} slots"
        draws = []
        why = f"a full ring holds only as many transitions as it has slots, {case}"
        for _ in range(300):
            with explain(IndexError, f"rows below {held}", why, "min(pushed, capacity)"):
                batch = answered(answer(storage, pushed, 4, generator))
            _demand_rows(batch, case)
            draws.append(batch.observations[:, 0].int().numpy() - 1)
        rows = np.stack(draws)  # (300, 4)
        some = sorted(set(rows.ravel().tolist()))[:12]
        why = f"the other slots hold zeros, which never happened, {case}"
        hint = "draw rows below min(pushed, capacity)"
        require(0 <= rows.min() and rows.max() < held, f"only the {held} slots that were written", some, why, hint)
        counts = np.bincount(rows.ravel(), minlength=held)
        never = f"never slot {np.flatnonzero(counts == 0).tolist()}"
        expected = f"every one of the {held} slots within 300 batches of 4"
        why = f"the draw is uniform over all that the memory holds, also the last slot and the first, {case}"
        require(bool(counts.all()), expected, never, why, "the upper end of torch.randint is not drawn itself")
        patterns = len({tuple(np.diff(row) % held) for row in rows.tolist()})
        came = f"{patterns} pattern(s) of neighbours in 300 batches"
        why = f"a block of neighbours, or one row again and again, is no shuffled batch, {case}"
        require(patterns > 10, "rows that are drawn one by one", came, why, "torch.randint(held, (batch_size,), ...)")
        each = rows.size / held
        even = bool(np.all(np.abs(counts - each) < 5 * np.sqrt(each)))
        expected = f"each slot about {each:.0f} times in 300 batches of 4"
        require(even, expected, counts, f"every transition has the same chance, {case}")
    seven = [answer(storage, pushed, 7, torch.Generator().manual_seed(4)) for _ in range(2)]
    for batch in seven:
        _demand_rows(batch, case, batch_size=7)
    same = "equal generators draw the same batch"
    expect(seven[0].observations, seven[1].observations, same, "generator=generator, in every call that draws")


@exercise("5.3 Which transitions are real")
def real_transitions(answer: Callable) -> None:
    """Check `answer(terminated, truncated)`: both (T, N) bool; True where a transition really happened, (T, N) bool."""
    terminated, truncated = np.zeros((2, 9, 3), dtype=bool)
    terminated[[2, 6], 0] = terminated[8, 1] = truncated[4, 1] = truncated[3, 2] = True
    over = terminated | truncated
    first = np.zeros((1, 3), dtype=bool)
    right = ~np.concatenate([first, over[:-1]])
    mistakes = {
        "an end itself is left out: the step at which an episode ends is real, and carries the fall": ~over,
        "all are real: after an end comes the automatic reset, which no action brought about": np.ones((9, 3)),
        "truncations are forgotten: after a truncation there is an automatic reset too": (
            ~np.concatenate([first, terminated[:-1]])
        ),
        "terminations are forgotten: the step after a termination is the automatic reset": (
            ~np.concatenate([first, truncated[:-1]])
        ),
        "the last row comes round to the first: the first step comes after the reset that you called": (
            ~np.roll(over, 1, axis=0)
        ),
        "it goes the other way: the step after a termination is the false one, not the one before": (
            ~np.concatenate([over[1:], first])
        ),
        "it goes along the environments: shift along axis 0, the steps": (
            ~np.concatenate([np.zeros((9, 1), dtype=bool), over[:, :-1]], axis=1)
        ),
        "True and False are swapped: True means that it is real": ~right,
    }
    got = numbers(answer(terminated.copy(), truncated.copy()), (9, 3), "there is one answer a step and environment")
    refuse(got, mistakes, "look one step further: the false transition comes after the end")
    expect(got[0], right[0], "the first step comes after the reset that you called, so it is real")
    expect(got[over], right[over], "the step at which an episode ends is real")
    expect(got[~right], right[~right], "the step after an end, terminated or truncated, is the automatic reset")
    expect(got, right, "every other transition is real")


def _numbered(pushed: int, capacity: int) -> Batch:
    """Make a ring whose slot i holds numbers that name it; slots never written hold zeros."""
    number = torch.arange(1, capacity + 1, dtype=torch.float32)
    written = torch.arange(capacity) < pushed
    return Batch(
        observations=number.unsqueeze(1).expand(-1, 4) * written.unsqueeze(1),
        actions=((number % 2) * written).long(),
        rewards=(number + 0.5) * written,
        next_observations=(number.unsqueeze(1).expand(-1, 4) + 0.25) * written.unsqueeze(1),
        terminated=(number % 3 == 0) & written,
    )


def _demand_rows(batch: Batch, case: str, batch_size: int = 4) -> None:
    """Raise a Mistake unless each row of a batch is one transition of `_numbered`."""
    is_batch = isinstance(batch, Batch) and all(isinstance(column, torch.Tensor) for column in batch)
    require(
        is_batch, "a Batch of five tensors", batch, "that is what an update takes", "Batch(*(... for column in ...))"
    )
    for name, column in batch._asdict().items():
        shape = (batch_size, 4) if name.endswith("observations") else (batch_size,)
        numbers(column, shape, f"{name}: batch_size is {batch_size} and an observation has 4 numbers, {case}")
    number = batch.observations[:, 0]
    if bool((number == 0).any()):
        return  # an unwritten slot: the caller says so
    columns = (batch.actions, batch.rewards, batch.next_observations[:, 0], batch.terminated)
    expected = (number % 2, number + 0.5, number + 0.25, number % 3 == 0)
    for name, got, wanted in zip(Batch._fields[1:], columns, expected, strict=True):
        expect(
            got.float(),
            wanted.float(),
            f"row by row, {name} must come from the same transition as the observation, {case}",
            "draw the rows once, and use them for every column",
        )
