"""Lesson 08's pictures: numbers held to what was worked out by hand, and every control at both of its ends."""

import numpy as np
from controls import make_ends_test

from qlib.lessons.debugging import pictures
from qlib.show.explorer import Explorer

EXPLORERS = {
    "time_limit": lambda: Explorer(
        pictures.time_limit, gamma=(0.5, 0.99, 0.01, 0.8), the_observation_shows=["no time", "the time"]
    ),
}
test_every_control_at_both_ends = make_ends_test(EXPLORERS)


def test_the_time_limit_costs_most_at_the_end_if_the_time_shows_and_the_same_everywhere_if_not():
    shown, hidden = pictures.time_limit(0.95, "the time")[1], pictures.time_limit(0.95, "no time")[1]
    assert "20.00 at step 0, 1.00 at step 499" in shown
    assert "19.27 at step 0, 19.27 at step 499" in hidden


def test_a_curve_that_leaves_the_picture_says_how_far_it_goes():
    def labels(gamma):
        return [text.get_text() for text in pictures.time_limit(gamma, "the time")[0].figure.axes[0].texts]

    assert "the original's (to −200)" in labels(0.95), "20 · −10, whose ceiling is 20"
    assert pictures.time_limit(0.95, "the time")[1].endswith("20.00 and -200.00.")
    assert "the original's" in [t.get_text() for t in pictures.time_limit(0.95, "no time")[0].figure.axes[0].texts]


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


def test_values_over_time_are_drawn():
    assert pictures.over_time({"right": np.full((2, 500), 20.0)}).png()
