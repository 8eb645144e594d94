"""A widget that belongs to a cell: when the cell runs again, the new one takes the former one's place."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

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


def status(words: str) -> str:
    """Write a readout as a paragraph that a screen reader reads out when it changes."""
    return f'<p role="status" style="line-height:1.4">{html.escape(words)}</p>'


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
