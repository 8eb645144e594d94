"""The checks of lesson 06's targets and loss: solutions pass, plausible mistakes get the words meant for them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tables import make_right_test, make_tests

from qlib.lessons import stand_ins
from qlib.lessons.one_update import checks
from qlib.lessons.stand_ins import q_loss, td_target

PENCIL = [[6.4, 4.6], [6.5, 6.5], [1.0, 1.0]]


def pencil():
    return PENCIL


def given(row, column, value):
    rows = [list(each) for each in PENCIL]
    rows[row][column] = value
    return lambda: rows


def taken(q, a):
    return q.gather(1, a.unsqueeze(1)).squeeze(1)


PENCIL_MISTAKES = [
    (given(0, 0, 8.2), "the online network values"),
    (given(0, 0, 4.6), "this is Double DQN's target"),
    (given(0, 1, 6.4), "the target network chooses, too"),
    (given(0, 1, 2.8), "it is the other way round"),
    (given(1, 0, 7.0), "the discount is missing"),
    (given(2, 0, 6.4), "terminal cut is missing"),
    (given(2, 1, 6.4), "terminal cut is missing"),
    (given(1, 0, 4.5), "the reward is left out"),
    (given(1, 1, 3.0), "the value that follows"),
    (lambda: [6.4, 4.6], "three rows of two targets"),
]
TD_MISTAKES = [
    (lambda r, q, end, g: r + g * (q * (q == q.max(1, keepdim=True).values)).sum(1) * ~end, "64 rows, 2 actions"),
    (lambda r, q, end, g: r + g * torch.maximum(q[:, 0], q[:, -1]) * ~end, "here 9 rows"),
    (lambda r, q, end, g: r + g * q.max(1).values, "nothing is cut"),
    (lambda r, q, end, g: r + g * q.max(1).values * end, "wrong way round"),
    (lambda r, q, end, g: g * (r + q.max(1).values * ~end), "reward is discounted"),
    (lambda r, q, end, g: r + q.max(1).values * ~end, "discount is missing"),
    (lambda r, q, end, g: (r + g * q.max(1).values) * ~end, "cut as well"),
    (lambda r, q, end, g: r + g * q.argmax(1) * ~end, "argmax"),
    (lambda r, q, end, g: r + g * q.mean(1) * ~end, "mean over the actions"),
    (lambda r, q, end, g: r + g * (q.max(1).values * ~end).unsqueeze(1), "makes (B, B)"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end).unsqueeze(1), "a list of one"),
    (lambda r, q, end, g: r + g * q.max() * ~end, "whole batch is used"),
    (lambda r, q, end, g: r + g * q.max(1).values.clamp(0) * ~end, "raised to 0"),
    (lambda r, q, end, g: r + g * q.max(1).values * ~end.any(), "if one row terminated"),
    (lambda r, q, end, g: r + 0.9 * q.max(1).values * ~end, "y = r where"),
    (lambda r, q, end, g: r + g * q[:, :2].max(1).values * ~end, "y = r where"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end)[:5], "y = r where"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end).round(), "y = r where"),
    (lambda r, q, end, g: r.abs() + g * q.max(1).values * ~end, "y = r where"),
    (lambda r, q, end, g: (r + g * q.max(1).values * ~end).clamp(-100, 100), "here 9 rows"),
    (lambda r, q, end, g: torch.where(r != 0, r + g * q.max(1).values * ~end, 0.0), "y = r where"),
    (lambda r, q, end, g: r + g * q.max(1) * ~end, "raised"),
    (lambda r, q, end, g: r.add_(g * q.max(1).values * ~end), "changed its argument"),
]
LOSS_MISTAKES = [
    (lambda q, a, y: ((q - y.unsqueeze(1)) ** 2).mean(), "every action"),
    (lambda q, a, y: ((q.max(1).values - y) ** 2).mean(), "the highest value"),
    (lambda q, a, y: ((q[:, 0] - y) ** 2).mean(), "the first action's"),
    (lambda q, a, y: ((q.gather(1, a.unsqueeze(1)) - y) ** 2).mean(), "every target"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).sum(), "summed"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).sum() / q.numel(), "rows times actions"),
    (lambda q, a, y: (taken(q, a) - y) ** 2, "one number"),
    (lambda q, a, y: (taken(q, a) - y).mean(), "not squared"),
    (lambda q, a, y: (taken(q, a) - y).abs().mean(), "absolute"),
    (lambda q, a, y: (taken(q, a) - y).mean() ** 2, "the mean is squared"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).mean().sqrt(), "a root"),
    (lambda q, a, y: ((taken(q, a) - y) ** 2).mean() / 2, "halved"),
    (lambda q, a, y: ((taken(q, a) - y).clamp(-15, 15) ** 2).mean(), "here 9 rows"),
    (lambda q, a, y: F.mse_loss(taken(q, a), y).item(), "without a gradient"),
    (lambda q, a, y: F.smooth_l1_loss(taken(q, a), y), "Huber"),
    (lambda q, a, y: F.mse_loss(taken(q.detach(), a), y) + 0 * q.sum(), "only the values of the actions taken"),
    (lambda q, a, y: F.mse_loss(taken(q, a), y) + (q - q.detach()).sum(), "only the values of the actions taken"),
    (lambda q, a, y: F.mse_loss(taken(q, a)[:5], y[:5]), "mean of (Q(s, a) − y)²"),
]

EXERCISES = [
    (checks.three_targets, pencil, PENCIL_MISTAKES),
    (checks.td_target, td_target, TD_MISTAKES),
    (checks.q_loss, q_loss, LOSS_MISTAKES),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (check, solution, {f"{i} {words}": (answer, words) for i, (answer, words) in enumerate(wrong)})
        for check, solution, wrong in EXERCISES
    ]
)


def as_tensor():
    return torch.tensor(PENCIL)


def as_sums():
    return np.array([[1 + 0.9 * 6, 1 + 0.9 * 4], [2 + 0.9 * 5, 2 + 0.9 * 5], (1, 1)])


def where(r, q, end, g):
    return torch.where(end, r, r + g * q.amax(1))


def in_numpy(r, q, end, g):
    r, q, end = (np.asarray(x) for x in (r, q, end))
    return r + g * np.where(end, 0, q.max(axis=1))


def row_by_row(r, q, end, g):
    return [float(r[i]) + (0 if end[i] else g * max(q[i].tolist())) for i in range(len(r))]


def with_own_copy(r, q, end, g):
    y = r.clone()
    y[~end] += g * q[~end].max(1).values
    return y


def by_factor(r, q, end, g):
    return r + g * torch.max(q, dim=1)[0] * (1 - end.float())


def by_index(q, a, y):
    return ((q[torch.arange(len(a)), a] - y) ** 2).mean()


def by_one_hot(q, a, y):
    return (((q * F.one_hot(a, q.shape[1])).sum(1) - y) ** 2).mean()


def by_loop(q, a, y):
    return sum((q[i, a[i]] - y[i]) ** 2 for i in range(len(a))) / len(a)


def both_as_columns(q, a, y):
    return F.mse_loss(q.gather(1, a[:, None]), y[:, None])


def by_pow(q, a, y):
    return (q.gather(1, a.view(-1, 1)).flatten() - y).pow(2).sum().div(len(y)).reshape(1)


test_right = make_right_test(
    [(checks.three_targets, answer) for answer in (as_tensor, as_sums, lambda: [tuple(row) for row in PENCIL])]
    + [(checks.td_target, answer) for answer in (where, in_numpy, row_by_row, with_own_copy, by_factor)]
    + [(checks.q_loss, answer) for answer in (by_index, by_one_hot, by_loop, both_as_columns, by_pow)]
)


@pytest.mark.parametrize("piece", ["td_target", "q_loss", "update", "loop"])
def test_qlibs_own_pieces_pass(piece):
    report = getattr(checks, piece)(getattr(stand_ins, piece))
    assert report.status == "passed", report


def test_the_inputs_hold_what_tells_answers_apart():
    rows = list(checks._rows())
    assert {(len(each.rewards), each.values.shape[1]) for each in rows} == set(checks.SIZES)
    assert (
        {bool(each.terminated.all()) for each in rows}
        == {bool(each.terminated.any()) for each in rows}
        == {True, False}
    )
    assert any((each.values.max(1).values < 0).any() for each in rows)
    assert len({each.gamma for each in rows}) == len(rows)
