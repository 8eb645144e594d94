"""What is expected of an answer, and the words for what came instead.

What a check computes with itself goes through `numbers`, `tensor` or `answered` first, so that only the learner's own
code can raise.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from qlib.lessons import raised

SHOWN = 12  # numbers of an array that are written out


class Mistake(BaseException):  # no `except Exception` of a learner's catches it
    """The answer is wrong; the message says what was expected, what came and why."""

    def __init__(self, opening: str = "not yet.", **lines: str) -> None:
        super().__init__(opening + labelled(**lines))


class Waits(BaseException):
    """Nothing came, but None or ...: the stub is untouched, or a `return` is missing."""


def answered(got: Any) -> Any:
    """Return what came; raise `Waits` if it is None or ... ."""
    if got is None or got is ...:
        raise Waits(got)
    return got


@contextlib.contextmanager
def explain(
    error: type[Exception] | tuple[type[Exception], ...], expected: str, why: str, hint: str, about: str = ""
) -> Iterator[None]:
    """Turn an error of the learner's code whose cause is known, if its words fit a pattern, into a `Mistake`."""
    try:
        yield
    except error as cause:
        if not re.search(about, str(cause)):
            raise
        raise Mistake(Expected=expected, Came=raised.named(cause), Because=why, Hint=hint) from cause


def numbers(got: Any, shape: tuple[int, ...], why: str, hint: str = "") -> np.ndarray:
    """Return what came as an array of floats of a shape; raise a `Mistake` if it is none, `Waits` as `answered`."""
    array = _array(answered(got))
    if array is None or array.shape != shape:
        came = "no numbers" if array is None else f"shape {array.shape}"
        raise Mistake(Expected=f"shape {shape}", Came=f"{came}: {short(got)}", Because=why, Hint=hint)
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
        return require(same, short(expected), got, why, hint)
    wanted = np.asarray(_array(expected))
    came = numbers(got, wanted.shape, why, hint)
    close = np.isclose(came, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not close.all():
        first = np.unravel_index(close.argmin(), close.shape)
        raise Mistake(Expected=_with(wanted, first, came), Came=_with(came, first, wanted), Because=why, Hint=hint)


def require(condition: bool, expected: str, got: Any, why: str, hint: str = "") -> None:
    """Raise a Mistake unless a condition holds that is not an equality."""
    if not condition:
        raise Mistake(Expected=expected, Came=short(got), Because=why, Hint=hint)


def _array(value: Any) -> np.ndarray | None:
    if _is_no_number(value):
        return None
    try:
        value = value.detach().cpu() if isinstance(value, torch.Tensor) else value
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _is_no_number(value: Any) -> bool:
    """Tell whether something is or holds a text or None, of which NumPy would make numbers."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in "biuf" and any(map(_is_no_number, value.ravel().tolist()))
    return (
        any(map(_is_no_number, value))
        if isinstance(value, (list, tuple))
        else value is None or isinstance(value, (str, bytes))
    )


def short(value: Any) -> str:
    array = None if value is None or isinstance(value, (str, bool)) else _array(value)
    if array is None:
        return repr(value)
    return np.array2string(array, precision=4, threshold=SHOWN, separator=", ")


def _with(array: np.ndarray, place: tuple, other: np.ndarray) -> str:
    """Write an array, and its number at a place if that cannot be read there: left out, or rounded as the other is."""
    text, number = short(array), f"{array[place]:.10g}"
    if array.ndim == 0:
        return number if text == short(other) else text
    return text if array.size <= SHOWN and text != short(other) else f"{text}\nat {[*map(int, place)]}: {number}"


def labelled(**parts: str) -> str:
    """Lay out lines of a label and a text; one without a text is left out, and a sentence gets its full stop."""
    lines = [f"{label:8} {text}" for label, text in parts.items() if text]
    lines = [line + "." * (line.startswith(("Because", "Hint", "Still")) and line[-1] != "?") for line in lines]
    return "".join("\n  " + line.replace("\n", "\n" + 11 * " ") for line in lines)
