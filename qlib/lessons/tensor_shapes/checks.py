"""The checks of lesson 02: shapes on the way from transitions to a loss."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch

from qlib.lessons.check import Mistake, answered, exercise, expect, recognise, require, tensor

# 5 transitions: every one of three actions, two terminations, no reward twice, values below and above zero.
CHOOSING = torch.tensor([[1.0, 5.0, 3.0], [4.5, 4.0, -1.0], [-6.0, -4.0, -3.0], [7.0, 9.0, 8.0], [2.0, 0.0, 6.0]])
VALUING = torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0], [-3.0, -4.0, -5.0], [7.0, 6.0, 8.0], [2.0, 9.0, -6.0]])
TRANSITIONS = [
    (
        torch.tensor([0.1, 0.2, 0.3, 0.4]) + row,
        (1, 0, 2, 1, 2)[row],
        1.0 - row,
        torch.tensor([0.5, 0.6, 0.7, 0.8]) + row,
        row in (1, 4),
    )
    for row in range(5)
]
COLUMNS = [
    ("observations", (5, 4), torch.float32),
    ("actions", (5,), torch.int64),
    ("rewards", (5,), torch.float32),
    ("next_observations", (5, 4), torch.float32),
    ("terminated", (5,), torch.bool),
]


@exercise("2.1 One table chooses, another values")
def values_of_choice(answer: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    """Check answer(choosing (B, A), valuing (B, A)) -> (B,)."""
    got = tensor(answer(CHOOSING, VALUING), "a tensor of shape (5,)")
    shape = tuple(got.shape)
    require(shape != (5, 1), "shape (5,)", got, "gather leaves its column in place", "squeeze(1) removes it")
    require(
        shape != (5, 5),
        "shape (5,)",
        got,
        "valuing[:, actions] takes every listed column for every row",
        "gather takes one entry per row: actions as a column, along dimension 1",
    )
    for wrong, why in (
        (VALUING.max(1)[0], "these are the maxima of valuing; choosing picks the action, valuing only says its worth"),
        (CHOOSING.max(1)[0], "these are the values that choosing gives itself; valuing says what the action is worth"),
        (CHOOSING.argmax(1), "these are the actions, and their values are wanted"),
    ):
        require(
            not recognise(got, {why: wrong}),
            "valuing's entry at choosing's best action",
            got,
            why,
            "argmax(1), then gather(1, ...)",
        )
    best = CHOOSING.argmax(1)
    expect(got, VALUING[torch.arange(5), best], "row i holds valuing's entry for choosing's best action in row i")
    try:
        one = tensor(answer(CHOOSING[:1], VALUING[:1]), "a tensor of shape (1,)")
    except IndexError as error:
        raise Mistake(
            f"not yet.\n  Expected a tensor of shape (1,) for a batch of one\n  Came     IndexError: {error}\n"
            "  Because  a batch may have any number of rows.\n  Hint     arange(5) counts five rows, here is one: "
            "len(choosing)."
        ) from error
    expect(one, VALUING[0, best[0]].unsqueeze(0), "a batch of one stays a batch", "squeeze(1): squeeze() takes every 1")


@exercise("2.2 From transitions to a batch")
def batch_of(answer: Callable[[list], tuple]) -> None:
    """Check answer(list of 5 transitions) -> five tensors, one row per transition."""
    got = answered(answer(TRANSITIONS))
    require(
        isinstance(got, tuple | list) and len(got) == 5 and all(isinstance(column, torch.Tensor) for column in got),
        "five tensors: observations, actions, rewards, next_observations, terminated",
        f"{type(got).__name__} of {', '.join(type(x).__name__ for x in got)}" if isinstance(got, tuple | list) else got,
        "a batch has one tensor per column, not one per transition",
        "zip(*transitions) turns rows into columns",
    )
    for column, (name, shape, dtype), rows in zip(got, COLUMNS, zip(*TRANSITIONS, strict=True), strict=True):
        came = tuple(column.shape)
        require(
            came != (20,),
            f"{name} of shape {shape}",
            f"shape {came}",
            "torch.cat joins along a dimension that is there, so the rows run together",
            "torch.stack makes a new dimension, one place per transition",
        )
        require(
            came != (5, 1),
            f"{name} of shape {shape}",
            f"shape {came}",
            "a column here meets a row in the loss, and that broadcasts",
            "keep it flat; unsqueeze only where gather needs it",
        )
        require(
            column.dtype == dtype or came != shape,
            f"{name} of dtype {dtype}",
            str(column.dtype),
            "gather takes whole numbers, and ~ takes booleans",
            "torch.tensor keeps the type of Python's numbers: int, float or bool",
        )
        expected = torch.stack(rows) if isinstance(rows[0], torch.Tensor) else torch.tensor(rows)
        expect(column, expected, f"{name} keeps the order of the transitions", f"{name} is one column of zip")


@exercise("2.3 A loss that refuses to broadcast")
def careful_mse(answer: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    """Check answer(values, targets): the mean squared error, or a ValueError where shapes differ."""
    values, targets = VALUING[:, 0], VALUING[:, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = _loss(answer, values, targets)
        require(
            not recognise(got, {"sum": ((values - targets) ** 2).sum()}),
            "the mean of the squared differences",
            got,
            "the loss is the mean over the batch, and this is the sum",
            "mean(), so that the size of the batch does not change the step",
        )
        expect(got, ((values - targets) ** 2).mean(), "equal shapes give the mean of the squared differences")
        column = values.unsqueeze(1)
        expect(_loss(answer, column, targets.unsqueeze(1)), got, "two columns are as good as two rows")
        learning = _loss(answer, values.clone().requires_grad_(), targets)
        require(
            learning.requires_grad,
            "a loss that backward() can start from",
            f"requires_grad={learning.requires_grad}",
            "a loss without a gradient teaches nothing",
            "no detach() and no no_grad() on the way from the values to the loss",
        )
        pairs = ((column, targets), (values, targets.unsqueeze(1)), (values, targets[:1]), (values, targets.sum()))
        for left, right in pairs:
            _demand_refusal(answer, left, right)


def _demand_refusal(answer: Callable, left: torch.Tensor, right: torch.Tensor) -> None:
    shapes = f"{tuple(left.shape)} against {tuple(right.shape)}"
    try:
        got = answer(left, right)
    except ValueError as error:
        require(
            all(str(tuple(x.shape)) in str(error) or str(list(x.shape)) in str(error) for x in (left, right)),
            f"a message with both shapes, {shapes}",
            str(error),
            "whoever reads the error should see at once what came",
            "put values.shape and targets.shape into the message",
        )
        return
    except Exception as error:
        raise Mistake(
            f"not yet.\n  Expected a ValueError for {shapes}\n  Came     {type(error).__name__}: {error}\n  Because  "
            "an assert disappears under python -O, and callers catch ValueError.\n  Hint     raise ValueError(...)."
        ) from error
    require(
        False,
        f"a ValueError for {shapes}",
        got,
        "these shapes differ, and PyTorch would stretch one to fit the other",
        "compare values.shape with targets.shape, whole, before anything else",
    )


def _loss(answer: Callable, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    try:
        return tensor(answer(values, targets), "a tensor with the loss")
    except ValueError as error:
        raise Mistake(
            f"not yet.\n  Expected the loss of two tensors of shape {tuple(values.shape)}\n  Came     ValueError: "
            f"{error}\n  Because  equal shapes are fine.\n  Hint     raise only where the shapes differ."
        ) from error
