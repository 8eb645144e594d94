"""Diagnostics: the numbers by hand, doomed states that are doomed, and looking changes nothing."""

import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor

import gymnasium as gym
import numpy as np
import pytest
import tiny
import torch

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.study import compare as comparison
from qlib.study import diagnostics
from qlib.study.diagnostics import DIAGNOSTICS, diagnose, named

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(8,), memory_size=500, learning_starts=50, batch_size=16)
LINEAR = qlib.Settings(hidden=(), reward_scale=0.5, memory_size=10, batch_size=4)
SIZE = {"seeds": 3, "steps": 200, "checkpoints": 2, "starts": 3}


def linear(weights=0.0, biases=0.0, settings=LINEAR):
    """Make an agent whose values are linear in the observation."""
    agent = qlib.QAgent(settings)
    layer = agent.online.layers[0]
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weights).expand_as(layer.weight))
        layer.bias.copy_(torch.as_tensor(biases).expand_as(layer.bias))
    return agent


def fill(agent, positions, terminated, reward=2.0):
    for position, over in zip(positions, terminated, strict=True):
        agent.remember(np.array([position, 0, 0, 0]), 0, reward, np.zeros(4), over)


def ask(name, agent):
    (number,) = diagnose(agent, [DIAGNOSTICS[name]])
    return number


def test_values_are_in_units_of_the_unscaled_return():
    agent = linear(biases=[1.0, 3.0])
    fill(agent, [0.0] * 5, [False] * 5)
    assert ask("action gap", agent) == pytest.approx((3 - 1) / 0.5)
    assert ask("doomed value", agent) == pytest.approx(3 / 0.5)
    assert ask("highest value", agent) == pytest.approx(3 / 0.5)
    assert ask("weights", agent) == pytest.approx(math.sqrt(1 + 9))


def test_the_loss_is_the_one_that_is_minimised():
    agent = linear()
    fill(agent, [0.0] * 5, [True] * 5, reward=6.0)
    assert ask("loss", agent) == pytest.approx((6.0 * 0.5) ** 2), "in scaled units, as minimised"
    huber = linear(settings=dataclasses.replace(LINEAR, loss="huber"))
    fill(huber, [0.0] * 5, [True] * 5, reward=6.0)
    assert ask("loss", huber) == pytest.approx(3.0 - 0.5)


def test_the_loss_is_of_a_fixed_size_sample_of_what_is_there():
    agent = linear()
    fill(agent, [0.0] * 8, [True] * 8, reward=0.0)
    agent.memory.storage.rewards[8:] = 1e6  # slots that hold nothing yet
    sizes = []
    agent.loss = lambda batch: sizes.append(len(batch.rewards)) or batch.rewards.max()
    assert ask("loss", agent) == 0.0
    assert sizes == [256]


def test_falls_are_counted_in_what_the_memory_holds():
    agent = linear()
    assert ask("falls in memory", agent) == 0
    fill(agent, [0.0] * 4, [True, False, False, False])
    assert (ask("falls in memory", agent), ask("share of falls", agent)) == (1, 0.25)
    fill(agent, [0.0] * 12, [True] * 3 + [False] * 9)  # a ring of 10: the first fall and two of these are overwritten
    assert (ask("falls in memory", agent), ask("share of falls", agent)) == (1, 0.1)


def test_the_highest_value_is_of_the_states_in_memory():
    agent = linear(weights=[[1.0, 0, 0, 0], [0.0, 0, 0, 0]])
    fill(agent, [-1.0, 0.5, 0.75], [False] * 3)
    agent.memory.storage.observations[3:] = 9.0  # slots that hold nothing yet
    assert ask("highest value", agent) == pytest.approx(0.75 / 0.5)


