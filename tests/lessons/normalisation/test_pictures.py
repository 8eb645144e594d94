"""The pictures of lesson 11."""

import numpy as np
import pytest

from qlib.lessons.normalisation import pictures


@pytest.mark.parametrize("way", pictures.WAYS)
@pytest.mark.parametrize("range_factor", [0.25, 1.0, 8.0])
def test_every_way_has_a_picture_and_words(way, range_factor):
    picture, words = pictures.inputs(way, range_factor)
    assert words.startswith(way.capitalize()) and words in picture.alt
    assert picture.png()


def test_raw_deviations_bear_their_units_and_scaled_ones_have_none():
    def words(way):
        return [ax.texts[0].get_text() for ax in pictures.inputs(way, 1.0)[0].figure.axes]

    for unit, text, scaled in zip(pictures.UNITS, words("nothing"), words("declared ranges"), strict=True):
        assert text.endswith(f" {unit}")
        float(scaled.split("deviation ")[1])


def test_the_ways_do_what_they_say():
    x = np.random.default_rng(0).normal(size=(300, 4)) * pictures.RANGES
    np.testing.assert_array_equal(pictures.scaled(x, "nothing"), x)
    np.testing.assert_allclose(pictures.scaled(x, "declared ranges", 2.0), x / pictures.RANGES / 2)
    np.testing.assert_allclose(pictures.scaled(x, "0 to 1"), (x / pictures.RANGES + 1) / 2)
    spread = pictures.scaled(x, "mean and deviation")
    np.testing.assert_allclose([spread.mean(0), spread.std(0)], [[0] * 4, [1] * 4], atol=1e-9)


def test_the_widths_curve_is_the_mean_over_seeds():
    scores = np.array([[1.0, 3.0], [5.0, 7.0], [2.0, 2.0]])
    picture = pictures.over_factors((0.5, 1, 2), scores, np.array([2.0, 4.0]))
    (ax,) = picture.figure.axes
    dotted, curve = ax.lines
    np.testing.assert_allclose(curve.get_ydata(), [2, 6, 2])
    np.testing.assert_allclose(dotted.get_ydata(), 3)
    assert "ranges: highest at 1" in picture.alt and picture.png()
