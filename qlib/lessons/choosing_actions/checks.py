"""Checks of lesson 04: choosing actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qlib.lessons.check import exercise, expect, numbers, refuse, require

VALUES = ([1.0, 3.0, 2.0], [-1.0, -4.0, -2.0], [0.5, 0.25, 0.75])  # each of three actions is the best once


class _ZeroGenerator(np.random.Generator):
    """A generator whose random() is 0.0, the lowest number that the real one can give."""

    def random(self, *args, **kwargs):
        return 0.0


def _draws(answer: Callable, times: int, q_values: Sequence[float], *given: Any) -> np.ndarray:
    """Return what comes when the learner's function is asked so many times, shape (times,)."""
    return np.array([numbers(answer(np.array(q_values), *given), (), "an action is one number") for _ in range(times)])


def _same_twice(answer: Callable, *given: Any) -> None:
    """Raise a Mistake unless equal generators give equal actions."""
    first, second = ([_draws(answer, 1, *given, np.random.default_rng(n))[0] for n in range(40)] for _ in range(2))
    expect(first, second, "the same generator gives the same actions", "draw from rng, not from np.random or random")


@exercise("4.1 Epsilon-greedy")
def epsilon_greedy(answer: Callable) -> None:
    """Check `answer(q_values, epsilon, rng)`: values of shape (A,), the action as a whole number."""
    rng = np.random.default_rng(3)
    best = np.argmax(VALUES, 1)
    mistakes = {
        "the value is returned: np.argmax gives the place of the highest value, np.max the value": np.max(VALUES, 1),
        "the lowest value wins: the action with the highest value is chosen": np.argmin(VALUES, 1),
        "actions are counted from 1": best + 1,
    }
    got = [_draws(answer, 1, values, 0.0, rng)[0] for values in VALUES]
    refuse(got, mistakes, "with epsilon 0, np.argmax(q_values)")
    expect(got, best, "with epsilon 0 the action with the highest value is chosen", "with epsilon 0 nothing is random")
    got = [_draws(answer, 1, VALUES[0], 0.0, _ZeroGenerator(np.random.PCG64(seed)))[0] for seed in range(12)]
    why = "rng.random() can be exactly 0.0, and even then epsilon 0 must mean never"
    expect(got, [best[0]] * 12, why, "compare with <, not with <=")
    draws = _draws(answer, 3_000, VALUES[0], 1.0, rng)
    counts = np.array([(draws == action).sum() for action in range(3)])
    even = bool(np.all(np.abs(counts - 1_000) < 130)) and counts.sum() == len(draws)
    expected = "about 1,000 of each of the 3 actions in 3,000 choices with epsilon 1"
    why = "a random action is drawn from all the actions, the best one too"
    require(even, expected, counts, why, "rng.integers(len(q_values)) gives 0, 1, ... with equal chance")
    of_two = sorted(set(_draws(answer, 200, [1.0, 0.5], 1.0, rng)))
    why = "there are as many actions as values"
    expect(of_two, [0, 1], why, "len(q_values), not a fixed number")
    share = (_draws(answer, 3_000, VALUES[0], 0.3, rng) == best[0]).mean()
    expected = "the best action in about 0.80 of the choices with epsilon 0.3 and 3 actions"
    why = "the best action comes with chance 1 - epsilon, plus its part of the random choices, epsilon / 3"
    hint = "draw once from rng, and act randomly if that number is below epsilon"
    require(abs(share - 0.8) < 0.035, expected, share, why, hint)
    _same_twice(answer, VALUES[0], 0.5)


@exercise("4.2 Breaking ties")
def random_argmax(answer: Callable) -> None:
    """Check `answer(q_values, rng)`: one of the best actions, each equally likely."""
    rng = np.random.default_rng(3)
    mistakes = {"the value is returned, not the action: a single best action is always chosen": np.max(VALUES, 1)}
    got = [_draws(answer, 1, values, rng)[0] for values in VALUES]
    refuse(got, mistakes, "np.flatnonzero lists the places where a condition holds")
    expect(got, np.argmax(VALUES, 1), "a single best action is always chosen")
    for values, best in (([2.0, 2.0, 2.0], [0, 1, 2]), ([1.0, 5.0, 5.0], [1, 2]), ([-1.0, -3.0, -1.0], [0, 2])):
        draws = _draws(answer, 1_200, values, rng)
        came = sorted(set(draws))
        expected = f"only the actions {best} for the values {values}"
        why = "a tie is broken among the best actions only, and the action is returned, not its place among the tied"
        hint = "np.flatnonzero(q_values == q_values.max()) lists the best actions; return one of that list"
        require(set(came) <= set(best), expected, came, why, hint)
        counts = np.array([(draws == action).sum() for action in best])
        even = bool(np.all(np.abs(counts - 1_200 / len(best)) < 100))
        expected = f"each of the actions {best} about {1_200 // len(best)} times in 1,200 choices for {values}"
        require(even, expected, counts, "tied actions are equally likely", "rng.choice(best) draws one of a list")
    why = "nearly equal is no tie: only the highest value is the best"
    expect(_draws(answer, 200, [1.0, 1.0 - 1e-9, 0.0], rng), [0] * 200, why, "q_values == q_values.max()")
    _same_twice(answer, [1.0] * 4)


@exercise("4.3 A decay with a floor")
def decay(answer: Callable) -> None:
    """Check `answer(episodes, start, end, share)`: epsilon of each episode, shape (episodes,)."""
    for episodes, start, end, share in ((50, 0.5, 0.1, 0.4), (100, 1.0, 0.05, 0.6)):
        n, steps = np.arange(episodes), share * episodes
        factor = (end / start) ** (1 / steps)
        case = f"with {episodes} episodes from {start} to {end} at a share of {share}"
        got = numbers(answer(episodes, start, end, share), (episodes,), "there is one epsilon an episode of the run")
        mistakes = {
            "nothing stops the decay: the end is a floor": start * factor**n,
            "epsilon falls before the first episode: decay after an episode, not before": start * factor ** (n + 1),
            "the factor is the original's, 1 + ln(end) / steps": start * (1 + np.log(end) / steps) ** n,
            "the start is left out of the factor": start * end ** (n / steps),
            "the share is left out of the factor": start * (end / start) ** (n / episodes),
            "epsilon falls along a straight line: each episode multiplies epsilon by the factor": start
            - (start - end) * n / steps,
        }
        hint = "start * factor ** n = end, with n = share * episodes: solve for the factor"
        right = np.maximum(end, start * factor**n)
        floored = {name: np.maximum(end, fall) if "floor" not in name else fall for name, fall in mistakes.items()}
        refuse(got, {name: fall for name, fall in floored.items() if not np.allclose(fall, right)}, hint)
        why = f"epsilon reaches the end at episode {steps:.0f} and stays there, by the same factor each time, {case}"
        expect(got, right, why, hint)
