"""What the tests of this room share: an environment that never ends."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest


class Endless(gym.Env):
    """A pole that never falls, and nobody looks at the clock."""

    observation_space = gym.spaces.Box(-1, 1, (4,))
    action_space = gym.spaces.Discrete(2)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(4, np.float32), {}

    def step(self, action):
        return np.zeros(4, np.float32), 1.0, False, False, {}


@pytest.fixture
def endless(small):
    gym.register("CartPoleEndless-v0", Endless)
    yield dataclasses.replace(small, env_id="CartPoleEndless-v0", batch_size=64)
    del gym.registry["CartPoleEndless-v0"]
