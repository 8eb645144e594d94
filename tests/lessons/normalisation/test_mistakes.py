"""Lesson 11's silent mistakes still do harm, and its diagnostics still find them."""

import dataclasses

import gymnasium
import numpy as np
import pytest
import torch
from definitions import FIRST, compare

import qlib
from qlib.core.network import build_optimizer
from qlib.lessons.normalisation import agents, mistakes
from qlib.lessons.normalisation.agents import BASE, NORMED, SCALED
from qlib.lessons.normalisation.scaling import RunningAgent
from qlib.study.statistics import mean_interval


@pytest.mark.parametrize(("broken", "n", "looks"), [
    (mistakes.ActsUnscaled, 24, (1_000, 1_200)),  # by the record, 999 of 1,000 such sets of seeds say so
    (mistakes.ScaledTwice, 64, (1_200,)),  # 998; over more looks fewer do
])  # fmt: skip
def test_an_agent_that_acts_on_other_inputs_ends_worse(broken, n, looks):
    variants = {"whole": SCALED, "broken": lambda seed: broken(SCALED, seed)}
    whole, broken_ones = compare(variants, seeds=n, steps=looks[-1], checkpoints=looks).scores
    assert mean_interval((broken_ones - whole).mean(1))[2] < 0


@pytest.mark.parametrize(("kind", "broken", "settings", "steps"), [
    (qlib.QAgent, mistakes.BlankBatchNorm, NORMED, 600),
    (RunningAgent, mistakes.BlankRunning, BASE, 800),
])  # fmt: skip
def test_a_target_without_statistics_ruins_learning(kind, broken, settings, steps):
    """At the end, where by the record 998 of 1,000 sets of ten seeds say so."""
    by_hand = dataclasses.replace(settings, **mistakes.NO_OWN_COPY)
    variants = {
        "whole": lambda seed: kind(settings, seed),
        "broken": lambda seed: broken(by_hand, seed),
    }
    whole, broken_ones = compare(variants, seeds=10, steps=steps, checkpoints=(steps,)).scores
    assert mean_interval((broken_ones - whole)[:, -1])[2] < -20


@pytest.mark.parametrize("seed", [0, 1])
def test_a_blank_target_says_the_same_of_every_state_with_batch_norm_and_too_much_with_running_statistics(seed):
    said = {}
    for label, variant in mistakes.targets().items():
        agent = variant(seed) if callable(variant) else qlib.QAgent(variant, seed)
        for _ in qlib.train(agent, steps=800):
            pass
        with torch.no_grad():
            said[label] = agent.target(torch.as_tensor(agent.memory.storage.observations[: len(agent.memory)]))
    assert said["batch norm, blank target"].mean() < 1 and said["batch norm"].mean() > 20
    assert said["batch norm, blank target"].std(0).max() < 0.2 and said["batch norm"].std(0).max() > 5
    assert said["running, blank target"].mean() > said["running"].mean() + 5
    assert (said["running, blank target"].mean() > 100) == (seed == 1)


def test_the_diagnostics_tell_broken_from_whole():
    observations = torch.tensor(np.random.default_rng(0).normal(size=(20, 4)), dtype=torch.float32)
    alike = {kind: mistakes.acts_as_it_learns(kind(SCALED, FIRST), observations) for kind in (
        qlib.QAgent, mistakes.ScaledTwice, mistakes.ActsUnscaled)}  # fmt: skip
    assert list(alike.values()) == [True, False, False]
    for kind, settings, whole in (
        (qlib.QAgent, NORMED, True),
        (mistakes.BlankBatchNorm, dataclasses.replace(NORMED, **mistakes.NO_OWN_COPY), False),
        (RunningAgent, BASE, True),
        (mistakes.BlankRunning, dataclasses.replace(BASE, **mistakes.NO_OWN_COPY), False),
    ):
        agent = kind(settings, FIRST)
        for _ in qlib.train(agent, steps=80):
            pass
        agent.learn()
        assert mistakes.target_has_statistics(agent) is whole, kind


