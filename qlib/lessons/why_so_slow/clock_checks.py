"""The checks of lesson 15 that time something: each brings a clock of its own, so none depends on the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, numbers, require
from qlib.lessons.judge import judge


class _Work:
    """Something to time, whose calls take these seconds on its own clock, the last one for ever after."""

    def __init__(self, seconds: Iterable[float]) -> None:
        self.seconds = [float(second) for second in seconds]
        self.now, self.calls, self.looks = 1000.0, 0, 0  # a clock need not begin at 0

    def __call__(self, *_: Any) -> None:
        self.now += self.seconds[min(self.calls, len(self.seconds) - 1)]
        self.calls += 1

    def clock(self) -> float:
        self.looks += 1
        return self.now


_TIME_FAULTS: dict[str, Callable[[np.ndarray, int], float]] = {
    "the mean is taken: one call that was disturbed spoils it": lambda all_, w: np.mean(all_[w:]),
    "the least is taken: that is the luckiest call, not a typical one": lambda all_, w: np.min(all_[w:]),
    "the most is taken": lambda all_, w: np.max(all_[w:]),
    "the sum is taken": lambda all_, w: np.sum(all_[w:]),
    "there is no warm-up: the first calls are timed": lambda all_, w: np.median(all_[: len(all_) - w]),
    "the warm-up is timed too": lambda all_, w: np.median(all_),
    "the last call is given, not the one in the middle": lambda all_, w: all_[-1],
    "the calls are not sorted: the one in the middle of the list need not be the median": (
        lambda all_, w: all_[w:][len(all_[w:]) // 2]
    ),
    "of an even number of calls the upper of the two in the middle is taken, not their mean": (
        lambda all_, w: np.sort(all_[w:])[len(all_[w:]) // 2]
    ),
    "of an even number of calls the lower of the two in the middle is taken, not their mean": (
        lambda all_, w: np.sort(all_[w:])[(len(all_[w:]) - 1) // 2]
    ),
    "nanoseconds, microseconds or milliseconds are given, not seconds": lambda all_, w: np.median(all_[w:]) * 1e3,
}


@exercise("15.2 A fair clock")
def typical_time(answer: Callable) -> None:
    """Check a function of function, clock, warm_up and repeats that gives the median time of a call."""
    rng = np.random.default_rng(15)
    cases = [(3, 5), (0, 1), (1, 2), (2, 4), (0, 7), (5, 6), (4, 11), (2, 5)]
    drawn = [np.r_[rng.uniform(50, 90, warm_up), rng.permuted(rng.uniform(1, 40, n) ** 2)] for warm_up, n in cases]
    units = ["s"] * (len(cases) - 1) + ["µs"]  # an update takes microseconds
    trials, works = [], []
    for (warm_up, repeats), seconds, unit in zip(cases, drawn, units, strict=True):
        size = 1e-6 if unit == "µs" else 1.0
        work = _Work([*(size * seconds), 3.3])  # a call too many takes another time
        got = answered(answer(work, work.clock, warm_up, repeats))
        require(work.looks > 0, "the clock's time", got, "clock() was never called", "use clock, not time.perf_counter")
        given = f"{warm_up} calls to warm up, then {repeats} that took {_listed(seconds[warm_up:])} {unit}"
        faults = {fault: take(seconds, warm_up) for fault, take in _TIME_FAULTS.items()}
        came = numbers(got, (), "a typical time is one number") / size
        trials.append((given, came, np.median(seconds[warm_up:]), faults))
        works.append((warm_up, repeats, work.calls))
    judge(trials, "the median of the timed calls", "end − start for each call, then np.median")
    for warm_up, repeats, calls in works:
        why = f"{warm_up} calls to warm up and {repeats} to time are {warm_up + repeats}"
        expect(calls, warm_up + repeats, why)


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


_WAITS, _COMPILES = 2e-6, 3.0  # seconds


class _Learner:
    """A learn that returns NaN so many times, then compiles, then makes updates; and the clock that it moves."""

    def __init__(self, waits: int, takes: np.ndarray) -> None:
        self.waits, self.takes = waits, takes
        self.calls = self.updates = 0
        self.now = 7.0

    def learn(self) -> float:
        self.calls += 1
        if self.calls <= self.waits:
            self.now += _WAITS
            return float("nan")  # one NaN is not another
        self.now += _COMPILES if self.updates == 0 else float(self.takes[min(self.updates - 1, len(self.takes) - 1)])
        self.updates += 1
        return 0.0 if self.updates % 2 else 0.5  # a loss of 0 is a loss

    def clock(self) -> float:
        return self.now


_LIES: dict[str, Callable[[int, np.ndarray, int], float]] = {
    "the calls that returned NaN are timed: they updated nothing": (
        lambda waits, takes, calls: (min(waits, calls) * _WAITS + _made(calls - waits, takes)) / calls
    ),
    "the calls that returned NaN are timed, all but the first": (
        lambda waits, takes, calls: (
            (min(waits - 1, calls) * _WAITS + _made(calls - waits + 1, takes)) / calls
            if waits
            else takes[:calls].mean()
        )
    ),
    "the first update is timed too: it compiles": lambda waits, takes, calls: _made(calls, takes) / calls,
    "the calls that returned NaN and the compiling are timed": (
        lambda waits, takes, calls: (waits * _WAITS + _made(calls, takes)) / calls
    ),
    "the waiting and the compiling are timed, and then one update more": (
        lambda waits, takes, calls: (waits * _WAITS + _made(calls + 1, takes)) / calls
    ),
    "the time of all the calls is given, not of one": lambda waits, takes, calls: takes[:calls].sum(),
    "seconds are given": lambda waits, takes, calls: takes[:calls].mean() / 1e6,
    "milliseconds are given": lambda waits, takes, calls: takes[:calls].mean() / 1e3,
    "one update fewer is timed than it is divided by": lambda waits, takes, calls: takes[: calls - 1].sum() / calls,
    "one update more is timed than it is divided by": lambda waits, takes, calls: takes[: calls + 1].sum() / calls,
    "two updates are left out, not only the first": lambda waits, takes, calls: takes[1 : calls + 1].mean(),
}


def _made(updates: int, takes: np.ndarray) -> float:
    """Return how long the first updates take, the one that compiles among them."""
    return _COMPILES + takes[: updates - 1].sum() if updates > 0 else 0.0


@exercise("15.4 The benchmark that lied")
def microseconds_per_update(answer: Callable) -> None:
    """Check a function of learn, clock and calls that times that many real updates after the first."""
    rng = np.random.default_rng(15)
    trials, learners = [], []
    for waits, calls in [(30, 20), (40, 7), (0, 5), (1, 1), (300, 3), (4, 50)]:
        takes = rng.uniform(20e-6, 90e-6, calls + 20)
        made = _Learner(waits, takes)
        got = numbers(answer(made.learn, made.clock, calls), (), "microseconds per update are one number")
        given = f"{waits} calls that return NaN, one update that compiles, then updates of 20 to 90 µs, {calls} calls"
        faults = {fault: lie(waits, takes, calls) * 1e6 for fault, lie in _LIES.items()}
        trials.append((given, got, takes[:calls].mean() * 1e6, faults))
        learners.append((calls, made))
    judge(trials, "the mean of the timed updates", "call learn() until it returns a number; then look at the clock")
    for calls, made in learners:
        why = "calls says how many to time, after the first"
        require(made.updates == calls + 1, f"{calls + 1} updates in all", made.updates, why)