def test_the_highest_value_looks_at_a_large_memory_evenly():
    agent = linear(weights=[[1.0, 0, 0, 0]] * 2, settings=dataclasses.replace(LINEAR, memory_size=10_000))
    agent.memory.storage.observations[:, 0] = torch.linspace(0, 1, 10_000)
    agent.memory.pushed = 10_000
    seen = []
    values, agent.q_values = agent.q_values, lambda states: seen.append(len(states)) or values(states)
    assert ask("highest value", agent) == pytest.approx(1 / 0.5, abs=0.01)
    assert 1_000 <= seen[0] <= 2_000


def test_the_action_gap_is_the_best_above_the_second_best_in_any_environment():
    acrobot = dataclasses.replace(LINEAR, env_id="Acrobot-v1", reward_scale=1.0)
    assert ask("action gap", linear(biases=[1.0, 5.0, 3.0], settings=acrobot)) == 2
    states = diagnostics.visited("CartPole-v1")
    assert states.shape == (200, 4)
    assert len(np.unique(states, axis=0)) == 200
    np.testing.assert_array_equal(diagnostics._visited.__wrapped__("CartPole-v1", 200, 1, "auto"), states)
    by_angle = linear(weights=[[0.0, 0, 1, 0], [0.0, 0, -1, 0]])
    assert ask("action gap", by_angle) == pytest.approx(2 * abs(states[:, 2]).mean() / 0.5, rel=1e-5)


def test_who_writes_into_the_visited_states_spoils_no_later_call():
    states = diagnostics.visited("CartPole-v1", 50)
    before = states.copy()
    states *= 0
    np.testing.assert_array_equal(diagnostics.visited("CartPole-v1", 50), before)


def longest(env, state, horizon):
    """Steps that the best of all action sequences survives from a state."""
    best = 0
    for action in (0, 1):
        env.reset()
        env.state = np.array(state, np.float64)
        _, _, terminated, _, _ = env.step(action)
        after = tuple(env.state)
        best = max(best, 1 if terminated or horizon == 1 else 1 + longest(env, after, horizon - 1))
    return best


def test_no_action_sequence_saves_a_doomed_state():
    env = gym.make("CartPole-v1").unwrapped
    left = [longest(env, state, 6) for state in diagnostics.DOOMED]
    assert len(left) == 36
    assert set(left) == {1, 2, 3}, left
    assert longest(env, (0.0, 0.0, 0.11, 0.5), 6) == 6, "another state may be saved: the search can tell"


def test_doomed_states_are_still_within_bounds_and_mirrored():
    states = diagnostics.DOOMED
    assert (abs(states[:, 0]) < 2.4).all() and (abs(states[:, 2]) < 0.2095).all()
    assert {tuple(s) for s in (0.0 - states).round(3)} == {tuple(s) for s in (0.0 + states).round(3)}
    assert ask("doomed value", linear(weights=[[0.0, 0, 1, 0]] * 2)) == pytest.approx(0.19 / 0.5)


def test_an_empty_memory_has_no_loss():
    found = {name: ask(name, linear()) for name in DIAGNOSTICS}
    assert [name for name, number in found.items() if math.isnan(number)] == ["loss", "share of falls", "highest value"]


def meddler(agent):
    """Do what a look must not do to the run."""
    torch.rand(3, generator=agent.generator)
    agent.online.train()
    agent.loss(agent.memory.sample(16, agent.generator))
    agent.online.train()
    with torch.no_grad():
        next(agent.online.parameters()).add_(1.0)
    return 7


@pytest.mark.parametrize("changes", [{}, {"network": "batch_norm"}, {"target_network": "none", "compiled": False}])
def test_looking_changes_nothing(changes):
    variants = {"a": dataclasses.replace(SMALL, **changes)}
    without = qlib.compare(variants, **SIZE)
    looked = qlib.compare(variants, **SIZE, diagnostics=(*DIAGNOSTICS, meddler))
    np.testing.assert_array_equal(looked.scores, without.scores)
    assert without.diagnostics == {}
    assert list(looked.diagnostics) == [*DIAGNOSTICS, "meddler"]
    assert all(values.shape == (1, 3, 2) and np.isfinite(values).all() for values in looked.diagnostics.values())
    assert (looked.diagnostics["meddler"] == 7).all()
    assert len(np.unique(looked.diagnostics["action gap"])) == 6


