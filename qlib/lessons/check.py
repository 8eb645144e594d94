"""The checks of the exercises: what was expected, what came, and why.

A check is a function of the learner's function, marked with `@exercise`; it calls `expect` for each thing that must
hold, and returns nothing. There is one module per topic:

    @exercise("4.1 Epsilon-greedy")
    def epsilon_greedy(answer):
        got = answer(np.array([1.0, 3.0]), epsilon=0.0)
        expect(got, 1, "with epsilon 0 the action with the highest value is chosen", hint="argmax, not max")

What a check computes with itself goes through `numbers`, `tensor` or `answered` first, so that only the learner's own
code can raise. If it does, the report names the learner's line, and the hint that fits the error.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import html
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import stats

from qlib.lessons import fair, pieces, progress, raised


class Mistake(BaseException):  # no `except Exception` of a learner's catches it
    """The answer is wrong; the message says what was expected, what came and why."""

    def __init__(self, opening: str = "not yet.", **lines: str) -> None:
        super().__init__(opening + _lines(**lines))


class Waits(BaseException):
    """Nothing came, but None or ...: the stub is untouched, or a `return` is missing."""


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


def exercise(name: str, piece: str = "") -> Callable[[Callable[[Any], None]], Callable[[Any], Report]]:
    """Turn a function that raises `Mistake` into a check that returns a Report and raises at most KeyboardInterrupt.

    Args:
        name: the exercise's number and title.
        piece: under which name an answer that passes joins the learner's own agent; "": it does not.
    """

    def wrap(check: Callable[[Any], None]) -> Callable[[Any], Report]:
        @functools.wraps(check)
        def run(answer: Any) -> Report:
            try:
                brackets = "give its name, without brackets behind it"
                why = "the check calls it with values of its own"
                require(callable(answered(answer)), "a function", answer, why, brackets)
                if isinstance(answer, type) and _untouched(answer):
                    raise Waits
                tried = fair.watched(answer)
                with fair.as_it_was(), torch.enable_grad():
                    check(tried)
                    why, hint = "whatever is computed next would have no gradient", "torch.no_grad() with a `with`"
                    require(torch.is_grad_enabled(), "gradients on, as they were", False, why, hint)
            except Waits as nothing:
                if _untouched(answer):
                    return Report(name, "waits", "waits for your answer.")
                dots = "your function returns `...`: put your result in its place."
                missing = "your function returns None: is `return` missing?"
                if getattr(tried, "gave", False):
                    missing = (
                        "your function returns None for some of what it is given: which way through it has no `return`?"
                    )
                return Report(name, "failed", dots if nothing.args == (...,) else missing)
            except fair.ChangedInput as changed:
                came, why = _short(changed.became), "whoever gave it would go on with other numbers, and not know"
                wanted, hint = _short(changed.was), "work on a copy: .clone() of a tensor, .copy() of an array or list"
                opening = f"not yet. Your function changed its argument `{changed.name}`:"
                mistake = Mistake(opening, Before=wanted, After=came, Because=why, Hint=hint)
                return Report(name, "failed", str(mistake))
            except Mistake as mistake:
                return Report(name, "failed", f"{mistake}{_lines(**raised.line_of(mistake.__cause__))}")
            except (Exception, SystemExit) as error:
                lines = _lines(**raised.line_of(error), Hint=raised.hint_for(error))
                return Report(name, "failed", f"your code raised {raised.named(error)}{lines}")
            progress.passed(name)
            return Report(name, "passed", f"right.{_joins(piece, name, answer)}")

        return run

    return wrap


def _joins(piece: str, name: str, answer: Any) -> str:
    """Keep an answer that passed as a piece of the learner's agent; say what came of it."""
    if not piece:
        return ""
    try:
        pieces.keep(piece, name, answer)
    except pieces.CannotKeepError as error:
        return f" It could not be kept as a piece of your agent: {error}."
    return f" Kept as a piece of your own agent: my_agent/{piece}.py."


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
        raise Mistake(Expected=f"shape {shape}", Came=f"{came}: {_short(got)}", Because=why, Hint=hint)
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
        raise Mistake(Expected=_short(expected), Came=_short(got), Because=why, Hint=hint)


def require(condition: bool, expected: str, got: Any, why: str, hint: str = "") -> None:
    """Raise a Mistake unless a condition holds that is not an equality."""
    if not condition:
        raise Mistake(Expected=expected, Came=_short(got), Because=why, Hint=hint)


