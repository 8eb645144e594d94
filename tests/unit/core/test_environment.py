"""Environments that fit are made with their unshaped score; others are refused with a reason."""

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv

import qlib
from qlib import QAgent, Settings, make_env, probes
from qlib.core import environment
from qlib.core.environment import make_vector_env, sizes


class Films(gym.Env):
    observation_space = gym.spaces.Box(0, 255, (2, 8, 8, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)


class Dictionaries(Films):
    observation_space = gym.spaces.Dict({"x": gym.spaces.Box(-1, 1, (2,))})

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        return {"x": self.np_random.uniform(-1, 1, 2).astype(np.float32)}, {}

    def step(self, action):
        return {"x": self.np_random.uniform(-1, 1, 2).astype(np.float32)}, 0.0, False, False, {}


class CountedFromOne(Films):
    observation_space = gym.spaces.Box(-1, 1, (2,))
    action_space = gym.spaces.Discrete(2, start=1)


@pytest.fixture(autouse=True)
def registered():
    kinds = (Films, Dictionaries, CountedFromOne)
    for kind in kinds:
        gym.register(f"test/{kind.__name__}-v0", kind, disable_env_checker=True)
    yield
    for kind in kinds:
        del gym.registry[f"test/{kind.__name__}-v0"]


def play(env, actions, seed=0):
    """Play a list of actions; return the rewards, the record of the episode, terminated and truncated."""
    env.reset(seed=seed)
    rewards = []
    for action in actions:
        _, reward, terminated, truncated, info = env.step(action)
        rewards.append(reward)
        if terminated or truncated:
            return rewards, info["episode"], terminated, truncated
    raise AssertionError("the episode did not end")


def test_the_stick_replaces_the_last_reward_and_spares_the_score():
    rewards, record, terminated, _ = play(make_env(Settings(stick=-10.0)), [0] * 50)
    assert terminated
    assert rewards == [1.0] * (len(rewards) - 1) + [-10.0]
    assert record["r"] == record["l"] == len(rewards)


def test_without_a_stick_rewards_are_the_environments():
    rewards, record, _, _ = play(make_env(Settings()), [0] * 50)
    assert set(rewards) == {1.0}
    assert record["r"] == len(rewards)


class Balanced(gym.ActionWrapper):
    """Ignores the agent and balances the pole."""

    def action(self, action):
        _, speed, angle, turning = self.unwrapped.state
        return int(angle + 0.5 * turning + 0.1 * speed + 0.02 * self.unwrapped.state[0] > 0)


@pytest.mark.parametrize(("at_time_limit", "last"), [(False, 1.0), (True, -10.0)])
def test_at_the_time_limit_the_stick_falls_only_when_told(at_time_limit, last):
    env = Balanced(make_env(Settings(stick=-10.0, stick_at_time_limit=at_time_limit)))
    rewards, record, terminated, truncated = play(env, [0] * 500)
    assert (terminated, truncated) == (False, True)
    assert rewards[:-1] == [1.0] * 499
    assert rewards[-1] == last
    assert record["r"] == 500


def test_the_original_punishes_success_too():
    env = Balanced(make_env(qlib.ORIGINAL))
    assert play(env, [0] * 500)[0][-1] == -10.0


@pytest.mark.parametrize(
    ("env_id", "given", "advice"),
    [
        ("Pendulum-v1", "actions Box", "must be Discrete"),
        ("test/Films-v0", "observations Box(0, 255, (2, 8, 8, 3)", "FlattenObservation"),
        ("test/Dictionaries-v0", "observations Dict", "take a flat Box"),
        ("test/CountedFromOne-v0", "start=1", "counted from 0"),
    ],
)
def test_other_spaces_are_refused_with_what_is_allowed(env_id, given, advice):
    for make in (QAgent, make_env):
        with pytest.raises(ValueError) as error:
            make(Settings(env_id))
        for part in (env_id, given, advice):
            assert part in str(error.value)


def test_the_advice_to_flatten_an_environment_works():
    with pytest.raises(ValueError) as error:
        make_env(Settings("test/Dictionaries-v0"))
    advice = str(error.value)
    exec(advice[advice.index("gymnasium.register(") : advice.index(" and use")], {"gymnasium": gym})
    assert sizes(Settings("mine/Flat-v0")) == (2, 2)
    del gym.registry["mine/Flat-v0"]


def raising(error):
    def make(**_):
        raise error

    return make


@pytest.mark.parametrize(
    "error",
    [gym.error.DependencyNotInstalled("MuJoCo is not installed."), ModuleNotFoundError("No module named 'jax'")],
)
@pytest.mark.parametrize("make", [make_env, lambda settings: make_vector_env(settings, 2), QAgent])
def test_a_package_that_is_missing_is_named(error, make):
    gym.register("test/Missing-v0", raising(error))
    with pytest.raises(ValueError) as refusal:
        make(Settings("test/Missing-v0"))
    del gym.registry["test/Missing-v0"]
    for part in ("env_id='test/Missing-v0' cannot be made here", str(error), "Install what is missing"):
        assert part in str(refusal.value)


@pytest.mark.parametrize("make", [make_env, lambda settings: make_vector_env(settings, 2)])
def test_box2d_is_asked_for_in_one_sentence(make):
    gym.register("test/Missing-v0", raising(gym.error.DependencyNotInstalled("Box2D is not installed, you can ...")))
    with pytest.raises(ValueError) as refusal:
        make(Settings("test/Missing-v0"))
    del gym.registry["test/Missing-v0"]
    assert str(refusal.value) == "env_id='test/Missing-v0' needs Box2D: pip install -e \".[box2d]\" brings it."


def test_an_environment_that_cannot_draw_is_made_too():
    assert sizes(Settings(f"qlib/{probes.PROBES[0].__name__}-v0")) == (1, 1)


def test_a_render_mode_is_passed_on():
    assert make_env(Settings(), render_mode="rgb_array").render_mode == "rgb_array"
    assert make_env(Settings()).render_mode is None


@pytest.mark.parametrize(
    ("env_id", "expected"), [("CartPole-v1", (4, 2)), ("Acrobot-v1", (6, 3)), ("MountainCar-v0", (2, 3))]
)
def test_sizes(env_id, expected):
    assert sizes(Settings(env_id)) == expected


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1"])
def test_many_at_once_are_unshaped(env_id):
    envs = make_vector_env(Settings(env_id, stick=-10.0), 3)
    observations, _ = envs.reset(seed=0)
    assert observations.shape == (3, sizes(Settings(env_id))[0])
    assert "Stick" not in str(envs)
    with pytest.raises(ValueError, match="Pendulum-v1 has actions"):
        make_vector_env(Settings("Pendulum-v1"), 2)
    with pytest.raises(ValueError, match="not an environment that gymnasium knows"):
        make_vector_env(Settings("Nothing-v0"), 2)


def test_recommended_scales_by_the_ranges_of_a_pole_that_still_stands():
    env = CartPoleEnv()
    assert qlib.RECOMMENDED.observation_scale is not None
    position, _, angle, _ = qlib.RECOMMENDED.observation_scale
    assert position / angle == pytest.approx(env.x_threshold / env.theta_threshold_radians, rel=1e-3)


class Custom(gym.Env):
    """What a learner may write; subclasses get something wrong."""

    observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)
    made = closed = resets = 0

    def __init__(self):
        type(self).made += 1

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        type(self).resets += 1
        return self.look(), {}

    def step(self, action):
        return self.look(), 1.0, False, False, {}

    def look(self):
        return self.np_random.uniform(-1, 1, 2).astype(np.float32)

    def close(self):
        type(self).closed += 1


