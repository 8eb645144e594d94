"""The chain's table: values held to what was worked out by hand, and what a rate and a missing cut do to it."""

import numpy as np
import pytest

from qlib.lessons.action_values import tables
from qlib.lessons.action_values.questions import QUESTIONS


def test_the_true_values_are_those_worked_out_by_hand():
    assert tables.true_values(0.9) == pytest.approx(np.array([[2.52, 2.8], [1.8, 2.0]]))
    assert tables.true_values(0.0) == pytest.approx(np.array([[0.0, 1.0], [0.0, 2.0]]))


def test_what_was_seen_is_the_reward_and_the_best_that_follows():
    assert [tables.seen(tables.MADE_UP, step, 0.9) for step in tables.CHAIN] == pytest.approx([1.8, 3.7, 2.7, 2.0])
    assert tables.seen(tables.MADE_UP, tables.CHAIN[3], 0.9, terminal_cut=False) == pytest.approx(4.7)


def test_one_round_is_the_one_worked_out_by_hand_and_starts_from_one_table():
    start = tables.MADE_UP.copy()
    history = tables.repeat(0.5, 0.9, 1)
    assert history[0] == pytest.approx(start)
    assert history[1] == pytest.approx(np.array([[1.4, 2.85], [2.85, 1.5]]))
    uncut = tables.repeat(0.5, 0.9, 1, terminal_cut=False)[1]
    assert uncut[1, 1] == pytest.approx(1 + 0.5 * (2 + 0.9 * 3 - 1)), "the 3 that was there, not the 2.85 after it"
    assert (start == tables.MADE_UP).all()


def test_two_is_the_lowest_rate_of_the_question_that_never_settles():
    truth = tables.true_values(0.9)
    far = {rate: abs(tables.repeat(rate, 0.9, 400)[-1] - truth).max() for rate in (0.5, 1.0, 1.5, 2.0)}
    assert max(far[0.5], far[1.0], far[1.5]) < 0.01
    assert far[2.0] > 0.5


def test_a_fall_in_20_steps_costs_about_a_hundredth_with_gamma_0_8():
    near, far = ((1 - 0.8**steps) / (1 - 0.8) for steps in (20, 500))
    assert QUESTIONS["short and long"]["answer"] == "About 1 %" and round(100 * (far - near) * (1 - 0.8)) == 1


def test_a_reward_at_the_horizon_counts_for_roughly_a_third_from_gamma_0_8_on():
    counts = [gamma ** (1 / (1 - gamma)) for gamma in (0.8, 0.9, 0.99, 0.999)]
    assert all(1 / 3 - 0.04 < count < 1 / 3 + 0.04 for count in counts)


def test_without_the_cut_the_end_pays_for_ever():
    assert tables.repeat(0.5, 0.9, 1_000, terminal_cut=False)[-1][1, 1] == pytest.approx(2 / (1 - 0.9))


def test_the_truth_travels_backwards():
    """With a rate of 1 each round makes the next values right: first those that look at an end alone."""
    start = np.array([[9.0, 8.0], [7.0, 6.0]])
    right = np.isclose(tables.repeat(1.0, 0.9, 60, start=start), tables.true_values(0.9))
    first = right.argmax(0)
    assert first[1, 1] < first[0, 1] <= first[1, 0] + 1 and first[0, 0] >= first[0, 1]
    assert right[-1].all()


def test_a_table_is_written_with_its_states_and_actions():
    lines = [line.split() for line in tables.as_text(tables.MADE_UP).splitlines()]
    assert lines == [["wait", "go"], ["A", "1.00", "2.00"], ["B", "3.00", "1.00"]]
