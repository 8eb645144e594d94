"""A turned world shows and does something else, and is as hard as it was."""

import numpy as np
import pytest
from strangers import balancer, episode

from qlib.lessons.on_your_own import judge
from qlib.lessons.on_your_own.turned import Turn, turn


@pytest.mark.parametrize("asked", [judge.CARTPOLE, judge.ACROBOT, judge.MOUNTAIN_CAR], ids=lambda asked: asked.env_id)
def test_a_turn_changes_an_action_and_one_of_two_signs_that_matter(asked):
    for seed in range(20):
        drawn = turn(asked.env_id, np.random.default_rng(seed), asked.unlike)
        assert drawn.order != tuple(range(len(drawn.order))) and sorted(drawn.order) == list(range(len(drawn.order)))
        assert set(drawn.signs) == {1, -1} and drawn.signs[asked.unlike[0]] != drawn.signs[asked.unlike[1]]
    env = drawn.make()
    seen, _ = env.reset(seed=0)
    assert env.observation_space.contains(seen)
    assert env.observation_space.contains(env.step(0)[0])


def test_in_no_turned_world_a_policy_from_elsewhere_balances():
    for seed in range(30):
        env = turn("CartPole-v1", np.random.default_rng(seed), judge.CARTPOLE.unlike).make()
        env.reset(seed=seed)
        assert max(episode(env, balancer()), episode(env, balancer(swapped=True))) < 100


def test_signs_and_actions_are_turned():
    plain, here = Turn("CartPole-v1", (0, 1), (1, 1, 1, 1)).make(), Turn("CartPole-v1", (1, 0), (1, -1, 1, -1)).make()
    np.testing.assert_array_equal(here.reset(seed=3)[0], plain.reset(seed=3)[0] * np.float32([1, -1, 1, -1]))
    np.testing.assert_array_equal(here.step(0)[0], plain.step(1)[0] * np.float32([1, -1, 1, -1]))


def test_who_knows_the_turn_balances_and_who_does_not_falls():
    here = Turn("CartPole-v1", (1, 0), (1, -1, 1, -1))
    assert episode(here.make(), balancer(here.signs, swapped=True)) == 500
    assert episode(here.make(), balancer()) < 100
