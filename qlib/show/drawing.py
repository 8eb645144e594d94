"""A picture as numbers and words: panels of marks, which the page draws in its own colours (static/panel.js)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anywidget
import traitlets
from matplotlib.patches import Patch

from qlib.show.marks import Mark
from qlib.show.paint import paint
from qlib.show.panel import Panel
from qlib.show.picture import Picture, figure
from qlib.show.tokens import colour
from qlib.show.view import embedded, look, module


class DrawingView(anywidget.AnyWidget):
    """What the page shows of a drawing, anew whenever it is another one: static/drawing.js."""

    _esm = module("dom", "shades", "marks", "panel", "drawing")
    _css = look("tokens", "marks", "controls")
    drawing = traitlets.Dict().tag(sync=True)


class Drawing:
    """Panels side by side, in more rows of equal length where there is no room for all, or in columns.

    Args:
        panels: from left to right, row by row.
        alt: what there is to see, in a sentence or two.
        height: in pixels.
        width: in pixels, where there is room.
        key: what colours stand for, (words, name of a colour) each; only where no words in the panels can say it.
        column: 1 if the panels stand below one another, 2 in two columns, their sides in line, and `height` is that of
            all rows; 0: side by side.
        least: pixels across that its words need; where there is less room it scrolls sideways. None: 0.6 of `width`
            if there is a canvas, else 0, since axes find room for theirs.
    """

    def __init__(
        self,
        *panels: Panel,
        alt: str,
        height: int = 300,
        width: int = 720,
        key: Sequence[tuple[str, str]] = (),
        column: int = 0,
        least: int | None = None,
    ) -> None:
        self.panels, self.alt, self.height, self.width = [panel.settled() for panel in panels], alt, height, width
        self.key, self.column = list(key), column
        canvas = any(panel.frame is not None for panel in panels)
        self.least = round(0.6 * width) * canvas if least is None else least

    def numbers(self) -> dict[str, Any]:
        """Return what static/panel.js draws: numbers and words, no pixels."""
        return {"panels": [panel.numbers() for panel in self.panels]} | self._look()

    def _look(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("alt", "height", "width", "key", "column", "least")}

    def with_marks(self, *marks: Mark, panel: int = 0) -> Drawing:
        """Return the same with more marks on top of one panel, its axes as they are."""
        panels = list(self.panels)
        panels[panel] = replace(panels[panel], marks=[*panels[panel].marks, *marks])
        return Drawing(*panels, **self._look())

    def still(self) -> Picture:
        """Paint it with matplotlib, for where no script runs."""
        many, shares = max(1, len(self.panels)), [panel.share for panel in self.panels] or None
        place: dict[str, Any] = {"columns": many, "width_ratios": shares}
        if self.column:
            heights = (shares or [1.0])[:: self.column]
            place = {"rows": len(heights), "columns": int(self.column), "height_ratios": heights}
        fig, axes = figure(self.width / 100, self.height / 100, squeeze=False, **place)
        for ax in axes.flat[len(self.panels) :]:
            ax.axis("off")
        for panel, ax in zip(self.panels, axes.flat, strict=False):
            paint(panel, ax)
        if self.key:
            squares = [Patch(color=colour(name), label=words) for words, name in self.key]
            close: Any = {"handlelength": 1, "handletextpad": 0.5, "columnspacing": 1.2}
            fig.legend(handles=squares, loc="outside upper left", ncols=len(squares), frameon=False, **close)
        return Picture(fig, self.alt)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = DrawingView(drawing=self.numbers())._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = repr(self)
            data["text/html"] = self._repr_html_()
        return bundle

    def _repr_html_(self) -> str:
        return embedded("drawing", {"drawing": self.numbers()}, self._still_html())

    def _still_html(self) -> str:
        return self.still()._repr_html_()

    def __repr__(self) -> str:
        return f"Drawing: {self.alt}"