@pytest.mark.parametrize("training", [True, False])
def test_a_look_is_taken_in_eval_mode_and_the_mode_comes_back(training):
    agent = qlib.QAgent(dataclasses.replace(SMALL, network="batch_norm"))
    agent.online.train(training)
    assert diagnose(agent, [lambda agent: agent.online.training]) == [False]
    assert all(module.training is training for module in agent.online.modules())


def test_what_was_yielded_does_not_grow_afterwards():
    first, second = comparison.measure({"a": SMALL}, **SIZE, diagnostics=["weights"])
    assert np.isfinite(first.diagnostics["weights"][..., 0]).all()
    assert np.isnan(first.diagnostics["weights"][..., 1]).all()
    assert np.isfinite(second.diagnostics["weights"]).all()


def test_an_executor_gives_the_same_diagnostics():
    variants = {"a": SMALL, "b": dataclasses.replace(SMALL, gamma=0.5)}
    here = qlib.compare(variants, **SIZE, diagnostics=["weights", "falls in memory"])
    with ThreadPoolExecutor(1) as executor:
        there = qlib.compare(variants, executor=executor, **SIZE, diagnostics=["weights", "falls in memory"])
    for name, values in here.diagnostics.items():
        np.testing.assert_array_equal(there.diagnostics[name], values)


def test_a_function_from_the_registry_keeps_its_name():
    assert named([diagnostics.action_gap, meddler]) == {"action gap": diagnostics.action_gap, "meddler": meddler}


def test_an_unknown_name_lists_the_near_ones():
    with pytest.raises(ValueError, match=r"'action gab'.*'action gap'"):
        qlib.compare({"a": SMALL}, diagnostics=("action gab",))
    with pytest.raises(ValueError, match=r"'xyz'.*'loss'.*'weights'"):
        named(["xyz"])
    with pytest.raises(ValueError, match="'loss' is there twice"):
        named(["loss", "loss"])
    with pytest.raises(TypeError, match="no list of names"):
        named("loss")
    with pytest.raises(TypeError, match="3 is no diagnostic"):
        named([3])


def test_doomed_states_are_cartpoles_and_that_is_said_before_training(monkeypatch):
    monkeypatch.setattr(Ensemble, "step", lambda ensemble: pytest.fail("training began"))
    acrobot = dataclasses.replace(SMALL, env_id="Acrobot-v1", observation_scale=None)
    with pytest.raises(ValueError, match=r"CartPole only.*Acrobot-v1"):
        qlib.compare({"a": acrobot}, diagnostics=("doomed value",))


def test_a_diagnostic_gives_one_number():
    with pytest.raises(TypeError, match=r"must give one number"):
        qlib.compare({"a": SMALL}, **SIZE, diagnostics=(lambda agent: [1, 2],))


def test_each_says_why_it_is_looked_at():
    assert all("ooked at because" in f.__doc__ or "see `falls_in_memory`" in f.__doc__ for f in DIAGNOSTICS.values())


@pytest.mark.parametrize("replay", ["uniform", "prioritized"])
def test_diagnostics_look_at_images_too(replay):
    agent = qlib.QAgent(tiny.few(replay=replay))
    for _ in qlib.train(agent, steps=150):
        pass
    assert len(agent.memory) < 100 < agent.memory.pushed, "the ring came round"
    held = agent.memory.at(torch.from_numpy(agent.memory.slots()))
    found = {name: diagnostic(agent) for name, diagnostic in DIAGNOSTICS.items() if name != "doomed value"}
    assert found["falls in memory"] == held.terminated.sum()
    assert found["highest value"] == pytest.approx(agent.q_values(held.observations).max().item())
    assert 0 < found["loss"] < 1 and found["action gap"] > 0
    states = diagnostics.visited(agent.settings.env_id, 20, frames=2)
    assert states.shape == (20, 2, 4, 3) and states.dtype == np.uint8
