"""The frame of the checks: what is compared, and who is said to have erred."""

import numpy as np
import pytest
import torch

from qlib.lessons.check import Mistake, Waits, exercise, expect, numbers, recognise, tensor
from qlib.lessons.network import checks as network
from qlib.lessons.tensor_shapes import checks as shapes


@exercise("0.1 Twice")
def twice(answer):
    expect(answer(2), 4, "twice two is four")


def test_a_result_in_place_of_a_function_is_told_apart_from_an_error():
    for result in (4, "twice", [4], torch.tensor(4)):
        report = twice(result)
        assert report.status == "failed"
        for words in ("Expected a function", "without brackets"):
            assert words in report.message


def test_an_error_in_the_learners_function_is_the_learners():
    assert "your code raised ZeroDivisionError" in twice(lambda x: x / 0).message


@pytest.mark.parametrize("several", [np.array([True, False]), torch.tensor([True, False]), [True], "yes"])
def test_several_answers_are_not_one(several):
    with pytest.raises(Mistake, match="Expected True"):
        expect(several, True, "one answer is wanted")


def test_true_and_text_are_compared():
    expect(np.bool_(True), True, "")
    expect(torch.tensor(True), True, "")
    expect("online", "online", "")
    with pytest.raises(Mistake, match="Expected 'online'"):
        expect("target", "online", "")


@pytest.mark.parametrize("kind", [np.array, torch.tensor, list, tuple])
def test_numbers_of_a_shape_are_an_array(kind):
    np.testing.assert_array_equal(numbers(kind([1.0, 2.0]), (2,), ""), [1.0, 2.0])
    with pytest.raises(Mistake, match=r"Expected shape \(3,\)\n  Came     shape \(2,\).*\n  Because  there are three"):
        numbers(kind([1.0, 2.0]), (3,), "there are three")


def test_what_is_no_number_is_said_to_be_none():
    for odd in ([1, [2, 3]], "text", {"a": 1}, object()):
        with pytest.raises(Mistake, match="no numbers"):
            numbers(odd, (2,), "")
        with pytest.raises(Mistake, match="Expected a loss"):
            tensor(odd, "a loss")


@pytest.mark.parametrize("stub", [None, ...])
def test_a_stub_waits_wherever_it_is_met(stub):
    for read in (lambda: numbers(stub, (), ""), lambda: tensor(stub, ""), lambda: recognise(stub, {"x": 1})):
        with pytest.raises(Waits):
            read()


def test_a_known_mistake_is_recognised_by_its_shape_and_numbers():
    mistakes = {"a row": [1.0, 2.0], "a number": 1.0}
    assert recognise(torch.tensor([1.0, 2.0]), mistakes) == "a row"
    assert recognise(1, mistakes) == "a number"
    assert recognise([1.0, 3.0], mistakes) is None
    assert recognise([1, [2, 3]], mistakes) is None


def _forward(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = (x @ weight.T + bias).relu()
    return x @ weights[-1].T + biases[-1]


@pytest.mark.parametrize(
    ("check", "solution"),
    [
        (network.forward, _forward),
        (shapes.values_of_choice, lambda c, v: v.gather(1, c.argmax(1, keepdim=True)).squeeze(1)),
    ],
    ids=["forward", "values_of_choice"],
)
def test_double_precision_is_right_too(check, solution):
    assert check(lambda *given: solution(*given).double()).status == "passed"
