"""What an operation does to a tensor: the boxes move, one line of code and one sentence say why."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.show.boxes import APART, GREY, MIDDLE, RIGHT, TINTS, box, canvas, extent, frames, places
from qlib.show.drawing import Drawing
from qlib.show.marks import Mark
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Words

SHAPES = ["(4,)", "(1, 4)", "(3,)", "(3, 1)", "(3, 2)"]
"""The shapes that the explorer offers: an observation, a batch of one, actions as a row and as a column, values."""

OPERATIONS = {
    "unsqueeze": "a.unsqueeze({dim})",
    "squeeze": "a.squeeze({dim})",
    "stack": "torch.stack([a, b], {dim})",
    "cat": "torch.cat([a, b], {dim})",
    "gather": "a.gather({dim}, index)",
    "max": "a.max({dim})[0]",
    "transpose": "a.transpose(0, {dim})",
}
"""The explorer's operations, each with the line of code that it runs."""


def explore(shape: str, operation: str, dim: int, move: float = 1.0) -> tuple[Drawing, str]:
    """Draw what an operation does to a tensor, box by box.

    Args:
        shape: the tensor's shape, such as "(3, 2)", at most two dimensions.
        operation: one of `OPERATIONS`.
        dim: the dimension it works on; one that does not exist is answered with a sentence.
        move: how far the boxes are on their way, from 0 (the result is hidden) to 1.

    Returns:
        The drawing, and the line of code with what it does.
    """
    marks, title, alt, words = _explored(shape, operation, dim, move)
    return canvas(marks, title, alt), words


def _explored(shape: str, operation: str, dim: int, move: float = 1.0) -> tuple[list[Mark], str, str, str]:
    """Return the marks, the line of code, what there is to see, and what is said below it."""
    tensors = _inputs(ast.literal_eval(shape), operation, dim)
    code = OPERATIONS[operation].format(dim=dim)
    colours = _colours(tensors)
    inputs, starts = _draw_inputs(tensors, colours)
    try:
        result = _run(code, tensors)
    except (IndexError, RuntimeError) as error:
        title, alt = f"{code}{APART}raises an {type(error).__name__}", f"{code} of shape {shape} raises an error."
        return inputs, title, alt, _refusal(tensors["a"], operation, dim, error)
    before = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in tensors.items())
    if move <= 0:
        unknown = Words(8.5, MIDDLE, "?", "faint", "middle", size=56)
        alt = f"{code}: {before}, the result is hidden."
        words = f"{code}: {before}. Say the shape that comes out, then move to the right."
        return [*inputs, unknown], f"{code}{APART}{before} → ?", alt, words
    after = tuple(result.shape)
    origin = (6.4 + (1.2 if result.ndim == 3 else 0.0), MIDDLE - extent(after)[1] / 2)
    moving: list[Mark] = []
    for value, target in zip(result.flatten().tolist(), places(after) + origin, strict=True):
        x, y = (1 - move) * starts[value] + move * target
        moving.append(box(x, y, value, colours[value]))
    # Under way they lie below all that stands still, so that the input stays readable.
    marks = [*moving, *inputs] if move < 1 else [*inputs, *frames(after, origin, "result"), *moving]
    words = f"{code}: {before} → {after}. {_meaning(tensors['a'], operation, dim)}"
    return marks, f"{code}{APART}{before} → {after}", f"{code}: {before} becomes {after}.", words


def allowed_dims(n_dims: int, operation: str) -> list[int]:
    """List the dimensions that an operation accepts for a tensor of `n_dims` dimensions."""
    ends = n_dims + 1 if operation in ("unsqueeze", "stack") else n_dims
    return list(range(-ends, ends))


def still(shape: str, operation: str, dim: int) -> Drawing:
    """Draw one row's operation without the empty canvas above and below it."""
    marks, title, alt, _ = _explored(shape, operation, dim)
    return canvas(marks, title, alt, 1.1, 6.5)


def asked(shape: str, operation: str, dim: int) -> Callable[[Any], Drawing]:
    """Make what a question about a shape shows: the boxes, and beside them the shape that was guessed, or None."""

    def draw(guess: Any) -> Drawing:
        tall = operation == "gather"  # its index stands below its values
        drawing = explore(shape, operation, dim)[0] if tall else still(shape, operation, dim)
        if guess is None:
            return drawing
        frame = drawing.panels[0].frame
        assert frame is not None, "a canvas has one"
        top = frame[1]  # no result reaches up there
        said = drawing.with_marks(Words(RIGHT - 0.2, top + 0.4, f"you said {guess}", "purple", "end", size=14))
        said.alt += f" You said {guess}."
        return said

    return draw


