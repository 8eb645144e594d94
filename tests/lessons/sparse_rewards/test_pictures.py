"""The pictures of lesson 13."""

import numpy as np
import pytest
import torch

from qlib.lessons.sparse_rewards import pictures
from qlib.study.result import Comparison


@pytest.mark.parametrize("count", [1, 4, 16])
@pytest.mark.parametrize("point", [(-1.2, -0.07), (0.6, 0.07), (-0.5, 0.0)])
def test_every_point_lies_in_all_tiles_that_are_drawn(count, point):
    picture, words = pictures.tilings(*point, count, 6)
    (ax,) = picture.figure.axes
    tiles = [patch for patch in ax.patches if patch.get_fill()]
    assert len(tiles) == count
    for tile in tiles:
        x, y = tile.get_xy()
        assert x - 1e-9 <= point[0] <= x + tile.get_width() + 1e-9
        assert y - 1e-9 <= point[1] <= y + tile.get_height() + 1e-9
    assert f"{count} of {count * 49:,} tiles" in words and picture.png()


def test_with_alpha_0_all_are_drawn_alike_and_with_more_the_surprising_ones():
    errors = np.concatenate([np.full(90, 0.1), np.full(10, -10.0)])
    _, alike = pictures.drawn(errors, 0.0, 1.0)
    assert "gets 10% of the draws" in alike and "counts 1 times" in alike
    picture, words = pictures.drawn(errors, 1.0, 1.0)
    assert "gets 92% of the draws" in words and "counts 0.01 times" in words
    assert picture.png()


def test_who_never_was_at_the_goal_is_not_counted():
    first = {"finds": np.array([10.0, 30.0, 20.0]), "never": np.full(3, np.inf)}
    picture = pictures.found(first, 100)
    (ax,) = picture.figure.axes
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [0, 10, 20, 30, 100])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0, 1, 2, 3, 3])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [0, 0, 0, 0, 0])
    assert "finds: 3 of 3; never: 0 of 3" in picture.alt and picture.png()


def test_scores_are_means_over_seeds():
    rows = np.array([[[-200.0, -100.0], [-200.0, -120.0]]])
    picture = pictures.scores(Comparison(("a",), np.array([10, 20]), rows))
    curve, mark = picture.figure.axes[0].lines
    np.testing.assert_allclose(curve.get_ydata(), [-200, -110])
    assert set(mark.get_ydata()) == {-110}
    assert picture.png()


def test_the_cost_to_go_is_minus_the_best_value():
    def values(x):
        return torch.as_tensor(np.stack([-50 - 10 * x[:, 0], np.full(len(x), -90.0)], 1))

    picture, words = pictures.cost_to_go(values, np.array([[-0.5, 0.0], [-0.5, 0.001]]), "step 5")
    assert "expects 45 discounted steps" in words
    image = picture.figure.axes[0].images[0].get_array()
    assert image.min() == pytest.approx(38) and image.max() == pytest.approx(56)
    assert picture.png()


def test_the_grid_marks_the_cells_that_were_visited():
    grid = pictures.was_there(np.array([[-1.2, -0.07], [0.6, 0.07], [0.6, 0.07]]))
    assert grid.shape == (20, 20) and grid.sum() == 2 and grid[0, 0] and grid[-1, -1]


def test_of_many_grids_the_first_is_drawn_and_the_words_say_so():
    picture, words = pictures.tilings(-0.5, 0.0, 16, 8)
    assert len(picture.figure.axes[0].lines) == 2 * 10 + 2 and "only the first of them drawn whole" in words
    picture, words = pictures.tilings(-0.5, 0.0, 4, 8)
    assert len(picture.figure.axes[0].lines) == 4 * 2 * 10 + 2 and "only the first" not in words


def test_the_scale_of_costs_is_one_for_all_pictures():
    for value in (-3.0, -90.0):
        picture, _ = pictures.cost_to_go(lambda x, value=value: np.full((len(x), 3), value), np.zeros((0, 2)), "a\nb")
        assert picture.figure.axes[0].images[0].get_clim() == (0, 100)


def test_four_memories_draw_as_they_are_said_to():
    picture = pictures.memories()
    heights = [[bar.get_height() for bar in ax.patches] for ax in picture.figure.axes]
    assert (
        heights[2][-1] == 0
        and max(heights[3]) < 1.1 * min(heights[3])
        and max(heights[0][4:]) < 1.1 * min(heights[0][4:])
    )
    assert heights[1] == pytest.approx(20_000 * np.arange(1, 9) / 36, rel=0.06)
    assert picture.png()
