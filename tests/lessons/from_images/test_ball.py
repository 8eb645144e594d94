"""Lesson 14's ball: it falls, turns round at walls, and one frame hides its way."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from qlib.lessons.from_images import ball


def test_gymnasium_finds_no_fault_and_a_seed_gives_the_same_ball():
    env = gymnasium.make(ball.ENV_ID)
    check_env(env.unwrapped)
    starts = [env.reset(seed=seed)[0] for seed in (3, 3)]
    assert (starts[0] == starts[1]).all() and starts[0].dtype == bool and starts[0].sum() == 1


def test_an_episode_has_nine_steps_and_a_bucket_in_the_next_column_catches_the_ball():
    env = gymnasium.make(ball.ENV_ID).unwrapped
    env.reset(seed=0)
    caught = 0.0
    for step in range(1, 10):
        frame, reward, terminated, truncated, _ = env.step(env.column + env.way)
        assert (np.argwhere(frame) == [[step, env.column]]).all()
        caught += reward
        assert terminated == (step == 9) and not truncated
    assert caught == 9
    env.reset(seed=0)
    assert env.step((env.column + env.way + 1) % 6)[1] == 0


def test_all_flights_go_one_column_a_row_and_all_starts_are_there():
    flights = np.array(ball.flights())
    assert flights.shape == (12, 10) and (abs(np.diff(flights)) == 1).all()
    assert flights.min() == 0 and flights.max() == 5 and sorted(set(flights[:, 0])) == list(range(6))


def test_the_environment_makes_these_flights():
    env = gymnasium.make(ball.ENV_ID).unwrapped
    for seed in range(20):
        env.reset(seed=seed)
        columns = [env.column]
        for _ in range(9):
            env.step(0)
            columns.append(env.column)
        assert columns in ball.flights()


@pytest.mark.parametrize(("frames", "most"), [(1, 6.0), (2, 26 / 3), (3, 26 / 3)])
def test_what_can_be_caught_by_counting(frames, most):
    assert ball.ceiling(frames) == pytest.approx(most)


def test_a_stack_repeats_the_first_frame_and_ends_with_the_newest():
    seen, following, rows = ball.stacks(2)
    assert seen.shape == (108, 2, 10, 6) and len(following) == len(rows) == 108
    first = seen[rows == 0]
    assert (first[:, 0] == first[:, 1]).all()
    assert (seen[rows == 4][:, 1, 4].sum(1) == 1).all() and (seen[rows == 4][:, 0, 3].sum(1) == 1).all()
