"""Checks of lesson 04: replay memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.lessons.check import Mistake, answered, exercise, expect, numbers, require


@exercise("4.1 Who sits where")
def slots(answer: Callable[[int, int], Sequence[int]]) -> None:
    """Check `answer(pushed, capacity)`: the number of the transition in each slot, -1 where none was written."""
    for pushed, capacity in ((3, 5), (5, 5), (7, 5), (12, 5), (10, 4)):
        newest = range(pushed)[-capacity:]
        by_slot = [-1] * capacity
        for n in newest:
            by_slot[n % capacity] = n
        case = f"after {pushed} pushes into {capacity} slots"
        got = numbers(answer(pushed, capacity), (capacity,), f"there is one entry a slot, {case}")
        if pushed < capacity:
            expect(
                got, by_slot, f"slots are filled from 0 on and the others hold -1, {case}", "transitions count from 0"
            )
        expect(
            sorted(got),
            sorted(by_slot),
            f"the memory holds the last {capacity} transitions, and overwrites only the oldest, {case}",
            "a full ring never empties again",
        )
        expect(
            got,
            by_slot,
            f"transition n goes to slot n modulo the capacity and stays in that slot, {case}",
            "nothing moves in a ring: a push writes one slot",
        )


@exercise("4.2 A fair draw")
def sample(answer: Callable[[Batch, int, int, torch.Generator], Batch]) -> None:
    """Check `answer(storage, pushed, batch_size, generator)`: a Batch drawn from the written slots."""
    generator = torch.Generator().manual_seed(4)
    for pushed, capacity in ((6, 50), (23, 10)):
        storage = _numbered(pushed, capacity)
        held = min(pushed, capacity)
        case = f"{pushed} pushed into {capacity} slots"
        seen = []
        for _ in range(300):
            try:
                batch = answered(answer(storage, pushed, 4, generator))
            except IndexError as error:
                raise Mistake(
                    f"not yet.\n  Expected rows below {held}\n  Came     {error}\n  Because  a full ring holds only as "
                    f"many transitions as it has slots, {case}.\n  Hint     min(pushed, capacity)."
                ) from error
            _demand_rows(batch, case)
            seen.append(batch.observations[:, 0].int().numpy() - 1)
        rows = np.stack(seen)  # (300, 4)
        require(
            rows.max() < held and rows.min() >= 0,
            f"only the {held} slots that were written",
            sorted(set(rows.ravel().tolist()))[:12],
            f"the other slots hold zeros, which never happened, {case}",
            "draw rows below min(pushed, capacity)",
        )
        counts = np.bincount(rows.ravel(), minlength=held)
        missing = np.flatnonzero(counts == 0).tolist()
        require(
            not missing,
            f"every one of the {held} slots within 300 batches of 4",
            f"never slot {missing}",
            f"the draw is uniform over all that the memory holds, also the last slot and the first, {case}",
            "the upper end of torch.randint is not drawn itself",
        )
        patterns = {tuple(np.diff(row) % held) for row in rows.tolist()}
        require(
            len(patterns) > 10,
            "rows that are drawn one by one",
            f"{len(patterns)} pattern(s) of neighbours in 300 batches",
            f"a block of neighbours, or one row again and again, is no shuffled batch, {case}",
            "torch.randint(held, (batch_size,), ...)",
        )
        require(
            bool(np.all(np.abs(counts - rows.size / held) < 5 * np.sqrt(rows.size / held))),
            f"each slot about {rows.size / held:.0f} times in 300 batches of 4",
            counts,
            f"every transition has the same chance, {case}",
        )
    seven = [answer(storage, pushed, 7, torch.Generator().manual_seed(4)) for _ in range(2)]
    for batch in seven:
        _demand_rows(batch, case, batch_size=7)
    expect(
        seven[0].observations,
        seven[1].observations,
        "equal generators draw the same batch",
        "generator=generator, in every call that draws",
    )


@exercise("4.3 Which transitions are real")
def real_transitions(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """Check `answer(terminated, truncated)`: both (T, N) bool; True where a transition really happened, (T, N) bool."""
    terminated = np.zeros((9, 3), dtype=bool)
    truncated = np.zeros((9, 3), dtype=bool)
    terminated[[2, 6], 0] = terminated[8, 1] = True
    truncated[4, 1] = truncated[3, 2] = True
    got = answer(terminated.copy(), truncated.copy())
    got = numbers(got, terminated.shape, "there is one answer a step and environment").astype(bool)
    over = terminated | truncated
    expect(got[0], np.ones(3), "the first step comes after the reset that you called, so it is real")
    expect(
        got[over],
        np.ones(over.sum()),
        "the step at which an episode ends is real, and the one that carries the fall",
        "look one step further: the false transition comes after the end",
    )
    after_fall = np.roll(terminated, 1, axis=0)
    after_fall[0] = False
    expect(
        got[after_fall],
        np.zeros(after_fall.sum()),
        "the step after a termination is the automatic reset, in the same environment",
        "shift along axis 0, the steps",
    )
    after_limit = np.roll(truncated, 1, axis=0)
    after_limit[0] = False
    expect(
        got[after_limit],
        np.zeros(after_limit.sum()),
        "after a truncation there is an automatic reset too",
        "terminated | truncated",
    )
    expect(got, ~(after_fall | after_limit), "every other transition is real")


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
