"""What a learner's function changes is said, and put back."""

import random

import numpy as np
import pytest
import torch

from qlib.lessons import fair
from qlib.lessons.check import exercise
from qlib.lessons.expected import expect

GIVEN = {
    "tensor": lambda: torch.tensor([1.0, 2.0, 3.0]),
    "leaf": lambda: torch.tensor([1.0, 2.0], requires_grad=True),
    "array": lambda: np.array([1.0, np.nan, 3.0]),
    "list": lambda: [torch.tensor([1.0]), torch.tensor([2.0])],
    "tuple": lambda: (np.array([1, 2]), [3]),
    "dict": lambda: {"a": np.array([1.0])},
}


def spoil(value):
    if isinstance(value, dict):
        spoil(value["a"])
    elif isinstance(value, tuple):
        spoil(value[0])
    elif isinstance(value, list):
        value.pop()
    elif isinstance(value, torch.Tensor):
        value.data += 1
    else:
        value += 1


@pytest.mark.parametrize("kind", GIVEN)
def test_a_changed_argument_is_named_and_put_back(kind):
    given = GIVEN[kind]()
    with pytest.raises(fair.ChangedInput) as changed:
        fair.watched(lambda things: spoil(things))(given)
    assert changed.value.name == "things"
    assert fair._same(given, fair._kept(GIVEN[kind]()))


@pytest.mark.parametrize("kind", GIVEN)
def test_what_changes_nothing_gets_its_very_arguments(kind):
    given = GIVEN[kind]()
    assert fair.watched(lambda things: things)(given) is given


def test_numbers_within_a_list_are_watched_and_put_back():
    given = [1.0, float("nan"), 3.0]
    fair.watched(lambda rewards: sorted(rewards))(given)
    with pytest.raises(fair.ChangedInput):
        fair.watched(lambda rewards: rewards.reverse())(given)
    assert given[0] == 1.0 and given[2] == 3.0


def test_a_network_may_change():
    layer = torch.nn.Linear(2, 2)
    fair.watched(lambda network: network.weight.data.zero_())(layer)
    assert (layer.weight == 0).all()


def test_a_changed_argument_is_said_even_where_the_answer_is_right():
    @exercise("1.1 Twice")
    def twice(answer):
        numbers = torch.tensor([1.0, 2.0])
        expect(answer(numbers), [2.0, 4.0], "each is doubled")

    report = twice(lambda numbers: numbers.mul_(2))
    assert report.status == "failed"
    assert "changed its argument `numbers`" in report.message
    assert twice(lambda numbers: numbers * 2).status == "passed"


def test_the_process_is_as_it_was(monkeypatch):
    torch.manual_seed(5)
    state = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    with fair.as_it_was():
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        np.seterr(all="ignore")
        torch.manual_seed(1), random.seed(1), np.random.seed(1)  # noqa: NPY002
    assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32
    assert np.geterr()["divide"] == "warn"
    assert torch.equal(torch.get_rng_state(), state[0]) and random.getstate() == state[1]
    assert (np.random.get_state()[1] == state[2]).all()  # noqa: NPY002


def test_an_argument_that_asks_for_a_gradient_ever_after_is_said_and_put_back():
    given = torch.zeros(2)
    with pytest.raises(fair.ChangedInput) as changed:
        fair.watched(lambda things: things.requires_grad_().sum())(given)
    assert (changed.value.was, changed.value.became) == ("requires_grad=False", "requires_grad=True")
    assert not given.requires_grad


def test_what_an_answer_prints_is_shown_and_does_not_flood_the_page(capsys):
    with fair.as_it_was():
        for n in range(1_000):
            print("line", n)
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["line 0", "line 1"]
    assert len(printed) < 50
    assert "left out" in printed[-1]
