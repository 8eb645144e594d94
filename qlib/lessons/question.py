"""A question that shows its answer only after a guess, with the guess drawn into it."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from qlib.show.cell import CellWidget, button, row, status
from qlib.show.control import make_control
from qlib.show.control_bar import ControlBar
from qlib.show.drawing import Drawing, DrawingView
from qlib.show.guess import GuessView, bare
from qlib.show.picture import Picture
from qlib.show.table import Table

Answer = str | float | int
Shown = Drawing | Picture | Table
LINES = "display:block;max-width:100ch;line-height:1.4"
COLUMN = "max-width:70ch"  # as wide as a lesson's prose, whose letters are a little larger


class Slider(ControlBar):
    """A guess on a line of numbers.

    Args:
        between: (low, high) or (low, high, step).
    """

    def __init__(self, between: Sequence[float]) -> None:
        self._control = make_control("your guess", tuple(between))
        super().__init__([self._control])

    @property
    def value(self) -> float:
        return self._control.value

    @value.setter
    def value(self, value: float) -> None:
        self._control.value = value


class Question(CellWidget):
    """A question, its controls, and, once there is a guess, its answer.

    A page without a kernel folds the answer away.

    Args:
        question: what is asked, one sentence or two.
        answer: one of `choices`; among choices that are numbers, or on a slider, any number.
        choices: what can be said; each becomes a button.
        between: (low, high) or (low, high, step) of a slider, in place of choices.
        because: what explains the answer, a sentence or two.
        show: a Drawing, a Picture or a Table, or a function of the guess (None: nobody has guessed) that makes one.
        within: how far a number may be off and still be right; None: a tenth of the slider's length.
        unit: written behind a number.
        drag: "x" or "y": the guess is a rule that is dragged along this axis of the drawing's first panel.
        known: what of that drawing is there before the guess; None: its axes alone.
        former: a guess that was made before; it is shown with its answer at once.
        tell: called with the guess and whether it is right.

    Raises:
        ValueError: if the answer is no choice, neither choices nor a slider were given, or a guess is to be dragged
            where nothing is drawn, or beyond the axis.
    """

    def __init__(
        self,
        question: str,
        answer: Answer,
        choices: Sequence[Answer] = (),
        between: Sequence[float] = (),
        because: str = "",
        show: Shown | Callable[[Answer | None], Shown] | None = None,
        within: float | None = None,
        unit: str = "",
        drag: str = "",
        known: Drawing | None = None,
        former: Answer | None = None,
        tell: Callable[[Answer, bool], None] = lambda guess, right: None,
    ) -> None:
        if bool(choices) == bool(between):
            raise ValueError("Give choices=[...] or between=(low, high, step), one of the two.")
        self.question, self.answer, self.choices, self.between = question, answer, list(choices), tuple(between)
        self.because, self.unit = because, unit
        self.guess: Answer | None = None
        self._show, self._tell = show, tell
        tenth = (between[1] - between[0]) / 10 if between else 0.0
        self.within: float = tenth if within is None else within
        self._right = self._choice_of(answer) if choices else answer
        self._figure = self._draggable(drag, known) if drag else None
        self._words = widgets.HTML(f'<b style="{LINES}">{html.escape(question)}</b>')
        self._result = widgets.HTML()
        controls = self._buttons() if choices else self._slider()
        self._parts = [self._words, *([self._figure] if self._figure else []), row(controls), self._result]
        super().__init__(question, self._parts)
        if former is not None:
            self.reveal(former)

    def say(self, guess: Answer) -> None:
        """Take a guess, tell it on, and show the answer."""
        self.reveal(guess)
        self._tell(guess, self.is_right(guess))

    def reveal(self, guess: Answer) -> None:
        """Show the answer beside a guess."""
        self.guess = guess
        for control in self._controls:
            control.disabled = True
            if getattr(control, "said", None) == guess:
                control.button_style = "success" if self.is_right(guess) else "warning"
                control.add_class("qlib-said")
        exact = self.is_right(guess) and (bool(self.choices) or guess == self.answer)
        near = ", near enough" if self.is_right(guess) else ""
        verdict = "Right." if exact else f"You said {self._spelt(guess)}{near}."
        shown = self._shown(guess)
        living = []
        if isinstance(shown, Drawing) and self._figure is not None:
            self._figure.answer(float(guess), shown)
        elif isinstance(shown, Drawing):
            living = [DrawingView(drawing=shown.numbers())]
        words = f'<div style="{COLUMN}">{status(f"{verdict} {self._said()}")}</div>'
        self._result.value = words + ("" if isinstance(shown, Drawing) else _html(shown))
        self.children = [*self._parts, *living]

    def is_right(self, guess: Answer) -> bool:
        """Say whether a guess is the right choice, or near enough to the number."""
        return guess == self._right if self.choices else self.off(guess) <= 1

    def off(self, guess: Answer) -> float:
        """Say how wrong a guess is: 0 is exact, up to 1 is right; a wrong choice is 10."""
        if self.choices:
            return 0.0 if guess == self._right else 10.0
        return float(abs(float(guess) - float(self.answer)) / max(self.within, 1e-12))

    def _choice_of(self, answer: Answer) -> Answer:
        if answer in self.choices:
            return answer
        if any(isinstance(value, str) for value in (answer, *self.choices)):
            raise ValueError(f"The answer {answer!r} is none of the choices {self.choices}.")
        return min(self.choices, key=lambda choice: abs(float(choice) - float(answer)))

    def _buttons(self) -> list[widgets.Widget]:
        self._controls: list[Any] = []
        for choice in self.choices:
            made = button(self._spelt(choice), "", partial(self.say, choice))
            made.layout.width, made.said = "auto", choice
            self._controls.append(made)
        return list(self._controls)

    def _draggable(self, drag: str, known: Drawing | None) -> GuessView:
        shown = self._shown(None)
        if not isinstance(shown, Drawing):
            raise ValueError(f"A guess is dragged along {drag} of a Drawing. Give show= one, or leave drag out.")
        return GuessView(known or bare(shown), shown, drag, self.between, self.unit)

    def _slider(self) -> list[widgets.Widget]:
        handle = self._figure or Slider(self.between)
        sure = button("This is my guess", "", lambda: self.say(handle.value))
        sure.layout.width = "auto"
        self._controls = [handle, sure]
        return [sure] if self._figure else [handle, sure]

    def _spelt(self, value: Answer, digits: int = 4) -> str:
        if isinstance(value, str):
            return value
        large = not isinstance(value, int) and abs(value) >= 10 ** (digits - 1)
        number = f"{value:,.0f}" if large else f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}"
        unit = self.unit.removesuffix("s") if number == "1" and len(self.unit) > 2 else self.unit
        return f"{number}{' ' * bool(unit)}{unit}"

    def _said(self) -> str:
        colon = f": {self.because}" if self.because else "."
        return (
            f"It is {self._spelt(self.answer, 4 if self.choices else 3)}{colon}"
            if not isinstance(self.answer, str)
            else (f"{self.answer}{colon}")
        )

    def _shown(self, guess: Answer | None) -> Shown | None:
        return self._show(guess) if callable(self._show) else self._show

    def _still(self) -> dict[str, str]:
        offered = ", ".join(map(self._spelt, self.choices)) or f"{self.between[0]:g} to {self.between[1]:g}"
        summary = (
            f"<summary><b>{html.escape(self.question)}</b> Guess first ({html.escape(offered)}), then open.</summary>"
        )
        return {
            "text/html": f"<details>{summary}{status(self._said(), spoken=False)}{_html(self._shown(None))}</details>",
            "text/plain": f"Question: {self.question} [{offered}]\nAnswer: {self._said()}",
        }


def _html(shown: Shown | None) -> str:
    return shown._repr_html_() if shown is not None else ""