def test_counting_every_look_makes_an_exam_change_the_agent():
    for kind, moved in ((RunningAgent, False), (mistakes.CountsEveryLook, True)):
        agent = kind(BASE, FIRST)
        for _ in qlib.train(agent, steps=30):
            pass
        before = agent.online.mean.clone()
        qlib.evaluate(agent, episodes=2)
        assert (not torch.equal(before, agent.online.mean)) is moved


def test_an_exam_leaves_the_same_weights_unless_every_look_counts():
    assert mistakes.examined_is_the_same(RunningAgent)
    assert not mistakes.examined_is_the_same(mistakes.CountsEveryLook)


@pytest.mark.parametrize("training", [True, False])
def test_the_diagnostic_leaves_the_mode_as_it_was(training):
    agent = qlib.QAgent(NORMED, 0)
    agent.online.train(training)
    assert mistakes.acts_as_it_learns(agent, torch.randn(5, 4))
    assert agent.online.training is training


def test_a_minmax_by_the_space_diverges_at_the_first_update():
    """Hidden in the network, where act does not look."""
    space = gymnasium.make("CartPole-v1").observation_space

    class MinMaxByTheSpace(qlib.QNetwork):
        def forward(self, observations):
            low, high = torch.tensor(space.low), torch.tensor(space.high)
            return self.layers((observations - low) / (high - low))

    agent = qlib.QAgent(qlib.Settings(), seed=0)
    agent.online = MinMaxByTheSpace()
    agent.optimizer = build_optimizer(agent.online, agent.settings)
    with pytest.raises(qlib.DivergedError, match=r"not finite at update 1\b"):
        for _ in qlib.train(agent, steps=200):
            pass


def test_the_largest_float32_as_a_bound_loses_the_velocity():
    largest, velocity = np.finfo(np.float32).max, np.float32(-0.5)
    with np.errstate(over="ignore"):
        assert (velocity + largest) / (largest - -largest) == 0
    assert (float(velocity) + float(largest)) / (2 * float(largest)) == 0.5


def test_units_at_the_door_give_back_the_same_inputs():
    x = torch.randn(20, 4)
    in_mm = x * torch.tensor([1000.0, 1, 1, 1])
    metres, millimetres = (
        qlib.QNetwork(observation_scale=scale, generator=torch.Generator().manual_seed(0))
        for scale in ((2.4, 2.0, 0.2095, 2.0), (2400.0, 2.0, 0.2095, 2.0))
    )
    torch.testing.assert_close(metres(x), millimetres(in_mm))


def test_behind_the_first_layer_a_dwarfing_input_has_drowned_the_rest():
    agent = qlib.QAgent(agents.in_units()["batch_norm, position in mm"], seed=0)
    for _ in qlib.train(agent, steps=500):
        pass
    seen = agent.memory.storage.observations[:500] / torch.tensor(agents.UNITS["position in mm"])
    with torch.no_grad():
        sums = agent.online.layers[0](seen)  # (500, units)
    alone = np.abs(np.corrcoef(seen[:, 0], sums.T)[0, 1:])
    assert np.median(alone) > 0.99


def test_the_playground_scales_once():
    with pytest.raises(ValueError, match="choose one of them"):
        agents.play("running", 1.0, True, 3e-3)
    assert type(agents.play("running", 1.0, False, 1e-3)(2)) is RunningAgent
    assert agents.play("ranges", 0.5, True, 1e-3).observation_scale == (1.2, 1.0, 0.10475, 1.0)
    assert agents.play("nothing", 0.5, False, 1e-3).observation_scale is None


def test_0_to_1_is_twice_the_ranges_with_a_half_added():
    x = torch.randn(9, 4)
    made = agents.ZeroToOneAgent(BASE, 3)
    scaled = x / (2 * torch.tensor(SCALED.observation_scale)) + 0.5
    torch.testing.assert_close(made.online(x), qlib.QAgent(BASE, 3).online(scaled))
    assert {label: type(one) for label, one in agents.ways(1e-3).items() if not callable(one)}.keys() == {
        "nothing", "ranges", "batch norm",
    }  # fmt: skip
