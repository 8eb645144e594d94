"""A picture with controls: move one, and the picture and its readout follow at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from qlib.show.cell import CellWidget, status
from qlib.show.picture import Picture

SLOW = 0.4  # seconds for a picture, above which a reader would take the old one for the new


class Explorer(CellWidget):
    """Controls above the picture that they change.

    Running its cell again replaces it.

    Args:
        draw: called with each control's value by name; returns a Picture, or a Picture and a line of text.
        controls: name to control. A list becomes buttons or a menu; (low, high), (low, high, step) or
            (low, high, step, start) a slider, whole numbers if all are whole; True or False a tick box; an
            ipywidget stays itself.
        name: explorers of different names live side by side; None: the names of `draw` and of its controls.

    Attributes:
        controls: the widgets by name.
        readout: what the picture shows now, in words.
    """

    def __init__(
        self, draw: Callable[..., Picture | tuple[Picture, str]], /, *, name: str | None = None, **controls: Any
    ) -> None:
        self.draw = draw
        self.controls = {name: make_control(name, spec) for name, spec in controls.items()}
        self._picture = widgets.HTML()
        self._seconds = 0.0  # that the last picture took
        self._text = widgets.HTML()
        row = widgets.HBox(list(self.controls.values()), layout=widgets.Layout(flex_flow="row wrap"))
        name = name or f"{getattr(draw, '__qualname__', draw)}({', '.join(controls)})"
        super().__init__(name, [row, self._picture, self._text])
        for control in self.controls.values():
            control.observe(self._follow, names="value")
        self.update()

    def update(self) -> None:
        """Draw again with the controls' values; a ValueError of `draw` is shown as a sentence.

        Where the last picture was slow, it fades while the next one is made: it is not what the controls say.
        """
        if self._seconds > SLOW:
            self._picture.value = f'<div style="opacity:0.3">{self._picture.value}</div>'
            self._text.value = status("Computing ...")
        began = time.perf_counter()
        try:
            drawn = self.draw(**chosen(self.controls))
        except ValueError as error:
            self.readout = str(error)
        else:
            picture, self.readout = drawn if isinstance(drawn, tuple) else (drawn, drawn.alt)
            self._picture.value = picture._repr_html_()
        self._seconds = time.perf_counter() - began
        self._text.value = status(self.readout)

    def close(self) -> None:
        """Take it away; a control that was given to it and lives on moves it no more."""
        if self._key is None:
            return
        for control in self.controls.values():
            control.unobserve(self._follow, names="value")
        super().close()

    def _follow(self, change: Any) -> None:
        self.update()

    def _still(self) -> dict[str, str]:
        return {"text/html": self._picture.value + self._text.value, "text/plain": f"Explorer: {self.readout}"}


def chosen(controls: dict[str, widgets.Widget]) -> dict[str, Any]:
    """Return each control's value by name; a slider at 1 says 0.9999999999999999, and nobody chose that."""
    values = {name: control.value for name, control in controls.items()}
    return {name: float(f"{value:.12g}") if isinstance(value, float) else value for name, value in values.items()}


BESIDE = "2px 24px 2px 2px"  # room to the next control, so that nobody has to guess which group a button belongs to


def make_control(name: str, spec: Any) -> widgets.Widget:
    """Make the control that a specification stands for: see `Explorer`.

    Raises:
        TypeError: if it stands for none.
    """
    if isinstance(spec, widgets.Widget):
        return spec
    look = {"description": name.replace("_", " "), "style": {"description_width": "initial"}}
    if isinstance(spec, bool):
        compact = widgets.Layout(width="auto", margin=BESIDE)
        return widgets.Checkbox(value=spec, indent=False, description=look["description"], layout=compact)
    if isinstance(spec, list):
        few = len(spec) <= 6 and sum(len(str(option)) for option in spec) <= 60
        look["layout"] = widgets.Layout(margin=BESIDE)
        if few:
            look["style"] = {"description_width": "initial", "button_width": "auto"}
            look["layout"] = widgets.Layout(margin=BESIDE, display="flex", grid_gap="8px")  # the name beside, not above
        return (widgets.ToggleButtons if few else widgets.Dropdown)(options=spec, index=0, **look)
    if isinstance(spec, tuple) and 2 <= len(spec) <= 4:
        low, high = spec[:2]
        step, start = (*spec[2:], None, None)[:2]
        whole = all(isinstance(x, int) for x in spec)
        step = step if step is not None else (1 if whole else (high - low) / 100)
        kind = widgets.IntSlider if whole else widgets.FloatSlider
        extra = {} if whole else {"readout_format": f".{max(map(_decimals, (low, step)))}f"}
        look["layout"] = widgets.Layout(width="340px")
        return kind(min=low, max=high, step=step, value=low if start is None else start, **look, **extra)
    raise TypeError(f"{name}={spec!r} is no control: give a list, (low, high, step, start), True, False or a widget.")


def _decimals(number: float) -> int:
    """Return how many digits stand behind the point, six at most, so that a step of 0.1 says 0.2 and not 0.200."""
    return len(f"{number:.6f}".rstrip("0").partition(".")[2])
