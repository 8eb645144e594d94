"""Lesson 04's pictures: both ends of every control give a picture or a clear sentence, and the numbers are right."""

import itertools

import numpy as np
import pytest
from controls import drawn, marks, texts

from qlib.lessons.choosing_actions import pictures as exploration
from qlib.show.marks import Bars, Line, Rule


@pytest.mark.parametrize("n_actions", (2, 6))
@pytest.mark.parametrize("epsilon", (0.0, 1.0))
def test_chances_draws_at_both_ends(epsilon, n_actions):
    picture, _ = exploration.chances(epsilon, n_actions)
    random, whole = marks(picture, Bars)
    assert random.y == pytest.approx([epsilon / n_actions] * n_actions) and random.hatched
    assert whole.y == pytest.approx([epsilon / n_actions] * (n_actions - 1) + [1 - epsilon + epsilon / n_actions])
    assert list(whole.base) == list(random.y) and drawn(picture)


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
        assert "Expected random actions" in text and len(picture.alt) > 15 and drawn(picture)
        line, aim = marks(picture, Line)
        assert (line.x[0], line.x[-1]) == (0, values[4] - 1) and list(aim.y) == [end, end]
        assert marks(picture, Rule)[0].at == max(1, round(values[3] * values[4]))


def test_schedule_counts_the_random_actions():
    _, text = exploration.schedule("linear", 1.0, 0.5, 1.0, 20, 10)
    expected = 10 * np.linspace(1, 0.5, 21)[:20].sum()
    assert f"Expected random actions: {expected:.0f} of 200 steps" in text


def test_a_factor_below_zero_is_named():
    _, text = exploration.schedule("original", 1.0, 0.01, 0.05, 20, 10)
    assert "qlib takes 0 for it" in text


def test_a_thinned_line_keeps_its_ends_and_what_must_be_kept():
    places = exploration.thinned(1_000, 777, 1_000)
    assert {0, 777, 999} <= set(places.tolist()) and len(places) < 120 and max(places) == 999


def test_the_other_pictures_draw():
    scores = np.array([[500.0, 100.0], [300.0, 90.0], [200.0, 80.0]])
    assert drawn(exploration.floor()) and "4.5e-05" in exploration.floor().alt
    bare, kept = marks(exploration.floor(), Line)
    assert (bare.label, kept.label) == ("no floor", "floor") and bare.y[-1] < kept.y[-1] == min(kept.y)
    for guess in (None, 7):
        picture = exploration.habits(np.array([0.5, 0.95, 1.0]), guess)
        assert drawn(picture) and [rule.at for rule in marks(picture, Rule)] == [0.9] + [7.5] * (guess is not None)
        (bars,) = marks(picture, Bars)
        assert list(bars.y) == [1.0, 0.95, 0.5] and bars.colour == ["blue", "blue", "vermilion"]
    for guess in (None, 0.05, 0.0):  # a log scale has no 0
        picture = exploration.fall(np.geomspace(1, 0.0067, 1_000), guess)
        assert drawn(picture) and ("you said" in texts(picture)) == bool(guess) and "0.0067" in texts(picture)
    picture = exploration.chances(0.1, 2, 100)[0]
    assert drawn(picture) and marks(picture, Rule)[0].at == 0.1 and "you said" in texts(picture)
    picture = exploration.scores_by_epsilon(np.array([0.0, 0.5]), scores)
    assert drawn(picture) and len(marks(picture, Line)) == 4
    assert marks(picture, Line)[-1].y == pytest.approx([1000 / 3, 90])
