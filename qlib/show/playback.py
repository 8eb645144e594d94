"""Games that were recorded at some moments of a training, on the stage: choose a moment, and watch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from qlib.show.cell import CellWidget
from qlib.show.control import Control
from qlib.show.control_bar import ControlBar
from qlib.show.demo import Demo
from qlib.show.picture import Picture, figure
from qlib.show.stage import Stage


class Playback(CellWidget):
    """A slider over the moments of a training, and the film of each.

    Attributes:
        view: the Stage.
        moment: the slider; its `place` is a film's number.

    Args:
        films: one of each moment, the earliest first.
        name: what a rerun of the cell has in common with the run before.
    """

    def __init__(self, films: Sequence[Demo], name: str = "playback") -> None:
        self._films = list(films)
        self.view = Stage(cart=False, state="ended")
        steps = [film.trained_steps for film in self._films]
        self.moment = Control("after_training_steps", "slider", steps, len(steps) - 1, [f"{n:,}" for n in steps])
        self.moment.observe(self._show, "place")
        super().__init__(name, [ControlBar([self.moment]), self.view] if len(steps) > 1 else [self.view])
        self._show()

    def picture(self) -> Picture:
        """Paint the middle of each film that has pictures."""
        shown = [film for film in self._films if film.frames]
        fig, axes = figure(7.2, 1.9, 1, max(1, len(shown)), squeeze=False)
        for ax, film in zip(axes.flat, shown, strict=False):
            ax.imshow(Image.open(io.BytesIO(film.frames[len(film.frames) // 2])).convert("RGB"))
            ax.set_title(f"{film.trained_steps:,} steps", fontsize=10)
        for ax in axes.flat:
            ax.axis("off")
        told = ", ".join(f"{film.trained_steps:,}" for film in self._films)
        return Picture(fig, f"A moment of a game after {told} training steps. Run this cell to watch the games.")

    def _show(self, change: Any = None) -> None:
        self.view.demo = self._films[self.moment.place].numbers()

    def _still(self) -> dict[str, str]:
        picture = self.picture()
        return {"text/plain": picture.alt, "text/html": self.view.recorded(picture._repr_html_())}
