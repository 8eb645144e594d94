"""The check of exercise 10.3: do all round trips of as many steps pay the same?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qlib.lessons.carrot_and_stick.worlds import by_potential, for_progress
from qlib.lessons.check import exercise
from qlib.lessons.expected import numbers, short
from qlib.lessons.judge import judge

_ALIKE = 1e-6  # a smaller difference is rounding
Trips = list[np.ndarray]


def _discounted(bonuses: np.ndarray, gamma: float) -> float:
    return float(np.sum(gamma ** np.arange(len(bonuses)) * bonuses))


def _tempts(trips: Trips, gamma: float, pay: Callable[[np.ndarray, float], Any] = _discounted) -> bool:
    pairs = itertools.combinations(trips, 2)
    return any(_differ(a, b, gamma, pay) for a, b in pairs if len(a) == len(b))


def _differ(a: np.ndarray, b: np.ndarray, gamma: float, pay: Callable[[np.ndarray, float], Any] = _discounted) -> bool:
    return bool(np.any(np.abs(pay(a, gamma) - pay(b, gamma)) > _ALIKE))


def _side_by_side(trips: Trips, gamma: float) -> bool:
    return any(len(a) == len(b) and _differ(a, b, gamma) for a, b in itertools.pairwise(trips))


def _by_length(trips: Trips) -> list[Trips]:
    return [[trip for trip in trips if len(trip) == n] for n in {len(trip) for trip in trips}]


_FAULTS: dict[str, Callable[[Trips, float], bool]] = {
    "True and False are swapped: True means that two trips of as many steps pay differently": (
        lambda trips, gamma: not _tempts(trips, gamma)
    ),
    "it is asked whether a trip pays anything: all may, if those of as many steps pay the same": (
        lambda trips, gamma: any(abs(_discounted(trip, gamma)) > _ALIKE for trip in trips)
    ),
    "it is asked whether a trip pays more than 0: it tempts if another of as many steps pays less": (
        lambda trips, gamma: any(_discounted(trip, gamma) > _ALIKE for trip in trips)
    ),
    "trips of different lengths are compared: a potential may pay for 4 steps what it does not pay for 2": (
        lambda trips, gamma: any(_differ(a, b, gamma) for a, b in itertools.combinations(trips, 2))
    ),
    "only trips that stand side by side in the list are compared": _side_by_side,
    "only trips as long as the first one are compared: those of the other lengths count, too": (
        lambda trips, gamma: any(len(a) == len(trips[0]) and _differ(a, trips[0], gamma) for a in trips)
    ),
    "nothing is discounted": lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: trip.sum()),
    "the discount runs backwards: the first bonus counts whole": (
        lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: _discounted(trip[::-1], gamma))
    ),
    "the first bonus is discounted already: it counts whole": (
        lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: gamma * _discounted(trip, gamma))
    ),
    "the bonuses are compared one by one: compare what a whole trip pays": (
        lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: trip)
    ),
    "the last bonus is left out: the step home belongs to the trip": (
        lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: _discounted(trip[:-1], gamma))
    ),
    "what is charged is left out: it is taken from what is paid": (
        lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: _discounted(trip.clip(0), gamma))
    ),
    "what is charged counts as if it were paid": (
        lambda trips, gamma: _tempts(trips, gamma, lambda trip, gamma: _discounted(np.abs(trip), gamma))
    ),
    "rounding counts: what differs by less than 0.000001 is the same": (
        lambda trips, gamma: any(
            len(a) == len(b)
            and sum(gamma**k * x for k, x in enumerate(a)) != sum(gamma**k * x for k, x in enumerate(b))
            for a, b in itertools.combinations(trips, 2)
        )
    ),
    "the first and the last of each length are compared: the others count, too": (
        lambda trips, gamma: any(_differ(same[0], same[-1], gamma) for same in _by_length(trips))
    ),
    "the difference that is allowed grows with what is paid, as np.isclose does it: it is 0.000001": (
        lambda trips, gamma: any(
            not np.isclose(_discounted(a, gamma), _discounted(b, gamma))
            for same in _by_length(trips)
            for a, b in itertools.combinations(same, 2)
        )
    ),
    "every list is said to tempt": lambda trips, gamma: True,
    "no list is said to tempt": lambda trips, gamma: False,
}


def _along(bonus: Callable[[int, int], float], *ways: Sequence[int]) -> Trips:
    """Give what a bonus pays on each way, a sequence of states."""
    return [np.array([bonus(*step) for step in itertools.pairwise(way)]) for way in ways]


def _of(*trips: Sequence[float]) -> Trips:
    return [np.array(trip, float) for trip in trips]


def _cases() -> list[tuple[str, Trips, float]]:
    """List what is asked: lists of trips in words, the bonuses along each, and gamma."""
    stay, go, far, both = (0, 0, 0), (0, 1, 0), (0, 1, 2, 1, 0), "into the wall twice, and forth and back"
    rng = np.random.default_rng(10)
    phi = rng.normal(0, 3, 7)
    walks = [np.append(rng.permutation(np.arange(1, 7))[: n - 1], 0) for n in (3, 3, 5, 5, 5, 2)]
    rounds = [(0, *map(int, walk)) for walk in walks]

    def drawn(gamma: float) -> Trips:
        return _along(lambda a, b: gamma * phi[b] - phi[a], *rounds)

    long = rng.normal(size=(3, 150)).round(2)
    long[1:] = long[0]
    long[2, 140] += 5
    return [
        (f"the corridor's potential: {both}", _along(by_potential, stay, go), 0.9),
        (
            f"the corridor's bonus for progress: {both}",
            _along(for_progress, stay, go),
            0.9,
        ),
        ("the corridor's potential: a trip of 2 steps and one of 4", _along(by_potential, go, far), 0.9),
        ("the bonus for progress: a trip of 2 steps and one of 4", _along(for_progress, stay, far), 0.9),
        ("a potential drawn at random, six trips", drawn(0.99), 0.99),
        ("a potential drawn at random, six trips, gamma 1", drawn(1.0), 1.0),
        ("two trips that pay as much, in another order", _of([2, 0], [1, 2]), 0.5),
        ("the same bonuses, sooner and later", _of([1, 0, 0], [0, 0, 1]), 0.5),
        ("one pays 1, and one charges 1", _of([1, 0], [-1, 0]), 0.9),
        ("both are charged, and not alike", _of([0, -1], [-2, -1]), 0.9),
        ("the first and the third have as many steps", _of([1, 0], [0, 0, 0, 0], [0, 0]), 0.9),
        ("the second and the fourth have as many steps", _of([0, 0, 0], [1, 0], [0, 0, 0], [0, 0]), 0.9),
        ("three trips of 2 steps, the third one differs", _of([0, 1], [0, 1], [0, 2]), 0.9),
        ("three trips of 2 steps, the second one differs", _of([1, 0], [0, 0], [1, 0]), 0.9),
        ("only the way home differs", _of([1, 1, 0], [1, 1, -1]), 1.0),
        ("one step each, on the spot", _of([0.5], [0.25]), 0.9),
        ("one trip alone", _of([3, 0.5]), 0.9),
        ("a difference of a hundredth", _of([1, 1], [1, 1.01]), 0.9),
        ("a difference below a thousandth", _of([1, 1], [1, 1.0004]), 0.9),
        ("a difference of 0.000005", _of([1, 1], [1.000005, 1]), 0.9),
        ("a difference of 0.0000004", _of([0, 1], [0.0000004, 1]), 0.9),
        ("they pay 100 and 100.0005", _of([100, 0], [100.0005, 0]), 0.9),
        ("the last trip is alone with its length", _of([1, 0], [0, 0], [0, 0, 0]), 0.9),
        ("three trips of 150 steps, one step differs", list(long), 0.99),
        ("at gamma 0 the first bonus alone counts, and is the same", _of([1, 5], [1, -7]), 0.0),
        ("at gamma 0 the first bonus alone counts, and differs", _of([1, 5], [2, 5]), 0.0),
    ]


@exercise("10.3 What a round trip pays")
def tempts(answer: Callable) -> None:
    """Check `answer(trips, gamma)`: arrays of bonuses (n,); True if two of as many steps pay differently."""
    trials = []
    for words, trips, gamma in _cases():
        got = numbers(answer([trip.copy() for trip in trips], gamma), (), "the answer is True or False")
        mistakes = {fault: gives(trips, gamma) for fault, gives in _FAULTS.items()}
        shown = f": {' and '.join(map(short, trips))} at gamma {gamma:g}" if sum(map(len, trips)) < 10 else ""
        trials.append((words + shown, bool(got) if got in (0, 1) else got, _tempts(trips, gamma), mistakes))
    why = "it is True if two trips of as many steps pay differently, discounted to the start"
    judge(trials, why, "what does each trip pay? Then compare only those of equal length")
