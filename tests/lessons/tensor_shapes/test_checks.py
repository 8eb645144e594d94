"""Lesson 03's checks: the solution passes, and each known mistake is told what it did."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tables import make_right_test, make_tests

from qlib.core.memory import Batch
from qlib.lessons.tensor_shapes import checks as check


def choice(choosing, valuing):
    return valuing.gather(1, choosing.argmax(1).unsqueeze(1)).squeeze(1)


def _rescales(choosing, valuing):
    choosing -= choosing.mean()
    return choice(choosing, valuing)


WRONG_CHOICE = {
    "ties add up": (lambda c, v: (v * (c == c.max(1, keepdim=True).values)).sum(1), "for 4 rows and 3 actions"),
    "ties give more": (lambda c, v: v[c == c.max(1, keepdim=True).values], "shape (4,)"),
    "column": (lambda c, v: v.gather(1, c.argmax(1, keepdim=True)), "gather leaves its column"),
    "all pairs": (lambda c, v: v[:, c.argmax(1)], "every listed column for every row"),
    "valuing chooses": (lambda c, v: v.max(1)[0], "maxima of valuing"),
    "choosing values": (lambda c, v: c.max(1)[0], "choosing gives itself"),
    "actions": (lambda c, v: c.argmax(1), "these are the actions"),
    "bare squeeze": (lambda c, v: v.gather(1, c.argmax(1, keepdim=True)).squeeze(), "also the batch of one"),
    "exchanged": (lambda c, v: choice(v, c), "the tables are exchanged"),
    "the worst": (lambda c, v: choice(-c, v), "the worst action"),
    "five rows for ever": (lambda c, v: v[torch.arange(5), c.argmax(1)], "a batch has 3 rows and 3 actions"),
    "two actions only": (lambda c, v: torch.where(c[:, 0] > c[:, -1], v[:, 0], v[:, -1]), "row i holds"),
    "absolute values choose": (lambda c, v: choice(c.abs(), v), "row i holds"),
    "their mean": (lambda c, v: (choice(c, v) + v.max(1)[0]) / 2, "row i holds"),
    "over the rows": (lambda c, v: v.gather(0, c.argmax(0).unsqueeze(0)).squeeze(0), "Expected shape (5,)"),
    "one for all": (lambda c, v: choice(c, v).mean(), "Expected shape (5,)"),
    "the table changed": (_rescales, "changed its argument `c"),
}


def batch(transitions):
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
        columns = list(batch(transitions))
        columns[column] = change(columns[column])
        return columns

    return answer


def _next_first(transitions):
    o, a, r, n, t = batch(transitions)
    return n, a, r, o, t


def _pops(transitions):
    rows = []
    while transitions:
        rows.append(transitions.pop(0))
    return batch(rows)


WRONG_BATCH = {
    "what was drawn twice is there once": (lambda t: batch(list(dict.fromkeys(t))), "shape (5, 4)"),
    "cat": (_changed(0, torch.flatten), "the rows run together"),
    "cat of the next": (_changed(3, torch.flatten), "the rows run together"),
    "column": (_changed(1, lambda x: x.unsqueeze(1)), "a column here meets a row"),
    "float actions": (_changed(1, torch.Tensor.float), "gather takes whole numbers"),
    "boolean actions": (_changed(1, lambda x: x > 0), "actions keeps the transitions"),
    "whole rewards": (_changed(2, torch.Tensor.long), "rewards keeps the transitions"),
    "float terminated": (_changed(4, torch.Tensor.float), "~ turns booleans round"),
    "whole terminated": (_changed(4, torch.Tensor.long), "~ turns booleans round"),
    "terminated turned round": (_changed(4, torch.logical_not), "terminated keeps the transitions"),
    "no tensors": (lambda rows: tuple(zip(*rows, strict=True)), "one tensor per column"),
    "rows": (lambda rows: rows, "one tensor per column"),
    "shuffled": (_changed(2, lambda x: x.flip(0)), "the order is turned round"),
    "all shuffled": (lambda rows: batch(rows[::-1]), "the order is turned round"),
    "sorted": (_changed(2, lambda x: x.sort()[0]), "rewards keeps the transitions"),
    "exchanged": (_next_first, "are exchanged"),
    "the next one twice": (lambda rows: (batch(rows)[3], *batch(rows)[1:]), "are exchanged"),
    "squeezed": (lambda rows: tuple(column.squeeze() for column in batch(rows)), "also the batch of one"),
    "the last left out": (lambda rows: batch(rows[:-1] or rows), "Expected shape (5, 4)"),
    "five rows for ever": (lambda rows: batch(rows[:5]), "Expected shape (32, 4)"),
    "a stick for all": (_changed(2, lambda x: torch.full_like(x, -10)), "rewards keeps the transitions"),
    "takes them away": (_pops, "changed its argument `transitions`"),
    "four columns": (lambda rows: batch(rows)[:4], "five tensors"),
}


def careful(values, targets):
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


def _stretches(values, targets):
    try:
        torch.broadcast_shapes(values.shape, targets.shape)
    except RuntimeError:
        return False
    return _differ(values, targets)


def _names_one(which):
    def loss(values, targets):
        if values.shape != targets.shape:
            raise ValueError(f"not the shape {tuple((values, targets)[which].shape)}")
        return ((values - targets) ** 2).mean()

    return loss


def _by_the_last(values, targets):
    return careful(values, targets) * values.numel() / (values.shape[-1] if values.ndim else 1)


def _times(factor):
    return lambda v, t: careful(v, t) * factor(v)


def _in_place(values, targets):
    careful(values, targets)
    values = values.detach()
    values -= targets
    return (values**2).mean()


WRONG_LOSS = {
    "plain": (F.mse_loss, "would stretch one"),
    "repaired": (lambda v, t: F.mse_loss(v.flatten(), t.flatten()), "would stretch one"),
    "dimensions counted": (_raise_if(lambda v, t: v.ndim != t.ndim), "would stretch one"),
    "numbers counted": (_raise_if(lambda v, t: v.numel() != t.numel()), "would stretch one"),
    "length only": (_raise_if(lambda v, t: v.shape[:1] != t.shape[:1]), "would stretch one"),
    "last dimension only": (_raise_if(lambda v, t: v.shape[-1:] != t.shape[-1:]), "would stretch one"),
    "sorted sizes": (_raise_if(lambda v, t: sorted(v.shape) != sorted(t.shape)), "your comparison lets these two"),
    "numbers and dimensions counted": (
        _raise_if(lambda v, t: (v.ndim, v.numel()) != (t.ndim, t.numel())),
        "your comparison lets these two through",
    ),
    "only what PyTorch would stretch": (_raise_if(_stretches), "your comparison lets these two through"),
    "the first and the last size": (
        _raise_if(lambda v, t: (v.ndim, v.shape[:1], v.shape[-1:]) != (t.ndim, t.shape[:1], t.shape[-1:])),
        "would stretch one",
    ),
    "two sizes only": (_raise_if(lambda v, t: (v.ndim, v.shape[:2]) != (t.ndim, t.shape[:2])), "would stretch one"),
    "a column only": (_raise_if(lambda v, t: v.ndim == 2 and _differ(v, t)), "would stretch one"),
    "assertion": (_raise_if(_differ, AssertionError), "python -O"),
    "TypeError": (_raise_if(_differ, TypeError), "callers catch ValueError"),
    "RuntimeError": (_raise_if(_differ, RuntimeError), "callers catch ValueError"),
    "a number may come": (_raise_if(lambda v, t: t.ndim > 0 and _differ(v, t)), "would stretch one"),
    "divided by the last dimension": (_by_the_last, "for shape (5, 1)"),
    "divided by the rows": (_times(lambda v: v.numel() / len(v) if v.ndim else 1), "number of rows only"),
    "nothing is said": (lambda v, t: None if _differ(v, t) else F.mse_loss(v, t), "Came     None"),
    "no shapes named": (_raise_if(_differ, words=False), "see at once what came"),
    "only the values' shape named": (_names_one(0), "a message with both shapes"),
    "only the targets' shape named": (_names_one(1), "a message with both shapes"),
    "detached": (lambda v, t: careful(v.detach(), t), "a loss without a gradient"),
    "a number": (lambda v, t: careful(v, t).item(), "a tensor with the loss"),
    "a new tensor": (
        lambda v, t: torch.tensor(careful(v, t).item(), requires_grad=True),
        "gradient is lost on the way",
    ),
    "half detached": (lambda v, t: ((v - t) * (v - t).detach()).mean(), "2 / n times each difference"),
    "always": (_raise_if(lambda v, t: True), "equal shapes are fine"),
    "no columns": (_raise_if(lambda v, t: v.ndim != 1 or _differ(v, t)), "equal shapes are fine"),
    "sum": (_times(torch.numel), "this is the sum"),
    "half": (lambda v, t: careful(v, t) / 2, "half the mean"),
    "root": (lambda v, t: careful(v, t).sqrt(), "the root is taken"),
    "absolute": (lambda v, t: careful(v, t) * 0 + (v - t).abs().mean(), "made absolute"),
    "the mean squared": (lambda v, t: careful(v, t) * 0 + (v - t).mean() ** 2, "the mean is squared"),
    "smooth": (lambda v, t: careful(v, t) * 0 + F.smooth_l1_loss(v, t), "mean of the squared differences"),
    "no mean": (lambda v, t: careful(v, t) * 0 + (v - t) ** 2, "no mean is taken"),
    "in place": (_in_place, "changed its argument `values`"),
}


def table():
    return {
        "observations": (32, 8),
        "values": (32, 4),
        "index": (32, 1),
        "chosen": (32, 1),
        "best": (32,),
        "difference": (32, 32),
        "loss": (),
    }


def _row(**row):
    return lambda: table() | row


WRONG_TABLE = {
    "cat": (_row(observations=(256,)), "cat joins end to end"),
    "stacked behind": (_row(observations=(8, 32)), "comes first here"),
    "8 values": (_row(values=(32, 8)), "an output for each action"),
    "a row": (_row(index=(1, 32)), "unsqueeze(0) makes a row"),
    "index unchanged": (_row(index=(32,)), "adds a dimension"),
    "all values": (_row(chosen=(32, 4)), "has the index's shape"),
    "gather loses it": (_row(chosen=(32,)), "gather keeps the dimension"),
    "max keeps it": (_row(best=(32, 1)), "max takes its dimension away"),
    "max over rows": (_row(best=(4,)), "goes along the actions"),
    "no broadcast": (_row(difference=(32,)), "a column meets a row"),
    "a column": (_row(difference=(32, 1)), "a column meets a row"),
    "one dimension": (_row(loss=(1,)), "leaves no dimension"),
    "an odd one": (_row(values=(5, 5)), "dimension by dimension"),
    "no comma": (_row(best=32), "(32,) for one"),
    "a text": (_row(best="(32,)"), "a tuple of whole numbers"),
    "a list": (lambda: list(table().values()), "these seven rows"),
    "one is missing": (lambda: {name: shape for name, shape in table().items() if name != "loss"}, "these seven rows"),
}


def sentences():
    return "ACE"


WRONG_SENTENCES = {
    "one over-claims": (lambda: "ABCE", "more than was measured"),
    "all": (lambda: "ABCDE", "more than was measured"),
    "only the wide one": (lambda: "B", "more than was measured"),
    "a cause": (lambda: "ACDE", "nothing about rates"),
    "A alone": (lambda: "A", "read C again"),
    "A and C": (lambda: ["A", "C"], "read E again"),
    "without A": (lambda: "CE", "read A again"),
    "another letter": (lambda: "ACEF", "letters out of ABCDE"),
    "none": (lambda: "", "one sentence that holds is missing"),
    "numbers": (lambda: [1, 3, 5], "letters out of ABCDE"),
}
EXERCISES = [
    (check.values_of_choice, choice, WRONG_CHOICE),
    (check.batch_of, batch, WRONG_BATCH),
    (check.careful_mse, careful, WRONG_LOSS),
    (check.shapes_by_pencil, table, WRONG_TABLE),
    (check.supported, sentences, WRONG_SENTENCES),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(EXERCISES)


def numpy_values(choosing, valuing):
    return valuing.numpy()[np.arange(len(choosing)), choosing.numpy().argmax(1)]


def row_by_row(choosing, valuing):
    return [float(row[int(best.argmax())]) for row, best in zip(valuing, choosing, strict=True)]


def one_hot(choosing, valuing):
    return (valuing * F.one_hot(choosing.argmax(1), choosing.shape[1])).sum(1)


def in_float64(choosing, valuing):
    return valuing.double().take_along_dim(choosing.argmax(dim=-1, keepdim=True), 1)[:, 0]


def by_topk(choosing, valuing):
    return torch.diagonal(valuing[:, choosing.topk(1).indices[:, 0]])


def through_numpy(transitions):
    return [torch.from_numpy(np.stack([np.asarray(x) for x in c])) for c in zip(*transitions, strict=True)]


def arrays_only(transitions):
    return tuple(np.array([np.asarray(x) for x in c]) for c in zip(*transitions, strict=True))


def one_by_one(transitions):
    n = len(transitions)
    made = torch.zeros(n, 4), torch.zeros(n, dtype=torch.int32), torch.zeros(n), torch.zeros(n, 4), torch.zeros(n) > 0
    for i, transition in enumerate(transitions):
        for column, value in zip(made, transition, strict=True):
            column[i] = value
    return made


def in_64_bits(transitions):
    o, a, r, n, t = batch(transitions)
    return o.double(), a.to(torch.int16), r.double(), n.double(), t


def a_named_tuple(transitions):
    return Batch(*batch(transitions))


def unsqueezed_and_joined(transitions):
    o, a, r, n, t = zip(*transitions, strict=True)
    return [
        torch.cat([x.unsqueeze(0) for x in o]),
        torch.LongTensor(a),
        torch.FloatTensor(r),
        torch.vstack(n),
        torch.BoolTensor(t),
    ]


def pair_by_pair(values, targets):
    if values.size() != targets.size():
        raise ValueError(f"{list(values.shape)} is not {list(targets.shape)}")
    return sum((v - t) ** 2 for v, t in zip(values.flatten(), targets.flatten(), strict=True)) / values.numel()


def by_pytorch(values, targets):
    if tuple(values.shape) != tuple(targets.shape):
        raise ValueError(f"{values.shape} against {targets.shape}")
    return F.mse_loss(values, targets)


def caught_and_raised(values, targets):
    try:
        assert values.shape == targets.shape
    except AssertionError:
        raise ValueError("shapes", tuple(values.shape), tuple(targets.shape)) from None
    return torch.mean(torch.square(targets - values))


def in_64_bit_floats(values, targets):
    return careful(values.double(), targets.double())


def on_its_own_copy(values, targets):
    careful(values, targets)
    errors = values.clone()
    errors -= targets
    return (errors * errors).sum() / max(errors.numel(), 1)


def lists_of_sizes():
    return {name: list(shape) for name, shape in table().items()}


def by_running():
    observations = torch.stack([torch.zeros(8)] * 32)
    values = torch.nn.Linear(8, 4)(observations)
    index = torch.zeros(32, dtype=torch.int64).unsqueeze(1)
    chosen, best = values.gather(1, index), values.max(1)[0]
    difference = chosen - best
    made = observations, values, index, chosen, best, difference, (difference**2).mean()
    return dict(zip(table(), (x.shape for x in made), strict=True))


def of_numpys_sizes():
    return {name: tuple(np.array(shape, dtype=int)) for name, shape in table().items()}


def in_another_order():
    return dict(reversed(table().items()))


def with_a_helper():
    b, actions = 32, 4
    column = (b, 1)
    return table() | {"values": (b, actions), "index": column, "chosen": column, "difference": (b, b)}


def letters_apart():
    return ["A", "C", "E"]


def small_letters():
    return "ace"


def a_set():
    return {"E", "C", "A"}


def with_commas():
    return "A, C, E"


def a_tuple():
    return "C", "A", "E"


test_other_ways = make_right_test(
    [
        *((check.values_of_choice, answer) for answer in (numpy_values, row_by_row, one_hot, in_float64, by_topk)),
        *((check.batch_of, answer) for answer in (through_numpy, arrays_only, one_by_one, in_64_bits, a_named_tuple)),
        (check.batch_of, unsqueezed_and_joined),
        *((check.careful_mse, answer) for answer in (pair_by_pair, by_pytorch, caught_and_raised, in_64_bit_floats)),
        (check.careful_mse, on_its_own_copy),
        *((check.shapes_by_pencil, answer) for answer in (lists_of_sizes, by_running, of_numpys_sizes)),
        *((check.shapes_by_pencil, answer) for answer in (in_another_order, with_a_helper)),
        *((check.supported, a) for a in (letters_apart, small_letters, a_set, with_commas, a_tuple)),
    ]
)


@pytest.mark.parametrize(
    ("check", "spoils", "right"), [(check.batch_of, _pops, batch), (check.careful_mse, _in_place, careful)]
)
def test_an_answer_that_changes_its_inputs_spoils_no_check(check, spoils, right):
    assert check(spoils).status == "failed"
    assert check(right).status == "passed"
