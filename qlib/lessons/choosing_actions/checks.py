"""Checks of lesson 03: choosing actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qlib.lessons.check import exercise, expect, numbers, require

VALUES = ([1.0, 3.0, 2.0], [-1.0, -4.0, -2.0], [0.5, 0.25, 0.75])  # each of three actions is the best once


class _ZeroGenerator(np.random.Generator):
    """A generator whose random() is 0.0, the lowest number that the real one can give."""

    def random(self, *args, **kwargs):
        return 0.0


@exercise("3.1 Epsilon-greedy")
def epsilon_greedy(answer: Callable[[np.ndarray, float, np.random.Generator], int]) -> None:
    """Check `answer(q_values, epsilon, rng)`: values of shape (A,), the action as a whole number."""
    rng = np.random.default_rng(3)
    for values in VALUES:
        expect(
            answer(np.array(values), 0.0, rng),
            int(np.argmax(values)),
            "with epsilon 0 the action with the highest value is chosen, and the action is returned, not its value",
            "np.argmax gives the place of the highest value, np.max the value itself",
        )
    best = int(np.argmax(VALUES[0]))
    expect(
        [answer(np.array(VALUES[0]), 0.0, _ZeroGenerator(np.random.PCG64(seed))) for seed in range(12)],
        [best] * 12,
        "rng.random() can be exactly 0.0, and even then epsilon 0 must mean never",
        "compare with <, not with <=",
    )
    draws = [_action(answer(np.array(VALUES[0]), 1.0, rng)) for _ in range(3_000)]
    counts = np.bincount(draws, minlength=3)
    require(
        len(counts) == 3 and bool(np.all(np.abs(counts - 1_000) < 130)),
        "about 1,000 of each of the 3 actions in 3,000 choices with epsilon 1",
        counts,
        "a random action is drawn from all the actions, the best one too",
        "rng.integers(len(q_values)) gives 0, 1, ... with equal chance",
    )
    of_two = {_action(answer(np.array([1.0, 0.5]), 1.0, rng)) for _ in range(200)}
    require(
        of_two <= {0, 1},
        "only the actions 0 and 1 if there are two values",
        sorted(of_two),
        "there are as many actions as values",
        "len(q_values), not a fixed number",
    )
    share = sum(_action(answer(np.array(VALUES[0]), 0.3, rng)) == best for _ in range(3_000)) / 3_000
    require(
        abs(share - 0.8) < 0.035,
        "the best action in about 0.80 of the choices with epsilon 0.3 and 3 actions",
        share,
        "the best action comes with chance 1 - epsilon, plus its part of the random choices, epsilon / 3",
        "draw once from rng, and act randomly if that number is below epsilon",
    )
    same = [[answer(np.array(VALUES[0]), 0.5, np.random.default_rng(seed)) for seed in range(40)] for _ in range(2)]
    expect(same[0], same[1], "the same generator gives the same actions", "draw from rng, not from np.random or random")


@exercise("3.2 Breaking ties")
def random_argmax(answer: Callable[[np.ndarray, np.random.Generator], int]) -> None:
    """Check `answer(q_values, rng)`: one of the best actions, each equally likely."""
    rng = np.random.default_rng(3)
    for values in VALUES:
        expect(answer(np.array(values), rng), int(np.argmax(values)), "a single best action is always chosen")
    for values, best in (([2.0, 2.0, 2.0], [0, 1, 2]), ([1.0, 5.0, 5.0], [1, 2]), ([-1.0, -3.0, -1.0], [0, 2])):
        draws = [_action(answer(np.array(values), rng)) for _ in range(1_200)]
        require(
            set(draws) <= set(best),
            f"only the actions {best} for the values {values}",
            sorted(set(draws)),
            "a tie is broken among the best actions only, and the action is returned, not its place among the tied",
            "np.flatnonzero(q_values == q_values.max()) lists the best actions; return one of that list",
        )
        counts = np.bincount(draws, minlength=3)[best]
        require(
            bool(np.all(np.abs(counts - 1_200 / len(best)) < 100)),
            f"each of the actions {best} about {1_200 // len(best)} times in 1,200 choices for the values {values}",
            counts,
            "tied actions are equally likely",
            "rng.choice(best) draws one of a list",
        )
    nearly = [_action(answer(np.array([1.0, 0.9999, 0.0]), rng)) for _ in range(200)]
    expect(
        nearly, [0] * 200, "nearly equal is no tie: only the highest value is the best", "q_values == q_values.max()"
    )
    same = [[_action(answer(np.ones(4), np.random.default_rng(seed))) for seed in range(20)] for _ in range(2)]
    expect(same[0], same[1], "the same generator gives the same actions", "draw from rng, not from np.random or random")


@exercise("3.3 A decay with a floor")
def decay(answer: Callable[[int, float, float, float], Sequence[float]]) -> None:
    """Check `answer(episodes, start, end, share)`: epsilon of each episode, shape (episodes,)."""
    for episodes, start, end, share in ((100, 1.0, 0.05, 0.6), (50, 0.5, 0.1, 0.4)):
        got = numbers(answer(episodes, start, end, share), (episodes,), "there is one epsilon an episode of the run")
        case = f"with {episodes} episodes from {start} to {end} at a share of {share}"
        expect(
            got[0], start, f"the first episode is played with the start, {case}", "decay after an episode, not before"
        )
        require(
            bool(got.min() >= end - 1e-9),
            f"nothing below {end}",
            got.min(),
            f"the end is a floor, {case}",
            "take the maximum of the decayed epsilon and the end",
        )
        there = round(share * episodes)
        factor = (end / start) ** (1 / (share * episodes))
        expect(
            got[1] / got[0],
            factor,
            f"each episode multiplies epsilon by the factor that leads from start to end in {there} steps, {case}",
            "start * factor ** n = end, with n = share * episodes: solve for the factor",
        )
        expect(
            got,
            np.maximum(end, start * factor ** np.arange(episodes)),
            f"epsilon reaches the end at episode {there} and stays there, {case}",
            "the same factor after each episode, then the floor",
        )


def _action(got: Any) -> int:
    number = float(numbers(got, (), "an action is one number"))
    require(number.is_integer() and number >= 0, "the number of an action", got, "actions are counted from 0")
    return int(number)
