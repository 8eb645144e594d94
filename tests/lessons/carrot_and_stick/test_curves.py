"""Lesson 10's grid of sticks and gammas: its cells, its picture and its slider."""

import numpy as np
from controls import make_ends_test

from qlib.lessons.carrot_and_stick import curves
from qlib.show.explorer import Explorer

NOISE = np.array([-2.0, -1.0, 0.0, 3.0])
GRID = {label: 100 * settings.gamma - (settings.stick or 0) + NOISE for label, settings in curves.cells().items()}

test_the_slider_at_both_ends = make_ends_test(
    {"sticks": lambda: Explorer(lambda gamma: curves.at(GRID, gamma), gamma=curves.slider())}
)


def test_the_grid_holds_every_stick_at_every_gamma():
    cells = curves.cells()
    assert (
        len(cells) == 28
        and cells["stick -10, gamma 0.995"].stick == -10
        and cells["stick none, gamma 0.5"].gamma == 0.5
    )
    assert set(curves.PAIRS) | set(curves.PAIRS.values()) == set(cells)


def test_each_stick_is_compared_at_its_own_gamma_and_the_picture_says_where_that_is():
    assert curves.own_gammas(GRID).endswith("stick -100 0.995")
    assert curves.at_their_best(GRID, GRID)["stick -10"].value == 10
    assert "stick none highest at 200" in curves.draw(GRID).alt and "horizon" in curves.draw(GRID).alt
    picture, words = curves.at(GRID, 0.8)
    assert words == "At gamma 0.8 the highest mean is that of stick -100: 180 steps." and "stick -10" in picture.alt
