"""What is carried over is measured in the environment, by a rule that is worked out by hand here."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
import tiny

import qlib
from qlib.core.carry import carry_over, met_at_random


class Known(gym.Env):
    """Observations and rewards of known sizes: 3 at most, one number that is always 0, and one that is tiny."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (3,), np.float32)
    action_space = gym.spaces.Discrete(2)
    long = 4

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return np.array([-3.0, 0.0, 0.001], np.float32), {}

    def step(self, action):
        self.t += 1
        return np.array([1.0, 0.0, -0.001], np.float32), -5.0, self.t == self.long, False, {}


@pytest.fixture
def known():
    gym.register("test/Known-v0", Known)
    yield "test/Known-v0"
    del gym.registry["test/Known-v0"]


def test_sizes_are_the_powers_of_two_nearest_to_what_was_met(known):
    assert met_at_random(qlib.Settings(known), 20) == ((4.0, 1.0, 2.0**-10), 4.0, 4.0)


def test_what_is_found_and_what_the_run_sets_stand_in_the_settings_and_nothing_else_changes(known):
    carried = carry_over(known, steps=1_001)
    assert carried == dataclasses.replace(
        qlib.RECOMMENDED,
        env_id=known,
        observation_scale=(4.0, 1.0, 2.0**-10),
        reward_scale=0.1 / 4,
        gamma=1 - 1 / 128,
        epsilon_episodes=None,
        epsilon_steps=126,
        learning_rate_steps=1_001,
    )


def test_a_recipe_of_ones_own_is_carried_over_too(known):
    mine = qlib.Settings(reward_scale=2.0, hidden=(8,), stick=-100.0)
    carried = carry_over(known, 100, mine)
    assert (carried.reward_scale, carried.hidden, carried.stick) == (0.5, (8,), -100.0), "the stick is not measured"


@pytest.mark.parametrize(
    ("long", "gamma", "expected"),
    [(4, 0.998, 1 - 1 / 128), (200, 0.998, 1 - 1 / 256), (600, 0.998, 0.998), (4, 0.9, 0.9), (200, 0.999, 1 - 1 / 256)],
)
def test_the_horizon_is_an_episode_of_random_play_and_never_beyond_the_recipe_s(
    known, monkeypatch, long, gamma, expected
):
    monkeypatch.setattr(Known, "long", long)
    assert carry_over(known, 100, qlib.Settings(gamma=gamma)).gamma == expected


def test_in_its_own_environment_a_recipe_keeps_its_discount():
    assert carry_over("CartPole-v1").gamma == qlib.RECOMMENDED.gamma


def test_cartpole_is_found_to_be_about_what_recommended_knows_of_it():
    found = carry_over("CartPole-v1")
    assert found.reward_scale == qlib.RECOMMENDED.reward_scale
    assert found == carry_over("CartPole-v1")
    ratio = np.divide(found.observation_scale, qlib.RECOMMENDED.observation_scale)
    assert ((0.2 < ratio) & (ratio < 2)).all()


@pytest.mark.parametrize("steps", [0, 2.5, True])
def test_a_run_has_a_whole_number_of_steps(steps):
    with pytest.raises(ValueError, match=f"steps={steps!r} is not allowed"):
        carry_over("CartPole-v1", steps)


def test_an_environment_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="env_id='Acrobot-v9'"):
        carry_over("Acrobot-v9")


def test_images_are_left_to_the_networks_door():
    settings = qlib.carry_over(
        tiny.register(), steps=800, settings=dataclasses.replace(qlib.RECOMMENDED, network="conv")
    )
    assert settings.observation_scale is None
    assert settings.reward_scale > qlib.RECOMMENDED.reward_scale, "few steps are worth 1"
    assert qlib.QAgent(settings).image.frame == (6, 5)
