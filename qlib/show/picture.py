"""Still pictures: one look for all lessons, each with a text alternative."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

# Blue, vermilion, green and purple first; orange and sky blue are faint on white.
COLOURS = [matplotlib.color_sequences["okabe_ito"][i] for i in (5, 6, 3, 7, 1, 2)]

# In a dark JupyterLab the picture's lightness is turned round and its hues stay.
_DARK = "<style>body[data-jp-theme-light=false] .qlib-picture{filter:invert(.93) hue-rotate(180deg)}</style>"
_STYLE: Any = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
}


class Picture:
    """A figure that a cell can end in: shown as an image that screen readers can read out.

    Args:
        figure: a matplotlib Figure, made by `figure`.
        alt: what the picture shows, in one or two sentences.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self._figure: Figure | None = figure
        self._webp, self._width = b"", 0  # pixels on the screen
        self.alt = alt

    @property
    def figure(self) -> Figure:
        """The figure, until the picture is rendered.

        Jupyter keeps whatever a cell ended in, and a rendered figure holds megabytes.

        Raises:
            RuntimeError: it was rendered before.
        """
        if self._figure is None:
            raise RuntimeError(
                "This picture was shown, and its figure is gone. Write its png(), or make the picture anew."
            )
        return self._figure

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        png = io.BytesIO()
        Image.open(io.BytesIO(self._rendered())).save(png, "png")
        return png.getvalue()

    def _rendered(self) -> bytes:
        """Render at 1.25 times the screen's resolution, in 128 colours: a tenth of the bytes, and no eye sees it."""
        if not self._webp:
            raw, webp = io.BytesIO(), io.BytesIO()
            self.figure.savefig(raw, format="rgba", dpi=125)
            width, height = self.figure.get_size_inches()
            image = Image.frombytes("RGBA", (int(width * 125), int(height * 125)), raw.getvalue()).convert("RGB")
            few = image.quantize(128, Image.Quantize.FASTOCTREE).convert("RGB")
            few.save(webp, "webp", lossless=True, quality=90)
            self._webp, self._width, self._figure = webp.getvalue(), round(width * 100), None
        return self._webp

    def _repr_html_(self) -> str:
        data = base64.b64encode(self._rendered()).decode()
        return (
            f'{_DARK}<img class="qlib-picture" style="width:{self._width}px;max-width:100%" '
            f'alt="{html.escape(self.alt)}" src="data:image/webp;base64,{data}">'
        )

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"


def figure(width: float = 7.2, height: float = 3.2, rows: int = 1, columns: int = 1, **subplots: Any) -> tuple:
    """Make a figure in the lessons' look, outside pyplot, so that no widget can carry it off.

    Args:
        width, height: in inches; 1 inch is shown as 100 pixels.
        rows, columns: of panels.
        subplots: passed on to `Figure.subplots`.

    Returns:
        The Figure, and one Axes or an array of them.
    """
    with matplotlib.rc_context(_STYLE):
        fig = Figure(figsize=(width, height), layout="constrained")
        return fig, fig.subplots(rows, columns, **subplots)


def note(ax: Axes, text: str, at: tuple, offset: tuple = (5, 0), fontsize: float = 9, **look: Any) -> None:
    """Write a few words beside a point: `at` is in data units, `offset` and `fontsize` are in points."""
    ax.annotate(text, at, offset, textcoords="offset points", fontsize=fontsize, **look)


def label_ends(ax: Axes, ends: Sequence[tuple[float, float, str, Any]]) -> None:
    """Write each line's name at its right end, moved apart where they would overlap.

    Args:
        ax: panel, its limits and scale already set.
        ends: one (x, y, label, colour) a line, in data units.
    """
    ends = sorted(ends, key=lambda end: end[1])
    scale = ax.yaxis.get_transform()  # equal steps on the paper, on a logarithmic axis as well
    bottom, top = scale.transform(np.array(ax.get_ylim()))
    gap = 14 * (top - bottom) / (ax.bbox.height * 72 / 100)  # a line of text, 14 points
    heights = scale.transform(np.array([y for _, y, _, _ in ends], dtype=float)).clip(bottom, top)
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    heights = heights.clip(max=top)
    for i in reversed(range(len(heights) - 1)):
        heights[i] = min(heights[i], heights[i + 1] - gap)
    for (x, _, label, colour), y in zip(ends, scale.inverted().transform(heights), strict=True):
        note(ax, label, (x, y), color=colour, va="center")


def moving_mean(values: Sequence[float] | np.ndarray, window: int) -> np.ndarray:
    """Average each value with the ones before it; the first ones average what there is, never zeros.

    Args:
        values: shape (n,).
        window: values averaged, from 1 up.

    Returns:
        Means, shape (n,).
    """
    total = np.concatenate([[0.0], np.cumsum(values, dtype=float)])
    last = np.arange(1, len(total))
    first = np.maximum(last - window, 0)
    return (total[last] - total[first]) / (last - first)
