"""The checks of lesson 01: a table by pencil, gamma for a horizon, one update, broken tables, and what was shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import Mistake, answered, numbers, require
from qlib.lessons.judge import judge_cases

_ROOMS, _DOORS = ("L", "M"), ("left", "right")
_CORRIDOR = np.array([[3.0, 2.0], [1.5, 4.0]])


@exercise("1.1 A table by pencil")
def corridor(answer: Callable) -> None:
    """Check a function that returns the corridor's four values for gamma 0.5: rows L and M, columns left and right."""
    faults: dict[str, Any] = {
        "nothing is discounted": [[3, 4], [4, 4]],
        "only this step's reward is counted": [[3, 0], [0, 4]],
        "the reward of the step itself is discounted as well": [[1.5, 1], [0.75, 2]],
        "after M, left the agent goes right again, though left is better in L": [[3, 2], [1, 4]],
        "what follows is averaged over the actions, where the best one counts": [[3, 19 / 15], [16 / 15, 4]],
        "rows and columns have changed places": _CORRIDOR.T,
        "left and right have changed places": _CORRIDOR[:, ::-1],
        "L and M have changed places": _CORRIDOR[::-1],
    }
    got = numbers(answer(), (2, 2), "a row for L and one for M, and in each a number for left and one for right")
    for fault, outcome in faults.items():
        if np.allclose(got, outcome, atol=6e-3):
            raise Mistake(Because=f"this is what comes when {fault}", Hint="begin with the two that end the episode")
    for place in zip(*np.nonzero(~np.isclose(got, _CORRIDOR, atol=1e-5)), strict=True):
        name = f"({_ROOMS[place[0]]}, {_DOORS[place[1]]})"
        rule = "the reward of the step, and 0.5 times the best that the next room offers; nothing follows an end"
        raise Mistake(f"not yet. Look again at {name}:", Came=f"{got[place]:g}", Because=f"it is worth {rule}")


@exercise("1.2 A gamma for a horizon")
def gamma_for(answer: Callable) -> None:
    """Check a function of a horizon in steps that returns the discount that has it."""
    horizons = np.round(np.random.default_rng(1).uniform(1.5, 400, 12), 1)
    cases = [(float(horizon),) for horizon in [5, 2, 50, 1.2, 2_500, *horizons]]
    faults = {
        "the horizon is turned over, and not taken from 1": lambda h: 1 / h,
        "the equation is solved for the horizon, not for gamma": lambda h: 1 / (1 - h),
        "the horizon is counted from the next step": lambda h: h / (h + 1),
        "a reward at the horizon shall count half": lambda h: 0.5 ** (1 / h),
        "a reward at the horizon shall count 1/e exactly": lambda h: np.exp(-1 / h),
        "it is given in percent": lambda h: 100 * (1 - 1 / h),
        "it is the other way round: what is lost, not what is left": lambda h: 1 - (1 - 1 / h) ** h,
        "one gamma shall do for every horizon": lambda h: 0.8,
    }
    has = [(horizon, _horizon(answer(horizon))) for (horizon,) in cases]
    why = "the horizon of a gamma is 1 / (1 − gamma)"
    judge_cases(answer, cases, lambda h: 1 - 1 / h, faults, lambda h: f"{why}, and {h:g} is asked for", _said(has))


def _horizon(gamma: Any) -> float:
    value = float(numbers(gamma, (), "gamma is one number").item())
    return np.inf if value == 1 else 1 / (1 - value)


def _said(has: Sequence[tuple[float, float]]) -> str:
    wanted, got = next(((w, g) for w, g in has if not np.isclose(w, g, rtol=1e-4)), has[0])
    return f"your gamma for {wanted:g} steps has a horizon of {got:.4g}" if got > 0 else "a gamma is between 0 and 1"


@exercise("1.3 One update of a table")
def table_update(answer: Callable) -> None:
    """Check a function of a table, a transition, a rate and gamma that returns the table after one update."""
    faults = {
        "nothing is cut: a transition that terminated still looks ahead": {"cut": lambda end: 1},
        "the cut is the wrong way round": {"cut": lambda end: int(end)},
        "the best value of the state that was left is taken, not of the next one": {"there": lambda s, n: s},
        "the mean over the actions is taken, not the highest value": {"best": lambda row, a: row.mean()},
        "argmax gives the best action's number, not its value": {"best": lambda row, a: row.argmax()},
        "the lowest value is taken": {"best": lambda row, a: row.min()},
        "the value of the same action is taken, not the highest": {"best": lambda row, a: row[a]},
        "the step is the whole way: the rate is missing": {"step": lambda old, y, rate: y},
        "the rate is applied to the old value, and what is left to what was seen": {
            "step": lambda old, y, rate: rate * old + (1 - rate) * y
        },
        "the step goes the wrong way": {"step": lambda old, y, rate: old - rate * (y - old)},
        "what was seen is added, and the old value not taken off": {"step": lambda old, y, rate: old + rate * y},
        "the old value is thrown away, and only a part of what was seen is left": {
            "step": lambda old, y, rate: rate * y
        },
        "the discount is missing": {"discount": lambda gamma: 1.0},
        "the reward is discounted too": {"pays": lambda r, gamma, end: gamma * r},
        "the reward is missing": {"pays": lambda r, gamma, end: 0.0},
        "the reward of a transition that terminated is cut as well": {"pays": lambda r, gamma, end: r * (not end)},
        "all actions of the state are moved": {"every": True},
        "the table comes back as it was": {"step": lambda old, y, rate: old},
    }
    others = {fault: lambda *case, how=how: _updated(*case, **how) for fault, how in faults.items()}
    why = "one number moves: by the rate times what was seen less what was thought"
    judge_cases(
        answer,
        _steps(),
        _updated,
        others,
        lambda *case: why,
        "saw = reward + gamma · max(table[next_s]), cut at an end",
    )


