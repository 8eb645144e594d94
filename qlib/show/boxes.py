"""Tensors drawn as boxes: every number a box, every dimension an arrow, every pair of brackets a frame."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Mark
from qlib.show.panel import Panel
from qlib.show.shapes import Arrow, Box, Words
from qlib.show.tokens import NAMES

TINTS = ("blue", "vermilion", "green", "gold")
GREY = "rule"
MIDDLE = 4.0
"""The height, in boxes, that every tensor is centred on."""
LEFT, RIGHT = -2.4, 15.6
"""The canvas's sides, in boxes."""
APART = "\N{EM SPACE}"
"""Between a line of code and its shapes."""


def canvas(marks: Sequence[Mark], title: str, alt: str, top: float = -0.8, bottom: float = 8.1) -> Drawing:
    """Put boxes on a canvas that is as large for every shape, so that nothing jumps, below a line of code.

    Args:
        marks: from the lowest to the topmost.
        title: the line of code.
        alt: as of `Drawing`.
        top, bottom: the canvas's ends, in boxes.
    """
    width = 780
    height = round(24 + width * (bottom - top) / (RIGHT - LEFT))
    return Drawing(Panel(marks, title=title, frame=(LEFT, top, RIGHT, bottom)), alt=alt, height=height, width=width)


def places(shape: Sequence[int]) -> np.ndarray:
    """Give the place of each number's box, row by row: shape (numbers, 2), in boxes, y downwards."""
    blocks, rows, columns = (1, 1, 1, *shape)[-3:]
    block, row, column = (grid.ravel() for grid in np.indices((blocks, rows, columns)))
    return np.stack([column, block * (rows + 0.5) + row], axis=1).astype(float)


def extent(shape: Sequence[int]) -> np.ndarray:
    """Give the width and the height from the first box's centre to the last one's."""
    return places(shape).max(axis=0)


def box(x: float, y: float, text: object, tint: str, edge: str = "ink", dash: int = 0, size: float = 13) -> Box:
    """Make one number in its box, centred at (x, y)."""
    return Box(float(x), float(y), 0.88, 0.88, str(text), edge, tint, size=size, dash=dash, solid=True)


def frames(shape: tuple[int, ...], origin: tuple[float, float], name: str) -> list[Mark]:
    """Make one frame per pair of brackets, one arrow per dimension with its number and size, and the name."""
    marks: list[Mark] = []
    spots = (places(shape) + origin).reshape(*shape, 2)
    for level in range(len(shape)):
        pad = 0.5 + 0.09 * (len(shape) - 1 - level)
        for corner in itertools.product(*(range(n) for n in shape[:level])):
            inside = spots[corner].reshape(-1, 2)
            low, high = inside.min(axis=0) - pad, inside.max(axis=0) + pad
            (x, y), (width, height) = ((low + high) / 2).tolist(), (high - low).tolist()
            marks.append(Box(x, y, width, height, colour="faint"))
    low, high = spots.reshape(-1, 2).min(axis=0) - 0.5, spots.reshape(-1, 2).max(axis=0) + 0.5
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    for dim, size in enumerate(shape):
        colour, words = NAMES[dim], f"dim {dim}: {size}"
        inner = len(shape) - 1 - dim
        if inner == 0:
            marks.append(Arrow(left, top - 0.45, right, top - 0.45, colour=colour))
            marks.append(Words(left, top - 0.45, words, colour, up=12))
        else:
            x = left - 0.45 - 1.2 * (inner - 1)
            end = bottom if inner > 1 else top + shape[-2]
            marks.append(Arrow(x, top, x, end, colour=colour))
            marks.append(Words(x, (top + end) / 2, words, colour, "middle", right=-12, turned=True))
    marks.append(Words(right + 0.2, (top + bottom) / 2, name, right=4))
    return marks
