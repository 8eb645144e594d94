"""The checks of lesson 15: a count by pencil, clocks, what one part must give, a picture, and a claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, numbers, require
from qlib.lessons.judge import judge, judge_sentences, refuse_faults
from qlib.lessons.why_so_slow.clock_checks import microseconds_per_update, typical_time

__all__ = [
    "CULPRITS",
    "broken_parts",
    "count_table",
    "microseconds_per_update",
    "needed_factor",
    "typical_time",
    "what_was_shown",
]

_PASSES = ("forward for s'", "forward for s", "gradient of the weights", "error passed down", "all")
_WIDTHS = (10, 100)


def _count(layers: Iterable[str], width: int, faults: Iterable[str] = ()) -> int:
    sizes = {"first": (4, width), "hidden": (width, width), "last": (width, 2)}
    if "halves" in faults:
        sizes["hidden"] = (width, 1)
    return sum(sizes[name][0] * sizes[name][1] + sizes[name][1] * ("biases" in faults) for name in layers)


def _table(faults: Iterable[str] = ()) -> np.ndarray:
    columns = []
    for width in _WIDTHS:
        layers = [name for name in ("first", "hidden", "last") if name not in faults]
        once = _count(layers, width, faults)
        below = _count([name for name in layers if name != "first" or "below" in faults], width, faults)
        column = [once, once, once, once if "same" in faults else below]
        used = [0, *column[1:]] if "target" in faults else column
        columns.append([*column, sum(used)])
    return np.transpose(columns)


_COUNT_FAULTS = {
    "biases": "biases are counted: they are added, and nothing is multiplied",
    "first": "the first layer is forgotten: 4 inputs, and one product for each input and unit",
    "last": "the last layer is forgotten: 2 outputs, and one product for each unit and output",
    "hidden": "the hidden layer is forgotten: each of its units has as many inputs as the layer has units",
    "halves": "the hidden layer has a product for each unit, but each unit has as many inputs as the layer has units",
    "below": "below the first layer are the observations, and nobody asks for their gradient",
    "target": "the sum leaves out the pass for s'",
}


@exercise("15.1 Count by pencil")
def count_table(answer: Callable) -> None:
    """Check a function without arguments that returns 15.1's table, shape (5, 2)."""
    layout = "five rows of two numbers: width 10, then width 100"
    table = numbers(answered(answer()), (5, 2), layout, "[[..., ...], [..., ...], ...], five pairs")
    if np.allclose(table, _table(), rtol=0, atol=0.5):
        return
    refuse_faults(lambda some: np.allclose(table, _table(some), rtol=0, atol=0.5), _COUNT_FAULTS, "The numbers")
    for name, came, right in zip(_PASSES, table, _table(), strict=True):
        rule = "the sum of the four rows above" if name == "all" else "inputs times outputs, added up over the layers"
        for width, one, wanted in zip(_WIDTHS, came, right, strict=True):
            require(abs(one - wanted) < 0.5, "another number", one, f"{name}, width {width}: {rule}")


def _needed(spent: Mapping[str, float], part: str, wanted: float) -> float:
    factor = _unasked(spent, part, wanted)
    return factor if factor > 0 else math.inf


def _unasked(spent: Mapping[str, float], part: str, wanted: float) -> float:
    left = sum(spent.values()) / wanted - (sum(spent.values()) - spent[part])
    return spent[part] / left if abs(left) > 1e-9 else math.inf


_NEED_FAULTS: dict[str, Callable[[Mapping[str, float], str, float], float]] = {
    "the part is made as much faster as the whole is to become: the others still take their time": lambda s, p, w: w,
    "it is asked how much faster the whole becomes, not how much faster the part must": (
        lambda s, p, w: sum(s.values()) / (sum(s.values()) - s[p] + s[p] / w)
    ),
    "it is not asked whether it can be done: the others alone may take too long, and then it is math.inf": _unasked,
    "the ratio is upside down: before / after": lambda s, p, w: 1 / _needed(s, p, w),
    "the time that the part may take is given, not a factor": lambda s, p, w: s[p] / _needed(s, p, w),
    "the time that must be saved is given, not a factor": lambda s, p, w: sum(s.values()) * (1 - 1 / w),
    "the share of the part is left out: all the time is counted as the part's": (
        lambda s, p, w: (
            sum(s.values()) / (sum(s.values()) / w - sum(s.values()) + s[p])
            if math.isfinite(_needed(s, p, w))
            else math.inf
        )
    ),
    "the limit is given: how much faster the whole is if the part takes no time": (
        lambda s, p, w: sum(s.values()) / (sum(s.values()) - s[p]) if sum(s.values()) > s[p] else math.inf
    ),
    "the whole before is taken as 1, but these are seconds": (
        lambda s, p, w: _only_if(s[p], 1 / w - (sum(s.values()) - s[p]))
    ),
    "nothing is ever said to be possible": lambda s, p, w: math.inf,
}


