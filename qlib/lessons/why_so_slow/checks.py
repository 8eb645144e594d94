"""The checks of lesson 15: a count by pencil, a clock, what one part must give, a benchmark, a picture, and a claim.

No check depends on the time that anything takes: each brings a clock of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from qlib.lessons.check import answered, exercise, expect, judge, numbers, refuse_faults, require

_PASSES = ("forward for s'", "forward for s", "gradient of the weights", "error passed down", "all")
_WIDTHS = (10, 100)


def _count(layers: Iterable[str], width: int, faults: Iterable[str] = ()) -> int:
    sizes = {"first": (4, width), "hidden": (width, width), "last": (width, 2)}
    if "halves" in faults:
        sizes["hidden"] = (width, 1)
    return sum(sizes[name][0] * sizes[name][1] + sizes[name][1] * ("biases" in faults) for name in layers)


def _table(faults: Iterable[str] = ()) -> np.ndarray:
    columns = []
    for width in _WIDTHS:
        layers = [name for name in ("first", "hidden", "last") if name not in faults]
        once = _count(layers, width, faults)
        below = _count([name for name in layers if name != "first" or "below" in faults], width, faults)
        column = [once, once, once, once if "same" in faults else below]
        used = [0, *column[1:]] if "target" in faults else column
        columns.append([*column, sum(used)])
    return np.transpose(columns)


_COUNT_FAULTS = {
    "biases": "biases are counted: they are added, and nothing is multiplied",
    "first": "the first layer is forgotten: 4 inputs, and one product for each input and unit",
    "last": "the last layer is forgotten: 2 outputs, and one product for each unit and output",
    "hidden": "the hidden layer is forgotten: each of its units has as many inputs as the layer has units",
    "halves": "the hidden layer has a product for each unit, but each unit has as many inputs as the layer has units",
    "below": "below the first layer are the observations, and nobody asks for their gradient",
    "target": "the sum leaves out the pass for s'",
}


@exercise("15.1 Count by pencil")
def count_table(answer: Callable) -> None:
    """Check a function without arguments that returns 15.1's table, shape (5, 2)."""
    layout = "five rows of two numbers: width 10, then width 100"
    table = numbers(answered(answer()), (5, 2), layout, "[[..., ...], [..., ...], ...], five pairs")
    if np.allclose(table, _table(), rtol=0, atol=0.5):
        return
    refuse_faults(lambda some: np.allclose(table, _table(some), rtol=0, atol=0.5), _COUNT_FAULTS, "The numbers")
    for name, came, right in zip(_PASSES, table, _table(), strict=True):
        rule = "the sum of the four rows above" if name == "all" else "inputs times outputs, added up over the layers"
        for width, one, wanted in zip(_WIDTHS, came, right, strict=True):
            require(abs(one - wanted) < 0.5, "another number", one, f"{name}, width {width}: {rule}")


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
    cases = [(3, 5), (0, 1), (1, 2), (2, 4), (0, 7), (5, 6), (4, 11)]
    drawn = [np.r_[rng.uniform(50, 90, warm_up), rng.permuted(rng.uniform(1, 40, n) ** 2)] for warm_up, n in cases]
    trials, works = [], []
    for (warm_up, repeats), seconds in zip(cases, drawn, strict=True):
        work = _Work([*seconds, 3.3])  # a call too many takes another time
        got = answered(answer(work, work.clock, warm_up, repeats))
        require(work.looks > 0, "the clock's time", got, "clock() was never called", "use clock, not time.perf_counter")
        given = f"{warm_up} calls to warm up, then {repeats} that took {_listed(seconds[warm_up:])} s"
        faults = {fault: take(seconds, warm_up) for fault, take in _TIME_FAULTS.items()}
        trials.append((given, numbers(got, (), "a typical time is one number"), np.median(seconds[warm_up:]), faults))
        works.append((warm_up, repeats, work.calls))
    judge(trials, "the median of the timed calls", "end − start for each call, then np.median")
    for warm_up, repeats, calls in works:
        why = f"{warm_up} calls to warm up and {repeats} to time are {warm_up + repeats}"
        expect(calls, warm_up + repeats, why)


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def _needed(spent: Mapping[str, float], part: str, wanted: float) -> float:
    factor = _unasked(spent, part, wanted)
    return factor if factor > 0 else math.inf


def _unasked(spent: Mapping[str, float], part: str, wanted: float) -> float:
    left = sum(spent.values()) / wanted - (sum(spent.values()) - spent[part])
    return spent[part] / left if abs(left) > 1e-9 else math.inf


_NEED_FAULTS: dict[str, Callable[[Mapping[str, float], str, float], float]] = {
    "the part is made as much faster as the whole is to become: the others still take their time": lambda s, p, w: w,
    "it is asked how much faster the whole becomes, not how much faster the part must": (
        lambda s, p, w: sum(s.values()) / (sum(s.values()) - s[p] + s[p] / w)
    ),
    "it is not asked whether it can be done: the others alone may take too long, and then it is math.inf": _unasked,
    "the ratio is upside down: before / after": lambda s, p, w: 1 / _needed(s, p, w),
    "the time that the part may take is given, not a factor": lambda s, p, w: s[p] / _needed(s, p, w),
    "the time that must be saved is given, not a factor": lambda s, p, w: sum(s.values()) * (1 - 1 / w),
    "the share of the part is left out: all the time is counted as the part's": (
        lambda s, p, w: (
            sum(s.values()) / (sum(s.values()) / w - sum(s.values()) + s[p])
            if math.isfinite(_needed(s, p, w))
            else math.inf
        )
    ),
    "the limit is given: how much faster the whole is if the part takes no time": (
        lambda s, p, w: sum(s.values()) / (sum(s.values()) - s[p]) if sum(s.values()) > s[p] else math.inf
    ),
    "the whole before is taken as 1, but these are seconds": (
        lambda s, p, w: _only_if(s[p], 1 / w - (sum(s.values()) - s[p]))
    ),
    "nothing is ever said to be possible": lambda s, p, w: math.inf,
}


