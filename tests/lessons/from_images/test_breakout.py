"""Lesson 14's Breakout: what is shown of a run is right, and without MinAtar the record is shown in its place."""

import asyncio
import json

import numpy as np
import pytest
import torch
from controls import drawn, marks

from qlib.lessons.from_images import breakout
from qlib.show.marks import Heat, Line

LIT = np.zeros((10, 10, 4), bool)
LIT[9, 4, breakout.PADDLE] = LIT[5, 3, breakout.BALL] = LIT[4, 2, breakout.TRAIL] = LIT[1:4, :, breakout.BRICK] = True


class Sees:
    """Values that hang on the ball alone."""

    def q_values(self, frames):
        ball = torch.as_tensor(np.asarray(frames, float))[..., breakout.BALL].sum((-2, -1))
        return torch.stack([ball, 0 * ball, 2 * ball], -1)


def run(maps):
    games = {breakout.AFTER: np.array([LIT, LIT]), breakout.RANDOM: np.array([LIT])}
    numbers = {"scores": np.array([0.0, 1.0, 2.0]), "ends": np.array([10, 30, 60]), "maps": maps, **games}
    return breakout.Run(numbers, was_recorded=False)


def test_covering_the_ball_is_what_changes_values_that_hang_on_it():
    changed = breakout.occlusion(Sees(), LIT)
    assert changed.shape == (10, 10) and changed[5, 3] == 2 and changed.sum() == 2
    made = run(np.array([changed, breakout.occlusion(Sees(), LIT)]))
    drawing, words = made.looks(0)
    assert "row 5, column 3: the ball" in words and drawn(drawing)
    assert made.at_the_ball() == 1
    elsewhere = np.zeros((2, 10, 10))
    elsewhere[0, 5, 3] = elsewhere[1, 9, 4] = 1
    assert run(elsewhere).at_the_ball() == 0.5


def test_a_frame_shows_each_thing_in_its_colour_and_the_ball_on_top():
    assert breakout.things(LIT)[[9, 5, 4, 2, 0], [4, 3, 2, 0, 0]].tolist() == [1, 2, 3, 4, 0]
    both = LIT.copy()
    both[1, 1, breakout.BALL] = True
    assert breakout.names(both)[1, 1] == "the ball" and breakout.names(both)[1, 2] == "a brick"
    drawing, words = run(np.zeros((2, 10, 10))).frame(breakout.AFTER, 1)
    assert "frame 1 of 1." in words and marks(drawing, Heat)[0].values[0, 4] == 1
    assert "The game is over" in run(np.zeros((2, 10, 10))).frame(breakout.RANDOM, 7)[1]


def test_the_curve_is_the_moving_mean():
    made = run(np.zeros((2, 10, 10)))
    (line,) = marks(made.curve(), Line)
    assert line.y.tolist() == [0, 0.5, 1] and made.late == 1 and "3 episodes" in repr(made)


def test_a_short_run_gives_all_that_is_shown(monkeypatch):
    pytest.importorskip("minatar")
    monkeypatch.setattr(breakout, "STEPS", 300)
    panel = breakout.panel()
    made = asyncio.run(breakout.seen(panel))
    assert len(made.scores) == len(panel.history)
    panel.close()
    assert not made.was_recorded and len(made.scores) == len(made.ends) and made.ends[-1] >= 300
    assert len(made.maps) == len(made.games[breakout.AFTER]) <= breakout.SHOWN
    assert made.games[breakout.RANDOM].dtype == bool and made.games[breakout.RANDOM].shape[1:] == (10, 10, 4)


@pytest.mark.usefixtures("beside_the_notebooks")
def test_without_minatar_a_sentence_and_what_was_recorded(monkeypatch):
    monkeypatch.setattr(breakout, "is_here", lambda: False)
    made = asyncio.run(breakout.seen(breakout.panel()))
    assert made.was_recorded and "[minatar]" in repr(made)
    for explored in (made.frame(breakout.AFTER, 3), made.frame(breakout.RANDOM, 59), made.looks(0)):
        assert json.loads(drawn(explored[0])) and explored[1]
    assert made.ends[-1] >= breakout.STEPS and 0 <= made.at_the_ball() <= 1
    assert made.late > 3 * made.scores[:50].mean(), "it has learned something"


def test_each_seed_has_its_curve_and_their_mean_a_band():
    means = np.array([[1.0, 4.0], [3.0, 6.0], [2.0, 8.0]])
    drawing = breakout.over_seeds(means, 1_000)
    *each, mean = marks(drawing, Line)
    assert [one.y.tolist() for one in each] == means.tolist() and mean.y.tolist() == [2, 6]
    assert mean.x.tolist() == [500, 1_000] and mean.low[1] < 6 < mean.high[1] and mean.label == "mean of 3"
    assert drawing.alt.endswith("Their mean is 2.0 after 500 steps, and 6.0 after 1,000.") and drawn(drawing)
    assert breakout.told(means)["least"] == 4 and breakout.told(means)["interval"].value == 6