def waves(x: np.ndarray, curves: dict[str, np.ndarray]) -> Drawing:
    """Draw what a whole and a broken loss fitted, beside the targets: label to values, each of shape (n,), as x."""
    alt = "The whole loss follows the targets' wave; the broken one is a flat line at their mean."
    return Drawing(Panel(lines(x, curves), Axis("input", -1, 1), Axis("value", -0.3, 2.3)), alt=alt)


def _inputs(shape: tuple[int, ...], operation: str, dim: int) -> dict[str, torch.Tensor]:
    """Make the tensors that an operation needs; all numbers differ, so that each box can be followed."""
    n = int(np.prod(shape))
    order = [(5 * i + 2) % n for i in range(n)] if operation in ("max", "gather") else list(range(n))
    tensors = {"a": torch.tensor(order).reshape(shape)}
    if operation in ("stack", "cat"):
        tensors["b"] = tensors["a"] + n
    if operation == "gather":
        along = dim if dim in allowed_dims(len(shape), operation) else -1
        chosen = list(shape)
        chosen[along] = 1
        index = (torch.arange(n // shape[along]) + 1) % shape[along]
        tensors["index"] = index.reshape(chosen)
    return tensors


def _run(code: str, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    """Run one of the lines of OPERATIONS: what is shown is what happens."""
    return eval(code, {"torch": torch, **tensors})


def _meaning(a: torch.Tensor, operation: str, dim: int) -> str:
    size = a.shape[dim] if dim in allowed_dims(a.ndim, "squeeze") else None
    return {
        "unsqueeze": "A new dimension of size 1: the same numbers in the same order, inside one more frame.",
        "squeeze": f"Dimension {dim} had size 1, and it is gone."
        if size == 1
        else f"Dimension {dim} has size {size}, not 1: squeeze leaves the tensor as it is, and says nothing.",
        "stack": "A new dimension of size 2, with one place for each tensor.",
        "cat": f"No new dimension: dimension {dim} grows from {size} to {2 * (size or 0)}.",
        "gather": f"Along dimension {dim} one number is picked for each entry of index; the result has index's shape.",
        "max": f"The largest along dimension {dim} stays, and the dimension is gone. [0] takes values, [1] places.",
        "transpose": "Dimension 0 changes places with itself: nothing happens."
        if dim in (0, -a.ndim)
        else f"Dimensions 0 and {dim} change places: what stood at [i, j] stands at [j, i].",
    }[operation]


def _refusal(a: torch.Tensor, operation: str, dim: int, error: Exception) -> str:
    dims = allowed_dims(a.ndim, operation)
    plural = "" if a.ndim == 1 else "s"
    return (
        f"There is no dimension {dim} here. a has {a.ndim} dimension{plural}, so {operation} takes a dim from "
        f"{dims[0]} to {dims[-1]}. PyTorch's words: {type(error).__name__}: {error}."
    )


def _draw_inputs(tensors: dict[str, torch.Tensor], colours: dict[int, str]) -> tuple[list[Mark], dict[int, np.ndarray]]:
    """Draw the tensors that go in, one below the other; return the marks, and where each number stands."""
    heights = [extent(tensor.shape)[1] for tensor in tensors.values()]
    gap = 2.5  # room for the lower one's arrow
    top = MIDDLE - (sum(heights) + gap * (len(heights) - 1)) / 2
    marks: list[Mark] = []
    starts: dict[int, np.ndarray] = {}
    for (name, tensor), height in zip(tensors.items(), heights, strict=True):
        origin = (0.0, top)
        marks += frames(tuple(tensor.shape), origin, name)
        for value, (x, y) in zip(tensor.flatten().tolist(), places(tensor.shape) + origin, strict=True):
            marks.append(box(x, y, value, GREY if name == "index" else colours[value], edge="faint"))
            if name != "index":
                starts[value] = np.array([x, y])
        top += height + gap
    return marks, starts


def _colours(tensors: dict[str, torch.Tensor]) -> dict[int, str]:
    """Colour each number by its row, or by its tensor where there are two."""
    rows = tensors.values() if "b" in tensors else torch.atleast_2d(tensors["a"])
    return {value: tint for tint, row in zip(TINTS, rows, strict=False) for value in row.flatten().tolist()}
