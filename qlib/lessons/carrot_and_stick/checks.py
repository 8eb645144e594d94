"""The checks of lesson 10: a table of falls, a stick too heavy, a reward with faults, and a claim.

That of 10.3 is in `trip_check`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from qlib.lessons.carrot_and_stick.trip_check import tempts
from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, numbers, require
from qlib.lessons.judge import judge_sentences, letters, refuse, refuse_faults

__all__ = ["border_stick", "fall_table", "mended_reward", "tempts", "what_it_shows"]

_ROWS = [(cut, stick) for cut in (True, False) for stick in (None, -10.0)]  # of 10.1's table, A to D
_COLUMNS = (0.5, 0.9)
_WORSE = "ABD"  # the rows in which a fall looks worse than standing


def _fall(cut: bool, stick: float | None, gamma: float, faults: Iterable[str] = ()) -> float:
    reward = 1.0 if stick is None else stick + ("added" in faults)
    ceiling = gamma / (1 - gamma) if "ceiling" in faults else 1 / (1 - gamma)
    later = ceiling if "gamma" in faults else gamma * ceiling
    looks_ahead = "ahead" in faults if cut else "cut" not in faults
    return reward + later * looks_ahead


_FALL_FAULTS = {
    "ahead": "with the cut nothing follows: the target of a fall is its reward",
    "cut": "without the cut the target looks ahead, through the fall",
    "added": "the stick replaces the reward of 1, and is not added to it",
    "gamma": "what follows is not discounted",
    "ceiling": "the ceiling is 1 / (1 - gamma): 2 and 10",
}


@exercise("10.1 What a fall is worth")
def fall_table(answer: Callable) -> None:
    """Check a function without arguments that returns 10.1's table, shape (4, 2), and the letters of some rows."""
    got = answered(answer())
    both = isinstance(got, (tuple, list)) and len(got) == 2
    require(both, "the table, and letters", got, "two things are asked for", 'return [[..., ...], ...], "..."')
    layout = "four rows of two numbers: gamma 0.5, then gamma 0.9"
    table = numbers(got[0], (4, 2), layout, "[[..., ...], [..., ...], [..., ...], [..., ...]]")

    def gives_these(some: Iterable[str]) -> bool:
        wrong = [[_fall(*row, gamma, some) for gamma in _COLUMNS] for row in _ROWS]
        return np.allclose(table, wrong, rtol=0, atol=1e-3)

    if not gives_these(()):  # two faults may make up for each other
        refuse_faults(gives_these, _FALL_FAULTS, "The numbers")
    for (cut, stick), came in zip(_ROWS, table, strict=True):
        name = f"{'with' if cut else 'without'} the cut, {'no stick' if stick is None else 'a stick of -10'}"
        rule = "the reward of the fall, and nothing more" if cut else "the reward, and gamma times the ceiling"
        for gamma, one in zip(_COLUMNS, came, strict=True):
            right = _fall(cut, stick, gamma)
            require(
                abs(one - right) < 1e-3, "another number", one, f"{name}, gamma {gamma}: {rule}", "ceiling 2 and 10"
            )
    _demand_worse(answered(got[1]))


def _demand_worse(got: Any) -> None:
    """Raise a Mistake unless these are the letters of the rows in which a fall looks worse than standing."""
    said = letters(got)
    form = "letters out of ABCD, as a text"
    require(said is not None and said <= set("ABCD"), form, got, "they name the rows where a fall looks worse")
    came, hint = "".join(sorted(said or ())), "lay each row of your table beside 2 and 10"
    for letter in sorted(set(came) - set(_WORSE)):
        why = f"row {letter}: standing is worth 2 at gamma 0.5 and 10 at gamma 0.9, and is a fall worth less there?"
        require(False, "only rows in which a fall is worth less", came, why, hint)
    why = "a row is missing in which both numbers lie below what standing is worth"
    require(came == _WORSE, "every row in which a fall is worth less", came or "none", why, hint)


def _border(limit: int, gamma: float) -> float:
    room = 1 / limit - (1 - gamma)
    return -(1 - 1 / limit) / room if room > 1e-12 else -math.inf


def _border_cases() -> list[tuple[int, float]]:
    rng = np.random.default_rng(10)
    fixed = [(20, 0.99), (50, 0.99), (500, 0.99), (4, 0.8), (10, 0.8), (2, 0.5), (4, 0.75), (2, 0.0), (2, 0.9)]
    fixed += [(19, 0.95), (60, 0.99), (99, 0.99)]  # little room is room
    drawn = [(int(rng.integers(2, 60)), float(rng.choice([0.6, 0.9, 0.95, 0.97, 0.995]))) for _ in range(20)]
    return fixed + [case for case in drawn if abs(1 / case[0] - 1 + case[1]) > 1e-3]


