"""The checks of lesson 03: shapes on the way from transitions to a loss."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, explain, require, tensor
from qlib.lessons.judge import judge, judge_sentences, refuse
from qlib.lessons.tensor_shapes.pencil import LINES, demand_shape

COLUMNS = {  # name: NumPy's letters for the kinds of numbers, what these are called, why
    "observations": ("f", "floats", "the network calculates with them"),
    "actions": ("iu", "whole numbers", "gather takes whole numbers"),
    "rewards": ("f", "floats", "a reward may be a fraction"),
    "next_observations": ("f", "floats", "the network calculates with them"),
    "terminated": ("b", "booleans", "~ turns booleans round in lesson 06, and does something else to numbers"),
}
APART = [  # pairs of shapes that exercise 3.3 must refuse
    *(((5, 1), (5,)), ((5,), (5, 1)), ((5,), (1,)), ((5,), ()), ((), (1,)), ((1,), ()), ((1, 1), (1,)), ((5,), (4,))),
    *(((2, 3), (3, 2)), ((2, 3), (6,)), ((4, 1), (1, 4)), ((3, 4), (4,)), ((3, 1), (3, 2)), ((2, 3, 1), (2, 3))),
    *(((2, 3, 4), (2, 1, 4)), ((2, 3, 1), (2, 3, 4))),
]
_WHOLE = "compare values.shape with targets.shape, whole, before anything else"
SENTENCES = {  # whether the experiment supports it, and what to say of a wrong choice
    "A": (True, "read A again, word by word: it says no more than what was measured"),
    "B": (False, "it says more than was measured: runs of 350 steps say nothing of longer ones, nor 16 agents of all"),
    "C": (True, "read C again, word by word: it says no more than what was measured"),
    "D": (False, "the experiment changed one line, and the rate was the same for all: it says nothing about rates"),
    "E": (True, "read E again, word by word: it says no more than what was measured"),
}


@exercise("3.1 One table chooses, another says the worth")
def values_of_choice(answer: Callable) -> None:
    """Check answer(choosing (B, A), valuing (B, A)) -> (B,)."""
    generator = torch.Generator().manual_seed(31)
    trials = []
    for rows, n_actions in ((5, 3), (3, 3), (1, 2), (64, 2), (2, 7), (1, 1), (6, 1), (4, 3)):
        choosing, valuing = torch.randn(2, rows, n_actions, generator=generator) * 5 - 3
        if rows == 4:  # ties, and as much worth whichever of them is taken
            choosing[1:, 0] = choosing[1:, 2] = 9.0
            valuing[:, 0] = valuing[:, 2]
        best = choosing.argmax(1)
        right = valuing[torch.arange(rows), best]
        expected, why = f"a tensor of shape ({rows},)", f"here a batch has {rows} rows and {n_actions} actions"
        with explain(IndexError, expected, why, "which number counts rows, and which one actions?"):
            got = answer(choosing.clone(), valuing.clone())
        other = choosing[torch.arange(rows), valuing.argmax(1)]
        mistakes = {
            "gather leaves its column in place, (B, 1): squeeze(1) removes it": right.unsqueeze(1),
            "valuing[:, actions] takes every listed column for every row: gather takes one entry a row": valuing[
                :, best
            ],
            "the maxima of valuing are taken: choosing picks the action, valuing only says its worth": valuing.max(1)[
                0
            ],
            "the values are taken that choosing gives itself: valuing says what the action is worth": choosing.max(1)[
                0
            ],
            "the tables are exchanged: choosing chooses, valuing values": other,
            "the worst action is chosen: argmax, not argmin": valuing[torch.arange(rows), choosing.argmin(1)],
            "these are the actions, and their values are wanted": best,
            "squeeze() takes every 1, also the batch of one: squeeze(1) takes the column only": right.squeeze(),
        }
        trials.append((f"for {rows} rows and {n_actions} actions", got, right, mistakes))
    why, hint = "row i holds valuing's entry for choosing's best action in row i", "argmax(1), then gather(1, a column)"
    judge(trials, why, hint)


@exercise("3.2 From transitions to a batch")
def batch_of(answer: Callable) -> None:
    """Check answer(list of transitions) -> five tensors or arrays, one row per transition."""
    generator = torch.Generator().manual_seed(32)
    trials: dict[str, list] = {name: [] for name in COLUMNS}
    for n in (5, 1, 2, 32):
        transitions = [_transition(generator, row, n) for row in range(n)]
        transitions[-1] = transitions[n // 2]  # one that was drawn twice
        got = answered(answer(list(transitions)))
        several = isinstance(got, tuple | list)
        kinds = f"{type(got).__name__} of {', '.join(type(x).__name__ for x in got)}" if several else got
        five = several and len(got) == 5 and all(isinstance(column, torch.Tensor | np.ndarray) for column in got)
        why, hint = (
            "a batch has one tensor per column, not one per transition",
            "zip(*transitions) turns rows into columns",
        )
        require(five, f"five tensors: {', '.join(COLUMNS)}", kinds, why, hint)
        rights = dict(zip(COLUMNS, (_column(rows) for rows in zip(*transitions, strict=True)), strict=True))
        twins = {"observations": "next_observations", "next_observations": "observations"}
        for column, (name, right) in zip(got, rights.items(), strict=True):
            mistakes = {
                "torch.cat joins along a dimension that is there, so the rows run together": right.flatten(),
                "a column stays, (B, 1): a column here meets a row in the loss, and that broadcasts": right.unsqueeze(
                    1
                ),
                "the order is turned round": right.flip(0),
                "squeeze() takes every 1, also the batch of one": right.squeeze(),
                "observations and next_observations are exchanged": rights[twins.get(name, name)],
                "the first transition is left out": right[1:],
                "the last transition is left out": right[:-1],
            }
            trials[name].append((f"for {n} transitions", column, right, mistakes))
    for name, tried in trials.items():
        kinds, called, why = COLUMNS[name]
        judge(
            tried, f"{name} keeps the transitions and their order", f"{name}: as torch.stack or torch.tensor makes it"
        )
        for _, column, *_ in tried:
            kind = np.asarray(column.detach().cpu() if isinstance(column, torch.Tensor) else column).dtype.kind
            hint = "torch.tensor keeps the type of Python's numbers: int, float or bool"
            require(kind in kinds, f"{name} of {called}", str(column.dtype), why, hint)


@exercise("3.3 A loss that refuses to broadcast")
def careful_mse(answer: Callable) -> None:
    """Check answer(values, targets): the mean squared error, or a ValueError where shapes differ."""
    generator = torch.Generator().manual_seed(33)
    trials, slopes = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for shape in ((5,), (5, 1), (1,), (3, 4), (64,), (2, 3, 2), (1, 5), ()):
            values, targets = torch.randn(2, *shape, generator=generator) * 3
            learning = values.clone().requires_grad_()
            expected, why = "the loss of two tensors of equal shape", f"equal shapes are fine, here {shape}"
            with explain(ValueError, expected, why, "raise for others"):
                got = tensor(answer(learning, targets), "a tensor with the loss")
            errors = values - targets
            mistakes = {
                "the errors are summed: the size of the batch must not change the step, and this is the sum": (
                    errors.square().sum()
                ),
                "the errors are made absolute": errors.abs().mean(),
                "half the mean is taken": errors.square().mean() / 2,
                "the root is taken": errors.square().mean().sqrt(),
                "the mean is squared, not the errors": errors.mean().square(),
                "no mean is taken: one number is wanted": errors.square(),
                "it is divided by the number of rows only": errors.square().sum() / max(len(errors) if shape else 1, 1),
            }
            trials.append((f"for shape {shape}", got, errors.square().mean(), mistakes))
            slopes.append((learning, got, 2 * errors / errors.numel()))
        judge(trials, "equal shapes give the mean of the squared differences", "the mean of the squared differences")
        for learning, got, right in slopes:
            _demand_gradient(learning, got, right)
        for left, right in APART:
            _demand_refusal(answer, torch.randn(left, generator=generator), torch.randn(right, generator=generator))


@exercise("3.4 Shapes by pencil")
def shapes_by_pencil(answer: Callable) -> None:
    """Check answer() -> the shape of each name in `LINES`, as a dictionary of tuples."""
    got = answered(answer())
    why = "the table has these seven rows"
    is_table = isinstance(got, dict) and set(got) == set(LINES)
    require(is_table, f"a dictionary with the names {', '.join(LINES)}", got, why, "keep the names")
    for name in LINES:
        demand_shape(name, answered(got[name]))


@exercise("3.5 What does the experiment show?")
def supported(answer: Callable) -> None:
    """Check answer() -> the letters of the sentences that the experiment supports: A, C and E."""
    judge_sentences(answer(), SENTENCES)


def _transition(generator: torch.Generator, row: int, n: int) -> tuple:
    observation, following = torch.randn(2, 4, generator=generator)
    action = int(torch.randint(3, (), generator=generator)) if row else 2
    reward = float(torch.randn((), generator=generator)) if row % 3 else -10.0
    return observation, action, reward, following, row in (1, n - 1)


def _column(rows: Iterable[Any]) -> torch.Tensor:
    rows = list(rows)
    return torch.stack(rows) if isinstance(rows[0], torch.Tensor) else torch.tensor(rows)


def _demand_gradient(learning: torch.Tensor, loss: torch.Tensor, right: torch.Tensor) -> None:
    why = "a loss without a gradient teaches nothing"
    hint = "no detach(), no item() and no no_grad() on the way from the values to the loss"
    alive = f"requires_grad={loss.requires_grad}"
    require(loss.requires_grad, "a loss that backward() can start from", alive, why, hint)
    (slope,) = torch.autograd.grad(loss, learning, allow_unused=True)
    got = torch.zeros_like(right) if slope is None else slope
    refuse(got, {"the gradient is lost on the way to the values": torch.zeros_like(right)}, hint)
    expect(got, right, "the gradient is 2 / n times each difference", hint)


def _demand_refusal(answer: Callable, left: torch.Tensor, right: torch.Tensor) -> None:
    shapes = f"{tuple(left.shape)} against {tuple(right.shape)}"
    refusal = f"a ValueError for {shapes}"
    slipped, theirs = "your comparison lets these two through", "^The (expanded )?size of (the )?tensor"
    try:
        why = "callers catch ValueError, and an assert disappears under python -O"
        with explain((AssertionError, RuntimeError, TypeError), refusal, why, "raise ValueError(...)"):
            with explain(RuntimeError, refusal, f"{slipped}, and the error is PyTorch's own", _WHOLE, theirs):
                got = answer(left, right)
    except ValueError as error:
        both = all(str(tuple(x.shape)) in str(error) or str(list(x.shape)) in str(error) for x in (left, right))
        why = "whoever reads the error should see at once what came"
        hint = "put values.shape and targets.shape into the message"
        require(both, f"a message with both shapes, {shapes}", str(error), why, hint)
    else:
        why = "these shapes differ, and PyTorch would stretch one to fit the other, or read it in another order"
        require(False, refusal, got, why, _WHOLE)
