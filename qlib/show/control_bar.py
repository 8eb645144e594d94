"""Controls in the page: what is chosen there arrives in Python, and the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets

from qlib.show.control import Control
from qlib.show.view import look, module


class ControlBar(anywidget.AnyWidget):
    """A row of controls: static/controls.js.

    Args:
        controls: from left to right.
    """

    _esm = module("dom", "controls", "bar")
    _css = look("tokens", "controls")
    specs: Any = traitlets.List().tag(sync=True)  # see Control.spec
    places: Any = traitlets.List().tag(sync=True)  # of each control's value among those it allows
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, controls: Sequence[Control]) -> None:
        self._controls = list(controls)
        super().__init__(specs=[one.spec() for one in controls], places=[one.place for one in controls])
        for one in self._controls:
            one.observe(self._moved, names="place")

    @traitlets.observe("places")
    def _chosen(self, change: Any) -> None:
        for one, place in zip(self._controls, change["new"], strict=True):
            one.place = place

    def _moved(self, change: Any) -> None:
        self.places = [one.place for one in self._controls]

    def end(self) -> None:
        """Listen to the controls no more; others may show them as well."""
        for one in self._controls:
            one.unobserve(self._moved, names="place")