_BORDER_FAULTS: dict[str, Callable[[int, float], float]] = {
    "it is not asked whether such a stick exists: where 1 / limit is at most 1 - gamma, the answer is -inf": (
        lambda limit, gamma: _divided(-(1 - 1 / limit), 1 / limit - (1 - gamma))
    ),
    "the stick is added to the last reward: it replaces it": (
        lambda limit, gamma: _only(-_divided(1, 1 / limit - (1 - gamma)))
    ),
    "a step of balancing is compared with 0, not with the fall": lambda limit, gamma: 1.0 - limit,
    "the sign is lost: a stick is below 0": lambda limit, gamma: -_border(limit, gamma),
    "infinity has the wrong sign: no stick is heavy enough, so the border is at -inf": (
        lambda limit, gamma: abs(_border(limit, gamma)) if math.isinf(_border(limit, gamma)) else _border(limit, gamma)
    ),
    "gamma stands where 1 - gamma belongs": lambda limit, gamma: _only(-_divided(1 - 1 / limit, 1 / limit - gamma)),
    "no stick is ever said to be heavy enough: at a limit of 20 and gamma 0.99 one is": lambda limit, gamma: -math.inf,
}


def _divided(a: float, b: float) -> float:
    return a / b if abs(b) > 1e-12 else -math.inf


def _only(stick: float) -> float:
    return stick if stick < 0 else -math.inf


@exercise("10.2 A stick too heavy")
def border_stick(answer: Callable) -> None:
    """Check a function of a limit and gamma that gives the stick below which falling at once is worth more."""
    cases = _border_cases()
    came = np.array([float(numbers(answer(*case), (), "a stick is one number")) for case in cases])
    mistakes = {fault: [give(*case) for case in cases] for fault, give in _BORDER_FAULTS.items()}
    refuse(came, mistakes, "set (1 + (stick - 1) / limit) / (1 - gamma) equal to the stick, and solve for the stick")
    for (limit, gamma), one in zip(cases, came, strict=True):
        right = _border(limit, gamma)
        why = f"limit {limit}, gamma {gamma:g}: there both are worth the same"
        if math.isinf(right):
            why = f"limit {limit}, gamma {gamma:g}: a heavier stick costs balancing no more than it costs the fall"
        expect(one, right, why, "each reward of 1 but the last, which is the stick; shared by the limit", 1e-3)


def _whole(reward, terminated, truncated, stick, potential, next_potential, gamma, faults: Iterable[str] = ()) -> float:
    punished = terminated or (truncated and "limit" in faults)
    if terminated and truncated and "both" in faults:
        punished = False
    if punished:
        reward = reward + stick if "added" in faults else stick
    if (terminated and "end" not in faults) or (truncated and "cut" in faults):
        next_potential = 0.0
    later = next_potential if "gamma" in faults else gamma * next_potential
    extra = potential - later if "sign" in faults else later - potential
    return reward + (0.0 if punished and "bare" in faults else extra)


_FAULTS = {
    "limit": "reaching the time limit is punished",
    "end": "the potential of a terminal state is counted: it is 0",
    "gamma": "the next potential is not discounted",
    "cut": "the potential is cut at the time limit too, where the pole still stands",
    "added": "the stick is added to the reward: it replaces it",
    "sign": "the sign is the wrong way round: it is later minus now",
    "bare": "a punished step is not shaped: the potential where it began is to be taken off",
    "both": "a fall in the very step that reaches the limit is not punished",
}


@exercise("10.4 Find the faults")
def mended_reward(answer: Callable) -> None:
    """Check a function of reward, terminated, truncated, stick, potential, next_potential and gamma."""
    rng = np.random.default_rng(10)
    flags = list(itertools.product((False, True), repeat=2))
    fixed = [(1.0, *both, stick, -2.0, -1.0, 0.9) for both in flags for stick in (-10.0, 0.0)]
    drawn = [
        (*rng.normal(size=1).round(2).tolist(), *both, *rng.normal(size=3).round(2).tolist(), float(gamma))
        for both in flags
        for gamma in (0.0, 0.5, 0.99, 1.0)
    ]
    cases: list[tuple[Any, ...]] = [*fixed, *drawn]
    came = np.array([float(numbers(answer(*case), (), "a reward is one number")) for case in cases])

    def gives_these(some: Iterable[str]) -> bool:
        return np.allclose(came, [_whole(*(*case, some)) for case in cases], rtol=0, atol=1e-6)

    refuse_faults(gives_these, _FAULTS, "The numbers")
    names = {
        (False, False): "an ordinary step",
        (True, False): "a fall",
        (False, True): "a step that reaches the time limit",
        (True, True): "a fall in the very step that reaches the limit",
    }
    arguments = "reward, terminated, truncated, stick, potential, next_potential, gamma"
    for one, case in zip(came, cases, strict=True):
        expect(one, _whole(*case), f"{names[case[1:3]]} pays this", hint=f"{arguments} were {case}")


_SENTENCES = {  # whether the table supports it, and what to say of a wrong choice
    "A": (True, "look at the row gamma 0.95, stick -10, on all 128 seeds and on those held out"),
    "B": (False, "B: an interval that holds 0 does not say that nothing changes; it also holds other numbers"),
    "C": (True, "look at the row gamma 0.8, stick -100, on all 128 seeds and on those held out"),
    "D": (False, "D says too much: one task, one learner, three gammas and 2,000 steps were measured"),
    "E": (False, "E: both are above no stick, but between the two no difference is shown"),
}


@exercise("10.5 What the table shows")
def what_it_shows(answer: Callable) -> None:
    """Check a function without arguments that returns the letters of the sentences that the table supports."""
    judge_sentences(answer(), _SENTENCES)
