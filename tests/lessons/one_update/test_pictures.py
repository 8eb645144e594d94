"""Lesson 06's pictures: numbers held to what was worked out by hand, and every control at both of its ends."""

import numpy as np
import pytest
from controls import make_ends_test

from qlib.lessons.one_update import pictures
from qlib.show.explorer import Explorer

EXPLORERS = {
    "ceiling": lambda: Explorer(pictures.ceiling, gamma=(0.0, 0.98, 0.01, 0.8)),
    "time_limit": lambda: Explorer(
        pictures.time_limit, the_observation_shows=["the time", "no time"], gamma=(0.5, 0.99, 0.01, 0.95)
    ),
}


test_every_control_at_both_ends = make_ends_test(EXPLORERS)


@pytest.mark.parametrize("name", EXPLORERS)
def test_moving_a_control_changes_the_readout(name):
    explorer = EXPLORERS[name]()
    before = explorer.readout
    explorer.controls["gamma"].value = 0.6
    assert explorer.readout != before


def test_the_time_limit_costs_most_at_the_end_if_the_time_shows_and_the_same_everywhere_if_not():
    shown, hidden = pictures.time_limit(0.95, "the time")[1], pictures.time_limit(0.95, "no time")[1]
    assert "20.00 at step 0, 1.00 at step 499" in shown
    assert "19.27 at step 0, 19.27 at step 499" in hidden


def test_doomed_and_fresh_draws_a_row_for_each_way_to_learn():
    values = np.random.default_rng(0).normal(size=(16, 3))
    picture = pictures.doomed_and_fresh({"whole": values, "no cut": values + 5}, ceiling=5)
    assert [label.get_text() for label in picture.figure.axes[0].get_yticklabels()] == ["whole", "no cut"]
