"""The check of exercise 5.4: a ring of the learner's own, judged by what it does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.lessons import fair
from qlib.lessons.check import answered, exercise, expect, refuse, require
from qlib.lessons.replay_memory.draws import demand_batch, demand_fair, transitions

CASES = ((5, 4, 3), (5, 4, 5), (5, 4, 7), (8, 3, 23), (1, 1, 4), (6, 2, 12), (9, 4, 10), (3, 1, 3), (12, 2, 1))


@exercise("5.4 Your ring", piece="Ring")
def ring(answer: Callable) -> None:
    """Check a class `answer(capacity, n_observations)` with push, sample and len(): what it holds, and how it draws."""
    generator = torch.Generator().manual_seed(2)
    for capacity, n_observations, pushed in CASES:
        happened = transitions(pushed, n_observations, seed=pushed)
        case = f"after {pushed} pushes into {capacity} slots"
        mine, other = _made(answer, capacity, n_observations), _made(answer, 4, n_observations)
        for n in range(pushed):
            _push(mine, *_plain(happened, n))
            _demand_length(mine, n + 1, capacity)
        why = "two rings share nothing: what one is given, the other does not hold"
        expect(_length(other), 0, f"{why}, {case}", "make the columns in __init__, as self.name")
        _demand_held(mine, happened, capacity, generator, case)
    _demand_kinds(answer, generator)
    _demand_copies(answer, generator)
    for capacity, pushed in ((10, 6), (7, 24), (6, 6)):
        happened = transitions(pushed, 2, seed=pushed)
        mine, held = _made(answer, capacity, 2), min(pushed, capacity)
        for n in range(pushed):
            _push(mine, *_plain(happened, n))
        newest = Batch(*(column[-held:] for column in happened))
        case = f"{pushed} pushed into {capacity} slots"
        demand_fair(lambda size, source, mine=mine: _sample(mine, size, source), newest, held, generator, case)


def _made(answer: Callable, capacity: int, n_observations: int) -> Any:
    """Make a ring; raise a Mistake if it lacks something that a ring has."""
    made = answered(answer(capacity, n_observations))
    for name in ("push", "sample", "__len__"):
        there = not isinstance(made, type) and callable(getattr(made, name, None))
        spelt = "len(ring)" if name == "__len__" else name
        require(there, f"a ring with push, sample and len(), and here {spelt}", made, f"{spelt} is missing", f"def {name}")
    return made


def _push(mine: Any, *transition: Any) -> None:
    """Push a transition, and see that the ring leaves it as it is."""
    fair.watched(mine.push)(*transition)


def _sample(mine: Any, size: int, generator: torch.Generator) -> Batch:
    got = mine.sample(size, generator)
    hint = "return Batch(observations, actions, rewards, next_observations, terminated)"
    require(got is not None and got is not ..., "a Batch of sample", got, "sample gives back what an update takes", hint)
    return got


def _length(mine: Any) -> int:
    got = mine.__len__()  # len() itself would raise, if it is a stub
    whole = isinstance(got, (int, np.integer)) and got >= 0
    require(whole, "len(ring) to be a whole number from 0 up", got, "it says how many transitions the ring holds")
    return int(got)


def _demand_length(mine: Any, pushed: int, capacity: int) -> None:
    why = f"len(ring) is how many transitions it holds, after {pushed} pushes into {capacity} slots"
    expect(_length(mine), min(pushed, capacity), why, "min(pushed, capacity)")


def _plain(happened: Batch, n: int) -> tuple:
    """Give transition n as an environment does: arrays, whole numbers, and True or False."""
    here, action, reward, there, terminated = (column[n] for column in happened)
    return here.numpy().copy(), action.item(), reward.item(), there.numpy().copy(), bool(terminated)


def _demand_held(mine: Any, happened: Batch, capacity: int, generator: torch.Generator, case: str) -> None:
    """Raise a Mistake unless a ring holds the newest transitions, whole, and nothing else."""
    pushed = len(happened.actions)
    held = min(pushed, capacity)
    ever = set()
    for _ in range(12 + 30 * held // min(held, 4)):  # a fair draw misses one of them less than once in e^30 times
        size = min(held, 4)
        batch = _sample(mine, size, generator)
        came = np.sort(demand_batch(batch, happened, size, case, "the ring"))
        ever |= set(came.tolist())
    length = f"len(ring) is how many it holds, and sampling takes none out, {case}"
    expect(_length(mine), held, length, "a batch is a copy, and the ring keeps all that it has")
    numbers = sorted(ever)
    mistakes = {
        "a full ring takes nothing more: a push overwrites the oldest": range(held),
        "the newest is not there: it is sampled as well as all others": range(max(0, pushed - capacity), pushed - 1),
        "the oldest of those that fit is not there: `capacity` transitions are held": (
            range(max(0, pushed - capacity) + 1, pushed)
        ),
        "nothing is ever overwritten: only the last `capacity` transitions are held": range(pushed),
        "only what came since the last time round is there: a push overwrites one slot, and the rest stays": (
            range(pushed - (pushed - 1) % capacity - 1, pushed)
        ),
    }
    right = list(range(pushed - held, pushed))
    hint = "transition n goes to row n modulo capacity"
    refuse(numbers, {fault: list(some) for fault, some in mistakes.items() if list(some) != right}, f"{hint}, {case}")
    words = f"the ring holds the last {held} of the {pushed} transitions, counted from 0, {case}"
    expect(numbers if len(numbers) == held else np.array(numbers), right, words, hint)


def _demand_kinds(answer: Callable, generator: torch.Generator) -> None:
    """Raise a Mistake unless a batch has the kinds of numbers that Batch says, whatever was pushed."""
    happened = transitions(6, 3, seed=1)
    mine = _made(answer, 8, 3)
    for n in range(6):
        here, action, reward, there, terminated = _plain(happened, n)
        wide = here.astype(np.float64), there.astype(np.float64)
        _push(mine, wide[0], np.int64(action), np.float64(reward), wide[1], np.bool_(terminated))
    batch = _sample(mine, 4, generator)
    demand_batch(batch, happened, 4, "with NumPy's own numbers", "the ring")
    wanted = dict(zip(Batch._fields, (column.dtype for column in happened), strict=True))
    for name, column in batch._asdict().items():
        why = f"Batch says so of {name}, and an update would stumble over another"
        require(column.dtype == wanted[name], f"{name} of {wanted[name]}", str(column.dtype), why, f"dtype={wanted[name]}")
        require(not column.requires_grad, f"{name} without a gradient", "one with", "memories are data")


def _demand_copies(answer: Callable, generator: torch.Generator) -> None:
    """Raise a Mistake if a ring keeps the environment's own arrays, or hands out its own."""
    happened = transitions(5, 3, seed=8)
    mine = _made(answer, 4, 3)
    here, there = np.zeros((2, 3), np.float32)
    for n in range(5):
        here[:], there[:] = happened.observations[n], happened.next_observations[n]
        _push(mine, here, happened.actions[n].item(), happened.rewards[n].item(), there, bool(happened.terminated[n]))
    here[:], there[:] = 99.0, -99.0
    seen = [_sample(mine, 4, generator) for _ in range(8)]
    for name in ("observations", "next_observations"):
        fresh = all(bool((getattr(batch, name).abs() != 99.0).all()) for batch in seen)
        why = f"{name}: an environment may write each observation into one and the same array"
        require(fresh, "the numbers as they were when they were pushed", "those of now", why, "store a copy of the array")
        case = "from an environment that writes each observation into one and the same array"
    for batch in seen:
        demand_batch(batch, happened, 4, case, "the ring")
    before, again = (torch.Generator().manual_seed(3) for _ in range(2))
    given = _sample(mine, 4, before)
    kept = [column.clone() for column in given]
    for column in given:
        with contextlib.suppress(RuntimeError):  # it is expanded, or cannot be written: so much the better
            column.zero_()
    for name, first, second in zip(Batch._fields, kept, _sample(mine, 4, again), strict=True):
        why = f"{name}: whoever changes a batch must not change the ring, and equal generators draw the same batch"
        expect(second.double(), first.double(), why, "rows picked by an index, column[rows], are a copy; a slice is none")
