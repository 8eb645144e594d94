"""Whether batches that are drawn are what happened, row by row, and a fair draw of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.lessons.expected import expect, numbers, require
from qlib.lessons.judge import improbable

ROUNDING = 1e-6  # of a float32, in proportion; what is stored comes back as it was
SIZE = 4  # rows of each of the batches that are drawn to see whether a draw is fair


def transitions(n: int, n_observations: int, seed: int) -> Batch:
    """Make n transitions, no two of which share a number; rewards of both signs, and every second one or so an end.

    Both flags and several actions occur among any few of them.
    """
    generator = torch.Generator().manual_seed(seed)
    observations, following = torch.randn(2, n, n_observations, generator=generator) * 3
    rewards = torch.randn(n, generator=generator) * 5
    actions = torch.arange(n) % 3 + torch.randint(0, 2, (n,), generator=generator)
    return Batch(observations, actions, rewards, following, torch.rand(n, generator=generator) < 0.5)


def demand_batch(batch: object, happened: Batch, size: int, case: str, where: str) -> np.ndarray:
    """Return which transition each row of a batch is; raise a Mistake unless each is one that happened, and whole.

    Args:
        batch: what came.
        happened: the transitions that the memory holds.
        size: rows that were asked for.
        case: the situation, for the message.
        where: what the rows should come out of, such as "storage".
    """
    is_batch = isinstance(batch, Batch) and all(isinstance(column, torch.Tensor) for column in batch)
    why = "that is what an update takes"
    require(is_batch, "a Batch of five tensors", batch, why, "Batch(*(... for column in ...))")
    assert isinstance(batch, Batch)
    width = happened.observations.shape[1]
    for name, column in batch._asdict().items():
        shape = (size, width) if name.endswith("observations") else (size,)
        words = f"batch_size is {size} and an observation has {width} numbers"
        numbers(column, shape, f"{name}: {words}, {case}")
    here = batch.observations.detach().double()
    distance = (here.unsqueeze(1) - happened.observations.double().unsqueeze(0)).abs().amax(2)  # (size, held)
    rows = distance.argmin(1)
    known = distance.amin(1) <= ROUNDING * (1 + here.abs().amax(1))
    if not bool(known.all()):
        strange = here[~known]
        why = f"an observation in the batch is none that the memory holds, {case}"
        hint = "the columns stand in the order of Batch, and floats stay floats"
        if bool((strange == 0).all()):
            why, hint = f"the other slots hold zeros, which never happened, {case}", "draw below min(pushed, capacity)"
        written = f"only the {len(distance[0])} transitions that were written to {where}"
        require(False, written, strange[0].tolist(), why, hint)
    for name, column, truth in zip(Batch._fields[1:], batch[1:], happened[1:], strict=True):
        why = f"row by row, {name} must come from the same transition as the observation, {case}"
        expect(
            column.double(), truth[rows].double(), why, "draw the rows once, and use them for every column", ROUNDING
        )
    return rows.numpy()


def demand_batches(batches: list, happened: Batch, size: int, case: str, where: str) -> np.ndarray:
    """Do for many batches what `demand_batch` does for one; return the rows of each, shape (batches, size)."""
    demand_batch(batches[0], happened, size, case, where)
    shapes = [column.shape for column in batches[0]]
    alike = (isinstance(b, Batch) and [getattr(column, "shape", None) for column in b] == shapes for b in batches)
    if not all(alike):
        return np.stack([demand_batch(batch, happened, size, case, where) for batch in batches])
    every = Batch(*(torch.cat(columns) for columns in zip(*batches, strict=True)))  # some fifty times sooner
    return demand_batch(every, happened, size * len(batches), case, where).reshape(-1, size)


def demand_fair(
    draw: Callable[[int, torch.Generator], Batch], happened: Batch, held: int, generator: torch.Generator, case: str
) -> None:
    """Raise a Mistake unless batches are drawn uniformly, row by row, from all that is held, by the generator.

    Drawing without replacement is fair as well, and so is a sorted batch.
    """
    size, rounds = min(SIZE, held), 3_000 if held >= 16 else 250  # many show a first one that comes 29 % too often
    rows = demand_batches([draw(size, generator) for _ in range(rounds)], happened, size, case, "it")
    counts = np.bincount(rows.ravel(), minlength=held)
    missing = np.flatnonzero(counts == 0).tolist()
    expected = f"every one of the {held} transitions within {rounds} batches of {size}"
    why = f"the draw is uniform over all that the memory holds, also the last slot and the first, {case}"
    hint = "draw rows below min(pushed, capacity), others at each call"
    if missing == [held - 1]:
        hint = "the upper end of torch.randint is not drawn itself"
    elif missing == list(range(len(happened), held)):
        hint = "the len of a Batch is 5, its columns; len(storage.actions) counts rows"
    require(not missing, expected, f"never {missing}, of the numbers 0 to {held - 1}", why, hint)
    expected = f"each transition about {rows.size / held:.0f} times in {rounds} batches of {size}"
    biased = improbable(counts, np.ones(held), 2e-7)
    require(not biased, expected, counts, f"every transition has the same chance, {case}")
    if size > 1:
        _demand_strangers(rows, held, case)
    again = [draw(size, torch.Generator().manual_seed(9)) for _ in range(2)]
    for first, second in zip(*again, strict=True):
        same = "equal generators draw the same batch"
        expect(second, first, same, "generator=generator, in every call that draws")


def _demand_strangers(rows: np.ndarray, held: int, case: str) -> None:
    """Raise a Mistake if the rows of a batch have more to do with each other than chance would have it."""
    mixed = np.random.default_rng(0).permuted(rows, axis=1)
    pairs = mixed[:, : rows.shape[1] // 2 * 2].reshape(-1, 2)
    apart = (pairs[:, 0] - pairs[:, 1]) % held
    counts = np.bincount(apart, minlength=held)
    why = f"a block of neighbours, or one row again and again, is no shuffled batch, {case}"
    expected, hint = "rows that are drawn one by one", "torch.randint(held, (batch_size,), ...)"
    repeats = np.array([counts[0], counts[1:].sum()])
    too_many = counts[0] * held > len(apart) and improbable(repeats, np.array([1, held - 1]))
    require(not too_many, expected, f"{counts[0]} of {len(apart)} pairs are the same row twice", why, hint)
    came = f"rows that lie 1, 2, ... apart {counts[1:]} times"
    require(held < 3 or not improbable(counts[1:], np.ones(held - 1)), expected, came, why, hint)
