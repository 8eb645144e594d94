"""Means with intervals: row by row or side by side, and 0 in sight."""

import numpy as np
import pytest

from qlib.show.intervals import each_seed, intervals
from qlib.show.marks import Dots, Interval
from qlib.study.statistics import mean_interval

VALUES = np.array([140.0, 150, 160])


def test_one_group_stands_row_by_row_with_its_names():
    drawing = intervals({"128 seeds": {"none": VALUES, "one": 2 * VALUES}}, "steps")
    (panel,) = drawing.panels
    none, one = panel.marks
    assert none.along == "x" and (none.x[0], none.low[0], none.high[0]) == pytest.approx(mean_interval(VALUES))
    assert one.x == [300] and one.shape != none.shape and one.colour != none.colour
    assert panel.y.ticks == {1: "none", 0: "one"} and panel.x.low == 0
    assert "128 seeds: none 150, one 300." in drawing.alt


def test_several_groups_stand_side_by_side_each_label_in_one_look():
    drawing = intervals({"a": {"x": VALUES, "y": VALUES}, "b": {"x": VALUES + 9, "y": VALUES}}, "steps")
    x, y = drawing.panels[0].marks
    assert x.label == "x" and x.y.tolist() == [150, 159] and list(drawing.panels[0].x.ticks.values()) == ["a", "b"]
    assert np.all(x.x < y.x)


def test_a_mean_without_an_interval_is_not_cut_by_the_edge():
    tied = {"a": {"x": np.array([500.0, 500, 500, 490])}, "b": {"x": np.array([500.0] * 4)}}
    y = intervals(tied, "steps").panels[0].y
    assert y.low == 0 and y.high > 515, "its marker is some ten steps high"


def test_intervals_keep_0_in_sight():
    above, below = (
        intervals({"a": {"x": sign * VALUES}, "b": {"x": sign * VALUES}}, "steps").panels[0].y for sign in (1, -1)
    )
    assert above.low == 0 and above.high > 150 and below.high == 0


def test_each_seed_is_a_dot_beside_the_mean_of_its_row():
    drawing = each_seed({"whole": [1.0, 2.0, 3.0], "broken": np.zeros(3)}, "score")
    dots, mean, others, _ = drawing.panels[0].marks
    assert (len(dots.x), len(others.x)) == (3, 3) and len({*dots.y, *others.y}) == 6, (
        "equal seeds do not hide each other"
    )
    assert (mean.x[0], mean.low[0], mean.high[0]) == pytest.approx(mean_interval([1.0, 2.0, 3.0]))
    assert drawing.panels[0].y.ticks == {0: "whole", -1: "broken"} and mean.y[0] > max(dots.y) > 0 > max(others.y)
    assert drawing.alt.endswith("whole 2; broken 0.")


def test_some_of_the_seeds_are_hollow_and_a_guess_stands_in_the_last_row():
    groups = {"all": VALUES, "none": VALUES}
    hollow = {"all": np.array([True, False, False]), "none": np.ones(3, bool)}
    drawing = each_seed(groups, "steps", hollow, guess=400)
    found = [(one.x.tolist(), one.hollow) for one in drawing.panels[0].marks[:-1] if isinstance(one, Dots)]
    assert found == [([150, 160], False), ([140], True), ([140, 150, 160], True)]
    guess = drawing.panels[0].marks[-1]
    assert (guess.x, guess.label) == ([400], "your guess") and -1 < guess.y[0] < -0.3
    assert drawing.panels[0].x.high > 400 and drawing.alt.endswith("Your guess was 400.")
    assert sum(isinstance(one, Interval) for one in drawing.panels[0].marks) == 2
