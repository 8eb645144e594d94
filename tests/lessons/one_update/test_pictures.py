"""Lesson 06's picture of many seeds shows each run once."""

import numpy as np

from qlib.lessons.one_update import pictures
from qlib.show.marks import Dots


def test_runs_that_do_not_balance_are_hollow():
    yours = {"score": np.array([500.0] * 13 + [100.0] * 3), "steps": np.arange(16) * 100.0}
    picture = pictures.beside(yours, {"score": np.full(16, 500.0), "steps": np.arange(16) * 90.0})
    dots = [mark for mark in picture.panels[0].marks if isinstance(mark, Dots)]
    assert [(len(one.x), one.hollow) for one in dots] == [(13, False), (3, True), (16, False)]
    assert "yours: 13 of 16 balance" in picture.alt and "qlib's: 16 of 16" in picture.alt
