"""The check of exercise 5.4: a ring of the learner's own, judged by what it does."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.lessons import fair
from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, require
from qlib.lessons.judge import refuse
from qlib.lessons.replay_memory.draws import demand_batch, demand_batches, demand_fair, transitions

CASES = ((5, 4, 3), (5, 4, 5), (5, 4, 7), (8, 3, 23), (1, 1, 4), (6, 2, 12), (9, 4, 10), (3, 1, 3), (12, 2, 1))


@exercise("5.4 Your ring", piece="Ring")
def ring(answer: Callable) -> None:
    """Check a class `answer(capacity, n_observations)` with push, sample and len(): what it holds, and how it draws."""
    generator = torch.Generator().manual_seed(2)
    contents = []
    for capacity, n_observations, pushed in CASES:
        happened = transitions(pushed, n_observations, seed=pushed)
        case = f"after {pushed} pushes into {capacity} slots"
        mine = _made(answer, capacity, n_observations)
        for n in range(pushed):
            _push(mine, *_plain(happened, n))
            _demand_length(mine, n + 1, capacity)
        contents.append(_contents(mine, happened, capacity, generator, case))
    _demand_last(contents)
    _demand_two(answer, generator)
    _demand_kinds(answer, generator)
    _demand_copies(answer, generator)
    _demand_any(answer, generator)
    for capacity, pushed in ((10, 6), (7, 24), (6, 6), (16, 40)):
        happened = transitions(pushed, 2, seed=pushed)
        mine, held = _made(answer, capacity, 2), min(pushed, capacity)
        for n in range(pushed):
            _push(mine, *_plain(happened, n))
        newest = Batch(*(column[-held:] for column in happened))
        case = f"{pushed} pushed into {capacity} slots"
        demand_fair(functools.partial(_sample, mine), newest, held, generator, case)


def _made(answer: Callable, capacity: int, n_observations: int) -> Any:
    """Make a ring; raise a Mistake if it lacks something that a ring has."""
    made = answered(answer(capacity, n_observations))
    for name in ("push", "sample", "__len__"):
        there = not isinstance(made, type) and callable(getattr(made, name, None))
        spelt = "len(ring)" if name == "__len__" else name
        require(
            there, f"a ring with push, sample and len(), and here {spelt}", made, f"{spelt} is missing", f"def {name}"
        )
    return made


def _push(mine: Any, *transition: Any) -> None:
    """Push a transition, and see that the ring leaves it as it is."""
    fair.watched(mine.push)(*transition)


def _sample(mine: Any, size: int, generator: torch.Generator) -> Batch:
    got = mine.sample(size, generator)
    hint = "return Batch(observations, actions, rewards, next_observations, terminated)"
    require(
        got is not None and got is not ..., "a Batch of sample", got, "sample gives back what an update takes", hint
    )
    return got


def _length(mine: Any) -> int:
    got = mine.__len__()  # len() itself would raise, if it is a stub
    whole = isinstance(got, (int, np.integer)) and got >= 0
    require(bool(whole), "len(ring) to be a whole number from 0 up", got, "it says how many transitions the ring holds")
    return int(got)


def _demand_length(mine: Any, pushed: int, capacity: int) -> None:
    why = f"len(ring) is how many transitions it holds, after {pushed} pushes into {capacity} slots"
    expect(_length(mine), min(pushed, capacity), why, "min(pushed, capacity)")


def _plain(happened: Batch, n: int) -> tuple:
    """Give transition n as an environment does: arrays, whole numbers, and True or False."""
    here, action, reward, there, terminated = (column[n] for column in happened)
    return here.numpy().copy(), action.item(), reward.item(), there.numpy().copy(), bool(terminated)


def _contents(mine: Any, happened: Batch, capacity: int, generator: torch.Generator, case: str) -> list[int]:
    """List the transitions that a ring gives back; raise a Mistake unless they happened, whole."""
    held = min(len(happened.actions), capacity)
    size = min(held, 4)
    batches = [_sample(mine, size, generator)]
    demand_batch(batches[0], happened, size, case, "the ring")
    first = [column.clone() for column in batches[0]]
    for _ in range(12 + 30 * held // size):  # a fair draw misses one of them less than once in e^30 times
        batches.append(_sample(mine, size, generator))
        why = f"len(ring) is how many it holds, and sampling takes none out, {case}"
        expect(_length(mine), held, why, "a batch is a copy, and the ring keeps all that it has")
    lasts = all(torch.equal(column, as_it_was) for column, as_it_was in zip(batches[0], first, strict=True))
    why = "whoever draws two batches has two, and the first of them does not change"
    require(lasts, "a batch of its own at each call", "the same tensors", why, "return new tensors")
    return sorted(set(demand_batches(batches, happened, size, case, "the ring").ravel().tolist()))


def _demand_two(answer: Callable, generator: torch.Generator) -> None:
    """Raise a Mistake if what one ring is given is held by another."""
    one, other = _made(answer, 1, 2), _made(answer, 1, 2)
    happened = transitions(2, 2, seed=3)
    _push(one, *_plain(happened, 0))
    empty = _length(other) == 0
    _push(other, *_plain(happened, 1))
    batch = _sample(one, 1, generator)
    own = empty and torch.allclose(batch.observations.double(), happened.observations[:1].double(), atol=1e-4)
    why = "two rings share nothing: what one is given, the other does not hold"
    require(own, "a ring of its own for each", "one that both write to", why, "make the columns in __init__")


def _demand_last(contents: list[list[int]]) -> None:
    """Raise a Mistake unless, in each of CASES, a ring held the newest transitions and nothing else."""
    faults: dict[str, Callable[[int, int], Sequence[int]]] = {
        "a full ring takes nothing more: a push overwrites the oldest": lambda n, c: range(min(n, c)),
        "the newest is not there: it is sampled as well as all others": lambda n, c: range(
            max(0, n - c), max(1, n - c + 1, n - 1)
        ),
        "the last slot is never drawn: the upper end of torch.randint is not drawn itself": lambda n, c: sorted(
            n - 1 - (n - 1 - slot) % c for slot in range(max(1, min(n, c) - 1))
        ),
        "nothing is ever overwritten: only the last `capacity` transitions are held": lambda n, c: range(n),
        "only what came since the last time round is there: a push overwrites one slot, and the rest stays": (
            lambda n, c: range((n - 1) // c * c, n)
        ),
    }
    hint = "transition n goes to row n modulo capacity"
    found = [number for numbers in contents for number in (*numbers, -1)]  # -1 between the cases
    mistakes = {fault: [x for c, _, n in CASES for x in (*held(n, c), -1)] for fault, held in faults.items()}
    refuse(found, mistakes, hint)
    for (capacity, _, pushed), numbers in zip(CASES, contents, strict=True):
        held = list(range(max(0, pushed - capacity), pushed))
        case = f"after {pushed} pushes into {capacity} slots"
        words = f"the ring holds the last {len(held)} of the transitions 0 to {pushed - 1}, {case}"
        require(numbers == held, str(held), numbers, words, hint)


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
        require(
            column.dtype == wanted[name], f"{name} of {wanted[name]}", str(column.dtype), why, f"dtype={wanted[name]}"
        )
        require(not column.requires_grad, f"{name} without a gradient", "one with", "memories are data")


def _demand_any(answer: Callable, generator: torch.Generator) -> None:
    """Raise a Mistake unless a ring keeps what is as good as any other: zeros, large numbers, the same once more."""
    numbers = torch.tensor([0.0, 0.0, 1234.5678, 500.0])
    happened = Batch(numbers.unsqueeze(1), (numbers / 4).long(), -numbers, numbers.unsqueeze(1) + 1, numbers < 0)
    mine = _made(answer, 4, 1)
    for n in range(4):
        _push(mine, *_plain(happened, n))
        why = "each push is a transition more, whatever it holds, and if the one before it was the same"
        expect(_length(mine), n + 1, why, "store all that is pushed")
    case = "among them zeros and numbers above a thousand"
    demand_batches([_sample(mine, 4, generator) for _ in range(30)], happened, 4, case, "the ring")


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
        require(
            fresh, "the numbers as they were when they were pushed", "those of now", why, "store a copy of the array"
        )
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
        expect(
            second.double(), first.double(), why, "rows picked by an index, column[rows], are a copy; a slice is none"
        )
