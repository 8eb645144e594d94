"""Lesson 03's checks: the solution passes, and each known mistake is told what it did."""

import numpy as np
import torch
import torch.nn.functional as F
from tables import make_right_test, make_tests

from qlib.lessons.tensor_shapes import checks as check


def answer_2_1(choosing, valuing):
    return valuing.gather(1, choosing.argmax(1).unsqueeze(1)).squeeze(1)


WRONG_2_1 = {
    "column": (lambda c, v: v.gather(1, c.argmax(1, keepdim=True)), "gather leaves its column"),
    "all pairs": (lambda c, v: v[:, c.argmax(1)], "every listed column for every row"),
    "valuing chooses": (lambda c, v: v.max(1)[0], "maxima of valuing"),
    "choosing values": (lambda c, v: c.max(1)[0], "choosing gives itself"),
    "actions": (lambda c, v: c.argmax(1), "these are the actions"),
    "bare squeeze": (lambda c, v: v.gather(1, c.argmax(1, keepdim=True)).squeeze(), "a batch of one stays a batch"),
    "exchanged": (lambda c, v: answer_2_1(v, c), "row i holds valuing's entry"),
    "five rows for ever": (lambda c, v: v[torch.arange(5), c.argmax(1)], "arange(5) counts five rows"),
}


def answer_2_2(transitions):
    observations, actions, rewards, next_observations, terminated = zip(*transitions, strict=True)
    return (
        torch.stack(observations),
        torch.tensor(actions),
        torch.tensor(rewards),
        torch.stack(next_observations),
        torch.tensor(terminated),
    )


def _changed(column, change):
    def answer(transitions):
        batch = list(answer_2_2(transitions))
        batch[column] = change(batch[column])
        return batch

    return answer


def _next_first(transitions):
    o, a, r, n, t = answer_2_2(transitions)
    return n, a, r, o, t


WRONG_2_2 = {
    "cat": (_changed(0, torch.flatten), "the rows run together"),
    "cat of the next": (_changed(3, torch.flatten), "the rows run together"),
    "column": (_changed(1, lambda x: x.unsqueeze(1)), "a column here meets a row"),
    "float actions": (_changed(1, torch.Tensor.float), "gather takes whole numbers"),
    "double rewards": (_changed(2, torch.Tensor.double), "calculates with 32 bits"),
    "float terminated": (_changed(4, torch.Tensor.float), "~ takes booleans"),
    "no tensors": (lambda rows: tuple(zip(*rows, strict=True)), "one tensor per column"),
    "rows": (lambda rows: rows, "one tensor per column"),
    "shuffled": (_changed(2, lambda x: x.flip(0)), "keeps the order"),
    "exchanged": (_next_first, "observations keeps the order"),
}


def answer_2_3(values, targets):
    if values.shape != targets.shape:
        raise ValueError(f"values {tuple(values.shape)}, targets {tuple(targets.shape)}")
    return ((values - targets) ** 2).mean()


def _raise_if(differs, kind=ValueError, words=True):
    def loss(values, targets):
        if differs(values, targets):
            raise kind(f"values {tuple(values.shape)}, targets {tuple(targets.shape)}" if words else "shapes differ")
        return ((values - targets) ** 2).mean()

    return loss


def _differ(values, targets):
    return values.shape != targets.shape


def _names_one(which):
    def loss(values, targets):
        if values.shape != targets.shape:
            raise ValueError(f"not the shape {tuple((values, targets)[which].shape)}")
        return ((values - targets) ** 2).mean()

    return loss


def _raise_if_differ_else_by_the_last(values, targets):
    return answer_2_3(values, targets) * values.numel() / values.shape[-1]


WRONG_2_3 = {
    "plain": (F.mse_loss, "would stretch one"),
    "repaired": (lambda v, t: F.mse_loss(v.flatten(), t.flatten()), "would stretch one"),
    "dimensions counted": (_raise_if(lambda v, t: v.ndim != t.ndim), "would stretch one"),
    "numbers counted": (_raise_if(lambda v, t: v.numel() != t.numel()), "would stretch one"),
    "length only": (_raise_if(lambda v, t: len(v) != len(t)), "would stretch one"),
    "assertion": (_raise_if(_differ, AssertionError), "python -O"),
    "TypeError": (_raise_if(_differ, TypeError), "callers catch ValueError"),
    "RuntimeError": (_raise_if(_differ, RuntimeError), "callers catch ValueError"),
    "a number may come": (_raise_if(lambda v, t: t.ndim > 0 and _differ(v, t)), "would stretch one"),
    "divided by the last dimension": (_raise_if_differ_else_by_the_last, "two columns are as good as two rows"),
    "nothing is said": (lambda v, t: None if _differ(v, t) else F.mse_loss(v, t), "Came     None"),
    "no shapes named": (_raise_if(_differ, words=False), "see at once what came"),
    "only the values' shape named": (_names_one(0), "a message with both shapes"),
    "only the targets' shape named": (_names_one(1), "a message with both shapes"),
    "detached": (lambda v, t: answer_2_3(v.detach(), t), "a loss without a gradient"),
    "always": (_raise_if(lambda v, t: True), "equal shapes are fine"),
    "no columns": (_raise_if(lambda v, t: v.ndim != 1 or _differ(v, t)), "equal shapes are fine"),
    "sum": (lambda v, t: answer_2_3(v, t) * v.numel(), "this is the sum"),
    "absolute": (lambda v, t: (v - t).abs().mean(), "mean of the squared"),
}
EXERCISES = [
    (check.values_of_choice, answer_2_1, WRONG_2_1),
    (check.batch_of, answer_2_2, WRONG_2_2),
    (check.careful_mse, answer_2_3, WRONG_2_3),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(EXERCISES)


def numpy_values(choosing, valuing):
    return valuing.numpy()[np.arange(len(choosing)), choosing.numpy().argmax(1)]


def row_by_row(choosing, valuing):
    return [float(row[int(best.argmax())]) for row, best in zip(valuing, choosing, strict=True)]


def one_hot(choosing, valuing):
    return (valuing * F.one_hot(choosing.argmax(1), choosing.shape[1])).sum(1)


def through_numpy(transitions):
    return [torch.from_numpy(np.stack([np.asarray(x) for x in c])) for c in zip(*transitions, strict=True)][:2] + list(
        answer_2_2(transitions)[2:]
    )


def pair_by_pair(values, targets):
    if values.size() != targets.size():
        raise ValueError(f"{list(values.shape)} is not {list(targets.shape)}")
    return sum((v - t) ** 2 for v, t in zip(values.flatten(), targets.flatten(), strict=True)) / values.numel()


test_other_ways = make_right_test(
    [
        *((check.values_of_choice, answer) for answer in (numpy_values, row_by_row, one_hot)),
        (check.batch_of, through_numpy),
        (check.careful_mse, pair_by_pair),
    ]
)