def _only_if(a: float, b: float) -> float:
    return a / b if b > 1e-9 else math.inf


@exercise("15.3 How much faster must it be?")
def needed_factor(answer: Callable) -> None:
    """Check a function of spent, part and wanted that gives the factor by which the part must become faster."""
    rng = np.random.default_rng(15)
    fixed = {"draw": 2.0, "forward": 3.0, "backward": 5.0}
    cases = [(fixed, "backward", 1.6), (fixed, "backward", 1.0), (fixed, "backward", 2.0), (fixed, "draw", 1.5)]
    cases += [({"all": 4.0}, "all", 8.0), ({"a": 3.0, "b": 0.0}, "a", 2.0), ({"a": 0.25, "b": 0.5}, "b", 2.5)]
    cases += [({"loss": 2.0, "loss.backward": 2.0, "draw": 4.0}, "loss", 1.2)]  # alike in time, and nearly in name
    cases += [({"a": 2e-5, "b": 1e-5}, "a", 1.5)]  # parts take microseconds
    for n in (2, 3, 4, 5, 6):
        for reach in (0.3, 0.7, 0.95, 1.3):  # of what the part can give at most
            spent = {f"part {i}": float(t) for i, t in enumerate(rng.uniform(0.1, 9, n).round(2))}
            part = str(rng.choice(list(spent)))
            most = sum(spent.values()) / (sum(spent.values()) - spent[part])
            cases.append((spent, part, round(1 + reach * (most - 1), 3)))
    trials = []
    for spent, part, wanted in cases:
        got = numbers(answer(dict(spent), part, wanted), (), "a factor is one number")
        faults = {fault: _safely(give, spent, part, wanted) for fault, give in _NEED_FAULTS.items()}
        words = ", ".join(f"{name} {time:g} s" for name, time in spent.items())
        trials.append(
            (f"{words}: {part} so much faster that all is {wanted:g} times", got, _needed(spent, part, wanted), faults)
        )
    judge(
        trials,
        "what the part may still take is the time wanted, less what the others take",
        "time wanted = before / wanted",
    )


def _safely(give: Callable, *given: Any) -> float:
    try:
        return float(give(*given))
    except ZeroDivisionError:
        return math.inf


CULPRITS = ("batch", "fetching", "twice", "target", "optimiser", "actions")
_BROKEN = {
    "A": ("target", "backward and loss ask for twice as much: what is walked back through that should not be?"),
    "B": ("fetching", "only fetching stands out, and it asks for some 256 more: how many rows, how many columns?"),
    "C": ("twice", "only forward stands out, by half: the whole one makes two passes"),
    "D": ("optimiser", "only the optimiser stands out: how many tensors does the network have?"),
}


@exercise("15.5 Which part is broken?")
def broken_parts(answer: Callable) -> None:
    """Check a function without arguments that returns a culprit for each letter of 15.5's picture."""
    got = answered(answer())
    form = {letter: "..." for letter in _BROKEN}
    dictionary = isinstance(got, Mapping) and {str(k).strip().upper() for k in got} == set(_BROKEN)
    require(dictionary, "a dictionary with A, B, C and D", got, "each panel has one culprit", str(form))
    said = {str(letter).strip().upper(): str(name).strip().lower() for letter, name in got.items()}
    for letter, name in said.items():
        known = name in CULPRITS
        require(known, "one of " + ", ".join(CULPRITS), name, f"{letter} is to be one of the six")
    if "batch" in said.values():
        why = "a larger batch makes each operation longer, and their number stays: no panel here shows it"
        require(False, "another culprit", said, why)
    if "actions" in said.values():
        why = "a loss over all actions needs no gather: it would ask for fewer operations, and no panel does"
        require(False, "another culprit", said, why)
    for letter, (right, look) in _BROKEN.items():
        require(said[letter] == right, "another culprit", f"{letter}: {said[letter]}", f"look at {letter}: {look}")


_SENTENCES = {  # whether the lesson's measurements support it, and what to say of a wrong choice
    "A": (True, "section 2: what has every way to show before it may take part?"),
    "B": (False, "B says too much: a floor for the multiply-adds alone was measured, not the fastest update there is"),
    "C": (True, "section 6: two machines, one seed, and how far apart are the scores?"),
    "D": (False, "D: two runs were compared. Nothing says which way a nudge goes on average"),
    "E": (False, "E: the GPU's bar is a rule of thumb. Nothing was measured on one"),
    "F": (False, "F compares two machines, a window and plots with none: the ratio is not the code's alone"),
}


@exercise("15.6 What was shown?")
def what_was_shown(answer: Callable) -> None:
    """Check a function without arguments that returns the letters of the sentences that the lesson supports."""
    judge_sentences(answer(), _SENTENCES)
