"""A figure that waits for a guess: its axes with a rule to drag, and nothing of the answer until that is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anywidget
import traitlets

from qlib.show.control import make_control
from qlib.show.drawing import Drawing
from qlib.show.view import look, module


def bare(drawing: Drawing) -> Drawing:
    """Return a drawing's axes alone: no mark, no title and no key, which could say the answer."""
    panels = [replace(panel, marks=[], title="") for panel in drawing.panels]
    labels = [" over ".join(filter(None, (panel.y.label, panel.x.label))) for panel in panels]
    alt = f"Axes without the answer: {'; '.join(labels)}."
    return Drawing(*panels, alt=alt, height=drawing.height, width=drawing.width)


class GuessView(anywidget.AnyWidget):
    """A rule in a drawing, moved by a hand or by the arrow keys, and later the answer over it: static/guess.js.

    Args:
        before: what is drawn before the guess; what it lacks is nowhere in the page.
        answer: what will be drawn, for the room that its words need, so that the axes stay where they are.
        along: "x" or "y": the axis of the first panel that is guessed on.
        between: (low, high) or (low, high, step) of the guess.
        unit: written behind the number.

    Raises:
        ValueError: if the axis ends before a guess does.
    """

    _esm = module("dom", "shades", "marks", "panel", "controls", "guess")
    _css = look("tokens", "marks", "controls")
    drawing = traitlets.Dict().tag(sync=True)
    along = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    place = traitlets.Int().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)

    def __init__(self, before: Drawing, answer: Drawing, along: str, between: Sequence[float], unit: str = "") -> None:
        axis = getattr(before.panels[0], along)
        if not axis.low <= between[0] < between[1] <= axis.high:
            raise ValueError(
                f"The {along} axis goes from {axis.low:g} to {axis.high:g}, and a guess from {between[0]:g} to "
                f"{between[1]:g}. Let the axis reach as far, or it says where the answer is."
            )
        self._control = make_control("your guess", tuple(between))
        self._room = max(map(_room, (before, answer)))
        spec = self._control.spec() | {"unit": f" {unit}" if unit else ""}
        middle = len(self._control.values) // 2
        super().__init__(drawing=self._told(before), along=along, spec=spec, place=middle)

    @property
    def value(self) -> float:
        """The guess; setting it moves the rule."""
        return self._control.values[self.place]

    @value.setter
    def value(self, value: float) -> None:
        self.place = min(range(len(self._control.values)), key=lambda i: abs(self._control.values[i] - value))

    def answer(self, guess: float, answer: Drawing) -> None:
        """Draw the answer over a guess, which stays."""
        with self.hold_sync():
            self.value, self.disabled, self.drawing = guess, True, self._told(answer)

    def _told(self, drawing: Drawing) -> dict:
        first, *others = drawing.panels
        panels = [replace(first, beside=self._room), *others]
        return Drawing(*panels, alt=drawing.alt, height=drawing.height, width=drawing.width, key=drawing.key).numbers()


def _room(drawing: Drawing) -> float:
    """Return at least as many pixels as the words at the ends of the first panel's lines need at its right."""
    panel = drawing.panels[0]
    longest = max((len(getattr(mark, "label", "")) for mark in panel.marks), default=0)
    return max(panel.beside, 14.0 + 7.0 * longest if longest else 0.0)
