"""Lesson 12's panel of instruments: the fall that it marks, and runs that cannot be drawn."""

import numpy as np
import pytest
from controls import drawn, marks, texts

from qlib.lessons.forgetting_and_memory import instruments
from qlib.show.marks import Dots, Line
from qlib.show.shapes import Words
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
    drawing, words = instruments.instruments(result(), "run", 0)
    assert "from 400 at step 200 to 50 at step 300" in words and "loss 2 to 300" in words
    titles = [panel.title for panel in drawing.panels]
    assert titles[0] == "score (steps)" and titles[1].startswith("loss (return²") and titles[2].startswith("mine")
    assert all((panel.x.low, panel.x.high) == (0, 400) for panel in drawing.panels) and drawing.column
    for panel, curve in enumerate((SCORES[0, 0], LOSS[0, 0], -LOSS[0, 0])):
        fell, line = marks(drawing, Line, panel)
        assert fell.x == [200, 300] and fell.low[0] == drawing.panels[panel].y.low
        np.testing.assert_array_equal(line.y, curve)
    assert drawing.panels[1].y.log and not drawing.panels[2].y.log, "a loss spans powers of ten"
    assert drawing.panels[1].y.ticks == {1: "1", 1000: "1,000"}
    assert drawn(drawing) and "loss" in drawing.alt


def test_three_digits_of_each_number_travel_with_the_page():
    assert instruments._figures(np.array([1234.5, 0.012345, np.nan]))[:2].tolist() == [1230.0, 0.0123]


def test_the_worked_run_tells_each_move_at_its_dot():
    drawing, words = instruments.worked()
    assert [name.words for name in marks(drawing, Words, 1)] == ["+40", "+20", "+17", "+35", "+5"]
    scores, values = marks(drawing, Dots)[0], marks(drawing, Dots, 1)[0]
    assert scores.x.tolist() == values.x.tolist() == [4, 5, 6, 7, 9] and min(scores.y) >= 310
    assert "310: the size of the fall" in texts(drawing) and "7: +35" in words and drawn(drawing)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_seed_is_drawn_also_one_that_never_fell_or_never_moved(seed):
    assert drawn(instruments.instruments(result(), "run", seed)[0])


def test_a_run_without_diagnostics_has_one_panel():
    bare = Comparison(("run",), STEPS, SCORES)
    drawing, words = instruments.instruments(bare, "run", 0)
    assert len(drawing.panels) == 1 and "Meanwhile" not in words


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ValueError, match="from 0 to 2"):
        instruments.instruments(result(), "run", 3)
    with pytest.raises(ValueError, match="diverged"):
        instruments.instruments(result(np.where(SCORES == 50, np.nan, SCORES)), "run", 0)
    with pytest.raises(ValueError, match="no variant"):
        instruments.instruments(result(), "other", 0)
