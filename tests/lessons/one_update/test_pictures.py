"""Lesson 06's picture of many seeds shows each run once."""

import numpy as np

from qlib.lessons.one_update import pictures


def test_runs_that_do_not_balance_are_hollow():
    yours = {"score": np.array([500.0] * 13 + [100.0] * 3), "steps": np.arange(16) * 100.0}
    picture = pictures.beside(yours, {"score": np.full(16, 500.0), "steps": np.arange(16) * 90.0})
    dots = [line for line in picture.figure.axes[0].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [13, 3, 16, 0]
    assert [line.get_markerfacecolor() == "none" for line in dots] == [False, True, False, True]
    assert "yours: 13 of 16 balance" in picture.alt and "qlib's: 16 of 16" in picture.alt