def _only_if(a: float, b: float) -> float:
    return a / b if b > 1e-9 else math.inf


@exercise("15.3 How much faster must it be?")
def needed_factor(answer: Callable) -> None:
    """Check a function of spent, part and wanted that gives the factor by which the part must become faster."""
    rng = np.random.default_rng(15)
    fixed = {"draw": 2.0, "forward": 3.0, "backward": 5.0}
    cases = [(fixed, "backward", 1.6), (fixed, "backward", 1.0), (fixed, "backward", 2.0), (fixed, "draw", 1.5)]
    cases += [({"all": 4.0}, "all", 8.0), ({"a": 3.0, "b": 0.0}, "a", 2.0), ({"a": 0.25, "b": 0.5}, "b", 2.5)]
    for n in (2, 3, 4, 5, 6):
        for reach in (0.3, 0.7, 0.95, 1.3):  # of what the part can give at most
            spent = {f"part {i}": float(t) for i, t in enumerate(rng.uniform(0.1, 9, n).round(2))}
            part = str(rng.choice(list(spent)))
            most = sum(spent.values()) / (sum(spent.values()) - spent[part])
            cases.append((spent, part, round(1 + reach * (most - 1), 3)))
    trials = []
    for spent, part, wanted in cases:
        got = numbers(answer(dict(spent), part, wanted), (), "a factor is one number")
        faults = {fault: _safely(give, spent, part, wanted) for fault, give in _NEED_FAULTS.items()}
        words = ", ".join(f"{name} {time:g} s" for name, time in spent.items())
        trials.append(
            (f"{words}: {part} so much faster that all is {wanted:g} times", got, _needed(spent, part, wanted), faults)
        )
    judge(
        trials,
        "what the part may still take is the time wanted, less what the others take",
        "time wanted = before / wanted",
    )


def _safely(give: Callable, *given: Any) -> float:
    try:
        return float(give(*given))
    except ZeroDivisionError:
        return math.inf


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
            return math.nan
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


CULPRITS = ("batch", "fetching", "twice", "target", "optimiser", "actions")
_BROKEN = {
    "A": ("target", "backward and loss ask for twice as much: what is walked back through that should not be?"),
    "B": ("fetching", "only fetching stands out, and it asks for some 256 more: how many rows, how many columns?"),
    "C": ("twice", "only forward stands out, by half: the whole one makes two passes"),
    "D": ("optimiser", "only the optimiser stands out: how many tensors does the network have?"),
}


@exercise("15.5 Which part is broken?")
def broken_parts(answer: Callable) -> None:
    """Check a function without arguments that returns a culprit for each letter of 15.5's picture."""
    got = answered(answer())
    form = {letter: "..." for letter in _BROKEN}
    dictionary = isinstance(got, Mapping) and {str(k).strip().upper() for k in got} == set(_BROKEN)
    require(dictionary, "a dictionary with A, B, C and D", got, "each panel has one culprit", str(form))
    said = {str(letter).strip().upper(): str(name).strip().lower() for letter, name in got.items()}
    for letter, name in said.items():
        known = name in CULPRITS
        require(known, "one of " + ", ".join(CULPRITS), name, f"{letter} is to be one of the six")
    if "batch" in said.values():
        why = "a larger batch makes each operation longer, and their number stays: no panel here shows it"
        require(False, "another culprit", said, why)
    if "actions" in said.values():
        why = "a loss over all actions needs no gather: it would ask for fewer operations, and no panel does"
        require(False, "another culprit", said, why)
    for letter, (right, look) in _BROKEN.items():
        require(said[letter] == right, "another culprit", f"{letter}: {said[letter]}", f"look at {letter}: {look}")


_SENTENCES = {  # whether the lesson's measurements support it, and what to say of a wrong choice
    "A": (True, "section 2: what has every way to show before it may take part?"),
    "B": (False, "B says too much: a floor for the multiply-adds alone was measured, not the fastest update there is"),
    "C": (True, "section 6: two machines, one seed, and how far apart are the scores?"),
    "D": (False, "D: two runs were compared. Nothing says which way a nudge goes on average"),
    "E": (False, "E: the GPU's bar is a rule of thumb. Nothing was measured on one"),
    "F": (False, "F compares two machines, a window and plots with none: the ratio is not the code's alone"),
}


@exercise("15.6 What was shown?")
def what_was_shown(answer: Callable) -> None:
    """Check a function without arguments that returns the letters of the sentences that the lesson supports."""
    said, known = _letters(answered(answer())), "".join(_SENTENCES)
    valid = said is not None and said <= set(known)
    require(valid, f"letters out of {known}", said, "one letter for each sentence", "'AB'")
    assert said is not None
    for letter, (true, words) in _SENTENCES.items():
        if letter in said and not true:
            require(False, "only what was measured", "".join(sorted(said)), words, "which number, from which run?")
    for letter, (true, words) in _SENTENCES.items():
        if true and letter not in said:
            why = "one sentence that the lesson supports is missing"
            require(False, "every sentence that holds", "".join(sorted(said)), why, words)


def _letters(got: Any) -> set[str] | None:
    """Take letters out of a text, or out of texts; None if it is something else."""
    if isinstance(got, str):
        return set(got.upper()) - set(" ,;")
    if isinstance(got, (set, frozenset, list, tuple)) and all(isinstance(one, str) and len(one) == 1 for one in got):
        return {one.upper() for one in got}
    return None
