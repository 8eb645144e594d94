"""The checks of the exercises: what was expected, what came, and why.

A check is a function of the learner's function, marked with `@exercise`; it calls `expect` for each thing that must
hold, and returns nothing. There is one module per lesson:

    @exercise("4.1 Epsilon-greedy")
    def epsilon_greedy(answer):
        got = answer(np.array([1.0, 3.0]), epsilon=0.0)
        expect(got, 1, "with epsilon 0 the action with the highest value is chosen", hint="argmax, not max")

If the learner's own code raises, the report names its line, and the hint that fits the error. What to expect stands in
`expected.py`, judging by many inputs in `judge.py`.
"""

from __future__ import annotations

import dis
import functools
import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from qlib.lessons import fair, pieces, progress, raised
from qlib.lessons.expected import Mistake, Waits, answered, labelled, require, short


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
                came, why = short(changed.became), "whoever gave it would go on with other numbers, and not know"
                wanted, hint = short(changed.was), "work on a copy: .clone() of a tensor, .copy() of an array or list"
                opening = f"not yet. Your function changed its argument `{changed.name}`:"
                mistake = Mistake(opening, Before=wanted, After=came, Because=why, Hint=hint)
                return Report(name, "failed", str(mistake))
            except Mistake as mistake:
                return Report(name, "failed", f"{mistake}{labelled(**raised.line_of(mistake.__cause__))}")
            except (Exception, SystemExit) as error:
                lines = labelled(**raised.line_of(error), Hint=raised.hint_for(error))
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
