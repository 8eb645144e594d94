"""Lesson NN's pictures: both ends of every control, and the numbers are right."""

import pytest

from qlib.lessons.my_topic import pictures


@pytest.mark.parametrize(("gamma", "words"), [(0.0, "worth 1.0 today"), (0.99, "worth 100.0 today")])
def test_worth_at_both_ends(gamma, words):
    drawing, text = pictures.worth(gamma)
    (line,) = drawing.panels[0].marks
    assert line.y[1] == gamma and words in text
