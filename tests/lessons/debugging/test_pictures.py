"""Lesson 08's pictures: their rows, numbers and colours say what was measured."""

import numpy as np
import pytest
from controls import drawn, marks, texts

from qlib.lessons.debugging import pictures
from qlib.lessons.debugging.measured import SOUND
from qlib.show.marks import Bars, Dots, Interval
from qlib.show.shapes import Box, Words


def names(drawing):
    """List what stands at the left of a drawing's rows, from the top."""
    return [name for _, name in sorted(drawing.panels[0].y.ticks.items(), reverse=True)]


def test_symptoms_have_a_row_for_each_update_and_a_guess_is_marked():
    found = {name: np.random.default_rng(i).random((16, 5)) for i, name in enumerate(["whole", "no cut"])}
    plain, guessed = pictures.symptoms(found), pictures.symptoms(found, "no cut")
    assert drawn(plain) and len(plain.panels) == 5 and names(plain) == ["whole", "no cut"]
    for column in range(5):
        whole, broken = marks(plain, Interval, column)
        assert (whole.colour, broken.colour) == ("blue", "vermilion") and whole.shape != broken.shape
        assert broken.x == [pytest.approx(found["no cut"][:, column].mean())] and whole.y > broken.y
        assert not marks(plain, Box, column) and [box.y for box in marks(guessed, Box, column)] == broken.y
    assert texts(plain)[0] == "true" and texts(plain, 1)[0] == "ceiling"
    assert f"no cut: value of doomed {found['no cut'][:, 0].mean():.2f}" in plain.alt


def test_instruments_stand_in_order_and_say_their_shares():
    picture = pictures.instruments({"loss": (0.25, 0.5, 3), "audit": (0.9, 0.0, 16)}, "loss")
    hits, false = marks(picture, Bars)
    assert drawn(picture) and names(picture) == ["audit", "loss"]
    assert (hits.x.tolist(), hits.words) == ([0.9, 0.25], ["90%", "25%"]) and false.x.tolist() == [0.0, 0.5]
    assert (hits.hatched, false.hatched) == (False, True), "told apart without colours, too"
    assert [box.y for box in marks(picture, Box)] == [0.0], "the guess"
    assert "audit: 90% hits, 0% false alarms; loss: 25% hits, 50% false alarms" in picture.alt


def test_a_cell_says_how_often_an_instrument_found_a_fault_and_false_alarms_are_of_another_colour():
    found = {"score": np.array([[True, False], [False, False]]), "audit": np.ones((2, 2), bool)}
    picture = pictures.finds(found, ["the cut: gone", SOUND], ["score", "audit"])
    assert drawn(picture) and names(picture) == ["the cut", SOUND], "as far as there is room"
    assert picture.alt.endswith(f"the cut: gone: score 50%, audit 100%; {SOUND}: audit 100%.")
    assert [words.words for words in marks(picture, Words)] == ["score", "audit"]
    assert [box.words for box in marks(picture, Box) if box.words] == ["50%", "100%", "·", "100%"]
    filled = [(box.width, box.fill) for box in marks(picture, Box) if box.fill]
    assert filled == [(0.45, "vermilion"), (0.9, "vermilion"), (0.9, "blue")]


def test_values_beyond_the_ceiling_are_drawn_and_their_medians_said():
    picture = pictures.overestimated({"one output": [19.0, 21.0], "one network": [50.0, 5e6]})
    assert drawn(picture) and "one output 20, one network 2,500,000" in picture.alt
    assert [dots.colour for dots in marks(picture, Dots)] == ["blue", "vermilion"]
    assert [words.words for words in marks(picture, Words)] == ["median 20", "median 2,500,000"]
    assert picture.panels[0].x.low < 19 and picture.panels[0].x.high == 5e6
