"""Checks of lesson 04: choosing actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from qlib.core.rules import epsilon_schedule
from qlib.core.settings import Settings
from qlib.lessons.check import exercise
from qlib.lessons.expected import expect, numbers, require
from qlib.lessons.judge import improbable, refuse

SIZES = (3, 2, 1, 5, 7)  # A, actions to choose from
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
    return [*values, np.array([-3.5, -1.25, -2.5]), np.array([1e-9, 3e-9, 2e-9, -5.0])]


def _action(got: Any, n_actions: int) -> int:
    """Return what came as an action; raise a Mistake if it is none of so many."""
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
        expect(came, place, why, "with epsilon 0 nothing is random")
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
    for epsilon, n, times in (
        (0.3, 3, 2_500),
        (0.6, 4, 2_500),
        (0.0195, 8, 8_000),
        (0.004, 8, 10_000),
        (0.95, 8, 4_000),
    ):
        values = rng.normal(size=n)
        greedy = np.eye(n)[np.argmax(values)]
        rows.append((epsilon, greedy, _counts(answer, times, values, epsilon, rng)))

    def fits(mixed: Callable[[float, np.ndarray], np.ndarray], rare: float) -> bool:
        return not any(far(counts, mixed(epsilon, greedy), greedy, rare) for epsilon, greedy, counts in rows)

    def far(counts: np.ndarray, chances: np.ndarray, greedy: np.ndarray, rare: float) -> bool:
        best_and_rest = np.stack([greedy, 1 - greedy])  # one number shows a wrong epsilon sooner than eight
        return improbable(counts, chances, rare) or improbable(best_and_rest @ counts, best_and_rest @ chances, rare)

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
            f"the best action in about {share:.2f} of the choices with epsilon {epsilon} and {len(greedy)} actions"
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


@exercise("4.3 A decay with a floor", piece="decay")
def decay(answer: Callable) -> None:
    """Check `answer(episodes, start, end, share)`: epsilon of each episode, shape (episodes,)."""
    got, right, faulty = [], [], []
    cases = [
        (50, 0.5, 0.1, 0.4),
        (100, 1.0, 0.05, 0.6),
        (1, 0.8, 0.2, 1.0),
        (12, 0.7, 0.3, 1.0),
        (8, 0.2, 0.2, 0.5),
        (60, 1.0, 0.001, 0.5),
    ]
    rng = np.random.default_rng(4)
    for episodes in rng.integers(20, 300, 12):
        reached = int(rng.integers(2, episodes))
        if (reached / episodes) * episodes == reached:  # a share that says a whole episode without rounding
            start = round(rng.uniform(0.3, 1.0), 2)
            cases.append((int(episodes), start, round(start * rng.uniform(0.02, 0.9), 4), reached / episodes))
    for case in cases:
        episodes, start, end, share = case
        got.append(numbers(answer(*case), (episodes,), "there is one epsilon an episode of the run"))
        n, steps = np.arange(episodes), round(share * episodes)
        factor = (end / start) ** (1 / steps)
        right.append(np.maximum(end, start * factor**n))
        falls = _faulty_falls(n, steps, *case)
        faulty.append({name: fall if "floor" in name else np.maximum(end, fall) for name, fall in falls.items()})
    hint = "start * factor ** n = end, with n = share * episodes: solve for the factor"
    everywhere = {name: np.concatenate([each[name] for each in faulty]) for name in faulty[0]}
    refuse(np.concatenate(got), everywhere, hint)
    for (episodes, start, end, share), came, wanted in zip(cases, got, right, strict=True):
        words = f"with {episodes} episodes from {start} to {end} at a share of {share:.3g}"
        why = f"epsilon starts at {start}, reaches the end at episode {share * episodes:.0f} and stays there, by the "
        expect(came, wanted, f"{why}same factor each time, {words}", hint)


def _faulty_falls(
    n: np.ndarray, steps: int, episodes: int, start: float, end: float, share: float
) -> dict[str, np.ndarray]:
    """Say what epsilon would be in each episode n under each known fault, before any floor but a faulty one."""
    factor = (end / start) ** (1 / steps)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "nothing stops the decay: the end is a floor": start * factor**n,
            "epsilon falls before the first episode: decay after an episode, not before": start * factor ** (n + 1),
            "the factor is the original's, 1 + ln(end) / steps": start * (1 + np.log(end) / steps) ** n,
            "the start is left out of the factor": start * end ** (n / steps),
            "the start is left out of what is multiplied: the first epsilon is start": (end / start) ** (n / steps),
            "the share is left out of the factor": start * (end / start) ** (n / episodes),
            "the end comes one episode early: share * episodes falls lead there, not one fewer": (
                start * (end / start) ** (n / max(steps - 1, 1e-9))
            ),
            "epsilon falls along a straight line: each episode multiplies epsilon by the factor": (
                start - (start - end) * n / steps
            ),
            "the floor is 0.05 whatever the end is: end is the floor": np.maximum(0.05, start * factor**n),
        }


@exercise("4.4 Chances, with a pencil")
def chances(answer: Callable) -> None:
    """Check `answer()`: the chances of four actions of values 1, 4, 4, 2 at epsilon 0.2, in two rows."""
    rows = {"argmax takes the first of the tied": (1, 0), "ties are broken at random": (0.5, 0.5)}
    right = [[0.05, 0.05 + 0.8 * first, 0.05 + 0.8 * second, 0.05] for first, second in rows.values()]
    got = numbers(answer(), (2, 4), "there are two rows, and in each a chance for each of the four actions")
    without = [[0.2 / 3, 0.8, 0.2 / 3, 0.2 / 3], [0.1, 0.4, 0.4, 0.1]]
    mistakes = {
        "the random part is forgotten for the best: the best action may be drawn, too": (
            [[0.05, 0.8, 0.05, 0.05], [0.05, 0.4, 0.4, 0.05]]
        ),
        "only the others are drawn at random: any of the four may be, each with chance 0.2 / 4": without,
        "nothing is random: epsilon is 0.2": [[0, 1, 0, 0], [0, 0.5, 0.5, 0]],
        "percent are given: a chance lies between 0 and 1": np.multiply(right, 100),
        "the rows are swapped: the first is for argmax, which takes the first of the tied": right[::-1],
        "argmax takes the last of the tied: it takes the first": [[0.05, 0.05, 0.85, 0.05], right[1]],
        "both tied actions get all of it: together they get 1 - epsilon": [right[0], [0.05, 0.85, 0.85, 0.05]],
        "every action gets epsilon: a random step may be any of the four": [[0.2, 0.8, 0.2, 0.2], [0.2, 0.4, 0.4, 0.2]],
    }
    hint = "each action gets epsilon / 4 from the random steps; who gets the other 0.8?"
    refuse(got, mistakes, hint)
    for row, came, wanted in zip(rows, got, right, strict=True):
        require(abs(came.sum() - 1) < 1e-3, "chances that add up to 1", came, f"one of the four is taken, where {row}")
        expect(came, wanted, f"the second of the two rules of a tie matters only for the two 4s, where {row}", hint)


@exercise("4.5 A budget of random actions")
def budget(answer: Callable) -> None:
    """Check `answer()`: the share of 300 episodes over which a straight fall from 1 to 0.05 spends 5,700 to 6,000."""
    share = float(numbers(answer(), (), "the share is one number"))
    hint = "the explorer counts them: linear, 1 to 0.05, 300 episodes of 100 steps; move share"
    if 1 < share <= 300:
        why = "a share is a part of the run, from 0 to 1" + " and not percent or episodes" * (share > 1)
        require(False, "a share such as 0.5", share, why, hint)
    require(0 < share <= 1, "a share above 0, at most 1", share, "it is a part of the run", hint)
    settings = Settings(epsilon_start=1.0, epsilon_end=0.05, epsilon_episodes=max(1, round(share * 300)))
    count = 100 * float(epsilon_schedule(settings, 300).sum())
    side = "too much: let epsilon fall sooner" if count > 6_000 else "too little: let epsilon fall later"
    require(5_700 <= count <= 6_000, "5,700 to 6,000 random actions", round(count), f"that is {side}", hint)
