"""The checks of the exercises: what was expected, what came, and why.

A check is a function of the learner's function, marked with `@exercise`; it calls `expect` for each thing that must
hold, and returns nothing. There is one module per topic:

    @exercise("3.1 Epsilon-greedy")
    def epsilon_greedy(answer):
        got = answer(np.array([1.0, 3.0]), epsilon=0.0)
        expect(got, 1, "with epsilon 0 the action with the highest value is chosen", hint="argmax, not max")

What a check computes with itself goes through `numbers`, `tensor` or `answered` first, so that only the learner's own
code can raise.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch

Name = TypeVar("Name")


@dataclass(frozen=True)
class Report:
    """What a check found: status "waits", "passed" or "failed", and the words for the learner."""

    exercise: str
    status: str
    message: str

    def __repr__(self) -> str:
        mark = {"waits": "…", "passed": "✓", "failed": "✗"}[self.status]
        return f"{mark} {self.exercise}: {self.message}"

    def _repr_html_(self) -> str:
        colour = {"waits": "#767676", "passed": "#009e73", "failed": "#d55e00"}[self.status]
        style = f"border-left:4px solid {colour};padding-left:8px"
        return f'<pre role="status" style="{style}">{html.escape(repr(self))}</pre>'


class Mistake(Exception):
    """The answer is wrong; the message says what was expected, what came and why."""


class Waits(Exception):
    """The stub is untouched."""


def exercise(name: str) -> Callable[[Callable[[Any], None]], Callable[[Any], Report]]:
    """Turn a function that raises `Mistake` into a check that returns a Report and never raises."""

    def wrap(check: Callable[[Any], None]) -> Callable[[Any], Report]:
        @functools.wraps(check)
        def run(answer: Any) -> Report:
            try:
                check(_function(answer))
            except Waits:
                return Report(name, "waits", "waits for your answer.")
            except Mistake as mistake:
                return Report(name, "failed", str(mistake))
            except Exception as error:
                return Report(name, "failed", f"your code raised {type(error).__name__}: {error}")
            return Report(name, "passed", "right.")

        return run

    return wrap


def answered(got: Any) -> Any:
    """Return what came; raise `Waits` if it is None or ..., an untouched stub."""
    if got is None or got is ...:
        raise Waits
    return got


def _function(answer: Any) -> Callable:
    hint = "give its name, without brackets behind it"
    require(callable(answered(answer)), "a function", answer, "the check calls it with values of its own", hint)
    return answer


def numbers(got: Any, shape: tuple[int, ...], why: str, hint: str = "") -> np.ndarray:
    """Return what came as an array of floats of a shape; raise a `Mistake` if it is none, `Waits` as `answered`."""
    array = _array(answered(got))
    if array is None or array.shape != shape:
        came = "no numbers" if array is None else f"shape {array.shape}"
        raise Mistake(_words(f"shape {shape}", f"{came}: {_short(got)}", why, hint))
    return array


def tensor(got: Any, expected: str) -> torch.Tensor:
    """Return what came; raise a `Mistake` if it is no tensor, `Waits` as `answered`."""
    require(isinstance(answered(got), torch.Tensor), expected, got, "the next line needs a tensor")
    return got


def expect(got: Any, expected: Any, why: str, hint: str = "", tolerance: float = 1e-5) -> None:
    """Compare what came with what was expected: shape first, then values.

    Args:
        got: what the learner's code gave; None or ... counts as an untouched stub.
        expected: a number, text, sequence, array or tensor.
        why: the rule that is tested, as half a sentence.
        hint: what to look at.
        tolerance: allowed difference of numbers, absolute and relative.

    Raises:
        Waits: if `got` is None or ... .
        Mistake: if they differ.
    """
    answered(got)
    if isinstance(expected, (str, bool)):
        try:
            same = bool(got == expected)
        except (TypeError, ValueError, RuntimeError):  # an array of several answers
            same = False
    else:
        wanted = np.asarray(_array(expected))
        came = numbers(got, wanted.shape, why, hint)
        same = bool(np.allclose(came, wanted, rtol=tolerance, atol=tolerance, equal_nan=True))
    if not same:
        raise Mistake(_words(_short(expected), _short(got), why, hint))


def require(condition: bool, expected: str, got: Any, why: str, hint: str = "") -> None:
    """Raise a Mistake unless a condition holds that is not an equality."""
    if not condition:
        raise Mistake(_words(expected, _short(got), why, hint))


def recognise(got: Any, mistakes: Mapping[Name, Any]) -> Name | None:
    """Name the known mistake whose outcome is what came; None if it is none of them."""
    for name, outcome in mistakes.items():
        try:
            expect(got, outcome, "")
        except Mistake:
            continue
        return name
    return None


def refuse(got: Any, mistakes: Mapping[str, Any], hint: str) -> None:
    """Raise a Mistake that names the fault if the answer is what a known fault gives."""
    fault = recognise(got, mistakes)
    if fault is not None:
        raise Mistake(f"not yet.\n  Came     what comes when {fault}.\n  Hint     {hint}.")


def _array(value: Any) -> np.ndarray | None:
    try:
        value = value.detach().cpu() if isinstance(value, torch.Tensor) else value
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _short(value: Any) -> str:
    array = None if isinstance(value, (str, bool)) else _array(value)
    if array is None:
        return repr(value)
    return np.array2string(array, precision=4, threshold=12, separator=", ")


def _words(expected: str, got: str, why: str, hint: str) -> str:
    return f"not yet.\n  Expected {expected}\n  Came     {got}\n  Because  {why}." + (
        f"\n  Hint     {hint}." if hint else ""
    )
