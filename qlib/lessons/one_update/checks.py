"""The checks of lesson 06: targets by pencil, the TD target, the loss; those of update and loop are beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from qlib.lessons.check import exercise
from qlib.lessons.expected import Mistake, answered, expect, numbers, require
from qlib.lessons.judge import judge
from qlib.lessons.one_update.loop_check import loop
from qlib.lessons.one_update.rows import DOUBLE_ROWS, GAMMA
from qlib.lessons.one_update.update_check import update

__all__ = ["loop", "q_loss", "td_target", "three_targets", "update"]

SIZES = ((5, 3), (1, 2), (64, 2), (3, 4), (4, 1), (2, 2), (7, 7), (9, 5))  # rows and actions


@exercise("6.1 Three targets by pencil")
def three_targets(answer: Callable) -> None:
    """Check a function without arguments that gives, for three rows, y with a target network and y of Double DQN."""
    why = "three rows of two targets: by the target network alone, and by Double DQN"
    got = numbers(answered(answer()), (len(DOUBLE_ROWS), 2), why)
    for i, row in enumerate(DOUBLE_ROWS):
        go_on = GAMMA * (not row.terminated)
        online, target = np.array(row.online), np.array(row.target)
        right = [row.r + go_on * target.max(), row.r + go_on * target[online.argmax()]]
        mistakes = [
            {
                "the online network values: with a target network, θ⁻ does": row.r + go_on * online.max(),
                "the terminal cut is missing: nothing follows a fall": row.r + GAMMA * target.max(),
                "the discount is missing": row.r + (not row.terminated) * target.max(),
                "the reward is left out": go_on * target.max(),
                "this is Double DQN's target: here θ⁻ chooses as well as values": right[1],
            },
            {
                "the target network chooses, too: in Double DQN the online network does": right[0],
                "the target network chooses and the online network values: it is the other way round": (
                    row.r + go_on * online[target.argmax()]
                ),
                "the online network chooses and values": row.r + go_on * online.max(),
                "the terminal cut is missing: nothing follows a fall": row.r + GAMMA * target[online.argmax()],
                "the reward is left out": go_on * target[online.argmax()],
            },
        ]
        for column, name in enumerate(("the target network's y", "Double DQN's y")):
            known = {fault: value for fault, value in mistakes[column].items() if abs(value - right[column]) > 5e-3}
            for fault, value in known.items():
                if abs(got[i, column] - value) < 5e-3:
                    raise Mistake(f"not yet. Row {i + 1}, {name}:", Came=f"{got[i, column]:g}", Because=fault)
            expect(
                got[i, column], right[column], f"row {i + 1}, {name}: r + γ · the value that follows", tolerance=5e-3
            )


class _Rows(NamedTuple):
    """The inputs of a TD target and of a loss."""

    words: str
    rewards: torch.Tensor
    values: torch.Tensor  # (B, A)
    actions: torch.Tensor
    terminated: torch.Tensor
    targets: torch.Tensor
    gamma: float


def _rows() -> Iterator[_Rows]:
    """Draw inputs of all sizes: gammas, large and negative values, ties, and batches where none, some or all ended."""
    generator = torch.Generator().manual_seed(6)
    for i, (n, m) in enumerate(SIZES):
        values = torch.randn(n, m, generator=generator) * 5 - (3 if i % 2 else -1)
        if i == 2:
            values[:20, 1] = values[:20, 0]  # exact ties
        terminated = torch.rand(n, generator=generator) < 0.4
        if i == 0:
            terminated[:] = torch.tensor([True, False, True, False, False])
        if i in (3, 5):
            terminated[:] = i == 3  # all of them, none of them
        rewards, targets = (torch.randn(n, generator=generator) * 3 for _ in range(2))
        rewards[n // 2 :: 2] = 0.0  # a step may pay nothing
        if i == 7:
            values, rewards = values * 100, rewards * 100  # no clip is wide enough
        actions = torch.randint(m, (n,), generator=generator)
        gamma = (0.9, 0.5, 0.99, 0.7, 0.3, 1.0, 0.0, 0.8)[i]
        yield _Rows(f"{n} rows, {m} actions, gamma {gamma}", rewards, values, actions, terminated, targets, gamma)


@exercise("6.2 The TD target", piece="td_target")
def td_target(answer: Callable) -> None:
    """Check a function of rewards, next_values, terminated and gamma that gives the TD targets, shape (B,)."""
    trials = []
    for words, r, q, _, end, _, gamma in _rows():
        best = q.max(1).values
        mistakes = {
            "nothing is cut: a row that terminated still looks ahead": r + gamma * best,
            "the cut is the wrong way round: it is the rows that go on that are cut": r + gamma * best * end,
            "the reward is discounted too": gamma * (r + best * ~end),
            "the discount is missing": r + best * ~end,
            "the reward of a terminated row is cut as well": (r + gamma * best) * ~end,
            "argmax is used: that is the best action's number, not its value": r + gamma * q.argmax(1) * ~end,
            "the mean over the actions is used": r + gamma * q.mean(1) * ~end,
            "the lowest value is used": r + gamma * q.min(1).values * ~end,
            "the first action's value is used": r + gamma * q[:, 0] * ~end,
            "values below 0 are raised to 0: a future can be worth less than nothing": r + gamma * best.clamp(0) * ~end,
            "the highest value of the whole batch is used in each row": r + gamma * q.max() * ~end,
            "the next value's sign is turned": r - gamma * best * ~end,
            "(B,) meets (B, 1) and makes (B, B)": r + gamma * (best * ~end).unsqueeze(1),
            "(B, 1) is given: each row is a list of one": (r + gamma * best * ~end).unsqueeze(1),
            "the whole batch is cut if one row terminated": r + gamma * best * ~end.any(),
        }
        got = answered(answer(r, q, end, gamma))
        trials.append((words, got, r + gamma * best * ~end, mistakes))
    why = "y = r + γ · max Q(s', a'), one number per row; y = r where the row terminated"
    judge(trials, why, "the maximum is taken over each row's actions, and only rows that go on have one")


@exercise("6.3 The loss", piece="q_loss")
def q_loss(answer: Callable) -> None:
    """Check a function of values (B, A), actions (B,) and targets (B,) that gives the mean squared error."""
    trials, slopes = [], []
    for words, _, q, a, _, y, _ in _rows():
        values, rows = q.clone().requires_grad_(), torch.arange(len(a))
        taken = q[rows, a]
        mistakes = {
            "every action's value is pulled to the target": ((q - y.unsqueeze(1)) ** 2).mean(),
            "the highest value is pulled, not the value of the action taken": ((q.max(1).values - y) ** 2).mean(),
            "the first action's value is pulled, whatever was done": ((q[:, 0] - y) ** 2).mean(),
            "(B, 1) meets (B,): each value is compared with every target": ((taken.unsqueeze(1) - y) ** 2).mean(),
            "the errors are summed, not averaged": ((taken - y) ** 2).sum(),
            "it is divided by rows times actions: the mean is over the rows": ((taken - y) ** 2).sum() / q.numel(),
            "the errors are not averaged: a loss is one number": (taken - y) ** 2,
            "the errors are not squared": (taken - y).mean(),
            "the errors are made absolute, not squared": (taken - y).abs().mean(),
            "the mean is squared, not the errors": (taken - y).mean() ** 2,
            "a root is taken at the end": ((taken - y) ** 2).mean().sqrt(),
            "it is halved: the mean squared error is not": ((taken - y) ** 2).mean() / 2,
            "large errors count less, as in Huber's loss": F.smooth_l1_loss(taken, y),
            "the median is taken, not the mean": ((taken - y) ** 2).median(),
        }
        loss = answered(answer(values, a, y))
        one = loss.reshape(()) if isinstance(loss, torch.Tensor) and loss.numel() == 1 else loss
        right = ((taken - y) ** 2).mean()
        trials.append((words, one, right, {k: v.reshape(()) if v.numel() == 1 else v for k, v in mistakes.items()}))
        slopes.append((values, loss, rows, a, 2 * (taken - y) / len(a)))
    judge(
        trials, "the loss is the mean of (Q(s, a) − y)² over the batch", "take each row's value of its own action first"
    )
    for values, loss, rows, a, slope in slopes:
        alive = isinstance(loss, torch.Tensor) and loss.requires_grad
        why = "without a gradient the network cannot learn"
        require(alive, "a tensor with a gradient", loss, why, hint="no .item(), .detach() or no_grad() in the loss")
        loss.sum().backward()
        expected = torch.zeros_like(values)
        expected[rows, a] = slope
        came = torch.zeros_like(values) if values.grad is None else values.grad
        expect(came, expected, "only the values of the actions taken are moved, down the slope of their squared error")
