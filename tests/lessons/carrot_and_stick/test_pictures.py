"""Lesson 10's pictures: numbers held to what was worked out by hand, and every control at both of its ends."""

import numpy as np
import pytest
from controls import make_ends_test, marks, texts

from qlib.lessons.carrot_and_stick import pictures
from qlib.show.explorer import Explorer
from qlib.show.intervals import intervals
from qlib.show.marks import Bars, Dots, Line
from qlib.show.shapes import Arrow, Box


def two_tables(strength):
    return np.zeros((6, 2)), strength * np.eye(6, 2)


EXPLORERS = {
    "before the fall": lambda: Explorer(pictures.before_the_fall, **pictures.stick_and_gamma()),
    "corridor": lambda: Explorer(
        pictures.corridor, record=410, terminal_cut=True, gamma=[1.0, 0.95, 0.8], sweeps=(0, 40, 1, 4)
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


def test_intervals_say_what_they_show():
    group = {"a": np.arange(4.0), "b": np.ones(4)}
    picture = intervals({"one": group, "two": group}, "score")
    assert "one: a 2, b 1; two: a 2, b 1" in picture.alt and len(picture.panels[0].marks) == 2


def ways(drawing, panel=0):
    """List the arrows' ways, 0 left and 1 right, each in its colour."""
    arrows = marks(drawing, Arrow, panel)
    assert all((arrow.to_x > arrow.x) == (arrow.colour == "vermilion") for arrow in arrows)
    return [int(arrow.to_x > arrow.x) for arrow in arrows]


def test_arrows_go_where_the_policy_goes():
    drawing = pictures.arrows({"no bonus": [1, 0, 1], "bonus": [0, 0, 1]})
    assert ways(drawing) == [1, 0, 1, 0, 0, 1]
    assert "no bonus: right left right; bonus: left left right" in drawing.alt
    assert texts(drawing).count("goal") == 2 and {"no bonus", "bonus", "state", "2"} <= set(texts(drawing))


def test_the_signal_comes_in_from_the_goal_by_one_state_a_sweep():
    for sweeps in (0, 1, 4, 10, 40):
        drawing, _ = pictures.corridor(True, 1.0, sweeps)
        there = min(sweeps, 10)
        assert ways(drawing) == [1] * there and texts(drawing).count("=") == 10 - there
        (bars,) = marks(drawing, Bars)
        assert bars.colour == ["faint"] * (10 - there) + ["vermilion"] * there
        assert f"In {there} of 10 states going right is better" in drawing.alt


def test_without_the_cut_the_goal_looks_like_the_last_state_and_no_way_is_better():
    drawing, words = pictures.corridor(False, 0.95, 500)
    assert ways(drawing) == [] and texts(drawing).count("−20") == 11
    assert "all states are worth the same" in words
    assert [box.dash for box in marks(drawing, Box)] == [0] * 10 + [1]


@pytest.mark.parametrize("terminal_cut", [True, False])
@pytest.mark.parametrize("gamma", [0.8, 1.0])
def test_no_value_of_the_corridor_lies_outside_its_picture(terminal_cut, gamma):
    drawing, _ = pictures.corridor(terminal_cut, gamma, 40)
    (bars,) = marks(drawing, Bars)
    y = drawing.panels[0].y
    assert y.low < bars.y.min() and bars.y.max() < min(box.y - box.height / 2 for box in marks(drawing, Box))
    assert max(box.y + box.height / 2 for box in marks(drawing, Box)) < y.high


def test_two_lines_stand_one_factor_apart_and_say_it():
    drawing, words = pictures.before_the_fall(-10.0, 0.8)
    plain, punished, bar = marks(drawing, Line, panel=1)
    np.testing.assert_allclose(10.0 ** (punished.y - plain.y), pictures.factor(-10, 0.8))
    assert np.ptp(bar.y) == pytest.approx(np.log10(pictures.factor(-10, 0.8))) and "× 3.75" in texts(drawing, 1)
    assert (plain.label, punished.label) == ("no stick", "stick −10") and "3.75 times" in words
    assert all(-9.1 < power < 1 for power in drawing.panels[1].y.ticks), "ticks are powers of ten"
    for panel in drawing.panels:
        assert panel.y.low <= min(np.min(line.y) for line in panel.marks if isinstance(line, Line))


def test_shaped_draws_both_actions_and_an_arrow_for_the_better():
    q = np.array([[1.0, 2.0], [4.0, 3.0]])
    drawing, words = pictures.shaped(lambda bonus: (q, q[::-1]), 0.5)
    assert [ways(drawing, panel) for panel in (0, 1)] == [[1, 0], [0, 1]]
    left, right = marks(drawing, Line)
    assert left.y.tolist() == [1, 4] and (left.label, right.label) == ("left", "right")
    assert [dots.colour for dots in marks(drawing, Dots)] == ["blue", "vermilion"]
    assert "potential: 1 of 2 states go right" in words
    assert drawing.panels[0].y.low == drawing.panels[1].y.low, "both on one scale"


@pytest.mark.parametrize(("stick", "gamma"), [(-10.0, 0.8), (-100.0, 0.95), (-1.0, 0.99)])
def test_one_factor_stands_between_the_gaps_everywhere(stick, gamma):
    steps = np.arange(1, 20)
    with_it, without = (np.diff(pictures.value_before_fall(steps, gamma, one)) for one in (stick, None))
    np.testing.assert_allclose(with_it / without, pictures.factor(stick, gamma))
