"""Lesson 06's pictures of many seeds show each run once, and say which side each mistake is on."""

import numpy as np

from qlib.lessons.one_update import pictures
from qlib.show.picture import COLOURS

NOISE = np.tile([-10.0, 10.0], 8)


def test_runs_that_do_not_balance_are_hollow():
    yours = {"score": np.array([500.0] * 13 + [100.0] * 3), "steps": np.arange(16) * 100.0}
    picture = pictures.beside(yours, {"score": np.full(16, 500.0), "steps": np.arange(16) * 90.0})
    dots = [line for line in picture.figure.axes[0].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [13, 3, 16, 0]
    assert [line.get_markerfacecolor() == "none" for line in dots] == [False, True, False, True]
    assert "yours: 13 of 16 balance" in picture.alt and "qlib's: 16 of 16" in picture.alt


def test_the_mistakes_are_in_order_and_orange_only_where_they_are_shown_to_lower_the_score():
    found = {"none": np.full(16, 200.0), "worse": 100 + NOISE, "as good": 199 + NOISE, "better": 250 + NOISE}
    axes = pictures.mistakes(found).figure.axes[0]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["better", "none: the whole agent", "as good", "worse"]
    diamonds = [line.get_color() for line in axes.lines if line.get_marker() == "D"]
    assert diamonds == [COLOURS[2], COLOURS[0], COLOURS[2], COLOURS[1]]
