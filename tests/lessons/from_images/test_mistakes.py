"""Lesson 14's silent mistakes still do what it says, and its diagnostics find them."""

import numpy as np
import pytest
import torch
from definitions import defined
from gymnasium import make
from torch import nn

from qlib.lessons.from_images import checks, mistakes
from qlib.lessons.from_images.ball import ENV_ID

LESSON = "14_from_images"


def test_the_lessons_unit_is_pytorchs():
    unit = defined(LESSON, "unit")["unit"]
    image, layer = torch.rand(3, 6, 5), nn.Conv2d(3, 2, 3)
    made = layer(image)
    for f, r, c in np.ndindex(made.shape):
        torch.testing.assert_close(unit(image, layer.weight[f], layer.bias[f], r, c), made[f, r, c])


def test_pixels_that_nobody_scales_come_out_255_times_too_large():
    layer = nn.Conv2d(4, 1, 3, bias=False)
    pixels = torch.randint(0, 256, (8, 4, 10, 10))
    torch.testing.assert_close(layer(pixels.float()), 255 * layer(pixels / 255), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("order", "rows"), [("CHW", [0, 1, 2]), ("HWC", [3, 4, 5])])
def test_one_lit_pixel_shows_in_which_order_a_layer_reads(order, rows):
    lit = torch.zeros(10, 10, 10)  # row 2, column 5, channel 7
    lit[(7, 2, 5) if order == "CHW" else (2, 5, 7)] = 1
    answers = nn.Conv2d(10, 16, 3, bias=False)(lit)[0]
    assert answers.abs().sum(1).nonzero().squeeze(1).tolist() == rows


def test_stacks_of_whatever_lies_before_mix_flights_and_whole_ones_do_not():
    frames, flight = mistakes.remembered(20)
    starts = np.diff(flight, prepend=-1) > 0
    places = np.arange(3, len(frames))[:, None] + np.arange(-3, 1)
    assert mistakes.mixed(places, flight) == pytest.approx(0.3, abs=0.02)
    first = np.maximum.accumulate(np.where(starts, np.arange(len(frames)), 0))
    whole = np.maximum(places, first[3:, None])
    assert mistakes.mixed(whole, flight) == 0
    np.testing.assert_array_equal(checks._stacked(frames, starts, 10, 4), frames[[10, 10, 10, 10]])


def test_an_episode_for_each_life_looks_three_times_as_bad_and_a_count_inside_shows_it():
    episodes, games = mistakes.scores(life_ends=True, games=60)
    assert len(games) == 60 and len(episodes) == 180
    assert games.mean() == pytest.approx(3 * episodes.mean())
    whole, same = mistakes.scores(life_ends=False, games=60)
    np.testing.assert_array_equal(whole, same)


def test_a_caught_ball_pays_once_and_costs_no_life_and_a_missed_one_costs_one():
    env = mistakes.Lives(make(ENV_ID))
    env.reset(seed=0)
    for caught, lives in ((True, 3), (False, 2)):
        for _ in range(9):
            ball = env.unwrapped
            _, reward, terminated, _, info = env.step((ball.column + ball.way + (not caught)) % 6)
        assert (reward, info["lives"], terminated) == (caught, lives, False)


def test_a_lost_life_goes_on_with_the_same_game():
    env = mistakes.LifeEnds(mistakes.Lives(make(ENV_ID)))
    env.reset(seed=0)
    lives = []
    for _ in range(4):
        ended = False
        while not ended:
            _, _, ended, _, info = env.step(0)
        lives.append(info["lives"])
        env.reset(seed=1)
    assert lives[:3] == [2, 1, 0] and lives[3] == 2


@pytest.mark.parametrize(("phase", "share"), [(0, 0.0), (1, 1.0)])
def test_every_fourth_frame_shows_a_flickering_ball_always_or_never(phase, share):
    frames = mistakes.flickering(phase)
    assert mistakes.visible(frames) == 0.5
    assert mistakes.visible(frames[3::4]) == share
    assert mistakes.visible(np.maximum(frames[3::4], frames[2::4])) == 1
