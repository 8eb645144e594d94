"""Means with intervals: row by row or side by side, and 0 in sight."""

import numpy as np
import pytest

from qlib.show.intervals import intervals
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