class Unseeded(Custom):
    def look(self):
        return np.random.default_rng().uniform(-1, 1, 2).astype(np.float32)


class Raising(Custom):
    def step(self, action):
        raise ZeroDivisionError("the pole has no length")


class Endless(Custom):
    observation_space = gym.spaces.Box(-np.inf, 1, (2,), np.float32)


@pytest.fixture
def custom(monkeypatch):
    """Register a kind of environment for one test, and count from 0."""
    monkeypatch.setattr(environment, "_checked", {})

    def register(kind, **options):
        kind.made = kind.closed = kind.resets = 0
        gym.registry.pop("test/Custom-v0", None)
        gym.register("test/Custom-v0", kind, **options)
        return Settings("test/Custom-v0")

    yield register
    gym.registry.pop("test/Custom-v0", None)


@pytest.mark.filterwarnings("error")
def test_a_custom_environment_is_checked_once_on_a_copy_that_is_closed(custom):
    settings = custom(Custom)
    env = make_env(settings)
    assert (Custom.made, Custom.closed) == (2, 1)
    resets = Custom.resets
    assert resets > 2
    for _ in range(3):
        make_env(settings)
    assert sizes(settings) == (2, 2)
    assert Custom.resets == resets
    env.reset(seed=0)  # what was checked is another one


@pytest.mark.parametrize(
    ("kind", "words"), [(Unseeded, "seed"), (Raising, "ZeroDivisionError: the pole has no length")]
)
@pytest.mark.parametrize("make", [make_env, QAgent])
def test_what_gymnasium_says_against_a_custom_environment_is_passed_on(kind, words, make, custom):
    settings = custom(kind)
    for _ in range(2):  # it is no better when asked again
        with pytest.raises(ValueError) as error:
            make(settings)
        for part in ("env_id='test/Custom-v0' does not do what gymnasium asks", words, "disable_env_checker=True"):
            assert part in str(error.value)
    custom(Custom)  # mended, and registered again
    make(settings)
    custom(kind)  # spoilt again
    with pytest.raises(ValueError, match=r"does not do what gymnasium asks"):
        make(settings)
    custom(kind, disable_env_checker=True)
    make(settings)
    assert kind.resets == 0


def test_what_gymnasium_warns_of_is_passed_on_once(custom):
    settings = custom(Endless)
    with pytest.warns(UserWarning, match="minimum value is -infinity"):
        make_env(settings)
    with warnings.catch_warnings(action="error"):
        make_env(settings)


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "qlib/ProbeValue-v0", "test/Short-v0"])
def test_gymnasiums_own_environments_and_the_probes_are_not_checked_again(env_id, monkeypatch):
    gym.register("test/Short-v0", gym.spec("CartPole-v1").entry_point, max_episode_steps=20)
    monkeypatch.setattr(environment, "check_env", lambda *_, **__: pytest.fail("was checked"))
    make_env(Settings(env_id))
    del gym.registry["test/Short-v0"]
