"""What is expected of an answer: numbers of a shape, truth, text; and what is said of anything else."""

import numpy as np
import pytest
import torch

from qlib.lessons.expected import Mistake, Waits, expect, numbers, tensor
from qlib.lessons.judge import refuse


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
    with pytest.raises(
        Mistake, match=r"Expected shape \(3,\)\n  Came     shape \(2,\).*\n  Because  there are three\."
    ):
        numbers(kind([1.0, 2.0]), (3,), "there are three")


def test_what_is_no_number_is_said_to_be_none():
    for odd in ([1, [2, 3]], "text", {"a": 1}, object()):
        with pytest.raises(Mistake, match="no numbers"):
            numbers(odd, (2,), "")
        with pytest.raises(Mistake, match="Expected a loss"):
            tensor(odd, "a loss")


@pytest.mark.parametrize("stub", [None, ...])
def test_a_stub_waits_wherever_it_is_met(stub):
    for read in (lambda: numbers(stub, (), ""), lambda: tensor(stub, ""), lambda: refuse(stub, {"x": 1}, "")):
        with pytest.raises(Waits):
            read()


def test_a_table_of_numbers_stays_below_its_label():
    with pytest.raises(Mistake, match=r"Came     shape \(2, 2\): \[\[1., 2.\],\n            \[3., 4.\]\]"):
        numbers([[1, 2], [3, 4]], (2,), "there are two")


@pytest.mark.parametrize("wordy", ["4", ["4"], [["4"]], [None, 1.0], np.array(["4"]), np.array([None]), (b"4",)])
def test_a_text_or_none_is_no_number(wordy):
    with pytest.raises(Mistake, match="no numbers"):
        numbers(wordy, np.shape(wordy), "a number is wanted")


def test_a_number_that_differs_can_be_read_though_it_is_left_out_or_rounded_away():
    many = np.zeros((4, 16))
    wrong = many.copy()
    wrong[2, 7] = 0.25
    with pytest.raises(Mistake, match=r"(?s)at \[2, 7\]: 0\n.*at \[2, 7\]: 0\.25"):
        expect(wrong, many, "")
    with pytest.raises(Mistake, match=r"Expected 0\.1666666667\n  Came     0\.1667"):
        expect(0.1667, 1 / 6, "")
    with pytest.raises(Mistake, match=r"(?s)at \[1\]: 0\.1666666667\n.*at \[1\]: 0\.1667"):
        expect([1.0, 0.1667], [1.0, 1 / 6], "")
    with pytest.raises(Mistake, match=r"Expected \[1\., 2\.\]\n  Came     \[1\., 3\.\]"):
        expect([1.0, 3.0], [1.0, 2.0], "")
