"""Checks of lesson 07: full training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, numbers, require
from qlib.lessons.full_training.incomplete import AGENTS, LOSES
from qlib.lessons.full_training.loops import HINTS, LOOPS
from qlib.lessons.judge import judge


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


@exercise("7.2 One line is wrong")
def wrong_lines(answer: Callable) -> None:
    """Check a function without arguments that returns the wrong line's number of each of the four loops, a dict."""
    said: Any = answered(answer())
    is_dict = isinstance(said, dict) and set(said) == set(LOOPS)
    require(is_dict, "a dict with the keys A, B, C and D", said, "one line for each loop", '{"A": 1, ...}')
    named = {}
    for name, line in said.items():
        number, last = float(numbers(line, (), f"the line of {name} is one number")), len(LOOPS[name])
        require(number in range(1, last + 1), f"a whole number from 1 to {last}", line, f"{name} has {last} lines")
        named[name] = int(number)
    for name, lines in LOOPS.items():
        right = lines[named[name] - 1].right
        require(not right, "another line", f"{name}: {named[name]}", right, HINTS[name])


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
