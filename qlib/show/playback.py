"""Games that were recorded at some moments of a training, on the stage: choose a moment, and watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qlib.show.cell import CellWidget
from qlib.show.control import Control
from qlib.show.control_bar import ControlBar
from qlib.show.demo import Demo
from qlib.show.drawing import Drawing
from qlib.show.stage import Stage


class Playback(CellWidget):
    """A slider over the moments of a training, the film of each, and the training's curve beside it.

    Attributes:
        view: the Stage.
        moment: the slider; its `place` is a film's number.

    Args:
        films: one of each moment, the earliest first.
        curve: the training.
        name: what a rerun of the cell has in common with the run before.
    """

    def __init__(self, films: Sequence[Demo], curve: Drawing, name: str = "playback") -> None:
        self._films, self._curve = list(films), curve
        self.view = Stage(cart=False, state="ended", drawing=curve.numbers())
        steps = [film.trained_steps for film in self._films]
        self.moment = Control("after_training_steps", "slider", steps, len(steps) - 1, [f"{n:,}" for n in steps])
        self.moment.observe(self._show, "place")
        super().__init__(name, [ControlBar([self.moment]), self.view] if len(steps) > 1 else [self.view])
        self._show()

    def _show(self, change: Any = None) -> None:
        self.view.demo = self._films[self.moment.place].numbers()

    def _still(self) -> dict[str, str]:
        last = self._films[-1]
        words = f"A film of the agent after {last.trained_steps:,} training steps: {last.ending}. {self._curve.alt}"
        return {"text/plain": words, "text/html": self.view.recorded(self._curve.still()._repr_html_())}
