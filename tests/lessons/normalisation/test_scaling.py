"""Min-max refuses what has no range; running statistics are those of what was remembered, and travel with the agent."""

import dataclasses

import gymnasium
import numpy as np
import pytest
import torch

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.lessons.normalisation.scaling import RunningAgent, RunningNetwork, min_max

SETTINGS = qlib.Settings(target_network="soft", tau=0.05, epsilon_episodes=10)


def train(agent, steps):
    for _ in qlib.train(agent, steps=steps):
        pass
    return agent


def test_min_max_maps_each_range_to_0_and_1():
    low, high = [-4.0, 0.0], [4.0, 10.0]
    np.testing.assert_allclose(min_max(np.array([[-4.0, 10.0], [0.0, 0.0], [8.0, 5.0]]), low, high), [
        [0, 1],
        [0.5, 0],
        [1.5, 0.5],
    ])  # fmt: skip
    np.testing.assert_allclose(min_max(np.array([4.0, 5.0]), low, high), [1, 0.5])


def test_cartpoles_own_bounds_are_refused_by_dimension():
    space = gymnasium.make("CartPole-v1").observation_space
    with pytest.raises(ValueError, match=r"dimension 1 \(-inf to inf\), 3 \(-inf to inf\).*observation_scale"):
        min_max(np.zeros(4), space.low, space.high)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ([0, 0], [1, np.inf], r"dimension 1 \(0 to inf\): no finite range"),
        ([0, np.nan], [1, 1], r"dimension 1 \(nan to 1\): no finite range"),
        ([-3.4e38, 0], [3.4e38, 1], r"dimension 0 .*no finite range"),
        ([0, 2], [1, 2], r"dimension 1 \(2 to 2\): a range that is empty or upside down"),
        ([5, 2], [1, 1], r"dimension 0 \(5 to 1\), 1 \(2 to 1\): a range that is empty"),
        ([0, 0], [1], "one number for each dimension in both"),
        (0, 1, "one number for each dimension in both"),
    ],
)
def test_a_range_that_cannot_be_used_is_named(low, high, words):
    with pytest.raises(ValueError, match=words):
        min_max(np.zeros(2), low, high)


@pytest.mark.parametrize("observations", [np.zeros(3), np.zeros((5, 1)), np.float64(1)])
def test_observations_of_another_length_are_refused(observations):
    with pytest.raises(ValueError, match="ranges for 2 numbers"):
        min_max(observations, [0, 0], [1, 1])


def test_running_statistics_are_numpys():
    network = RunningNetwork()
    seen = np.random.default_rng(0).normal((0, 1, -2, 50), (1, 2, 3, 0.1), (400, 4)).astype(np.float32)
    for x in seen:
        network.watch(x)
    np.testing.assert_allclose(network.mean, seen.mean(0), atol=1e-3)
    np.testing.assert_allclose(network.variance, seen.var(0), rtol=0.02)
    scaled = (torch.as_tensor(seen) - network.mean) / network.variance.sqrt()
    torch.testing.assert_close(network(torch.as_tensor(seen)), network.layers(scaled), rtol=1e-4, atol=1e-4)


def test_one_observation_has_no_deviation_and_two_have():
    network = RunningNetwork()
    network.watch(np.array([1.0, 2.0, 3.0, 4.0]))
    assert network.mean.tolist() == [1, 2, 3, 4] and network.variance.tolist() == [1] * 4
    second = torch.tensor([[1.5, 2.0, 2.0, 8.0]])
    torch.testing.assert_close(network(second), network.layers(torch.tensor([[0.5, 0.0, -1.0, 4.0]])))
    network.watch(second[0].numpy())
    torch.testing.assert_close(network.variance, torch.tensor([0.0625, 0.0, 0.25, 4.0]))


def test_an_agent_counts_each_observation_once_and_only_when_it_remembers():
    agent = train(RunningAgent(SETTINGS, 3), 120)
    stored = agent.memory.storage.observations[: len(agent.memory)]
    assert agent.online.count == len(agent.memory) == agent.steps
    torch.testing.assert_close(agent.online.mean, stored.mean(0), rtol=1e-3, atol=1e-4)
    before = [buffer.clone() for buffer in agent.online.buffers()]
    qlib.evaluate(agent, episodes=3)
    agent.act(np.ones(4, np.float32))
    agent.learn()
    assert all(torch.equal(a, b) for a, b in zip(before, agent.online.buffers(), strict=True))


def test_the_target_has_the_statistics_after_each_update():
    agent = train(RunningAgent(SETTINGS, 0), 100)
    agent.learn()
    assert agent.target.count == agent.online.count
    assert torch.equal(agent.target.mean, agent.online.mean)


def test_lock_step_gives_what_each_agent_does_alone():
    scores = qlib.compare({"running": lambda seed: RunningAgent(SETTINGS, seed)}, seeds=2, steps=300, checkpoints=1)
    ensemble = Ensemble([RunningAgent(SETTINGS, seed) for seed in range(2)])
    while ensemble.steps < 300:
        ensemble.step()
    np.testing.assert_allclose(scores["running"][:, 0], ensemble.evaluate())
    for seed, agent in enumerate(ensemble.agents):
        alone = RunningAgent(dataclasses.replace(SETTINGS, compiled=False), seed)
        for _ in qlib.train(alone, steps=100):
            pass
        assert agent.online.count == 300
        n = alone.steps  # the first steps are the same; later ones part by rounding
        assert n >= 100
        torch.testing.assert_close(
            agent.memory.storage.observations[:70], alone.memory.storage.observations[:70], rtol=1e-4, atol=1e-4
        )


def test_a_saved_agent_keeps_its_statistics(tmp_path):
    agent = train(RunningAgent(SETTINGS, 1), 80)
    again = RunningAgent.load(agent.save(tmp_path / "agent.safetensors"))
    assert type(again) is RunningAgent
    assert again.online.count == agent.online.count
    x = torch.randn(5, 4)
    assert torch.equal(again.q_values(x), agent.q_values(x))


@pytest.mark.parametrize("change", [{"observation_scale": (1, 1, 1, 1)}, {"network": "batch_norm"}])
def test_scaling_twice_is_refused(change):
    with pytest.raises(ValueError, match="once is enough"):
        RunningAgent(dataclasses.replace(SETTINGS, **change))
