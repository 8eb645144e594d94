"""Tensors drawn as boxes: every number a box, every dimension an arrow, every pair of brackets a frame."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from qlib.show.picture import COLOURS, blank

TINTS = ["#cfe5f3", "#ffe0c2", "#cdeee0", "#f3d9e8"]
GREY = "#eeeeee"
MIDDLE = 4.0
"""The height, in boxes, that every tensor is centred on."""


def canvas() -> tuple[Figure, Axes]:
    """Make a figure that is all canvas: one size for every shape, so that nothing jumps, and quick to draw."""
    fig, ax = blank(7.8, 4.2, 0.93)
    ax.set(xlim=(-2.4, 16.0), ylim=(8.1, -0.8), aspect="equal")
    return fig, ax


def title(ax: Axes, text: str) -> None:
    """Write a line of code above a canvas."""
    ax.text(0.01, 1.0, text, transform=ax.transAxes, family="monospace", fontsize=11, va="bottom")


def places(shape: Sequence[int]) -> np.ndarray:
    """Give the place of each number's box, row by row: shape (numbers, 2), in boxes, y downwards."""
    blocks, rows, columns = (1, 1, 1, *shape)[-3:]
    block, row, column = (grid.ravel() for grid in np.indices((blocks, rows, columns)))
    return np.stack([column, block * (rows + 0.5) + row], axis=1).astype(float)


def extent(shape: Sequence[int]) -> np.ndarray:
    """Give the width and the height from the first box's centre to the last one's."""
    return places(shape).max(axis=0)


def box(ax: Axes, x: float, y: float, text: object, colour: str, edge: str, behind: bool = False) -> None:
    """Draw one number in its box, centred at (x, y); `behind`: beneath all that stands still."""
    low, high = (0.1, 0.2) if behind else (1.0, 3.0)
    square = Rectangle((x - 0.44, y - 0.44), 0.88, 0.88, facecolor=colour, edgecolor=edge, linewidth=1, zorder=low)
    ax.add_patch(square)
    ax.text(x, y, str(text), ha="center", va="center", fontsize=9, color="black", zorder=high)


def frames(ax: Axes, shape: tuple[int, ...], origin: tuple[float, float], name: str) -> None:
    """Draw one frame per pair of brackets, and one arrow per dimension with its number and size."""
    spots = (places(shape) + origin).reshape(*shape, 2)
    for level in range(len(shape)):
        pad = 0.5 + 0.09 * (len(shape) - 1 - level)
        for corner in itertools.product(*(range(n) for n in shape[:level])):
            inside = spots[corner].reshape(-1, 2)
            low, high = inside.min(axis=0) - pad, inside.max(axis=0) + pad
            width, height = high - low
            ax.add_patch(FancyBboxPatch(low, width, height, "round,pad=0,rounding_size=0.12", fill=False, ec="#555555"))
    low, high = spots.reshape(-1, 2).min(axis=0) - 0.5, spots.reshape(-1, 2).max(axis=0) + 0.5
    for dim, size in enumerate(shape):
        colour = COLOURS[dim]
        inner = len(shape) - 1 - dim
        if inner == 0:
            start, end, at = (low[0], low[1] - 0.45), (high[0], low[1] - 0.45), (low[0], low[1] - 0.62)
            ax.text(*at, f"dim {dim}: {size}", color=colour, fontsize=9, ha="left", va="bottom")
        else:
            x = low[0] - 0.45 - 0.85 * (inner - 1)
            bottom = high[1] if inner > 1 else low[1] + shape[-2]
            start, end = (x, low[1]), (x, bottom)
            ax.text(
                x - 0.12, (low[1] + bottom) / 2, f"dim {dim}: {size}", color=colour, fontsize=9, rotation=90,
                ha="right", va="center",
            )  # fmt: skip
        ax.add_patch(
            FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color=colour, shrinkA=0, shrinkB=0)
        )
    ax.text(high[0] + 0.2, (low[1] + high[1]) / 2, name, fontsize=10, style="italic", va="center")
