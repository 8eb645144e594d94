"""A widget that belongs to a cell: when the cell runs again, the new one takes the former one's place."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from qlib.show.job import Job

_open: dict[tuple[type, str], CellWidget] = {}


class CellWidget(widgets.VBox):
    """A column of widgets of which only the latest of each kind and name stays open.

    Args:
        name: what a rerun of the cell has in common with the run before.
        children: the parts, from top to bottom.
    """

    _key: tuple[type, str] | None = None

    def __init__(self, name: str, children: Sequence[widgets.Widget]) -> None:
        super().__init__(children)
        self._key = type(self), name
        former, _open[self._key] = _open.get(self._key), self
        if former is not None:
            former.close()

    def close(self) -> None:
        """Take it away with all its parts, but for those that its successor shows as well."""
        if self._key is None:  # not finished, or closed before
            return
        successor = _open[self._key]
        if successor is self:
            del _open[self._key]
        self._key = None
        close(self, keep=() if successor is self else parts(successor))

    def _still(self) -> dict[str, str]:
        """Say, by media type, what stands here where no widget runs."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data.update(self._still())
        return bundle


class JobPanel(CellWidget):
    """A cell's widget with buttons around one background job at a time.

    A subclass hands its jobs to `_take`, and calls `_follow` when one of them reports.

    Attributes:
        readout: where the job stands, in words.
    """

    _job: Any = None
    readout = ""

    def _make(self, start: str, act: Callable[[], Any]) -> None:
        """Make the parts that every panel has, before it takes a job or its place on the page."""
        self._headless = bool(os.environ.get("QLIB_STILL"))  # pictures of the end only
        self._start_button = button(start, "play", act, "success")
        self.stop_button = button("Stop", "stop", self.stop)
        self.stop_button.disabled = True
        self._text, self._message = widgets.HTML(), widgets.HTML()

    def stop(self) -> None:
        """End the work before its next step, and keep what is done."""
        if self._job is not None:
            self._job.stop()
            self.stop_button.disabled = True

    def close(self) -> None:
        """Take the panel away and end its thread; controls that were given to it live on."""
        if self._job is not None:
            self._job.close()
        super().close()

    def _take(self, job: Job | None) -> None:
        """Put a job in the place of the one before, which ends."""
        if self._job is not None:
            self._job.close()
        self._job = job

    def _follow(self, job: Job) -> bool:
        """Set the buttons as a job stands; say whether there is more to show of it. Called in its thread."""
        running, paused = job.state == "running", job.state == "paused"
        if job is not self._job or (self._headless and (running or paused)):
            return False
        self._start_button.disabled = running
        self.stop_button.disabled = not (running or paused)
        return True

    def _say(self, words: str) -> None:
        self.readout = words
        self._text.value = status(words, spoken=self._job is None or self._job.state != "running")


def button(text: str, icon: str, act: Callable[[], Any], style: str = "") -> widgets.Button:
    """Make a button that acts when it is clicked."""
    made = widgets.Button(description=text, icon=icon, button_style=style, layout={"width": "88px"})
    made.on_click(lambda _: act())
    return made


def row(parts: Sequence[widgets.Widget]) -> widgets.HBox:
    """Lay parts side by side, in as many lines as they need."""
    return widgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "center"})


def status(words: str, spoken: bool = True) -> str:
    """Write a readout as a paragraph that a screen reader reads out when it changes, if it is to be spoken."""
    live = "polite" if spoken else "off"  # a number that changes eight times a second leaves no word for anything else
    return f'<p role="status" aria-live="{live}" style="line-height:1.4;margin:6px 2px">{html.escape(words)}</p>'


def parts(widget: widgets.Widget) -> list[widgets.Widget]:
    """List a widget and everything that came into being with it."""
    found = [widget, widget.layout]
    if widget.has_trait("style"):
        found.append(widget.style)
    for child in getattr(widget, "children", ()):
        found += parts(child)
    return found


def close(widget: widgets.Widget, keep: Sequence[widgets.Widget] = ()) -> None:
    """Close a widget and its parts."""
    for part in parts(widget):
        if part not in keep:
            widgets.Widget.close(part)
