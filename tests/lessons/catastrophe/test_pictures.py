"""The picture of the highest values says its numbers, and marks the ceiling and a guess."""

import numpy as np

import qlib
from qlib.lessons.catastrophe import pictures


def test_highest_values_are_medians_beside_the_ceiling_and_a_guess():
    values = np.array([[[1.0, 50.0], [3.0, 70.0], [900.0, 90.0]], [[5.0, 8.0], [5.0, 8.0], [5.0, 8.0]]])
    result = qlib.Comparison(("none", "soft"), [100, 200], np.zeros((2, 3, 2)), (), {"highest value": values})
    plain, guessed = pictures.highest_values(result, 100), pictures.highest_values(result, 100, 400)
    assert plain.alt.endswith("the ceiling is 100. Tops: none 70, soft 8.")
    ax, other = (picture.figure.axes[0] for picture in (plain, guessed))
    assert {"ceiling", "none", "soft"} == {text.get_text() for text in ax.texts}
    assert "you said" in {text.get_text() for text in other.texts}
    assert ax.get_ylim()[1] < 200 and other.get_ylim()[1] > 400, "the guess is inside"
