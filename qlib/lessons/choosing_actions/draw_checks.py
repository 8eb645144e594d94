"""Checks of exercises 4.1 and 4.2: actions that are drawn, judged by how often each of them comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from qlib.lessons.check import exercise
from qlib.lessons.expected import expect, numbers, require
from qlib.lessons.judge import improbable, refuse

SIZES = (3, 2, 1, 5, 7)  # A, actions to choose from
RARE = 0.00027  # an epsilon between 0 and a thousandth; 60,000 choices tell it from both
SCALES = (1.0, 1e-8, 1e6, -1.0, -1e-8)  # of values; what is noise beside one is news beside another


class _ZeroGenerator(np.random.Generator):
    """A generator whose draws from [0, 1) are 0.0, the lowest number that the real one can give."""

    def random(self, size=None, *args, **kwargs):
        return 0.0 if size is None else np.zeros(size)

    def uniform(self, low=0.0, high=1.0, size=None):
        return low if size is None else np.full(size, low)


def _some_values(rng: np.random.Generator) -> list[np.ndarray]:
    """Make values without a tie, several arrays of each size, of which the highest is not the largest number."""
    values = [rng.normal(-0.5, 2.0, n).astype(kind) for n in SIZES for kind in (float, np.float32, float)]
    values += [np.array([-3.5, -1.25, -2.5]), np.array([-3e6, -2e6, -1e6, -4e6])]
    return [*values, np.array([1e-9, 3e-9, 2e-9, -5.0])]


def _action(got: Any, n_actions: int) -> int:
    """Return what came as an action; raise a Mistake if it is none of so many."""
    if type(got) in (int, np.int64) and 0 <= got < n_actions:  # soon: most checks ask ten thousands of times
        return int(got)
    number = numbers(got, (), "an action is one number")
    why = f"{n_actions} values stand for the actions 0 to {n_actions - 1}"
    whole = f"a whole number from 0 to {n_actions - 1}"
    require(number in range(n_actions), whole, got, why, "len(q_values), not a fixed number")
    kind = str(getattr(got, "dtype", type(got).__name__))
    why = "an environment takes a whole number, and no other kind"
    require("int" in kind, whole, f"{kind} {got}", why, "int(...), or np.argmax as it is")
    return int(number)


def _counts(answer: Callable, times: int, q_values: np.ndarray, *given: Any) -> np.ndarray:
    """Count how often each action comes when the learner's function is asked so many times, shape (A,)."""
    n = len(q_values)
    return np.bincount([_action(answer(q_values, *given), n) for _ in range(times)], minlength=n)


def _same_twice(answer: Callable, *given: Any) -> None:
    """Raise a Mistake unless equal generators give equal actions."""
    first, second = (
        [_action(answer(*given, rng), len(given[0])) for _ in range(41)]
        for rng in (np.random.default_rng(5), np.random.default_rng(5))
    )
    expect(first, second, "the same generator gives the same actions", "draw from rng, not from np.random or random")


@exercise("4.1 Epsilon-greedy", piece="epsilon_greedy")
def epsilon_greedy(answer: Callable) -> None:
    """Check `answer(q_values, epsilon, rng)`: values of shape (A,), the action as a whole number."""
    rng = np.random.default_rng(3)
    several = _some_values(rng)
    best = [int(np.argmax(values)) for values in several]
    mistakes = {
        "the value is returned: np.argmax gives the place of the highest value, np.max the value": (
            [np.max(values) for values in several]
        ),
        "the lowest value wins: the action with the highest value is chosen": list(map(np.argmin, several)),
        "the largest number wins, its sign left out: -5 is lower than 1": [np.argmax(np.abs(q)) for q in several],
        "actions are counted from 1": [place + 1 for place in best],
    }
    got = [numbers(answer(values, 0.0, rng), (), "an action is one number") for values in several]
    refuse(got, mistakes, "with epsilon 0, np.argmax(q_values)")
    for values, place, came in zip(several, best, got, strict=True):
        why = f"with epsilon 0 the action with the highest value is chosen, of {values}"
        expect(came, place, why, "np.argmax(q_values) is the place of the highest value")
    for values, place in zip(several, best, strict=True):
        counts = _counts(answer, 4, values, 0.0, _ZeroGenerator(np.random.PCG64(len(values))))
        why = "rng.random() can be exactly 0.0, and even then epsilon 0 must mean never"
        expect(counts[place], 4, f"{why}: action {place} four times", "compare with <, not with <=")
    tied = _counts(answer, 20, np.array([1.0, 4.0, 4.0, -2.0]), 0.0, rng)
    expect(tied[1] + tied[2], 20, "with epsilon 0 one of the tied best of 1, 4, 4, -2 is chosen: 20 times in 20")
    for n in (3, 2, 6, 1):
        counts = _counts(answer, 500 * n, rng.normal(size=n), 1.0, rng)
        expected = f"about 500 of each of the {n} actions in {500 * n:,} choices with epsilon 1"
        why = "a random action is drawn from all the actions, the best one too"
        hint = "rng.integers(len(q_values)) gives 0, 1, ... with equal chance"
        require(not improbable(counts, np.ones(n)), expected, counts, why, hint)
    _demand_shares(answer, rng)
    _same_twice(answer, rng.normal(size=4), 0.5)


