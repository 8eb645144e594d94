"""Shapes worked out with a pencil, line by line: exercise 3.4's right ones, and what each known slip gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from qlib.lessons.expected import require

LINES: dict[str, tuple[tuple[int, ...], dict[tuple[int, ...], str]]] = {
    "observations": (
        (32, 8),
        {
            (256,): "cat joins end to end, stack keeps the observations apart",
            (8, 32): "stack's new dimension comes first here",
            (1, 32, 8): "stack adds one dimension",
            (32,): "each observation keeps its 8 numbers",
        },
    ),
    "values": (
        (32, 4),
        {
            (32, 8): "the last layer has an output for each action, and there are 4",
            (4, 32): "a network keeps the rows: one for each observation",
            (32,): "there are 4 values for each observation",
        },
    ),
    "index": (
        (32, 1),
        {(1, 32): "unsqueeze(0) makes a row, unsqueeze(1) a column", (32,): "unsqueeze adds a dimension"},
    ),
    "chosen": (
        (32, 1),
        {
            (32, 4): "gather's result has the index's shape",
            (1, 32): "gather's result has the index's shape",
            (32,): "gather keeps the dimension",
        },
    ),
    "best": (
        (32,),
        {
            (32, 1): "max takes its dimension away",
            (32, 4): "max takes its dimension away",
            (4,): "max(1) goes along the actions",
        },
    ),
    "difference": (
        (32, 32),
        {
            (32,): "chosen is still a column, and a column meets a row here",
            (32, 1): "best is a row, and a column meets a row here",
        },
    ),
    "loss": (
        (),
        {
            (1,): "a mean over everything leaves no dimension",
            (32,): "a mean over everything leaves no dimension",
            (32, 32): "the mean is one number",
        },
    ),
}
"""For each name the shape that it has, and what is to be said of shapes that it has not."""


def demand_shape(name: str, said: Any) -> None:
    """Demand the shape of one of `LINES`, as a tuple or list of whole numbers."""
    right, mistakes = LINES[name]
    hint = "write (32, 8) for two dimensions, (32,) for one, () for none"
    is_shape = isinstance(said, tuple | list) and all(_is_size(size) for size in said)
    require(is_shape, f"a shape for {name}", said, "a shape is a tuple of whole numbers", hint)
    shape = tuple(map(int, said))
    why = mistakes.get(shape, "go through the line dimension by dimension")
    hint = "in the explorer of section 4 you can try it"
    require(shape == right, f"another shape for {name}", str(shape), why, hint)


def _is_size(size: Any) -> bool:
    return isinstance(size, int | np.integer) and not isinstance(size, bool) and bool(size >= 0)
