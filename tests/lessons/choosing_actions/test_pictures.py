"""Lesson 04's pictures: both ends of every control give a picture or a clear sentence, and the numbers are right."""

import itertools

import numpy as np
import pytest

from qlib.lessons.choosing_actions import pictures as exploration


@pytest.mark.parametrize("n_actions", (2, 6))
@pytest.mark.parametrize("epsilon", (0.0, 1.0))
def test_chances_draws_at_both_ends(epsilon, n_actions):
    picture, _ = exploration.chances(epsilon, n_actions)
    assert picture.png()


def test_half_of_the_random_actions_are_the_better_one():
    _, text = exploration.chances(0.1, 2)
    assert "chance 0.950" in text and "100 are random, and 50 are not the best" in text


ENDS = list(
    itertools.product(("original", "linear"), (0.0, 1.0), (0.01, 0.5), (0.05, 1.0), (20, 1000), (10, 500))
)  # as in the lesson's explorer


@pytest.mark.parametrize("values", ENDS, ids=str)
def test_schedule_draws_or_says_why_not(values):
    start, end = values[1:3]
    try:
        picture, text = exploration.schedule(*values)
    except ValueError as error:
        assert end > start, error
    else:
        assert "Expected random actions" in text and len(picture.alt) > 15


def test_schedule_counts_the_random_actions():
    _, text = exploration.schedule("linear", 1.0, 0.5, 1.0, 20, 10)
    expected = 10 * np.linspace(1, 0.5, 21)[:20].sum()
    assert f"Expected random actions: {expected:.0f} of 200 steps" in text


def test_a_factor_below_zero_is_named():
    _, text = exploration.schedule("original", 1.0, 0.01, 0.05, 20, 10)
    assert "qlib takes 0 for it" in text


def test_the_other_pictures_draw():
    scores = np.array([[500.0, 100.0], [300.0, 90.0], [200.0, 80.0]])
    assert exploration.floor().png() and "4.5e-05" in exploration.floor().alt
    for guess in (None, 7):
        assert exploration.habits(np.array([0.5, 0.95, 1.0]), guess).png()
    for guess in (None, 0.05, 0.0):  # a log scale has no 0
        assert exploration.fall(np.geomspace(1, 0.0067, 1_000), guess).png()
    assert exploration.chances(0.1, 2, 100)[0].png()
    assert exploration.scores_by_epsilon(np.array([0.0, 0.5]), scores).png()
