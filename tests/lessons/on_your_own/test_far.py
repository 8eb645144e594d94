"""An environment that is elsewhere behaves as one that is here."""

import contextlib

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from qlib.lessons.on_your_own import far
from qlib.lessons.on_your_own.apart import Apart, Failed


def answered(apart, env):
    """Answer a trainee with a real environment, and list what it asked."""
    asked = []
    for said in far.requests(apart):
        asked.append(said)
        if "reset" in said:
            apart.tell(observation=env.reset(seed=len(asked))[0].tolist())
        else:
            seen, reward, terminated, truncated, _ = env.step(said["step"])
            apart.tell(observation=seen.tolist(), reward=reward, terminated=terminated, truncated=truncated)
    return asked


def test_what_is_seen_there_is_what_is_here():
    env = gym.make("CartPole-v1")

    def train(there, seed):
        assert there.observation_space == env.observation_space and there.action_space == env.action_space
        seen, _ = there.reset()
        again = there.step(1)
        assert seen.dtype == np.float32 and again[1:] == (1.0, False, False, {}) and there.steps_left == 9
        return lambda observation: int(observation.sum() > seed)

    with contextlib.closing(Apart(far.trainee(train, 3, 10), 20)) as apart:
        far.begin(apart, env)
        assert answered(apart, env) == [{"reset": True}, {"step": 1}]
        assert far.act(apart, np.array([[1.0, 1, 1, 1], [0, 0, 0, 0]])) == [1, 0]


def test_gymnasiums_own_checker_finds_nothing_wrong_but_that_a_seed_does_not_decide(recwarn):
    env = gym.make("CartPole-v1").unwrapped

    def train(there, seed):
        with contextlib.suppress(AssertionError):  # where an episode starts is the judge's to say
            check_env(there, skip_render_check=True)
        there.reset()
        assert there.observation_space.contains(there.step(0)[0])
        return lambda observation: 0

    with contextlib.closing(Apart(far.trainee(train, 0, 1_000), 20)) as apart:
        far.begin(apart, env)
        assert answered(apart, env)


def test_what_is_refused_is_raised_there():
    def train(there, seed):
        with pytest.raises(RuntimeError, match="not now"):
            there.step(0)
        return lambda observation: 0

    env = gym.make("CartPole-v1")
    with contextlib.closing(Apart(far.trainee(train, 0, 10), 20)) as apart:
        far.begin(apart, env)
        for _ in far.requests(apart):
            apart.tell(refused="not now")
        assert far.act(apart, np.zeros((1, 4))) == [0]


def test_too_few_actions_are_refused():
    def work(line):
        line.hear()
        line.tell(trained=True)
        line.hear()
        line.tell(actions=[1])

    with contextlib.closing(Apart(work, 5)) as apart:
        far.begin(apart, gym.make("CartPole-v1"))
        assert list(far.requests(apart)) == []
        with pytest.raises(Failed, match="one action for each"):
            far.act(apart, np.zeros((2, 4)))
