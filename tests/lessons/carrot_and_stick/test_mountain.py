"""MountainCar's values, and the way that follows from them, driven in gymnasium's own car."""

import gymnasium
import numpy as np
import pytest
from controls import marks

from qlib.lessons.carrot_and_stick import mountain
from qlib.show.marks import Heat, Line


@pytest.fixture(scope="module")
def values():
    return mountain.values()


def test_it_is_worth_more_near_the_goal_and_needs_about_a_hundred_steps(values):
    assert -1.5 < values[-1, np.abs(mountain.PLACES - 0.5).argmin()] <= -1.0
    start = values[mountain.N // 2, np.abs(mountain.PLACES + 0.5).argmin()]
    steps = np.log(1 + start * 0.01) / np.log(0.99)  # from value back to steps
    assert 90 < steps < 125


def test_the_best_way_is_one_that_the_real_car_can_drive(values):
    path = mountain.best_way(values)
    car = gymnasium.make("MountainCar-v0").unwrapped
    car.reset(seed=0)
    car.state = tuple(path[0])
    for after in path[1:]:
        before = car.state
        outcomes = {}
        for action in range(3):
            car.state = before
            outcomes[action] = (car.step(action), car.state)
        step, car.state = min(outcomes.values(), key=lambda made: np.abs(np.subtract(made[1], after)).sum())
        np.testing.assert_allclose(car.state, after, atol=1e-6)
    assert step[2], "the last step ends at the flag"
    assert 95 < len(path) < 120


def test_it_swings_right_then_left_then_over_the_hill(values):
    path = mountain.best_way(values)
    right, left = path[:, 0].argmin(), path[: path[:, 0].argmin(), 0].argmax()
    assert 0 < left < right and -0.4 < path[left, 0] < -0.3 and path[right, 0] < -0.9


def test_from_a_place_without_a_way_it_stops_after_200_steps():
    assert len(mountain.best_way(np.zeros((mountain.N, mountain.N)), start=-0.52)) in range(2, 202)


def test_the_picture_says_how_long_the_way_is(values):
    drawing = mountain.mountain_car()
    (heat,) = marks(drawing, Heat)
    np.testing.assert_array_equal(heat.values, np.round(values))
    way = marks(drawing, Line)[-1]
    assert drawing.key[0][0].endswith(f": {len(way.x) - 1} steps")
    assert "turns 2 times" in drawing.alt and way.x[-1] >= 0.5
