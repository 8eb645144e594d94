"""The pictures of lesson 12."""

import numpy as np
import pytest
from controls import drawn, marks, texts

from qlib.lessons.forgetting_and_memory import pictures as forgetting
from qlib.show.marks import Dots, Line
from qlib.show.marks import Interval as Marked
from qlib.study.result import Comparison
from qlib.study.statistics import Interval

RESULT = Comparison(
    ("small", "large"),
    np.array([10, 20, 30]),
    np.arange(12.0).reshape(2, 2, 3),
    diagnostics={"falls in memory": np.arange(12.0).reshape(2, 2, 3)},
)


@pytest.mark.parametrize(
    ("memory_size", "length", "since", "left"),
    [(1_000, 50, 0, 20), (1_000, 50, 999, 0), (1_000, 50, 950, 1), (500, 200, 9_000, 0)],
)
def test_a_rings_picture_counts_as_a_ring_does(memory_size, length, since, left):
    assert forgetting.falls_left(memory_size, length, since) == left
    drawing, text = forgetting.ring(memory_size, length, since)
    assert f"without a fall: {left}," in text and f"{left}" in texts(drawing)
    (stairs,), (here,) = marks(drawing, Line), marks(drawing, Dots)
    for steps in (0, length // 2, memory_size // 2, memory_size, 12_000):
        near = np.interp(steps, stairs.x, stairs.y)
        assert near == pytest.approx(forgetting.falls_left(memory_size, length, steps), abs=1.1)
    assert (here.x, here.y) == ([since], [left]) and drawn(drawing)


def test_every_agent_is_a_thin_line_below_their_mean():
    drawing = forgetting.agents(RESULT, "large")
    *each, mean = marks(drawing, Line)
    np.testing.assert_array_equal([line.y for line in each], RESULT["large"])
    np.testing.assert_array_equal(mean.y, RESULT["large"].mean(0))
    assert mean.width > each[0].width and texts(drawing)[-1] == "mean" and drawn(drawing)


def test_curves_of_score_and_diagnostic_share_their_steps():
    drawing = forgetting.over_sizes(RESULT)
    assert drawing.column and drawing.panels[0].x.low == drawing.panels[1].x.low == 0
    np.testing.assert_allclose(marks(drawing, Line)[0].y, RESULT["small"].mean(0))
    np.testing.assert_allclose(marks(drawing, Line, 1)[1].y, RESULT["large"].mean(0))
    assert texts(drawing) == texts(drawing, 1) == ["small", "large"]
    assert "At the end: small 4 and 4, large 10 and 10" in drawing.alt, "the means of 2, 5 and of 8, 11"
    assert drawn(drawing)


def test_remedies_tell_better_from_worse_by_their_marks():
    rows = {"up": (Interval(5, 1, 9), Interval(0.1, -0.1, 0.3)), "down": (Interval(-5, -9, -1), Interval(0, -0.1, 0.1))}
    drawing = forgetting.remedies(rows, "base")
    up, down = marks(drawing, Marked)
    assert (up.shape, up.x, up.y) == ("^", [5], [1]) and (down.shape, down.x, down.y) == ("s", [-5], [0])
    (both,) = marks(drawing, Marked, 1)
    assert both.shape == "o" and both.low.tolist() == [-0.1, -0.1]
    assert all(panel.y.ticks == {1: "up", 0: "down"} and panel.x.low < min(-0.1, 0) for panel in drawing.panels)
    assert "up +5 and +0.10, down -5 and +0.00" in drawing.alt and drawn(drawing)


def test_a_remedy_that_ties_everywhere_has_a_dot_and_no_interval():
    rows = {"tie": (Interval(0, np.nan, np.nan), Interval(0, np.nan, np.nan)), "up": (Interval(5, 1, 9),) * 2}
    drawing = forgetting.remedies(rows, "base")
    assert [mark.numbers()["low"] for mark in marks(drawing, Marked)] == [[1], [None]]
    assert drawing.panels[0].x.low == pytest.approx(-0.36) and drawing.still().png() and drawn(drawing)


def test_the_sizes_that_are_the_same_runs_say_so_and_give_no_interval():
    scores = np.random.default_rng(0).normal(200, 50, (3, 4, 2))
    scores[2] = scores[1]
    labels = "memory 64", "memory 10,000", "memory 100,000"
    sweep = Comparison(labels, [1, 2], scores, (), {"share of falls": scores / 1e4})
    rows = forgetting.size_table(sweep, labels[1]).lines
    assert "compared with" in rows[2] and "the same, digit for digit" in rows[3] and "?" not in "".join(rows)
    assert len({row.rindex("0.0") for row in rows[1:]}) == 1
