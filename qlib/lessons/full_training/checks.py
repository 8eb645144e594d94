"""Checks of lesson 07: full training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, require
from qlib.lessons.full_training.incomplete import AGENTS, LOSES
from qlib.lessons.judge import judge
from qlib.show.picture import moving_mean as right_means


def _episodes() -> list[tuple[str, list, float]]:
    """Draw rewards of several lengths, with a gamma each: whole ones, one step, ones that pay nothing at the end."""
    rng = np.random.default_rng(7)

    def drawn(n: int) -> list[float]:
        return rng.normal(0, 3, n).round(2).tolist()

    return [
        ("whole rewards, gamma 0.5", [1, 2, 3, -10], 0.5),
        ("gamma 1", [1.0, 2.0, 3.0, -10.0], 1.0),
        ("one step", [7.0], 0.9),
        ("gamma 0: the reward alone counts", drawn(6), 0.0),
        ("nothing is paid at the end", [*drawn(4), 0.0, 0.0, 0.0], 0.8),
        ("equal rewards", [1.0] * 12, 0.9),
        ("60 steps", drawn(60), 0.99),
        ("9 steps", drawn(9), 0.3),
        ("two steps", drawn(2), 0.7),
    ]


@exercise("7.1 The whole return")
def returns(answer: Callable) -> None:
    """Check `answer(rewards, gamma)`: the return from each step of an episode on, shape (steps,)."""
    trials = []
    for words, rewards, gamma in _episodes():
        right = _returns(rewards, gamma)
        later = np.append(right[1:], 0.0)
        powers = gamma ** np.arange(len(rewards))
        mistakes = {
            "what came before is added up: a return adds up what follows, so walk backwards": (
                _returns(rewards[::-1], gamma)[::-1]
            ),
            "what came before is added up, and without gamma: walk backwards": np.cumsum(rewards),
            "the order is that of a walk backwards: turn it round at the end": right[::-1],
            "the reward of the step itself is left out: it belongs to its return": gamma * later,
            "each return is that of the step after: the reward of the step itself is left out": later,
            "the return of the first step is given to all: each step has its own": np.full(len(rewards), right[0]),
            "gamma is missing: multiply the return that follows by gamma": _returns(rewards, 1.0),
            "the reward of the step itself is discounted too: gamma discounts what follows": gamma * right,
            "the powers of gamma count from the start of the episode, not from each return's own step": powers * right,
            "each reward alone is discounted by its place, and nothing is added up": powers * rewards,
            "only the next reward is added: all that follow belong to a return": (
                np.array(rewards) + gamma * np.append(rewards[1:], 0.0)
            ),
            "only the reward of the step itself is given: all that follow belong to a return": rewards,
            "gamma multiplies once what follows, however late it comes": (
                np.array(rewards) + gamma * (_returns(rewards, 1.0) - rewards)
            ),
            "the returns are averaged over the steps that are left": right / np.arange(len(rewards), 0, -1),
            "the last reward is left out: its own return is it alone": np.append(_returns(rewards[:-1], gamma), 0.0),
            "the returns that follow are subtracted": _returns(rewards, -gamma),
        }
        trials.append((words, answer(list(rewards), gamma), right, mistakes))
    hint = "G_t = r_t + gamma · G_(t+1), and the last return is the last reward"
    judge(trials, "one return for each step: its own reward, plus gamma times the return after it", hint)


def _returns(rewards: Sequence[float], gamma: float) -> np.ndarray:
    found, following = np.zeros(len(rewards)), 0.0
    for t in range(len(rewards) - 1, -1, -1):
        found[t] = following = rewards[t] + gamma * following
    return found


def _rows() -> list[tuple[str, list, int]]:
    """Draw values of several lengths, with a window each: longer than the row, as long, of one value, whole ones."""
    rng = np.random.default_rng(70)
    sizes = [("window 3 of 8 values", 8, 3), ("a window longer than the row", 4, 10), ("a window of 1", 5, 1)]
    sizes += [("a window as long as the row", 6, 6), ("one value", 1, 3), ("window 20 of 70 values", 70, 20)]
    drawn = [(words, rng.normal(0, 30, n).round(1).tolist(), window) for words, n, window in sizes]
    return [("whole values, window 2", [10, 25, 60, -35, 0, 7], 2), *drawn]


@exercise("7.2 A moving mean that begins honestly")
def moving_mean(answer: Callable) -> None:
    """Check `answer(values, window)`: the mean of each value and those before it, shape (n,)."""
    trials = []
    for words, values, window in _rows():
        n = len(values)
        right, full = right_means(values, window), np.convolve(values, np.ones(window) / window)[:n]
        parts = [values[max(0, i + 1 - window) : i + 1] for i in range(n)]
        early = np.arange(n) + 1 < window
        first = right[min(window, n) - 1]
        ahead = [float(np.mean(values[i : i + window])) for i in range(n)]
        mistakes = {
            "the first means are zeros that nobody measured, as in the original's plot": np.where(early, 0.0, right),
            "the first means are too low: divide by the number of values that there are, not by the window": full,
            "the window looks ahead: a mean at an episode may only use it and those before it": ahead,
            "the window looks ahead, half of it: a mean may only use its episode and those before it": _centred(
                values, window
            ),
            "everything so far is averaged: forget what is older than the window": right_means(values, n),
            "the window is one value too short": right_means(values, max(1, window - 1)),
            "the window is one value too long": right_means(values, window + 1),
            "the first episodes are left out: average what there is for them": right[window - 1 :],
            "the first whole mean is repeated in front: average what there is": np.where(early, first, right),
            "the first values stand there as they came, without a mean": np.where(early, values, right),
            "the sum is given, not the mean": [float(np.sum(part)) for part in parts],
            "the median is given, not the mean": [float(np.median(part)) for part in parts],
            "the largest value is given, not the mean": [float(np.max(part)) for part in parts],
            "the order is turned round": right[::-1],
            "the episode itself is left out of its mean": [values[0], *right[:-1]],
            "nothing is averaged": values,
            "a part of the former mean is kept, which forgets slowly and never whole": _slow(values, window),
        }
        trials.append((words, answer(list(values), window), right, mistakes))
    hint = "values[max(0, i + 1 - window) : i + 1] are the values of the window that ends at i"
    judge(trials, "the mean at i is over values i - window + 1 to i, or over what there is at the start", hint)


def _centred(values: Sequence[float], window: int) -> np.ndarray:
    return np.convolve(values, np.ones(window) / window, mode="same")[: len(values)]


def _slow(values: Sequence[float], window: int) -> list[float]:
    means = [float(values[0])]
    for value in values[1:]:
        means.append(means[-1] + (value - means[-1]) / window)
    return means


_SIGNS = {
    "memory": "no transitions would be there",
    "optimiser": "the averages begin anew, so the first update would move each weight by nearly the learning rate",
    "epsilon": "epsilon would stand at 1 again",
    "random state": "transitions, epsilon and the size of an update are as before, and the episodes are others",
}


@exercise("7.3 What was not saved?")
def not_saved(answer: Callable) -> None:
    """Check a function without arguments that returns the missing part of each of the four files, a dict."""
    said: Any = answered(answer())
    example = '{"A": "memory", ...}'
    is_dict = isinstance(said, dict) and set(said) == set(AGENTS)
    require(is_dict, "a dict with the keys A, B, C and D", said, "one part for each file", example)
    named = {}
    for name, part in said.items():
        known = isinstance(part, str) and part.strip().lower() in LOSES
        require(known, f"one of {', '.join(LOSES)}", part, f"what {name}'s file lacks", "spell it as the text does")
        named[name] = part.strip().lower()
    for name, part in AGENTS.items():
        why = f"without it you would see this of {name}: {_SIGNS[named[name]]}"
        require(named[name] == part, "another part", named[name], why, "compare its row with the first one")
