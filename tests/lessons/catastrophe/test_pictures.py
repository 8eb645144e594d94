"""The picture of the highest values says its numbers, and marks the ceiling and a guess."""

import numpy as np

import qlib
from qlib.lessons.catastrophe import pictures


def test_highest_values_are_medians_beside_the_ceiling_and_a_guess():
    values = np.array([[[1.0, 50.0], [3.0, 70.0], [900.0, 90.0]], [[5.0, 8.0], [5.0, 8.0], [5.0, 8.0]]])
    result = qlib.Comparison(("none", "soft"), [100, 200], np.zeros((2, 3, 2)), (), {"highest value": values})
    plain, guessed = pictures.highest_values(result, 100), pictures.highest_values(result, 100, 400)
    assert plain.alt.endswith("the ceiling is 100. Tops: none 70, soft 8.")
    for drawing, words in ((plain, ["none", "soft", "ceiling"]), (guessed, ["none", "soft", "ceiling", "you said"])):
        assert [mark.label for mark in drawing.panels[0].marks] == words
    np.testing.assert_array_equal(plain.panels[0].marks[0].y, [3, 70])
    assert plain.panels[0].y.high < 200 and guessed.panels[0].y.high > 400, "the guess is inside"
