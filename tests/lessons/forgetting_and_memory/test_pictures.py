"""The pictures of lesson 12."""

import numpy as np
import pytest

from qlib.lessons.forgetting_and_memory import pictures as forgetting
from qlib.study.result import Comparison

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
    picture, text = forgetting.ring(memory_size, length, since)
    assert f"without a fall: {left}," in text
    assert picture.png()


def test_curves_of_score_and_diagnostic_share_their_steps():
    picture = forgetting.over_sizes(RESULT)
    above, below = picture.figure.axes
    np.testing.assert_allclose(above.lines[0].get_ydata(), RESULT["small"].mean(0))
    np.testing.assert_allclose(below.lines[1].get_ydata(), RESULT["large"].mean(0))
    assert "At the end: small 4 and 4, large 10 and 10" in picture.alt, "the means of 2, 5 and of 8, 11"
    assert picture.png()


def test_remedies_tell_better_from_worse_by_their_marks():
    rows = {"up": ((5, 1, 9), (0.1, -0.1, 0.3)), "down": ((-5, -9, -1), (0, -0.1, 0.1))}
    picture = forgetting.remedies(rows, "base")
    left, right = picture.figure.axes
    marks = [line.get_marker() for line in left.lines if line.get_marker() != "None"]
    assert marks == ["^", "v"]
    assert [line.get_marker() for line in right.lines if line.get_marker() != "None"] == ["o", "o"]
    assert picture.png()


def test_the_sizes_that_are_the_same_runs_say_so_and_give_no_interval():
    scores = np.random.default_rng(0).normal(200, 50, (3, 4, 2))
    scores[2] = scores[1]
    labels = "memory 64", "memory 10,000", "memory 100,000"
    sweep = Comparison(labels, [1, 2], scores, (), {"share of falls": scores / 1e4})
    rows = forgetting.size_table(sweep, labels[1]).lines
    assert "compared with" in rows[2] and "the same, digit for digit" in rows[3] and "?" not in "".join(rows)
    assert len({row.rindex("0.0") for row in rows[1:]}) == 1
