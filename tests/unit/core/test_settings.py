"""Settings refuse what cannot work, and epsilon falls as it should."""

import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest

import qlib

BAD = [
    ("gamma", 1.01, "0 to 1"),
    ("gamma", -0.1, "0 to 1"),
    ("gamma", math.nan, "0 to 1"),
    ("gamma", "0.9", "0 to 1"),
    ("epsilon_start", 2, "0 to 1"),
    ("learning_rate", 0, "above 0"),
    ("learning_rate", -1e-3, "above 0"),
    ("learning_rate", math.inf, "above 0"),
    ("learning_rate_end", 0, "above 0"),
    ("learning_rate_steps", 0, "from 1 up"),
    ("weight_decay", -0.1, "0 or a number above 0"),
    ("max_gradient_norm", 0, "above 0"),
    ("reward_scale", 0, "above 0"),
    ("tau", 0, "at most 1"),
    ("tau", 1.5, "at most 1"),
    ("stick", math.nan, "finite"),
    ("stick", "ten", "finite"),
    ("batch_size", 0, "from 1 up"),
    ("batch_size", 6.5, "from 1 up"),
    ("batch_size", True, "from 1 up"),
    ("memory_size", -5, "from 1 up"),
    ("target_every", 0, "from 1 up"),
    ("episodes", 0, "from 1 up"),
    ("epsilon_episodes", 0, "from 1 up"),
    ("epsilon_steps", 0, "from 1 up"),
    ("epsilon_steps", 99.5, "from 1 up"),
    ("updates_per_step", -1, "from 0 up"),
    ("updates_per_episode", 1.5, "from 0 up"),
    ("learning_starts", -1, "from 0 up"),
    ("hidden", (24, 0), "from 1 up"),
    ("hidden", 24, "from 1 up"),
    ("hidden", ("2", "4"), "from 1 up"),
    ("observation_scale", (1.0, 0.0), "above 0"),
    ("observation_scale", (1.0, math.inf), "above 0"),
    ("observation_scale", 2.4, "one finite number"),
    ("network", "resnet", "'plain', 'batch_norm'"),
    ("loss", "l1", "'mse', 'huber'"),
    ("bootstrap_ends_at", "done", "'termination'"),
    ("target_network", True, "'none', 'hard', 'soft'"),
    ("epsilon_decay", "exponential", "'linear', 'original'"),
    ("memory_size", 2**63, "fit 64 bits"),
    ("episodes", 10**30, "fit 64 bits"),
    ("hidden", (24, 10**30), "fit 64 bits"),
    ("hidden", "24", "from 1 up"),
    ("observation_scale", (1.0, 1e-300), "1.2e-38"),
    ("observation_scale", (1.0, 1e300), "3.4e38"),
    ("env_id", 5, "text, such as 'CartPole-v1'"),
    ("env_id", None, "text"),
    ("env_id", ["a"], "text"),
    ("device", None, "text, such as 'cpu'"),
    ("learning_rate", True, "a number above 0"),
    ("gamma", True, "0 to 1"),
    ("stick", False, "finite"),
    ("observation_scale", (True, 1.0), "one finite number"),
    ("compiled", "no", "True or False"),
    ("double", "no", "True or False"),
    ("double", 1, "True or False"),
    ("stick_at_time_limit", "x", "True or False"),
    ("gamma", np.array([0.5, 0.9]), "0 to 1"),
    ("batch_size", np.array([8, 16]), "from 1 up"),
    ("epsilon_episodes", np.array([8, 16]), "from 1 up"),
    ("double", np.array([True, False]), "True or False"),
    ("loss", np.array(["mse", "huber"]), "'mse', 'huber'"),
    ("hidden", np.array(24), "from 1 up"),
    ("filters", (16, 3, 1), "triples of whole numbers"),
    ("filters", ((16, 3),), "triples of whole numbers"),
    ("filters", ((16, 3, 0),), "from 1 up"),
    ("filters", ((16, 3.5, 1),), "triples of whole numbers"),
    ("filters", "conv", "triples of whole numbers"),
    ("filters", 16, "triples of whole numbers"),
    ("frames", 0, "from 1 to 255"),
    ("frames", 256, "from 1 to 255"),
    ("frames", True, "from 1 to 255"),
    ("channels", "middle", "'auto', 'first', 'last'"),
    ("residual", 1, "True or False"),
    ("padded", "same", "True or False"),
    ("steps_per_update", 0, "from 1 up"),
]


@pytest.mark.parametrize(("name", "value", "allowed"), BAD)
def test_a_value_out_of_range_is_named_with_what_is_allowed(name, value, allowed):
    with pytest.raises(ValueError) as error:
        qlib.Settings(**{name: value})
    assert f"{name}={value!r} is not allowed" in str(error.value)
    assert allowed in str(error.value)


@pytest.mark.parametrize("make", [qlib.Settings, lambda **values: dataclasses.replace(qlib.RECOMMENDED, **values)])
def test_a_field_that_is_not_there_is_named_with_the_near_ones(make):
    with pytest.raises(TypeError, match=r"gama=0.9: Settings have no gama. The nearest fields are gamma, "):
        make(gama=0.9)
    with pytest.raises(TypeError, match=r"no learningrate. The nearest fields are learning_rate, learning_rate_end"):
        make(learningrate=0.1)


