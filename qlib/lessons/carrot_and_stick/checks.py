"""The checks of lesson 10: a table of falls, a stick too heavy, a round trip, a reward with faults, and a claim."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, numbers, require
from qlib.lessons.judge import judge_sentences, refuse, refuse_faults

_ROWS = [(cut, stick) for cut in (True, False) for stick in (None, -10.0)]  # of 10.1's table
_COLUMNS = (0.5, 0.9)


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
    """Check a function without arguments that returns 10.1's table, shape (4, 2)."""
    layout = "four rows of two numbers: gamma 0.5, then gamma 0.9"
    table = numbers(answered(answer()), (4, 2), layout, "[[..., ...], [..., ...], [..., ...], [..., ...]]")

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


def _border(limit: int, gamma: float) -> float:
    room = 1 / limit - (1 - gamma)
    return -(1 - 1 / limit) / room if room > 1e-12 else -math.inf


def _border_cases() -> list[tuple[int, float]]:
    rng = np.random.default_rng(10)
    fixed = [(20, 0.99), (50, 0.99), (500, 0.99), (4, 0.8), (10, 0.8), (2, 0.5), (4, 0.75), (2, 0.0), (2, 0.9)]
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


@exercise("10.3 What a round trip pays")
def loop_gain(answer: Callable) -> None:
    """Check a function of bonuses (n,) along a round trip and gamma that gives their discounted sum."""
    rng = np.random.default_rng(10)
    cases = [(np.array([1.0, -2.0, 8.0]), 0.5), (np.array([2.0, -2.0]), 1.0), (np.array([3.0, 4.0]), 0.0)]
    cases += [(rng.normal(size=n).round(2), float(rng.choice([0.8, 0.9, 0.99]))) for n in (1, 2, 3, 4, 7, 20, 150)]
    faults: dict[str, Callable[[np.ndarray, float], float]] = {
        "nothing is discounted": lambda b, g: b.sum(),
        "the first bonus is discounted already": lambda b, g: g * _discounted(b, g),
        "the mean is given, not the sum": lambda b, g: _discounted(b, g) / len(b),
        "the plain mean is given": lambda b, g: b.mean(),
        "only what is paid counts, not what is charged": lambda b, g: _discounted(b.clip(0), g),
        "what is charged counts as if it were paid": lambda b, g: _discounted(np.abs(b), g),
        "the discount runs backwards": lambda b, g: _discounted(b[::-1], g),
        "the last bonus is left out": lambda b, g: _discounted(b[:-1], g),
        "the first bonus is left out": lambda b, g: g * _discounted(b[1:], g),
        "each bonus after the first is discounted once only": lambda b, g: b[0] + g * b[1:].sum(),
        "the discount is the inverse of gamma's power": lambda b, g: sum(
            bonus / max(g, 1e-9) ** k for k, bonus in enumerate(b)
        ),
    }
    came = np.array(
        [float(numbers(answer(b.copy(), gamma), (), "what a trip pays is one number")) for b, gamma in cases]
    )
    refuse(
        came,
        {fault: [give(*case) for case in cases] for fault, give in faults.items()},
        "bonus k counts gamma**k times",
    )
    for (bonuses, gamma), one in zip(cases, came, strict=True):
        why = f"a trip of {len(bonuses)} steps at gamma {gamma:g}, its bonuses {np.array2string(bonuses, threshold=8)}"
        expect(one, _discounted(bonuses, gamma), why, "the first bonus is worth 1, the next gamma, then gamma²")


def _discounted(bonuses: np.ndarray, gamma: float) -> float:
    return float(np.sum(gamma ** np.arange(len(bonuses)) * bonuses))


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
