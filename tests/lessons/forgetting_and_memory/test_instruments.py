"""Lesson 12's panel of instruments: the fall that it marks, and runs that cannot be drawn."""

import numpy as np
import pytest

from qlib.lessons.forgetting_and_memory import instruments
from qlib.study.result import Comparison

STEPS = np.array([100, 200, 300, 400])
SCORES = np.array([[[20.0, 400.0, 50.0, 90.0], [10.0, 20.0, 30.0, 40.0], [5.0, 5.0, 5.0, 5.0]]])
LOSS = np.array([[[1.0, 2.0, 300.0, 4.0], [0.0, 1.0, 1.0, 1.0], [np.nan, 1.0, 1.0, 1.0]]])


def result(scores=SCORES, **diagnostics):
    return Comparison(("run",), STEPS, scores, diagnostics=diagnostics or {"loss": LOSS, "mine": -LOSS})


def test_the_largest_fall_is_found_between_neighbours():
    assert instruments.largest_fall(SCORES[0, 0]) == (1, 350.0)
    assert instruments.largest_fall(SCORES[0, 1])[1] == -10.0  # it only rose
    assert instruments.largest_fall(np.array([9.0, 1.0])) == (0, 8.0)


def test_the_words_say_where_the_score_fell_and_what_the_instruments_did():
    picture, words = instruments.instruments(result(), "run", 0)
    assert "from 400 at step 200 to 50 at step 300" in words and "loss 2 to 300" in words
    titles = [ax.get_title(loc="left") for ax in picture.figure.axes]
    assert titles[0] == "score (steps)" and titles[1].startswith("loss (return²") and titles[2].startswith("mine")
    assert all(ax.get_xlim() == (0, 400) for ax in picture.figure.axes)
    assert picture.png() and "loss" in picture.alt


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_seed_is_drawn_also_one_that_never_fell_or_never_moved(seed):
    assert instruments.instruments(result(), "run", seed)[0].png()


def test_a_run_without_diagnostics_has_one_panel():
    bare = Comparison(("run",), STEPS, SCORES)
    picture, words = instruments.instruments(bare, "run", 0)
    assert len(picture.figure.axes) == 1 and "Meanwhile" not in words


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ValueError, match="from 0 to 2"):
        instruments.instruments(result(), "run", 3)
    with pytest.raises(ValueError, match="diverged"):
        instruments.instruments(result(np.where(SCORES == 50, np.nan, SCORES)), "run", 0)
    with pytest.raises(ValueError, match="no variant"):
        instruments.instruments(result(), "other", 0)