def _demand_shares(answer: Callable, rng: np.random.Generator) -> None:
    """Raise a Mistake unless between 0 and 1 epsilon is the chance of a random action; name the fault that fits."""
    rows = []
    for epsilon, n, times in ((0.3, 3, 2_500), (0.6, 4, 2_500), (0.95, 8, 4_000), (RARE, 16, 60_000)):
        values = rng.normal(size=n)
        rows.append((epsilon, np.eye(n)[np.argmax(values)], _counts(answer, times, values, epsilon, rng)))

    def fits(mixed: Callable[[float, np.ndarray], np.ndarray], rare: float) -> bool:
        return not any(far(counts, mixed(epsilon, greedy), greedy, rare) for epsilon, greedy, counts in rows)

    def far(counts: np.ndarray, chances: np.ndarray, greedy: np.ndarray, rare: float) -> bool:
        best = stats.binomtest(int(greedy @ counts), int(counts.sum()), float(greedy @ chances))  # exact, for few
        many = min(chances * counts.sum()) > 50
        return best.pvalue < rare or (many and improbable(counts, chances, rare))

    def mix(epsilon: float, greedy: np.ndarray) -> np.ndarray:
        return epsilon / len(greedy) + (1 - epsilon) * greedy

    faults = {
        "the best action is left out of the random ones: any action may be drawn, the best one too": (
            lambda epsilon, greedy: epsilon * (1 - greedy) / (len(greedy) - 1) + (1 - epsilon) * greedy
        ),
        "epsilon counts twice: draw once whether to act randomly": lambda epsilon, greedy: mix(epsilon**2, greedy),
        "it is the other way round: act randomly with chance epsilon, not with chance 1 - epsilon": (
            lambda epsilon, greedy: mix(1 - epsilon, greedy)
        ),
    }
    right = fits(mix, 1e-6)
    for epsilon, greedy, counts in rows:
        share = mix(epsilon, greedy).max()
        expected = (
            f"the best action in about {share:.5g} of the choices with epsilon {epsilon} and {len(greedy)} actions"
        )
        fault = next((f"this is what comes when {fault}" for fault, mixed in faults.items() if fits(mixed, 1e-2)), "")
        why = "the best action comes with chance 1 - epsilon, plus its part of the random choices, epsilon / A, and "
        why += "every other one with chance epsilon / A"
        hint = "draw once from rng, and act randomly if that number is below epsilon"
        fine = right or (not fault and not far(counts, mix(epsilon, greedy), greedy, 1e-6))
        require(fine, expected, counts / counts.sum(), fault or why, hint)


@exercise("4.2 Breaking ties")
def random_argmax(answer: Callable) -> None:
    """Check `answer(q_values, rng)`: one of the best actions, each equally likely."""
    rng = np.random.default_rng(3)
    several = _some_values(rng)[:-1]
    best = [int(np.argmax(values)) for values in several]
    why = "a single best action is always chosen"
    mistakes = {
        f"the value is returned, not the action: {why}": [np.max(values) for values in several],
        f"the lowest value wins: {why}": list(map(np.argmin, several)),
        f"actions are counted from 1: {why}, and the first is 0": [place + 1 for place in best],
        "the place among the tied is returned: return the action that stands there": [0] * len(best),
    }
    got = [numbers(answer(values, rng), (), "an action is one number") for values in several]
    refuse(got, mistakes, "np.flatnonzero lists the places where a condition holds")
    for values, place, came in zip(several, best, got, strict=True):
        expect(came, place, f"{why}, of {values}")
    for scale in SCALES:
        lower, top = _neighbours(scale)
        for values, place in ((np.array([lower, top, lower]), 1), (np.array([top, lower]), 0)):
            counts = _counts(answer, 30, values, rng)
            expected = f"always action {place} for values near {scale:g} that differ by {top - lower:.1g}"
            why = "nearly equal is no tie: a difference counts, however small, and no noise may overturn it"
            require(counts[place] == 30, expected, counts, why, "q_values == q_values.max()")
    for scale, times, tied in ((1.0, 1_500, "012"), (1e-8, 1_500, "13"), (1e6, 1_500, "24"), (-1.0, 4_000, "02")):
        _demand_even(answer, rng, scale, times, list(map(int, tied)))
    _demand_even(answer, rng, 0.0, 1_500, [0, 1, 2, 3])
    _demand_even(answer, rng, -1e6, 1_500, [0, 2, 3, 4, 5])
    _same_twice(answer, np.ones(4))


def _neighbours(scale: float) -> tuple[float, float]:
    """Return two numbers of this size with none between them, the higher last."""
    return 1.3 * scale, float(np.nextafter(1.3 * scale, np.inf))


def _demand_even(answer: Callable, rng: np.random.Generator, scale: float, times: int, best: list[int]) -> None:
    """Raise a Mistake unless these tied actions, of values of this size, are equally likely."""
    lower, top = _neighbours(scale) if scale else (-1.0, 0.0)
    values = np.full(max(best) + 1 + (scale > 0), lower)  # where there is room, the last action is none of the best
    values[best] = top
    counts = _counts(answer, times, values, rng)
    chances = np.isin(np.arange(len(values)), best)
    expected = f"only the actions {best} for the values {values}"
    why = "a tie is broken among the best actions only, and the action is returned, not its place among the tied"
    hint = "np.flatnonzero(q_values == q_values.max()) lists the best actions; return one of that list"
    require(not counts[~chances].any(), expected, np.flatnonzero(counts), why, hint)
    expected = f"each of the actions {best} about {times // len(best)} times in {times:,} choices for {values}"
    why = "tied actions are equally likely, whatever the size of their values"
    require(not improbable(counts, chances), expected, counts, why, "rng.choice(best) draws one of a list")