def _steps() -> list[tuple]:
    """Draw tables of several sizes and transitions in them: both ends, ties, no reward, a state that follows itself."""
    rng, cases = np.random.default_rng(2), []
    for states, actions in ((2, 2), (2, 2), (3, 2), (5, 4), (4, 3), (7, 2), (3, 3), (6, 5)):
        for terminated in (False, True):
            table = rng.normal(0, 5, (states, actions)).round(2)
            s, next_s, a = int(rng.integers(states)), int(rng.integers(states)), int(rng.integers(actions))
            reward, rate, gamma = (round(rng.uniform(*limits), 2) for limits in ((-5, 5), (0.05, 1), (0.1, 0.99)))
            cases.append((table, s, a, reward, next_s, terminated, rate, gamma))
    tie, same = np.full((3, 2), 4.0), rng.normal(0, 5, (3, 2)).round(2)
    cases += [(tie, 0, 1, 1.0, 2, False, 0.5, 0.9), (same, 1, 0, 2.0, 1, False, 0.3, 0.8)]
    return [*cases, *((same, 0, 1, 0.0, 2, terminated, 0.5, 0.9) for terminated in (False, True))]


def _updated(table, s, a, reward, next_s, terminated, rate, gamma, every=False, **how):
    """Make one update; `how` puts another rule in the place of one of its own."""
    rule = {
        "cut": lambda end: int(not end),
        "there": lambda s, n: n,
        "best": lambda row, a: row.max(),
        "step": lambda old, y, rate: old + rate * (y - old),
        "discount": lambda gamma: gamma,
        "pays": lambda r, gamma, end: r,
    } | how
    best = rule["best"](table[rule["there"](s, next_s)], a)
    y = rule["pays"](reward, gamma, terminated) + rule["discount"](gamma) * rule["cut"](terminated) * best
    new = table.copy()
    for action in range(table.shape[1]) if every else [a]:
        new[s, action] = rule["step"](table[s, action], y, rate)
    return new


_FAULTS = ("rate too high", "rate too low", "no terminal cut", "nothing but the reward", "reward left out")
_SHOWS = {
    "left": ("rate too high", "the values swing further and further: each step lands beyond what was seen"),
    "middle": ("no terminal cut", "Q(B, go) pays 2 and ends, and yet it climbs past 15, and the others after it"),
    "right": ("nothing but the reward", "each value settles exactly at the reward of its own step"),
}


@exercise("1.4 Three broken tables")
def broken(answer: Callable) -> None:
    """Check a function that returns a dictionary: for "left", "middle" and "right" the name of a fault."""
    said = answered(answer())
    kind = 'a dictionary such as {"left": "rate too low", ...} with the keys left, middle and right'
    whole = isinstance(said, dict) and set(said) == set(_SHOWS) and all(isinstance(v, str) for v in said.values())
    require(whole, kind, said, "there is one fault for each panel")
    for place, (fault, evidence) in _SHOWS.items():
        name = said[place].strip().lower()
        require(name in _FAULTS, " or ".join(_FAULTS), said[place], "these are the names of the faults")
        if name != fault:
            raise Mistake(f"not yet. Not {name!r} in the {place} panel:", Because=evidence)


_CLAIMS = {
    "a": "it over-claims: five ways to cut were tried, with one rate, one gamma and one length of training",
    "c": "nothing of the kind was measured: no network was trained in this lesson",
    "d": "a mean says nothing of each one: look at the thin lines, and count those that end below 475",
}


@exercise("1.5 What was shown")
def what_was_shown(answer: Callable) -> None:
    """Check a function that returns the letter of the sentence that was shown."""
    said = answered(answer())
    letter = said.strip().lower() if isinstance(said, str) else said
    known = isinstance(letter, str) and letter in ("a", "b", "c", "d")
    require(known, 'a letter, "a", "b", "c" or "d"', said, "it stands before its sentence")
    if letter != "b":
        raise Mistake(f"not yet. Not {letter!r}:", Because=_CLAIMS[letter])
