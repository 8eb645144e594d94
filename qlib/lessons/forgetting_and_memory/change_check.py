"""The check of exercise 12.5: by how much two variants differ, and what the interval says of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import stats

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, numbers, require
from qlib.lessons.judge import Faults, judge
from qlib.study.statistics import Interval, mean_interval

_VERDICTS = ("above", "below", "open")
_BAR = 475.0  # a run that ends there or above has solved the task


def _solved(scores: np.ndarray) -> np.ndarray:
    return scores >= _BAR


def _change(ours: np.ndarray, theirs: np.ndarray, bar: float = _BAR) -> tuple[float, float]:
    return float((ours - theirs).mean()), float((ours >= bar).mean() - (theirs >= bar).mean())


_FAULTS: Faults = {
    "they are subtracted the other way round": lambda a, b: _change(b, a),
    "the share alone is subtracted the other way round": lambda a, b: (_change(a, b)[0], _change(b, a)[1]),
    "the numbers of seeds are compared, not their shares": lambda a, b: (
        _change(a, b)[0],
        _solved(a).sum() - _solved(b).sum(),
    ),
    "475 itself does not count as solved": lambda a, b: (_change(a, b)[0], (a > _BAR).mean() - (b > _BAR).mean()),
    "the sum is taken, not the mean": lambda a, b: ((a - b).sum(), _change(a, b)[1]),
    "the median is taken, not the mean": lambda a, b: (np.median(a - b), _change(a, b)[1]),
    "the share is given of the one variant only": lambda a, b: (_change(a, b)[0], _solved(a).mean()),
    "the score is given of the one variant only": lambda a, b: (a.mean(), _change(a, b)[1]),
    "seeds that changed either way are counted": lambda a, b: (_change(a, b)[0], (_solved(a) ^ _solved(b)).mean()),
    "the seeds that are better are counted, not those that are solved": lambda a, b: (_change(a, b)[0], (a > b).mean()),
    "the distance is taken, without its sign": lambda a, b: (abs(a - b).mean(), abs(_change(a, b)[1])),
    "500 alone counts as solved": lambda a, b: _change(a, b, 500.0),
    "the two are swapped: first the score, then the share": lambda a, b: _change(a, b)[::-1],
    "the share is given in percent": lambda a, b: (_change(a, b)[0], 100 * _change(a, b)[1]),
}


def _within(value: float, half: float) -> str:
    return Interval(value, value - half, value + half).verdict()


def _error(scores: np.ndarray) -> float:
    return float(scores.std(ddof=1) / math.sqrt(len(scores)))


def _two_intervals(ours: np.ndarray, theirs: np.ndarray) -> str:
    t = stats.t.ppf(0.975, len(ours) - 1)
    return _within(float((ours - theirs).mean()), t * (_error(ours) + _error(theirs)))


def _independent(ours: np.ndarray, theirs: np.ndarray) -> str:
    t = stats.t.ppf(0.975, 2 * len(ours) - 2)
    return _within(float((ours - theirs).mean()), t * math.hypot(_error(ours), _error(theirs)))


def _without_ends(differences: np.ndarray, said: str) -> str:
    found = mean_interval(differences)
    return said if math.isnan(found.low) else found.verdict()


_NO_ENDS = "an interval without ends, NaN, is called {}: where more than half of the seeds tie, it is open"
_VERDICT_FAULTS: Mapping[str, Callable[[np.ndarray, np.ndarray], str]] = {
    "the mean's sign decides: an interval that holds 0 leaves it open": lambda a, b: _within((a - b).mean(), 0.0),
    "it is turned round: above means that `ours` is above `theirs`": lambda a, b: mean_interval(b - a).verdict(),
    "each variant gets an interval of its own, and these are compared: take the differences, seed by seed": (
        _two_intervals
    ),
    "the variants are taken for independent: they share the seeds, so take the differences, seed by seed": _independent,
    "one variant alone is compared with 0: take the differences, seed by seed": lambda a, b: mean_interval(a).verdict(),
    "the spread of the seeds is taken for that of their mean: it is smaller, by the root of their number": (
        lambda a, b: _within((a - b).mean(), stats.t.ppf(0.975, len(a) - 1) * (a - b).std(ddof=1))
    ),
    "1.96 standard errors are too few for few seeds: `mean_interval` takes Student's t": (
        lambda a, b: _within((a - b).mean(), 1.96 * _error(a - b))
    ),
    "one standard error is taken: the interval is of 95 %": lambda a, b: _within((a - b).mean(), _error(a - b)),
    "the interval is of 90 %, not of 95": lambda a, b: mean_interval(a - b, 0.9).verdict(),
    "the interval is that of more than 95 %": lambda a, b: mean_interval(a - b, 0.99).verdict(),
    "the deviation is divided by n, not by n - 1: what varies is the seeds, of which there are more (ddof=1)": (
        lambda a, b: _within((a - b).mean(), stats.t.ppf(0.975, len(a) - 1) * (a - b).std() / math.sqrt(len(a)))
    ),
    "the interval is that of the shares: take the scores, seed by seed": lambda a, b: mean_interval(
        _solved(a) * 1.0 - _solved(b)
    ).verdict(),
    _NO_ENDS.format("above"): lambda a, b: _without_ends(a - b, "above"),
    _NO_ENDS.format("below"): lambda a, b: _without_ends(a - b, "below"),
    "most seeds decide: it is the mean that has an interval": lambda a, b: _within(np.sign(a - b).sum(), 0.0),
    "all seeds have to agree: it is the mean that has an interval": lambda a, b: (
        "above" if (a > b).all() else "below" if (a < b).all() else "open"
    ),
    "the share of solved seeds decides: the interval is that of the scores": (
        lambda a, b: _within(_change(a, b)[1], 0.0)
    ),
    "each is called open": lambda a, b: "open",
}


def _cases() -> list[tuple[np.ndarray, np.ndarray]]:
    """Make pairs of final scores, seed by seed: of few seeds and many, of great and small effects."""
    random = np.random.default_rng(125)
    cases = [
        (np.array([500.0, 480, 100, 475]), np.array([200.0, 490, 300, 100])),
        (np.array([475.0, 20]), np.array([474.9, 100])),
        (np.array([500.0, 480, 100]), np.array([100.0, 480, 500])),
        (np.array([500, 9, 475]), np.array([100, 480, 20])),
    ]
    for n in (2, 5, 16, 64):
        ours, theirs = (
            np.where(random.random(n) < 0.4, random.choice([475.0, 500.0], n), random.random(n) * 500) for _ in "ab"
        )
        cases.append((ours, theirs))
    for n, effect, noise in ((4, 60, 20), (8, -40, 15), (16, 45, 60), (16, -60, 80), (6, 30, 45), (5, -25, 20)):
        theirs = random.uniform(60, 380, n)
        cases.append((theirs + random.normal(effect, noise, n), theirs))
    for n, far in ((8, 0.68), (4, -1.08), (8, -1.0), (6, 8.0), (4, 1.45)):  # deviations; 0.68: open at 95 %, not at 90
        theirs, steps = random.uniform(60, 180, n), random.permutation(np.linspace(-1, 1, n))
        cases.append((theirs + 40 * (far + steps / steps.std(ddof=1)), theirs))
    theirs = random.uniform(150, 350, 12)  # where one is good, the other is bad
    cases.append((540 - theirs, theirs))
    near = np.array([474.0, 473, 472, 470, 468, 465, 474, 474])  # four more are solved, and two fall: the mean is open
    cases.append((np.array([476.0, 477, 478, 479, 460, 455, 20, 30]), near))
    most = np.full(5, 500.0)  # most seeds tie, so there is no interval
    cases.append((most - [0, 0, 0, 0, 20], most - [0, 0, 0, 0, 380]))
    return cases


@exercise("12.5 By how much")
def change(answer: Callable) -> None:
    """Check a function of two variants' final scores, shape (seeds,) each: both changes, and a verdict on the first."""
    cases = _cases()
    parts = [_parts(answer(ours.copy(), theirs.copy())) for ours, theirs in cases]
    trials: list[tuple[str, Any, Any, Mapping[str, Any]]] = []
    for (ours, theirs), (got, _) in zip(cases, parts, strict=True):
        counts = f"{_solved(ours).sum()} of {len(ours)} seeds are solved in place of {_solved(theirs).sum()}"
        why = f"the mean change of score, and the change of share: {counts} of {len(ours)}"
        trials.append((why, got, _change(ours, theirs), {fault: give(ours, theirs) for fault, give in _FAULTS.items()}))
    judge(trials, "", "a seed has solved the task at 475 or more; a mean of True and False is a share")
    trials = []
    for (ours, theirs), (_, said) in zip(cases, parts, strict=True):
        found = mean_interval(ours - theirs)
        why = f"over {len(ours)} seeds the mean difference is {found}"
        faults = {fault: give(ours, theirs) for fault, give in _VERDICT_FAULTS.items()}
        trials.append((why, said, found.verdict(), faults))
    rule = "the verdict is open where the 95 % interval of the mean difference holds 0"
    judge(trials, rule, "mean_interval(ours - theirs): does all of it lie on one side of 0?")


def _parts(got: Any) -> tuple[np.ndarray, str]:
    """Part what came into two numbers and a verdict; raise a Mistake if it is something else."""
    three = isinstance(answered(got), (tuple, list)) and len(got) == 3
    require(three, "two numbers and a word", got, "three things are asked for", 'return score, share, "open"')
    both = numbers(list(got[:2]), (2,), "the first two are the mean change of score, and the change of share")
    said = answered(got[2])
    known = isinstance(said, str) and said.strip().lower() in _VERDICTS
    require(known, f"one of {', '.join(_VERDICTS)}", said, "the third is the verdict, a word")
    return both, said.strip().lower()
