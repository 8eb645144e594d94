"""Pictures of lesson 14: what a unit sees, and frames beside one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from qlib.show.drawing import Drawing
from qlib.show.marks import Heat, Line, Mark
from qlib.show.panel import Panel, tidy
from qlib.show.shapes import Box, Words

SIDE = 12  # pixels of the explorer's image, both ways
PLACES = 8  # of a unit, both ways, from edge to edge
GAP = 6  # cells between an image and what is made of it


def field(layers: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return how many pixels across one unit sees, and how many pixels lie between two neighbours.

    Args:
        layers: (size, stride) of each, from the pixels up.
    """
    across, apart = 1, 1
    for size, stride in layers:
        across, apart = across + (size - 1) * apart, apart * stride
    return across, apart


def ball_and_paddle() -> np.ndarray:
    """Draw a ball over a paddle, shape (12, 12), from 0 to 1."""
    rows, columns = np.indices((SIDE, SIDE))
    image = np.clip(2.6 - np.hypot(rows - 3.5, columns - 6.5), 0, 1)
    image[10, 2:8] = 1
    return image


def edges(size: int) -> np.ndarray:
    """Return a filter that answers to a left edge, shape (size, size)."""
    return np.tile(np.linspace(-1, 1, size), (size, 1)) / size


def blur(size: int) -> np.ndarray:
    """Return a filter that takes the mean, shape (size, size)."""
    return np.full((size, size), 1 / size**2)


def through(row: int, column: int, size: int, stride: int) -> tuple[Drawing, str]:
    """Draw an image, two layers above it, and what one unit of the second sees of both.

    Args:
        row, column: the unit's place, from 0 at one edge to 7 at the other.
        size: of both filters.
        stride: of both.
    """
    maps, kinds = [ball_and_paddle()], (edges(size), blur(size))
    for weights in kinds:
        below = torch.from_numpy(maps[-1])[None, None]
        maps.append(F.conv2d(below, torch.from_numpy(weights)[None, None], stride=stride).relu()[0, 0].numpy())
    last = len(maps[2]) - 1
    unit = tuple(round(place / (PLACES - 1) * last) for place in (row, column))
    across, apart = field([(size, stride)] * 2)
    boxes = [(unit[0] * apart, unit[1] * apart, across), (unit[0] * stride, unit[1] * stride, size), (*unit, 1)]
    names = f"{SIDE} × {SIDE} pixels", "layer 1: left edges", "layer 2: their mean"
    marks: list[Mark] = []
    corners = []
    for k, (values, (top, left, wide), name) in enumerate(zip(maps, boxes, names, strict=True)):
        x, y = k * (SIDE + GAP), (SIDE - len(values)) / 2
        marks += [*_map(-values if k == 0 else values, x, y), Words(x, -0.7, name, "faint")]  # pixels in blue
        marks.append(Box(x + left + wide / 2, y + top + wide / 2, wide, wide, colour="vermilion", edge=2.5))
        corners.append((x + left, y + top, wide))
    for k, (weights, share) in enumerate(zip(kinds, (size, size**2), strict=True)):
        at = k * (SIDE + GAP) + SIDE + (GAP - size) / 2
        marks += [*_reach(corners[k], corners[k + 1]), *_weights(weights * share, at, SIDE + 1)]
        marks.append(Words(at + size + 0.3, SIDE + 1 + size / 2, f"÷ {share}", "faint"))
    value = maps[2][unit]
    words = (
        f"Size {size}, stride {stride}: {SIDE} × {SIDE} pixels become {len(maps[1])} × {len(maps[1])} units, then "
        f"{last + 1} × {last + 1}. The unit in row {unit[0]}, column {unit[1]} sees {across} × {across} pixels, "
        f"from row {unit[0] * apart} and column {unit[1] * apart} on. Its value is {tidy(round(float(value), 2))}."
    )
    canvas = Panel(marks, frame=(-0.5, -1.6, 3 * SIDE + 2 * GAP + 0.5, SIDE + 5.6))
    return Drawing(canvas, alt=f"From pixels to a unit of the second layer. {words}", height=330, width=860), words


def _map(values: np.ndarray, x: float, y: float) -> list[Mark]:
    rows, columns = values.shape
    shown = np.round(values, 2)[::-1]
    edge = Box(x + columns / 2, y + rows / 2, columns, rows, colour="faint")
    return [Heat(shown, x, x + columns, y + rows, y, low=-1, high=1, scale="differences"), edge]


def _reach(seen: tuple[float, float, float], unit: tuple[float, float, float]) -> list[Mark]:
    (x, y, wide), (to_x, to_y, high) = seen, unit
    ends = ((y, to_y), (y + wide, to_y + high))
    return [Line([x + wide, to_x], end, colour="vermilion", width=1.0) for end in ends]


def _weights(weights: np.ndarray, x: float, y: float) -> list[Mark]:
    return [
        Box(x + c + 0.5, y + r + 0.5, 1, 1, tidy(round(float(value), 1)), "faint", size=9.0)
        for (r, c), value in np.ndenumerate(weights)
    ]


def frames(images: Sequence[np.ndarray], names: Sequence[str], colours: Sequence[str] = ("paper", "ink")) -> Drawing:
    """Draw frames beside one another.

    Args:
        images: whole numbers that choose a colour, or True and False; each of shape (H, W).
        names: of each.
        colours: names of colours.
    """
    rows, columns = images[0].shape
    told = "; ".join(f"{name}: {_where(image)}" for name, image in zip(names, images, strict=True))
    alt = f"Frames of {rows} by {columns} pixels. {told}."
    return Drawing(canvas(images, names, colours), alt=alt, height=260)


def canvas(
    images: Sequence[np.ndarray], names: Sequence[str], colours: Sequence[str] = ("paper", "ink"), title: str = ""
) -> Panel:
    """Make the panel of `frames`."""
    marks: list[Mark] = []
    rows, columns = images[0].shape
    apart = max(columns, 6) + 2
    for k, (image, name) in enumerate(zip(images, names, strict=True)):
        x = k * apart
        marks += [
            Heat(np.asarray(image)[::-1].astype(int), x, x + columns, rows, 0, colours=colours),
            Box(x + columns / 2, rows / 2, columns, rows, colour="faint"),
        ]
        marks += [Words(x, -0.7, name, "faint")] if name else []
    return Panel(marks, title=title, frame=(-0.5, -1.5, max(len(images) * apart, 24), max(rows, 10) + 0.5))


def _where(image: np.ndarray) -> str:
    places = np.argwhere(image)
    if len(places) > 3:
        return f"{len(places)} pixels are on"
    return " and ".join(f"row {row}, column {column}" for row, column in places) or "empty"
