"""CartPole in arrays is CartPole, started by seed; other environments have none."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv

import qlib
from qlib.core.environment import Separate, make_worlds
from qlib.engine.vector import CartPoles, has_arrays


def test_the_array_version_of_cartpole_is_cartpole():
    settings, rng = qlib.Settings(), np.random.default_rng(0)
    arrays, objects = CartPoles(settings, 4), Separate(settings, 4)
    for i in range(4):
        np.testing.assert_array_equal(arrays.restart(i, i), objects.restart(i, i))
    ends = 0
    for step in range(600):
        actions = rng.integers(0, 2, 4)
        ours, theirs = arrays.step(actions), objects.step(actions)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(np.asarray(a, float), np.asarray(b, float))
        for i in np.flatnonzero(ours[2] | ours[3]):
            ends += 1
            seed = 1000 * step + int(i)
            np.testing.assert_array_equal(arrays.restart(i, seed), objects.restart(i, seed))
    assert ends > 50


@pytest.mark.parametrize("kind", [CartPoles, Separate])
def test_a_parked_world_stands_and_can_be_restarted(kind):
    worlds = kind(qlib.Settings(), 2)
    for i in range(2):
        worlds.restart(i, 7)
    ended = False
    while not ended:
        *_, terminated, _ = worlds.step(np.array([0, 1]))
        worlds.park(0)
        ended = terminated[1]
    worlds.park(1)
    worlds.restart(0, 7)
    for _ in range(5):  # gymnasium would warn of steps beyond an end
        observations, *_ = worlds.step(np.array([0, 0]))
    assert np.isfinite(observations).all()
    np.testing.assert_array_equal(worlds.restart(1, 8), kind(qlib.Settings(), 1).restart(0, 8))


def test_only_cartpole_steps_in_arrays():
    assert has_arrays("CartPole-v1") and not has_arrays("Acrobot-v1")
    assert isinstance(make_worlds(qlib.Settings(), 2), CartPoles)
    acrobot = dataclasses.replace(qlib.Settings(), env_id="Acrobot-v1")
    assert isinstance(make_worlds(acrobot, 2), Separate)


def test_cartpole_registered_anew_by_a_learner_breaks_no_other_environment():
    spec = gym.spec("CartPole-v1")
    gym.register("CartPole-v1", CartPoleEnv, max_episode_steps=100)
    try:
        assert not has_arrays("CartPole-v1") and not has_arrays("Acrobot-v1")
        acrobot = qlib.QAgent(dataclasses.replace(qlib.Settings(), env_id="Acrobot-v1"))
        assert qlib.evaluate(acrobot, 1).shape == (1,)
    finally:
        gym.registry["CartPole-v1"] = spec
    assert has_arrays("CartPole-v1")
