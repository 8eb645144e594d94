"""A turned world shows and does something else, and is as hard as it was."""

import numpy as np
import pytest
from strangers import balancer, episode

from qlib.lessons.on_your_own.turned import Turn, turn


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0"])
def test_a_turn_changes_an_action_and_not_all_signs(env_id):
    for seed in range(20):
        drawn = turn(env_id, np.random.default_rng(seed))
        assert drawn.order != tuple(range(len(drawn.order))) and sorted(drawn.order) == list(range(len(drawn.order)))
        assert set(drawn.signs) <= {1, -1} and abs(sum(drawn.signs)) < len(drawn.signs)
    env = drawn.make()
    seen, _ = env.reset(seed=0)
    assert env.observation_space.contains(seen)
    assert env.observation_space.contains(env.step(0)[0])


def test_signs_and_actions_are_turned():
    plain, here = Turn("CartPole-v1", (0, 1), (1, 1, 1, 1)).make(), Turn("CartPole-v1", (1, 0), (1, -1, 1, -1)).make()
    np.testing.assert_array_equal(here.reset(seed=3)[0], plain.reset(seed=3)[0] * np.float32([1, -1, 1, -1]))
    np.testing.assert_array_equal(here.step(0)[0], plain.step(1)[0] * np.float32([1, -1, 1, -1]))


def test_who_knows_the_turn_balances_and_who_does_not_falls():
    here = Turn("CartPole-v1", (1, 0), (1, -1, 1, -1))
    assert episode(here.make(), balancer(here.signs, swapped=True)) == 500
    assert episode(here.make(), balancer()) < 100
