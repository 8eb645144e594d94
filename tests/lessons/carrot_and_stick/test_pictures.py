"""Lesson 10's pictures: numbers held to what was worked out by hand, and every control at both of its ends."""

import numpy as np
import pytest
from controls import make_ends_test

from qlib.lessons.carrot_and_stick import pictures
from qlib.show.explorer import Explorer
from qlib.show.intervals import intervals


def two_tables(strength):
    return np.zeros((6, 2)), strength * np.eye(6, 2)


EXPLORERS = {
    "before the fall": lambda: Explorer(
        pictures.before_the_fall, stick=(-100.0, 0.0, 1.0, -10.0), gamma=(0.5, 0.99, 0.01, 0.8)
    ),
    "corridor": lambda: Explorer(
        pictures.corridor, terminal_cut=True, gamma=(0.8, 1.0, 0.01, 1.0), sweeps=(0, 40, 1, 4)
    ),
    "shaped": lambda: Explorer(lambda strength: pictures.shaped(two_tables, strength), strength=(0.0, 2.0, 0.1, 1.0)),
}


test_every_control_at_both_ends = make_ends_test(EXPLORERS)


@pytest.mark.parametrize(("gamma", "stick"), [(0.8, None), (0.8, -10.0), (0.99, -100.0), (0.5, 0.0)])
def test_the_value_before_a_fall_is_the_sum_of_its_rewards(gamma, stick):
    for k in (1, 2, 7):
        rewards = [1.0] * (k - 1) + [1.0 if stick is None else stick]
        total = sum(gamma**i * r for i, r in enumerate(rewards))
        assert pictures.value_before_fall(k, gamma, stick) == pytest.approx(total)


def test_a_stick_multiplies_every_gap_by_one_factor():
    steps = np.arange(1, 30)
    gaps = [np.diff(pictures.value_before_fall(steps, 0.8, stick)) for stick in (None, -10.0)]
    assert gaps[1] / gaps[0] == pytest.approx(np.full(28, (1 + 10 * 0.2) / 0.8))


def test_with_the_cut_values_are_minus_the_distance_and_without_it_all_the_same():
    assert pictures.corridor_values(1.0, True, 20)[-1] == pytest.approx(-np.arange(10.0, 0.0, -1.0))
    assert pictures.corridor_values(0.9, False, 500)[-1] == pytest.approx(np.full(10, -10.0))


def test_mountain_car_is_worth_more_near_its_goal_and_needs_about_a_hundred_steps():
    x, v, values = pictures.mountain_car_values()
    assert -1.5 < values[-1, np.abs(x - 0.5).argmin()] <= -1.0
    start = values[len(v) // 2, np.abs(x + 0.5).argmin()]
    steps = np.log(1 + start * 0.01) / np.log(0.99)  # from value back to steps
    assert 90 < steps < 125


def test_intervals_and_arrows_say_what_they_show():
    group = {"a": np.arange(4.0), "b": np.ones(4)}
    picture = intervals({"one": group, "two": group}, "score")
    assert "one: a 2, b 1; two: a 2, b 1" in picture.alt and len(picture.panels[0].marks) == 2
    assert "no bonus: right left" in pictures.arrows({"no bonus": [1, 0]}).alt


@pytest.mark.parametrize("terminal_cut", [True, False])
@pytest.mark.parametrize("gamma", [0.8, 1.0])
def test_no_value_of_the_corridor_lies_outside_its_picture(terminal_cut, gamma):
    picture, _ = pictures.corridor(terminal_cut, gamma, 40)
    (ax,) = picture.figure.axes
    values = ax.lines[0].get_ydata()
    bottom, top = ax.get_ylim()
    assert bottom < values.min() and values.max() < top


@pytest.mark.parametrize(("stick", "gamma"), [(-10.0, 0.8), (-100.0, 0.95), (-1.0, 0.99)])
def test_one_factor_stands_between_the_gaps_everywhere(stick, gamma):
    steps = np.arange(1, 20)
    with_it, without = (np.diff(pictures.value_before_fall(steps, gamma, one)) for one in (stick, None))
    np.testing.assert_allclose(with_it / without, pictures.factor(stick, gamma))