def test_filters_become_triples_whatever_they_come_as():
    wanted = qlib.Settings(filters=((16, 8, 4), (32, 4, 2)))
    for given in ([[16, 8, 4], [32, 4, 2]], np.array([[16, 8, 4], [32, 4, 2]]), ([16, 8, 4], (32, np.int64(4), 2))):
        assert qlib.Settings(filters=given) == wanted
    assert qlib.Settings(filters=[]).filters == ()
    assert qlib.Settings(**json.loads(json.dumps(dataclasses.asdict(wanted)))) == wanted
    hash(wanted)


def test_copies_of_settings_are_equal():
    assert copy.deepcopy(qlib.RECOMMENDED) == pickle.loads(pickle.dumps(qlib.RECOMMENDED)) == qlib.RECOMMENDED


def test_values_that_contradict_each_other_are_both_named():
    with pytest.raises(ValueError, match=r"batch_size=65 is larger than memory_size=64.*Lower batch_size or raise"):
        qlib.Settings(batch_size=65, memory_size=64)
    with pytest.raises(ValueError, match=r"epsilon_end=0.5 is above epsilon_start=0.2.*Swap"):
        qlib.Settings(epsilon_start=0.2, epsilon_end=0.5)
    with pytest.raises(ValueError, match=r"epsilon_episodes=60 and epsilon_steps=500.*Set one of them to None"):
        qlib.Settings(epsilon_episodes=60, epsilon_steps=500)
    with pytest.raises(ValueError, match=r"epsilon_end=0 with epsilon_decay='original'.*linear"):
        qlib.Settings(epsilon_end=0, epsilon_decay="original")


def test_the_ends_of_each_range_are_allowed():
    qlib.Settings(gamma=0, tau=1, batch_size=64, memory_size=64, updates_per_step=0, hidden=(), epsilon_end=0)
    qlib.Settings(gamma=1, epsilon_start=1, epsilon_end=1, stick=0.0, weight_decay=0)
    qlib.Settings(gamma=np.float32(0.5), double=np.bool_(True), batch_size=np.int64(8))  # from a sweep over an array


def test_settings_are_frozen_and_lists_become_tuples():
    settings = qlib.Settings(hidden=[8, 8], observation_scale=np.array([1.0, 2.0]))
    assert settings.hidden == (8, 8)
    assert settings.observation_scale == (1.0, 2.0)
    assert settings == qlib.Settings(hidden=(8, 8), observation_scale=(1.0, 2.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.gamma = 0.5


def test_original_is_the_notebooks_algorithm():
    original = qlib.ORIGINAL
    assert (original.hidden, original.learning_rate, original.gamma) == ((24, 24), 1e-3, 0.8)
    assert (original.batch_size, original.memory_size, original.updates_per_step) == (64, 10_000, 40)
    assert (original.stick, original.stick_at_time_limit, original.reward_scale) == (-10.0, True, 1.0)
    assert (original.target_network, original.double, original.bootstrap_ends_at) == ("none", False, "nothing")
    assert (original.epsilon_start, original.epsilon_end, original.episodes) == (1.0, 0.05, 1_000)
    assert (original.loss, original.weight_decay, original.max_gradient_norm) == ("mse", 0.0, None)
    assert (original.observation_scale, original.learning_rate_end, original.updates_per_episode) == (None, None, 0)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_numpys_numbers_are_stored_as_pythons(kind):
    given = {"batch_size": 8, "memory_size": 100, "hidden": (8, 9), "episodes": 3, "epsilon_steps": 2}
    floats = {"gamma": 0.5, "stick": -2.0, "observation_scale": (1.0, 2.0)}
    whole = {name: tuple(map(kind, x)) if isinstance(x, tuple) else kind(x) for name, x in given.items()}
    real = {name: np.float32(x) if np.ndim(x) == 0 else np.array(x, np.float32) for name, x in floats.items()}
    settings = qlib.Settings(**whole, **real, double=np.bool_(True), env_id=np.str_("CartPole-v1"))
    plain = qlib.Settings(**given, **floats, double=True)
    assert settings == plain
    assert repr(settings) == repr(plain)
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        for each in sum(value, ()) if field.name == "filters" else value if isinstance(value, tuple) else (value,):
            assert type(each) in (int, float, bool, str, type(None)), field.name


def test_a_batch_of_one_cannot_be_normalised():
    with pytest.raises(ValueError, match=r"batch_size=1 with network='batch_norm'.*Raise batch_size, or use"):
        qlib.Settings(batch_size=1, network="batch_norm")
    qlib.Settings(batch_size=1)
    qlib.Settings(batch_size=2, network="batch_norm")


@pytest.mark.parametrize("value", [10**5000, "x" * 10**6, (1, -1) * 10**5], ids=["a number", "a text", "a tuple"])
def test_an_absurd_value_makes_no_absurd_message(value):
    with pytest.raises(ValueError, match=r"hidden=.* is not allowed") as error:
        qlib.Settings(hidden=value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("name", ["learning_rate", "stick", "weight_decay", "gamma"])
def test_a_number_too_large_for_a_float_is_refused(name):
    with pytest.raises(ValueError, match=rf"{name}=1000.* is not allowed: {name} must be"):
        qlib.Settings(**{name: 10**400})
