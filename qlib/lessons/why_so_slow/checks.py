"""The checks of lesson 15: a fair clock, a batch in one go, what one part can give, and a benchmark that lied.

No check depends on the time that anything takes: each brings a clock of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from qlib.lessons.check import answered, exercise, expect, refuse, require


class _Work:
    """Something to time, whose calls take these seconds on its own clock, the last one for ever after."""

    def __init__(self, seconds: Iterable[float]) -> None:
        self.seconds = list(seconds)
        self.now, self.calls, self.looks = 0.0, 0, 0

    def __call__(self, *_: Any) -> None:
        self.now += self.seconds[min(self.calls, len(self.seconds) - 1)]
        self.calls += 1

    def clock(self) -> float:
        self.looks += 1
        return self.now


@exercise("15.1 A fair clock")
def typical_time(answer: Callable) -> None:
    """Check a function of function, clock, warm_up and repeats that gives the median time of a call."""
    slow, timed = [9.0, 5.0, 7.0], [1.0, 2.0, 1.5, 40.0, 1.2]
    work = _Work([*slow, *timed, 1.3])
    got = answered(answer(work, work.clock, 3, 5))
    mistakes = {
        "the mean is taken: one call that was disturbed spoils it": np.mean(timed),
        "the least is taken: that is the luckiest call, not a typical one": min(timed),
        "the most is taken": max(timed),
        "the sum is taken": sum(timed),
        "there is no warm-up: the first calls are timed": np.median((slow + timed)[:5]),
        "the warm-up is timed too": np.median(slow + timed),
    }
    why = "the calls after the warm-up took 1, 2, 1.5, 40 and 1.2 s"
    require(work.looks > 0, "the clock's time", got, "clock() was never called", "use clock, not time.perf_counter")
    refuse(got, mistakes, "call warm_up times untimed, then take the median of `repeats` timed calls")
    expect(got, 1.5, why, hint="end − start for each call, then np.median")
    expect(float(work.calls), 8.0, "3 calls to warm up and 5 to time are 8 calls")
    work = _Work([*slow, *timed])
    expect(answer(work, work.clock, 3, 4), 1.75, "of four calls, the median is the mean of the two in the middle")


class _Counter(TorchFunctionMode):
    """Counts the calls of PyTorch's functions and of its tensors' methods."""

    calls = 0

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        self.calls += 1
        return function(*arguments, **(named or {}))


_COLUMNS = (  # twelve transitions, no two alike
    torch.arange(48.0).reshape(12, 4),
    torch.tensor([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0]),
    torch.arange(12.0) - 5.5,
    torch.arange(48.0).reshape(12, 4) * 10 + 1,
)
_NAMES = ("observations", "actions", "rewards", "next observations")


@exercise("15.2 A batch in one go")
def draw_batch(answer: Callable) -> None:
    """Check a function of columns and rows that gives the columns' rows, without a call for each row."""
    counts = []
    for n in (6, 60):
        rows = torch.tensor([7, 2, 2, 11, 0, 5] * (n // 6))  # out of order, and one of them twice
        with _Counter() as counter:
            got = answered(answer(_COLUMNS, rows))
        counts.append(counter.calls)
        four = isinstance(got, (tuple, list)) and len(got) == 4
        require(four and all(part is not None for part in got), "a tuple of four tensors", got, "one for each column")
        for name, column, part in zip(_NAMES, _COLUMNS, got, strict=True):
            right = torch.stack([column[int(row)] for row in rows])
            mistakes = {
                "the rows are sorted": column[rows.sort().values],
                "the rows are counted from the end": column[-rows - 1],
                "the first rows are taken, not those asked for": column[:n],
            }
            refuse(part, mistakes, f"row i of the {name} is column[rows[i]]")
            why = f"row i of the {name} is column[rows[i]], with repeats, in this order"
            expect(part, right, why, hint="index a column with the whole tensor of rows")
    same = counts[0] == counts[1]
    got_counts = f"{counts[0]} calls of PyTorch for 6 rows, {counts[1]} for 60"
    why = "each call costs its overhead again, so a call for each row is what made the original slow"
    require(same, "as many calls of PyTorch for 60 rows as for 6", got_counts, why, "column[rows] takes them at once")


@exercise("15.3 What one part can give")
def whole_speed_up(answer: Callable) -> None:
    """Check a function of spent, part and factor that gives how many times faster the whole becomes."""
    spent = {"draw": 2.0, "forward": 3.0, "backward": 5.0}
    mistakes = {
        "the factor is given back: the other parts still take their time": 4.0,
        "the ratio is upside down: after / before": 6.25 / 10,
        "the new time is given, not a ratio": 6.25,
        "the time saved is given, not a ratio": 3.75,
        "the share of the part is given": 0.5,
        "the part vanishes, whatever the factor": 2.0,
        "the other parts are left out of the time after": 8.0,
        "the part becomes slower by the factor": 10 / 25,
    }
    got = answer(dict(spent), "backward", 4.0)
    refuse(got, mistakes, "time before / time after; only the one part has changed")
    expect(got, 1.6, "before 2 + 3 + 5 = 10, after 2 + 3 + 5 / 4 = 6.25, and 10 / 6.25 = 1.6")
    expect(answer(dict(spent), "draw", math.inf), 1.25, "a part that takes no time at all leaves 8 of 10")
    expect(answer(dict(spent), "forward", 1.0), 1.0, "a factor of 1 changes nothing")


_WAITS, _COMPILES, _TAKES = 2e-6, 3.0, 50e-6  # seconds


def _learner(waits: int = 30) -> tuple[Callable[[], float], Callable[[], float]]:
    """Make a learn that returns NaN so many times, then compiles, then works; and the clock that it moves."""
    work = _Work([_WAITS] * waits + [_COMPILES, _TAKES])

    def learn() -> float:
        work()
        return math.nan if work.calls <= waits else 0.5

    return learn, work.clock


@exercise("15.4 The benchmark that lied")
def microseconds_per_update(answer: Callable) -> None:
    """Check a function of learn, clock and calls that times that many real updates after the first."""
    calls, compiled = 20, _COMPILES + 19 * _TAKES
    mistakes = {
        "the calls that returned NaN are timed: they updated nothing": _WAITS * 1e6,
        "the first update is timed too: it compiles": compiled / calls * 1e6,
        "the calls that returned NaN and the compiling are timed": (30 * _WAITS + compiled) / calls * 1e6,
        "the waiting and the compiling are timed, and then one update more": (
            (30 * _WAITS + compiled + _TAKES) / calls * 1e6
        ),
        "the time of all the calls is given, not of one": calls * _TAKES * 1e6,
        "seconds are given": _TAKES,
        "milliseconds are given": _TAKES * 1e3,
    }
    got = answer(*_learner(), calls)
    refuse(got, mistakes, "call learn() until it returns a number, and only then look at the clock")
    expect(got, _TAKES * 1e6, "after 30 calls that return NaN and one that compiles, an update takes 50 µs")
    learn, clock = _learner(40)
    expect(answer(learn, clock, 7), _TAKES * 1e6, "after 40 calls that return NaN, 7 calls take 50 µs each as well")
    updates = round((clock() - 40 * _WAITS - _COMPILES) / _TAKES)
    require(7 <= updates < 100, "7 timed updates", updates, "calls says how many to time")
