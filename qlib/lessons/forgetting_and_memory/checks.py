"""The checks of lesson 12 on the memory: what a ring still holds, and sparing the falls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.judge import Faults, judge_cases


def _falls_left(lengths: list[int], memory_size: int, since: int) -> int:
    left, newer = 0, since
    for length in reversed(lengths):
        left += newer < memory_size
        newer += length
    return left


def _whole_episodes(lengths: list[int], memory_size: int, since: int) -> int:
    left, newer = 0, since
    for length in reversed(lengths):
        newer += length
        left += newer <= memory_size
    return left


def _equal_lengths(lengths: list[int], memory_size: int, since: int) -> int:
    return int(max(memory_size - since, 0) // np.mean(lengths))


@exercise("12.1 What is left")
def falls_left(answer: Callable) -> None:
    """Check a function of episode lengths, memory size and steps since the last fall that counts the falls left."""
    random = np.random.default_rng(121)
    cases: list[tuple] = [([50, 20, 30], 100, 40), ([50, 20, 30], 40, 40), ([50, 20, 30], 41, 40), ([5], 1, 0)]
    cases += [([10, 10, 10, 10], 25, 0), ([30, 1, 1, 60], 63, 1), ([7, 3], 1_000, 0), ([200, 9, 9], 30, 500)]
    for n in (3, 8, 40):
        lengths = [int(x) for x in random.integers(1, 120, n)]
        total = sum(lengths)
        cases += [(lengths, int(random.integers(1, total)), int(random.integers(0, total // 2))) for _ in range(4)]
    faults: Faults = {
        "all falls are counted, whatever the ring has room for": lambda lengths, size, since: len(lengths),
        "the falls that have gone are counted": lambda *case: len(case[0]) - _falls_left(*case),
        "only whole episodes count: a fall is there even if its episode's first steps are gone": _whole_episodes,
        "the steps since the last fall take no room": lambda lengths, size, since: _falls_left(lengths, size, 0),
        "the episodes are taken from the oldest: the ring keeps the newest": lambda lengths, size, since: _falls_left(
            lengths[::-1], size, since
        ),
        "each episode has their mean length: they differ": _equal_lengths,
        "a fall that as many transitions are newer than as the ring holds is counted: it has just gone": (
            lambda lengths, size, since: _falls_left(lengths, size + 1, since)
        ),
        "one transition too many is thought newer": lambda lengths, size, since: _falls_left(lengths, size - 1, since),
        "transitions are counted, not falls": lambda lengths, size, since: min(max(size - since, 0), sum(lengths)),
        "the share of falls is given": lambda lengths, size, since: _falls_left(lengths, size, since) / size,
    }

    def why(lengths: list[int], memory_size: int, since: int) -> str:
        last = f"...{lengths[-3:]}" if len(lengths) > 4 else str(lengths)
        return (
            f"lengths {last}, memory_size={memory_size}, since={since}: the newest {memory_size} transitions are kept"
        )

    hint = "a fall is there if fewer than memory_size transitions are newer than it"
    judge_cases(answer, cases, _falls_left, faults, why, hint)


def _next_slot(fallen: np.ndarray, cursor: int, spare_below: float = 0.5, at_half: bool = False) -> int:
    if fallen.mean() < spare_below or (at_half and fallen.mean() == spare_below):
        while fallen[cursor]:
            cursor = (cursor + 1) % len(fallen)
    return cursor


def _without_limit(fallen: np.ndarray, cursor: int) -> int:
    return cursor if fallen.all() else _next_slot(fallen, cursor, 2.0)


@exercise("12.2 Spare the falls")
def next_slot(answer: Callable) -> None:
    """Check a function of which slots hold falls, shape (capacity,), and a cursor, that gives the slot to write to."""
    random = np.random.default_rng(122)
    rings = [
        [1, 0, 1, 1, 0, 0, 0, 1, 0],
        [1, 1, 0, 0],
        [1, 0, 1, 1],
        [0, 0, 0, 1],
        [1, 0, 0, 0, 1],
        [0, 0],
        [1] * 9 + [0] * 10,
    ]
    cases = [(np.array(ring, bool), cursor) for ring in rings for cursor in range(len(ring))]
    for size, share in ((12, 0.3), (25, 0.45), (40, 0.2), (16, 0.7)):
        fallen = random.random(size) < share
        cases += [(fallen, int(cursor)) for cursor in random.choice(size, 6, replace=False)]
    faults: Faults = {
        "a fall is overwritten: the cursor's own slot": lambda fallen, cursor: cursor,
        "only one slot is looked at": lambda fallen, cursor: (
            (cursor + bool(fallen[cursor] and fallen.mean() < 0.5)) % len(fallen)
        ),
        "the first slot that holds no fall is taken, wherever the cursor stands: the newest go first": (
            lambda fallen, cursor: int((~fallen).argmax()) if fallen.mean() < 0.5 else cursor
        ),
        "falls are spared however many there are, also if half of the slots or more hold them": _without_limit,
        "with exactly half of the slots they are spared: at half, none is": (
            lambda fallen, cursor: _next_slot(fallen, cursor, at_half=True)
        ),
        "the search begins one slot behind the cursor": lambda fallen, cursor: (
            _next_slot(fallen, (cursor + 1) % len(fallen)) if fallen.mean() < 0.5 else cursor
        ),
        "the search goes backwards": lambda fallen, cursor: (
            len(fallen) - 1 - _next_slot(fallen[::-1], len(fallen) - 1 - cursor)
        ),
        "a slot with a fall is looked for": lambda fallen, cursor: (
            _next_slot(~fallen, cursor, 2.0) if fallen.any() and fallen.mean() < 0.5 else cursor
        ),
    }

    def why(fallen: np.ndarray, cursor: int) -> str:
        n, falls = len(fallen), int(fallen.sum())
        ring = str(fallen.astype(int).tolist()) if n < 10 else f"a ring of {n}"
        rule = "so they are spared" if falls < n / 2 else "half of them or more, so none is spared"
        return f"with fallen {ring}, cursor {cursor}: {falls} of {n} slots hold falls, {rule}"

    hint = "fallen.mean() is the share; while a fall lies at the cursor, go one on, % len(fallen)"
    judge_cases(answer, cases, _next_slot, faults, why, hint)
