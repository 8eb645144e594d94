"""What the time limit does to values is worked out by hand here, and the drawings of it say so."""

import numpy as np
import pytest
from controls import drawn, make_ends_test, marks, texts

from qlib.lessons.debugging import time_limit
from qlib.show.explorer import Explorer
from qlib.show.marks import Line
from qlib.show.shapes import Words

SHOWS = ["no time", "the time"]


def explorer() -> Explorer:
    return Explorer(time_limit.explained, gamma=(0.5, 0.99, 0.01, 0.8), the_observation_shows=SHOWS)


test_every_control_at_both_ends = make_ends_test({"time_limit": explorer})


@pytest.mark.parametrize("shows", SHOWS)
def test_the_exact_values_are_where_each_ways_targets_lead(shows):
    gamma, rewards = 0.8, np.ones(500)
    last = {
        "right": lambda values: 1 + gamma * values[-1],
        "cut": lambda _: 1,
        "original": lambda v: -10 + gamma * v[-1],
    }
    for way, values in time_limit.exact(gamma, shows).items():
        targets = rewards + gamma * np.append(values[1:], np.nan)
        targets[-1] = last[way](values)
        reached = targets if shows == "the time" else np.full(500, targets.mean())
        assert values == pytest.approx(reached), way


def test_the_time_limit_costs_most_at_the_end_if_the_time_shows_and_the_same_everywhere_if_not():
    shown, hidden = (time_limit.explained(0.95, shows)[1] for shows in ("the time", "no time"))
    assert "20.00 at step 0, 1.00 at step 499" in shown and shown.endswith("20.00 and −200.00.")
    assert "19.27 at step 0, 19.27 at step 499" in hidden


def test_a_curve_that_leaves_the_picture_says_how_far_it_goes():
    def label(shows):
        return marks(time_limit.explained(0.95, shows)[0], Line, 1)[-1].label

    assert label("the time") == "the original's (to −200)", "20 · −10, whose ceiling is 20"
    assert label("no time") == "the original's"


def test_beside_the_curves_stands_the_last_steps_target_in_each_way_in_its_curves_colour():
    drawing, _ = time_limit.explained(0.95, "the time")
    said = texts(drawing)
    assert said[-6::2] == ["right", "cut", "original"]
    assert said[-5::2] == [
        "1 + 0.95 · 20.00 = 20.00",
        "1, and nothing after it",
        "−10 + 0.95 · (−200.00) = −200.00",
    ]
    colours = [words.colour for words in marks(drawing, Words)[-6::2]]
    assert colours == [line.colour for line in marks(drawing, Line, 1)] and len(set(colours)) == 3


def test_the_explorer_answers_every_setting_without_a_kernel():
    made = explorer()
    assert len(made._made) == 2 * 50
    made.close()


def test_learned_values_are_means_over_seeds_and_only_the_right_ones_are_blue():
    found = {"right": np.full((2, 500), 20.0), "cut like a fall": np.stack([np.full(500, 17.0), np.full(500, 19.0)])}
    drawing = time_limit.learned(found)
    right, cut = marks(drawing, Line)
    assert (right.colour, cut.colour) == ("blue", "vermilion") and right.dash != cut.dash
    assert cut.y.tolist() == [18.0] * 500 and drawing.alt.endswith("At the end: right 20.0, cut like a fall 18.0.")
    assert drawn(drawing) and "true value" in texts(drawing)