def refuse(got: Any, mistakes: Mapping[str, Any], hint: str) -> None:
    """Raise a Mistake that names the fault if the answer is what a known fault gives."""
    for fault, outcome in mistakes.items():
        if _agrees(got, outcome):
            raise Mistake(Came=_short(got), Because=f"this is what comes when {fault}", Hint=hint)


def judge(trials: Sequence[tuple[str, Any, Any, Mapping[str, Any]]], why: str, hint: str = "") -> None:
    """Compare what came on several inputs with what is right, and name a mistake only if it explains all that came.

    Args:
        trials: for each input: it in words, what came, what is right, and what known mistakes give; a mistake that an
            input cannot show is left out there, and is then not what was made.
        why: the rule that is tested, as half a sentence; the input's words follow.
        hint: what to look at.

    Raises:
        Waits: if nothing came.
        Mistake: if anything differs.
    """
    for _, got, *_ in trials:
        answered(got)
    for given, got, right, mistakes in trials:
        if _agrees(got, right):
            continue
        for fault in mistakes:
            if all(fault in known and _agrees(came, known[fault]) for _, came, _, known in trials):
                because = f"this is what comes when {fault}"
                raise Mistake(Expected=_short(right), Came=_short(got), Because=because, Hint=hint)
        expect(got, right, f"{why}, here {given}", hint)


def letters(got: Any) -> set[str] | None:
    """Take capital letters out of a text, or out of texts of one letter each; None if it is something else."""
    if isinstance(got, str):
        return set(got.upper()) - set(" ,;")
    if isinstance(got, (set, frozenset, list, tuple)) and all(isinstance(one, str) and len(one) == 1 for one in got):
        return {one.upper() for one in got}
    return None


def improbable(counts: np.ndarray, chances: np.ndarray, rare: float = 1e-6) -> bool:
    """Tell whether fair draws hardly ever give counts as far from these chances (chi-square).

    Args:
        counts: how often each thing came, shape (n,); a hundred draws or more where something is to be found.
        chances: how often it should, in proportion, shape (n,); what has no chance must not come at all.
        rare: how seldom "hardly ever" is: once in a million times for a verdict, oftener to rule a suspicion out.
    """
    possible = np.asarray(chances) > 0
    counts, fair = np.asarray(counts), np.asarray(chances)[possible] / np.sum(chances)
    if counts[~possible].any():
        return True
    return bool(stats.chisquare(counts[possible], fair * counts.sum()).pvalue < rare)


def refuse_faults(is_outcome: Callable[[tuple[str, ...]], bool], faults: Mapping[str, str], evidence: str) -> None:
    """Raise a Mistake that names the faults that together give what came, the fewest of them.

    Args:
        is_outcome: tells whether what came is what these keys of `faults` give together.
        faults: what to say of each.
        evidence: where it shows, in the plural.
    """
    for n in range(1, len(faults) + 1):
        for some in itertools.combinations(faults, n):
            if is_outcome(some):
                left = "\n".join(faults[fault] for fault in some)
                raise Mistake(f"not yet. {evidence} show what is left:", Still=left)


def _agrees(got: Any, outcome: Any) -> bool:
    try:
        expect(got, outcome, "")
    except Mistake:
        return False
    return True


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


def _short(value: Any) -> str:
    array = None if value is None or isinstance(value, (str, bool)) else _array(value)
    if array is None:
        return repr(value)
    return np.array2string(array, precision=4, threshold=12, separator=", ")


def _lines(**parts: str) -> str:
    """Lay out lines of a label and a text; one without a text is left out, and a sentence gets its full stop."""
    lines = [f"{label:8} {text}" for label, text in parts.items() if text]
    lines = [line + "." * (line.startswith(("Because", "Hint", "Still")) and line[-1] != "?") for line in lines]
    return "".join("\n  " + line.replace("\n", "\n" + 11 * " ") for line in lines)


def _untouched(answer: Any) -> bool:
    """Tell whether an answer is still a stub: it, or each method of a class, does nothing and gives None or `...`."""
    while isinstance(answer, functools.partial) or hasattr(answer, "__wrapped__"):
        answer = answer.func if isinstance(answer, functools.partial) else answer.__wrapped__
    if answer is None or answer is ...:
        return True
    if isinstance(answer, type):
        methods = [method for _, method in inspect.getmembers(answer, inspect.isfunction)]
        return bool(methods) and all(map(_untouched, methods))
    code = getattr(answer, "__code__", None) or getattr(type(answer).__call__, "__code__", None)
    if code is None:  # a builtin
        return False
    steps = {step.opname for step in dis.get_instructions(code)} - {"RESUME", "NOP", "RETURN_VALUE"}
    return all("CONST" in step for step in steps)
