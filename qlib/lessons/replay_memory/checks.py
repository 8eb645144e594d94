"""Checks of lesson 05: replay memory. The ring's own check is in `ring_check`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, explain, numbers, require
from qlib.lessons.judge import judge_sentences, refuse
from qlib.lessons.replay_memory.draws import demand_batch, demand_fair, transitions
from qlib.lessons.replay_memory.pictures import SUSPECTS
from qlib.lessons.replay_memory.ring_check import ring

__all__ = ["real_transitions", "ring", "sample", "slots", "suspects", "what_was_shown"]


@exercise("5.1 Who sits where")
def slots(answer: Callable) -> None:
    """Check `answer(pushed, capacity)`: the number of the transition in each slot, -1 where none was written."""
    hint = "number n goes to slot n % capacity: a push writes one slot, and nothing moves"
    rng = np.random.default_rng(5)
    cases = [(3, 5), (5, 5), (7, 5), (12, 5), (10, 4), (0, 3), (0, 1), (9, 1), (1, 6), (8, 7)]
    cases += [(int(rng.integers(0, 4 * capacity)), int(capacity)) for capacity in rng.integers(1, 12, 20)]
    got = []
    for pushed, capacity in cases:
        why = f"there is one entry a slot, after {pushed} pushes into {capacity} slots"
        got.append(numbers(answer(pushed, capacity), (capacity,), why))
    faults: dict[str, Callable[[int, int], list[int]]] = {
        "a slot that was never written holds 0: the others hold -1": lambda n, c: [max(0, x) for x in _held(n, c)],
        "transitions are counted from 1: transitions count from 0": (
            lambda n, c: [x + 1 if x >= 0 else x for x in _held(n, c)]
        ),
        "the newest stands first: slots are filled from 0 on, and nothing moves": (
            lambda n, c: (list(range(n))[::-1] + [-1] * c)[:c]
        ),
        "the oldest stands first, as in a list: nothing moves in a ring": (
            lambda n, c: list(range(max(0, n - c), n)) + [-1] * (c - n)
        ),
        "the ring empties when it is full: a push overwrites only the oldest": (
            lambda n, c: [x if x >= (n - 1) // c * c else -1 for x in _held(n, c)]
        ),
        "a full ring takes nothing more: a push overwrites only the oldest": lambda n, c: _held(min(n, c), c),
        "each sits one slot late once the ring is full: transition n goes to slot n modulo the capacity": (
            lambda n, c: _held(n, c) if n <= c else _held(n, c)[-1:] + _held(n, c)[:-1]
        ),
        "each sits one slot late: number 0 goes to slot 0": lambda n, c: _held(n, c)[-1:] + _held(n, c)[:-1],
        "one push is missing: after `pushed` pushes the newest is pushed - 1": lambda n, c: _held(max(0, n - 1), c),
        "there is one push too many: after `pushed` pushes the newest is pushed - 1": lambda n, c: _held(n + 1, c),
    }
    flat = {name: [x for case in cases for x in fault(*case)] for name, fault in faults.items()}
    refuse(np.concatenate(got), flat, hint)
    for (pushed, capacity), came in zip(cases, got, strict=True):
        case = f"after {pushed} pushes into {capacity} slots"
        expect(came, _held(pushed, capacity), f"transition n goes to slot n modulo the capacity, {case}", hint)


def _held(pushed: int, capacity: int) -> list[int]:
    """Say which transition sits in each slot, -1 where none was written."""
    newest = pushed - 1
    return [max(-1, newest - (newest - slot) % capacity) for slot in range(capacity)]


@exercise("5.2 A fair draw")
def sample(answer: Callable) -> None:
    """Check `answer(storage, pushed, batch_size, generator)`: a Batch drawn from the written slots."""
    generator = torch.Generator().manual_seed(4)
    for pushed, capacity, n_observations in ((12, 50, 4), (23, 10, 3), (7, 7, 1), (1, 4, 2), (9, 8, 4), (16, 20, 1)):
        held = min(pushed, capacity)
        happened = transitions(held, n_observations, seed=pushed)
        happened.rewards[held // 2] = 0.0  # a reward may be 0
        storage = _written(happened, capacity)
        case = f"{pushed} pushed into {capacity} slots"

        def draw(size: int, source: torch.Generator, given=(storage, pushed), case=case, held=held) -> Batch:
            why = f"a full ring holds only as many transitions as it has slots, {case}"
            with explain(IndexError, f"rows below {held}", why, "min(pushed, capacity)"):
                return answered(answer(*given, size, source))

        demand_batch(draw(held, generator), happened, held, case, "storage")
        demand_batch(draw(1, generator), happened, 1, case, "storage")
        demand_fair(draw, happened, held, generator, case)


def _written(happened: Batch, capacity: int) -> Batch:
    """Make a storage of a capacity that begins with some transitions; what nobody wrote is zeros."""
    storage = Batch(*(torch.zeros((capacity, *c.shape[1:]), dtype=c.dtype) for c in happened))
    for column, values in zip(storage, happened, strict=True):
        column[: len(values)] = values
    return storage


@exercise("5.3 Which transitions are real")
def real_transitions(answer: Callable) -> None:
    """Check `answer(terminated, truncated)`: both (T, N) bool; True where a transition really happened, (T, N) bool."""
    rng = np.random.default_rng(6)
    cases = [_ends(rng, steps, n) for steps, n in ((9, 3), (12, 2), (1, 4), (7, 1), (9, 1), (5, 5), (40, 6))]
    got, right, faulty = [], [], []
    for terminated, truncated in cases:
        shape = terminated.shape
        given = answer(terminated.copy(), truncated.copy())
        came = numbers(given, shape, "there is one answer a step and environment")
        got.append(came)
        right.append(_after(terminated | truncated))
        faulty.append(_faulty_masks(terminated, truncated))
    everywhere = {name: np.concatenate([each[name].ravel() for each in faulty]) for name in faulty[0]}
    whole = np.concatenate([came.ravel() for came in got])
    refuse(whole, everywhere, "look one step further: the false transition comes after the end")
    for (terminated, truncated), came, wanted in zip(cases, got, right, strict=True):
        for t, i in np.argwhere(came != wanted)[:1]:
            over = {"terminated": terminated, "truncated": truncated}
            before = " and ".join(name for name, flag in over.items() if t and flag[t - 1, i])
            here = " and ".join(name for name, flag in over.items() if flag[t, i])
            why = (
                f"the step before it {before}, so this one is the automatic reset"
                if before
                else "the first step comes after the reset that you called, so it is real"
                if t == 0
                else f"the step itself {here}: an end is real, and only the step after it is not"
                if here
                else "no episode ended at the step before, so it is real"
            )
            expected = (
                f"{bool(wanted[t, i])} at step {t} of environment {i}, of {came.shape[0]} steps and {came.shape[1]}"
            )
            require(False, expected, came[t, i], why, "the same column, one step earlier, decides")
    kind = str(getattr(given, "dtype", np.asarray(given).dtype))
    why = "numbers as an index would pick the rows 0 and 1, and only True and False pick out"
    require("bool" in kind, "True and False", kind, why, ".astype(bool), or ~ in place of 1 -")


def _after(over: np.ndarray, axis: int = 0) -> np.ndarray:
    """Say False one place after each True, along an axis."""
    shifted = np.zeros_like(over)
    shifted[1:] = over.swapaxes(0, axis)[:-1] if axis == 0 else False
    if axis == 1:
        shifted[:, 1:] = over[:, :-1]
    return ~shifted


def _faulty_masks(terminated: np.ndarray, truncated: np.ndarray) -> dict[str, np.ndarray]:
    over = terminated | truncated
    return {
        "an end itself is left out: the step at which an episode ends is real, and carries the fall": ~over,
        "all are real: after an end comes the automatic reset, which no action brought about": np.ones_like(over),
        "truncations are forgotten: after a truncation there is an automatic reset too": _after(terminated),
        "terminations are forgotten: the step after a termination is the automatic reset": _after(truncated),
        "only ends with both flags count: either of them is an end": _after(terminated & truncated),
        "ends with both flags are forgotten: they are ends as well": _after(terminated ^ truncated),
        "the last row comes round to the first: the first step comes after the reset that you called": (
            ~np.roll(over, 1, axis=0)
        ),
        "it goes the other way: the step after a termination is the false one, not the one before": (
            _after(over[::-1])[::-1]
        ),
        "it goes along the environments: shift along axis 0, the steps": _after(over, axis=1),
        "the end is left out as well: the step at which an episode ends is real": _after(over) & ~over,
        "all that follows an end is left out: only one step is, and then the next episode runs": (
            _after(np.logical_or.accumulate(over, axis=0))
        ),
        "True and False are swapped: True means that it is real": ~_after(over),
    }


def _ends(rng: np.random.Generator, steps: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw ends as a vector environment gives them: of each kind and of both, and none at a reset."""
    terminated, truncated = np.zeros((2, steps, n), dtype=bool)
    for i in range(n):
        t = int(rng.integers(0, 3))
        while t < steps:
            kind = int(rng.integers(0, 3))
            terminated[t, i], truncated[t, i] = kind != 1, kind != 0
            t += int(rng.integers(2, 6))
    if steps > 8:  # at the last step, where a mask that is rolled comes round
        for flag in (terminated, truncated):
            flag[-2:] = False
        terminated[-1, 0] = truncated[-1, -1] = True
    return terminated, truncated


