"""The pictures of lesson 13."""

import numpy as np
import pytest
import torch
from controls import drawn, make_ends_test, marks, texts

from qlib.lessons.sparse_rewards import cars, pictures
from qlib.show.explorer import Explorer
from qlib.show.marks import Bars, Dots, Heat, Line, Rule
from qlib.show.shapes import Box

ERRORS = {name: np.random.default_rng(0).normal(size=2_000) for name in ("CartPole", "MountainCar")}
GROWTH = cars.Growth(steps=2_000)
EXPLORERS = {
    "drawn": lambda: Explorer(
        lambda memory, alpha, beta: pictures.drawn(ERRORS[memory], alpha, beta, memory),
        name="drawn",
        record=900,
        memory=list(ERRORS),
        alpha=(0.0, 1.0, 0.05, 0.0),
        beta=(0.0, 1.0, 0.05, 0.4),
    ),
    "tilings": lambda: Explorer(
        pictures.tilings,
        position=(-1.2, 0.6, 0.05, -0.5),
        velocity=(-0.07, 0.07, 0.005, 0.0),
        tilings=[4, 1, 8, 16],
        tiles=(2, 12, 1, 8),
    ),
    "growth": lambda: Explorer(GROWTH.surface, step=(0, 2_000, 1_000, 0)),
}

test_every_control_at_both_ends = make_ends_test(EXPLORERS)


@pytest.mark.parametrize("name", EXPLORERS)
def test_what_an_explorer_carries_is_light(name):
    assert 0 < len(EXPLORERS[name]().view.recorded) < 150_000


@pytest.mark.parametrize("count", [1, 4, 16])
@pytest.mark.parametrize("point", [(-1.2, -0.07), (0.6, 0.07), (-0.5, 0.0)])
def test_every_point_lies_in_all_tiles_that_are_drawn(count, point):
    picture, words = pictures.tilings(*point, count, 6)
    tiles, outlines = marks(picture, Box), [line for line in marks(picture, Line) if line.width > 1]
    assert len(tiles) == len(outlines) == count
    for tile, outline in zip(tiles, outlines, strict=True):
        assert abs(point[0] - tile.x) <= tile.width / 2 + 1e-9
        assert abs(point[1] - tile.y) <= tile.height / 2 + 1e-9
        assert min(outline.x) - 1e-9 <= point[0] <= max(outline.x) + 1e-9
        assert min(outline.y) - 1e-9 <= point[1] <= max(outline.y) + 1e-9
    assert f"{count} of {count * 49:,} tiles" in words and drawn(picture)


def test_with_alpha_0_all_are_drawn_alike_and_with_more_the_surprising_ones():
    errors = np.concatenate([np.full(90, 0.1), np.full(10, -10.0)])
    _, alike = pictures.drawn(errors, 0.0, 1.0)
    assert "gets 10% of the draws" in alike and "counts 1 times" in alike
    picture, words = pictures.drawn(errors, 1.0, 1.0)
    assert "gets 92% of the draws" in words and "counts 0.01 times" in words
    assert marks(picture, Line)[-1].y[10] == pytest.approx(0.917, abs=2e-3)
    assert "uniform" in texts(picture) and drawn(picture)


def test_who_never_was_at_the_goal_is_not_counted():
    first = {"finds": np.array([10.0, 30.0, 20.0]), "never": np.full(3, np.inf)}
    picture = pictures.found(first, 100)
    finds, never = marks(picture, Line)
    np.testing.assert_array_equal(finds.x, [0, 10, 10, 20, 20, 30, 30, 100, 100])
    np.testing.assert_array_equal(finds.y, [0, 0, 1, 1, 2, 2, 3, 3, 3])
    np.testing.assert_array_equal(never.y, np.zeros(9))
    assert texts(picture) == ["finds", "never"]
    assert "finds: 3 of 3; never: 0 of 3" in picture.alt and drawn(picture)


def test_the_cost_to_go_is_minus_the_best_value():
    def values(x):
        return torch.as_tensor(np.stack([-50 - 10 * x[:, 0], np.full(len(x), -90.0)], 1))

    picture, words = pictures.cost_to_go(values, np.array([[-0.5, 0.0], [-0.5, 0.001]]), "step 5")
    assert "expects 45 discounted steps" in words
    (surface,) = marks(picture, Heat)
    assert surface.values.min() == pytest.approx(38) and surface.values.max() == pytest.approx(56)
    assert [rule.at for panel in (0, 1) for rule in marks(picture, Rule, panel)] == [0.5, 0.5]
    assert marks(picture, Heat, 1)[0].values.sum() == 1 and drawn(picture)


def test_the_grid_marks_the_cells_that_were_visited():
    grid = pictures.was_there(np.array([[-1.2, -0.07], [0.6, 0.07], [0.6, 0.07]]))
    assert grid.shape == (20, 20) and grid.sum() == 2 and grid[0, 0] and grid[-1, -1]


def straight(drawing):
    return sum(int(np.isnan(line.x).sum()) for line in marks(drawing, Line) if line.width < 1)


def test_of_many_grids_the_first_is_drawn_and_the_words_say_so():
    picture, words = pictures.tilings(-0.5, 0.0, 16, 8)
    assert straight(picture) == 2 * 10 and "only the first of them drawn whole" in words
    picture, words = pictures.tilings(-0.5, 0.0, 4, 8)
    assert straight(picture) == 4 * 2 * 10 and "only the first" not in words


def test_the_scale_of_costs_is_one_for_all_pictures():
    for value in (-3.0, -90.0):
        picture, _ = pictures.cost_to_go(lambda x, value=value: np.full((len(x), 3), value), np.zeros((0, 2)), "a\nb")
        assert marks(picture, Heat)[0].ends() == (0, 100)


def test_four_memories_draw_as_they_are_said_to():
    picture = pictures.memories()
    heights = [marks(picture, Bars, panel)[0].y for panel in range(4)]
    should = [marks(picture, Dots, panel)[0].y for panel in range(4)]
    assert should == [pytest.approx(20_000 * np.arange(1, 9) / 36)] * 4
    assert (
        heights[2][-1] == 0
        and max(heights[3]) < 1.1 * min(heights[3])
        and max(heights[0][4:]) < 1.1 * min(heights[0][4:])
    )
    assert heights[1] == pytest.approx(20_000 * np.arange(1, 9) / 36, rel=0.06)
    assert drawn(picture)
