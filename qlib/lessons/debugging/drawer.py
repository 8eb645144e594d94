"""A drawer of agents: one is whole, each of the others has a fault that raises no error.

`agent(number)` gives a class; `guess(number, "...")` takes a guess from CHOICES and says what it was; `score()` counts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import qlib
from qlib.lessons.debugging.faults import FAULTS, SETTINGS
from qlib.show.said import Sentence

CHOICES = sorted(FAULTS.values())
"""What can be wrong."""
_ORDER = np.random.default_rng(1_000_003).permutation(len(FAULTS)).tolist()
NUMBERS = range(1, len(FAULTS) + 1)
_guessed: dict[int, str] = {}
_runs: dict[int, int] = {}
_classes: dict[int, type[qlib.QAgent]] = {}


def _kind(number: int) -> type[qlib.QAgent]:
    if number not in NUMBERS:
        raise ValueError(f"There is no agent {number!r}: the drawer holds numbers 1 to {NUMBERS[-1]}.")
    return list(FAULTS)[_ORDER[number - 1]]


def agent(number: int) -> Callable[..., qlib.QAgent]:
    """Return agent number 1 to 19 as a class, to be called with settings and a seed: a name gives nothing away."""
    return _disguised(_kind(number), number)


def make(number: int) -> Callable[[int], qlib.QAgent]:
    """Return a function from a seed to agent `number` with the drawer's settings; each call counts as a look."""

    def maker(seed: int) -> qlib.QAgent:
        return agent(number)(SETTINGS, seed)

    _runs[number] = _runs.get(number, 0) + 1
    return maker


def guess(number: int, fault: str) -> Sentence:
    """Take a guess, one of CHOICES, and say what is in the drawer; the first guess counts.

    Raises:
        ValueError: if there is no such number, or the fault is none of CHOICES.
    """
    truth = FAULTS[_kind(number)]
    if fault not in CHOICES:
        raise ValueError(f"{fault!r} is none of the choices. They are: {'; '.join(CHOICES)}.")
    _guessed.setdefault(number, fault)
    right = "Right" if fault == truth else "No"
    return Sentence(f"{right}: number {number}: {truth}. {score()}")


def score() -> Sentence:
    """Say how many were found, in how many runs; only first guesses count."""
    found = sum(FAULTS[_kind(number)] == fault for number, fault in _guessed.items())
    runs = sum(_runs.values())
    counted = f"You have found {found} of {len(_guessed)} guessed, of {len(FAULTS)} in the drawer, in {runs} runs."
    return Sentence(counted)


def _disguised(kind: type[qlib.QAgent], number: int) -> type[qlib.QAgent]:
    if number not in _classes:
        about = {"__module__": "drawer", "__qualname__": "Agent", "__doc__": f"Number {number}."}
        _classes[number] = type("Agent", (kind,), about)
    return _classes[number]