@exercise("5.5 Read the bars")
def suspects(answer: Callable) -> None:
    """Check `answer()`: a dictionary from each panel's letter to what is wrong with its memory."""
    got = answered(answer())
    words = sorted(set(SUSPECTS.values()))
    whole = isinstance(got, dict) and sorted(map(str, got)) == sorted(SUSPECTS)
    require(whole, f"a dictionary with the keys {', '.join(SUSPECTS)}", got, "each panel is one memory")
    for letter, said in got.items():
        require(said in words, f"for {letter} one of {', '.join(words)}", said, "these are the four findings")
    wrong = [letter for letter, truth in SUSPECTS.items() if got[letter] != truth]
    named = {"sound": "where do bars differ by more than chance would have it?"}
    hints = named | {
        "unwritten": "which bars stand where nobody wrote?",
        "newest missing": "look at the slot that was written last",
        "uneven": "compare the left half with the right half",
    }
    right = len(SUSPECTS) - len(wrong)
    require(not wrong, "all four right", f"{right} right", "not all are", hints[SUSPECTS[wrong[0]]] if wrong else "")


_SENTENCES = {  # whether the lesson supports it, and what to say of a wrong choice
    "A": (False, "A: the two pools differ in mixing, and in how many transitions they hold, and in how old these are"),
    "B": (True, "look at the first of section 3's two settings: on which side of 0 does its interval lie?"),
    "C": (False, "C: an interval that holds 0 leaves it open; it holds other numbers as well"),
    "D": (False, "D: the two settings differ in the rate, too, and their two gains were not compared with each other"),
    "E": (True, "look at section 2's first picture: how high are the four bars one step later?"),
    "F": (True, "look at what full online learning changed on the seeds that nobody had looked at"),
}


@exercise("5.6 What was shown?")
def what_was_shown(answer: Callable) -> None:
    """Check `answer()`: the letters of the sentences that the lesson supports."""
    judge_sentences(answer(), _SENTENCES)
