"""Lesson 08's pictures: their rows and numbers say what was measured."""

import numpy as np

from qlib.lessons.debugging import pictures


def test_symptoms_have_a_row_for_each_update_and_a_guess_is_marked():
    found = {name: np.random.default_rng(i).random((16, 5)) for i, name in enumerate(["whole", "no cut"])}
    plain, guessed = pictures.symptoms(found), pictures.symptoms(found, "no cut")
    axes = plain.figure.axes
    assert len(axes) == 5 and [label.get_text() for label in axes[0].get_yticklabels()] == ["whole", "no cut"]
    assert len(guessed.figure.axes[0].patches) == len(axes[0].patches) + 1
    assert f"no cut: value of doomed {found['no cut'][:, 0].mean():.2f}" in plain.alt


def test_instruments_stand_in_order_and_say_their_shares():
    picture = pictures.instruments({"loss": (0.25, 0.5, 3), "audit": (0.9, 0.0, 16)}, "loss")
    assert [label.get_text() for label in picture.figure.axes[0].get_yticklabels()] == ["audit", "loss"]
    assert "audit: 90% hits, 0% false alarms; loss: 25% hits, 50% false alarms" in picture.alt


def test_a_cell_says_how_often_an_instrument_found_a_fault():
    found = {"score": np.array([[True, False], [False, False]]), "audit": np.ones((2, 2), bool)}
    picture = pictures.finds(found, ["cut", "seeds"], ["score", "audit"])
    assert picture.alt.endswith("cut: score 50%, audit 100%; seeds: audit 100%.")
    assert [text.get_text() for text in picture.figure.axes[0].texts] == ["50%", "100%", "·", "100%"]


def test_values_beyond_the_ceiling_are_drawn_and_their_medians_said():
    picture = pictures.overestimated({"one output": [19.0, 21.0], "one network": [50.0, 5e6]})
    assert "one output 20" in picture.alt and picture.png()
