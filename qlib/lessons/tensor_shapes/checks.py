"""The checks of lesson 03: shapes on the way from transitions to a loss."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch

from qlib.lessons.check import answered, exercise, expect, explain, refuse, require, tensor

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
_NEEDS = {
    torch.float32: "the network calculates with 32 bits, and the loss takes two tensors of one kind",
    torch.int64: "gather takes whole numbers",
    torch.bool: "~ takes booleans",
}


@exercise("3.1 One table chooses, another values")
def values_of_choice(answer: Callable) -> None:
    """Check answer(choosing (B, A), valuing (B, A)) -> (B,)."""
    best = CHOOSING.argmax(1)
    right = VALUING[torch.arange(5), best]
    mistakes = {
        "gather leaves its column in place, (5, 1): squeeze(1) removes it": right.unsqueeze(1),
        "valuing[:, actions] takes every listed column for every row: gather takes one entry a row": VALUING[:, best],
        "the maxima of valuing are taken: choosing picks the action, valuing only says its worth": VALUING.max(1)[0],
        "the values are taken that choosing gives itself: valuing says what the action is worth": CHOOSING.max(1)[0],
        "these are the actions, and their values are wanted": best,
    }
    got = answer(CHOOSING.clone(), VALUING.clone())
    refuse(got, mistakes, "argmax(1), then gather(1, ...) with the actions as a column")
    expect(got, right, "row i holds valuing's entry for choosing's best action in row i")
    why = "a batch may have any number of rows"
    hint = "arange(5) counts five rows, here is one: len(choosing)"
    with explain(IndexError, "a tensor of shape (1,) for a batch of one", why, hint):
        one = answer(CHOOSING[:1], VALUING[:1])
    expect(one, right[:1], "a batch of one stays a batch", "squeeze(1): squeeze() takes every 1")


@exercise("3.2 From transitions to a batch")
def batch_of(answer: Callable) -> None:
    """Check answer(list of 5 transitions) -> five tensors, one row per transition."""
    got = answered(answer(TRANSITIONS))
    several = isinstance(got, tuple | list)
    kinds = f"{type(got).__name__} of {', '.join(type(x).__name__ for x in got)}" if several else got
    five = several and len(got) == 5 and all(isinstance(column, torch.Tensor) for column in got)
    names = ", ".join(name for name, *_ in COLUMNS)
    why = "a batch has one tensor per column, not one per transition"
    require(five, f"five tensors: {names}", kinds, why, "zip(*transitions) turns rows into columns")
    for column, (name, shape, dtype), rows in zip(got, COLUMNS, zip(*TRANSITIONS, strict=True), strict=True):
        right = torch.stack(rows) if isinstance(rows[0], torch.Tensor) else torch.tensor(rows)
        mistakes = {
            "torch.cat joins along a dimension that is there, so the rows run together": right.flatten(),
            "a column stays, (5, 1): a column here meets a row in the loss, and that broadcasts": right.unsqueeze(1),
        }
        hint = f"{name}: shape {shape}, as torch.stack or torch.tensor makes it"
        refuse(column, {why: wrong for why, wrong in mistakes.items() if wrong.shape != shape}, hint)
        expect(column, right, f"{name} keeps the order of the transitions", f"{name} is one column of zip")
        hint = "torch.tensor keeps the type of Python's numbers: int, float or bool"
        require(column.dtype == dtype, f"{name} of dtype {dtype}", column.dtype, _NEEDS[dtype], hint)


@exercise("3.3 A loss that refuses to broadcast")
def careful_mse(answer: Callable) -> None:
    """Check answer(values, targets): the mean squared error, or a ValueError where shapes differ."""
    values, targets = VALUING[:, 0], VALUING[:, 1]
    column = values.unsqueeze(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with explain(ValueError, "the loss of two tensors of equal shape", "equal shapes are fine", "raise for others"):
            got = tensor(answer(values, targets), "a tensor with the loss")
            columns = answer(column, targets.unsqueeze(1))
            learning = tensor(answer(values.clone().requires_grad_(), targets), "a tensor with the loss")
        mistakes = {
            "the errors are summed: the size of the batch must not change the step, and this is the sum": (
                (values - targets) ** 2
            ).sum(),
            "the errors are made absolute": (values - targets).abs().mean(),
        }
        refuse(got, mistakes, "the mean of the squared differences")
        expect(got, ((values - targets) ** 2).mean(), "equal shapes give the mean of the squared differences")
        expect(columns, got, "two columns are as good as two rows")
        alive = f"requires_grad={learning.requires_grad}"
        why = "a loss without a gradient teaches nothing"
        hint = "no detach() and no no_grad() on the way from the values to the loss"
        require(learning.requires_grad, "a loss that backward() can start from", alive, why, hint)
        for pair in ((column, targets), (values, targets.unsqueeze(1)), (values, targets[:1]), (values, targets.sum())):
            _demand_refusal(answer, *pair)


def _demand_refusal(answer: Callable, left: torch.Tensor, right: torch.Tensor) -> None:
    shapes = f"{tuple(left.shape)} against {tuple(right.shape)}"
    refusal = f"a ValueError for {shapes}"
    try:
        why = "callers catch ValueError, and an assert disappears under python -O"
        with explain((AssertionError, RuntimeError, TypeError), refusal, why, "raise ValueError(...)"):
            got = answer(left, right)
    except ValueError as error:
        both = all(str(tuple(x.shape)) in str(error) or str(list(x.shape)) in str(error) for x in (left, right))
        why = "whoever reads the error should see at once what came"
        hint = "put values.shape and targets.shape into the message"
        require(both, f"a message with both shapes, {shapes}", str(error), why, hint)
    else:
        why = "these shapes differ, and PyTorch would stretch one to fit the other"
        require(False, refusal, got, why, "compare values.shape with targets.shape, whole, before anything else")
