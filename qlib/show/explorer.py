"""A picture with controls: move one, and the picture and its readout follow at once."""

from __future__ import annotations

import itertools
import json
import math
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import traitlets

from qlib.show.cell import CellWidget, status
from qlib.show.control import make_control
from qlib.show.control_bar import ControlBar
from qlib.show.drawing import Drawing
from qlib.show.view import embedded, look, module

RECORDED = 400  # pictures made beforehand at most, unless an explorer asks for more


class ExplorerView(ControlBar):
    """What the page shows of an explorer: static/explorer.js."""

    _esm = module("dom", "controls", "shades", "marks", "panel", "explorer")
    _css = look("tokens", "marks", "controls")
    recorded = traitlets.Bytes().tag(sync=True)  # by places, what the page can show by itself
    shown = traitlets.Dict().tag(sync=True)  # places, drawing and words of what Python drew last


class Explorer(CellWidget):
    """Controls above the drawing that they change.

    The page answers by itself wherever the drawing was made beforehand: for all values of the controls if they are few,
    else along each control from where it begins. Running its cell again replaces it.

    Args:
        draw: called with each control's value by name; returns a Drawing, or a Drawing and a line of text. A
            ValueError is shown as a sentence.
        controls: name to control. A list becomes buttons or a menu; (low, high), (low, high, step) or
            (low, high, step, start) a slider, whole numbers if all are whole; True or False a tick box.
        name: explorers of different names live side by side; None: the names of `draw` and of its controls.
        record: drawings made beforehand at most; 0: Python draws each when it is asked for.

    Attributes:
        controls: the controls by name; set one's `value` to move it.
        readout: what the drawing shows now, in words.
    """

    def __init__(
        self,
        draw: Callable[..., Drawing | tuple[Drawing, str]],
        /,
        *,
        name: str | None = None,
        record: int = RECORDED,
        **controls: Any,
    ) -> None:
        self.draw = draw
        self.controls = {name: make_control(name, spec) for name, spec in controls.items()}
        self.view = ExplorerView(list(self.controls.values()))
        name = name or f"{getattr(draw, '__qualname__', draw)}({', '.join(controls)})"
        start = self._places()
        first = self._drawn(start)
        worth = self._worth_recording(record)
        self._made = {places: first if places == start else self._drawn(places) for places in worth}
        self.view.recorded = pack({",".join(map(str, places)): told(*made) for places, made in self._made.items()})
        super().__init__(name, [self.view])
        for control in self.controls.values():
            control.observe(self._follow, names="place")
        self._show(start, first)

    def update(self) -> None:
        """Draw again with the controls' values; what was made beforehand the page has already."""
        places = self._places()
        if places in self._made:
            self._drawing, self.readout = self._made[places]
        else:
            self._show(places, self._drawn(places))

    def _show(self, places: tuple[int, ...], drawn: tuple[Drawing, str]) -> None:
        self._drawing, self.readout = drawn
        self.view.shown = {"places": list(places)} | told(*drawn)

    def close(self) -> None:
        """Take it away; its controls move nothing any more."""
        if self._key is None:  # not finished, or closed before
            return
        for control in self.controls.values():
            control.unobserve(self._follow, names="place")
        self.view.end()
        super().close()

    def _places(self) -> tuple[int, ...]:
        return tuple(control.place for control in self.controls.values())

    def _drawn(self, places: tuple[int, ...]) -> tuple[Drawing, str]:
        """Draw with the controls at these places; what `draw` does not accept becomes its words."""
        values = [control.values[place] for control, place in zip(self.controls.values(), places, strict=True)]
        try:
            drawn = self.draw(**dict(zip(self.controls, values, strict=True)))
        except ValueError as error:
            return Drawing(alt=str(error), height=40), str(error)
        return drawn if isinstance(drawn, tuple) else (drawn, drawn.alt)

    def _worth_recording(self, most: int) -> Iterator[tuple[int, ...]]:
        """Yield all places of the controls if they are few, else each control's with the others where they begin."""
        rows = [range(len(control.values)) for control in self.controls.values()]
        if math.prod(map(len, rows)) <= most:
            yield from itertools.product(*rows)
        elif most:
            start = self._places()
            found = {(*start[:i], place, *start[i + 1 :]) for i, row in enumerate(rows) for place in row}
            yield from sorted(found)[:most]

    def _follow(self, change: Any) -> None:
        self.update()

    def _still(self) -> dict[str, str]:
        names = "specs", "places", "shown", "recorded"
        still = self._drawing.still()._repr_html_() + status(self.readout)
        living = embedded("explorer", {name: getattr(self.view, name) for name in names}, still)
        return {"text/html": living, "text/plain": f"Explorer: {self.readout}"}


def pack(recorded: dict[str, Any]) -> bytes:
    """Write drawings by places as compressed JSON, which static/explorer.js reads."""
    return zlib.compress(json.dumps(recorded, separators=(",", ":")).encode(), 9)


def told(drawing: Drawing, words: str) -> dict[str, Any]:
    """Return what the page shows of a drawing with its line of text."""
    return {"drawing": drawing.numbers(), "words": words}
