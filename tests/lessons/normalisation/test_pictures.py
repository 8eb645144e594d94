"""The pictures of lesson 11."""

import numpy as np
import pytest
from controls import drawn, make_ends_test, marks, texts

from qlib.lessons.normalisation import pictures
from qlib.show.explorer import Explorer
from qlib.show.marks import Interval, Line

test_every_control_at_both_ends = make_ends_test(
    {"inputs": lambda: Explorer(pictures.inputs, way=list(pictures.WAYS), range_factor=pictures.ranges())}
)


@pytest.mark.parametrize("way", pictures.WAYS)
@pytest.mark.parametrize("range_factor", [0.25, 1.0, 8.0])
def test_every_way_has_a_picture_and_words(way, range_factor):
    picture, words = pictures.inputs(way, range_factor)
    assert words.startswith(way.capitalize()) and words in picture.alt
    assert drawn(picture)


def test_raw_deviations_bear_their_units_and_scaled_ones_have_none():
    def words(way):
        return [text for text in texts(pictures.inputs(way, 1.0)[0]) if text.startswith("± ")]

    for unit, text, scaled in zip(pictures.UNITS, words("nothing"), words("declared ranges"), strict=True):
        assert text.endswith(f" {unit}")
        float(scaled.removeprefix("± "))


def test_a_row_shows_where_its_input_lies(monkeypatch):
    seen = np.tile([[0.0, 1.01, -2.0, 50.0], [0.01, 1.0, -1.0, 51.0], [0.0, 1.0, -1.0, 50.0]], (10, 1))
    monkeypatch.setattr(pictures, "visited", lambda *given: seen)
    drawing, _ = pictures.inputs("nothing", 1.0)
    rows = [line for line in marks(drawing, Line) if line.low is not None]
    tops = [line.x[line.high - line.low > 0.4] for line in rows]
    np.testing.assert_allclose(np.concatenate(tops), [0, 1, -1, 3], atol=1e-9)
    half = rows[2].x[np.isclose(rows[2].high - rows[2].low, 0.4)]
    np.testing.assert_allclose(half, [-2], atol=1e-9, err_msg="half as often, half as high")
    assert [line.low[0] for line in rows] == [3, 2, 1, 0], "from the top down, in the order of the observation"
    middle = marks(drawing, Interval)[2]
    assert middle.high[0] - middle.low[0] == pytest.approx(2 * seen[:, 2].std())
    assert list(drawing.panels[0].y.ticks.values()) == list(pictures.NAMES)


def test_the_ways_do_what_they_say():
    x = np.random.default_rng(0).normal(size=(300, 4)) * pictures.RANGES
    np.testing.assert_array_equal(pictures.scaled(x, "nothing"), x)
    np.testing.assert_allclose(pictures.scaled(x, "declared ranges", 2.0), x / pictures.RANGES / 2)
    np.testing.assert_allclose(pictures.scaled(x, "0 to 1"), (x / pictures.RANGES + 1) / 2)
    spread = pictures.scaled(x, "mean and deviation")
    np.testing.assert_allclose([spread.mean(0), spread.std(0)], [[0] * 4, [1] * 4], atol=1e-9)
