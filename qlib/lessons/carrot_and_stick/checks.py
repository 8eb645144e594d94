"""The checks of lesson 10: a punished fall, a potential's reward, a loop's gain, and rewards with faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from qlib.lessons.check import exercise, expect, numbers, refuse, refuse_faults


@exercise("10.1 The value before a punished fall")
def punished_value(answer: Callable) -> None:
    """Check a function of gamma, steps and stick: rewards of 1, the last of which is replaced by the stick."""
    gamma, steps, stick = 0.5, 3, -10.0
    mistakes = {
        "the stick is added to the last reward: it replaces it": 1 + 0.5 + 0.25 * (1 - 10),
        "the stick comes one step later than the last reward": 1 + 0.5 + 0.25 + 0.125 * -10,
        "the stick is not discounted": 1 + 0.5 - 10,
        "the stick is left out": 1 + 0.5,
        "there is no stick": 1 + 0.5 + 0.25,
        "each reward is replaced": -10 * (1 + 0.5 + 0.25),
    }
    refuse(answer(gamma, steps, stick), mistakes, "three rewards: 1, then 1, then the stick")
    expect(answer(gamma, steps, stick), -1.0, "the rewards are 1, 1 and -10: 1 + 0.5 + 0.25 · (-10)")
    expect(answer(0.9, 1, -100.0), -100.0, "on the last step there is nothing but the stick")
    expect(answer(0.0, 2, -5.0), 1.0, "with gamma 0 only this step's reward counts")


def _reward(reward, potential, next_potential, terminated, gamma, faults: Iterable[str] = ()) -> float:
    if terminated and "end" not in faults:
        next_potential = 0.0
    later = next_potential if "gamma" in faults else gamma * next_potential
    extra = later - potential
    if "sign" in faults:
        extra = -extra
    if "progress" in faults:
        extra = max(0.0, extra)
    return extra if "reward" in faults else reward + extra


_SHAPING_FAULTS = {
    "end": "the potential of a terminal state is counted: it is 0",
    "gamma": "the next potential is not discounted",
    "sign": "the sign is the wrong way round: it is later minus now",
    "progress": "only progress is paid, and going back costs nothing",
    "reward": "the environment's own reward is lost",
}
_SHAPING_CASES = [  # reward, potential, next_potential, terminated, gamma
    (1.0, -2.0, -1.0, False, 0.9),
    (1.0, -1.0, -3.0, False, 0.9),
    (-1.0, -4.0, -2.0, True, 0.5),
    (2.0, 3.0, 5.0, False, 1.0),
]


@exercise("10.2 A reward that is shaped by a potential")
def shaped_reward(answer: Callable) -> None:
    """Check a function of reward, potential, next_potential, terminated and gamma that gives the shaped reward."""
    got = [answer(*case) for case in _SHAPING_CASES]
    _name_faults(got, _SHAPING_CASES, _reward, _SHAPING_FAULTS)
    for value, case in zip(got, _SHAPING_CASES, strict=True):
        why = "the shaped reward is r + gamma · Φ(s') − Φ(s), and Φ(s') = 0 where the episode terminated"
        expect(value, _reward(*case), why, hint=f"reward, potential, next potential, terminated, gamma: {case}")


@exercise("10.3 What a round trip pays")
def loop_gain(answer: Callable) -> None:
    """Check a function of bonuses (n,) along a round trip and gamma that gives their discounted sum."""
    bonuses, gamma = np.array([1.0, -2.0, 8.0]), 0.5
    mistakes = {
        "nothing is discounted": 7.0,
        "the first bonus is discounted already": 0.5 - 0.5 + 1.0,
        "the mean is given, not the sum": 7 / 3,
        "only what is paid counts, not what is charged": 1.0 + 2.0,
        "the discount runs backwards": 0.25 - 1.0 + 8.0,
    }
    got = answer(bonuses.copy(), gamma)
    refuse(got, mistakes, "1 · 1, then 0.5 · (-2), …")
    expect(got, 2.0, "1 + 0.5 · (-2) + 0.25 · 8", hint="the first bonus is worth 1, the next gamma, then gamma²")
    expect(answer(np.array([2.0, -2.0]), 1.0), 0.0, "with gamma 1 what is paid and what is charged cancel")
    expect(answer(np.array([0.0, 1.0]), 0.9), 0.9, "the first bonus of the trip is not discounted")


def _whole(reward, terminated, truncated, stick, potential, next_potential, gamma, faults: Iterable[str] = ()) -> float:
    if terminated or (truncated and "limit" in faults):
        reward = stick
    if terminated and "end" not in faults:
        next_potential = 0.0
    if truncated and "cut" in faults:
        next_potential = 0.0
    later = next_potential if "gamma" in faults else gamma * next_potential
    return reward + later - potential


_FAULTS = {
    "limit": "reaching the time limit is punished",
    "end": "the potential of a terminal state is counted: it is 0",
    "gamma": "the next potential is not discounted",
    "cut": "the potential is cut at the time limit too, where the pole still stands",
}
_CASES = [  # reward, terminated, truncated, stick, potential, next_potential, gamma
    (1.0, False, False, -10.0, -2.0, -1.0, 0.9),
    (1.0, True, False, -10.0, -3.0, -4.0, 0.9),
    (1.0, False, True, -10.0, -1.0, -2.0, 0.9),
    (0.5, False, False, -1.0, 2.0, 5.0, 0.5),
    (1.0, True, True, -10.0, -3.0, -4.0, 0.9),
]


@exercise("10.4 Find the faults")
def mended_reward(answer: Callable) -> None:
    """Check a function of reward, terminated, truncated, stick, potential, next_potential and gamma."""
    got = [answer(*case) for case in _CASES]
    _name_faults(got, _CASES, _whole, _FAULTS)
    names = (
        "an ordinary step",
        "a fall",
        "a step that reaches the time limit",
        "another ordinary step",
        "a fall in the very step that reaches the limit",
    )
    for value, case, name in zip(got, _CASES, names, strict=True):
        expect(value, _whole(*case), f"{name} pays this", hint=f"the arguments were {case}")


def _name_faults(got: list, cases: list[tuple], whole: Callable, faults: dict[str, str]) -> None:
    """Raise a Mistake that names the faults that give these numbers, if some of the known ones do."""
    came = [float(numbers(value, (), "a reward is one number")) for value in got]

    def gives_these(some: Iterable[str]) -> bool:
        return np.allclose(came, [whole(*case, some) for case in cases], rtol=0, atol=1e-6)

    refuse_faults(gives_these, faults, "The numbers")
