"""Lesson 11's silent mistakes still do harm, and its diagnostics still find them."""

import dataclasses

import numpy as np
import pytest
import torch
from definitions import FIRST, compare, defined

import qlib
from qlib.lessons.normalisation.scaling import RunningAgent
from qlib.study.statistics import mean_interval

RANGES = (2.4, 2.0, 0.2095, 2.0)
BASE = qlib.Settings(gamma=0.99, learning_rate=3e-3, epsilon_episodes=30, target_network="soft", tau=0.05)
SCALED = dataclasses.replace(BASE, observation_scale=RANGES)
NORMED = dataclasses.replace(BASE, network="batch_norm")


@pytest.fixture(scope="module")
def lesson():
    names = "ScaledTwice", "ActsUnscaled", "BlankBatchNorm", "BlankRunning", "CountsEveryLook"
    diagnostics = "acts_as_it_learns", "target_has_statistics"
    given = {"RunningAgent": RunningAgent, "per_range": torch.tensor(RANGES)}
    return defined("11_normalisation", *names, *diagnostics, "no_own_copy", **given)


def test_an_agent_that_acts_on_raw_inputs_ends_worse(lesson):
    variants = {"whole": SCALED, "broken": lambda seed: lesson["ActsUnscaled"](SCALED, seed)}
    whole, broken = compare(variants, seeds=32, steps=1_200, checkpoints=4).scores
    assert mean_interval((broken - whole)[:, 2:].mean(1))[2] < 0


def test_an_agent_that_scales_twice_ends_worse(lesson):
    variants = {"whole": SCALED, "broken": lambda seed: lesson["ScaledTwice"](SCALED, seed)}
    whole, broken = compare(variants, seeds=64, steps=1_200, checkpoints=6).scores
    assert mean_interval((broken - whole)[:, 3:].mean(1))[2] < 0


@pytest.mark.parametrize(("kind", "broken", "settings", "steps", "n"), [
    (qlib.QAgent, "BlankBatchNorm", NORMED, 500, 8),
    (RunningAgent, "BlankRunning", BASE, 800, 20),  # 8 of them said the opposite at one of 20 offsets
])  # fmt: skip
def test_a_target_without_statistics_ruins_learning(lesson, kind, broken, settings, steps, n):
    by_hand = dataclasses.replace(settings, **lesson["no_own_copy"])
    variants = {
        "whole": lambda seed: kind(settings, seed),
        "broken": lambda seed: lesson[broken](by_hand, seed),
    }
    whole, broken_ones = compare(variants, seeds=n, steps=steps, checkpoints=2).scores
    assert mean_interval((broken_ones - whole).mean(1))[2] < -20


def test_the_diagnostics_tell_broken_from_whole(lesson):
    observations = torch.tensor(np.random.default_rng(0).normal(size=(20, 4)), dtype=torch.float32)
    alike = {kind: lesson["acts_as_it_learns"](kind(SCALED, FIRST), observations) for kind in (
        qlib.QAgent, lesson["ScaledTwice"], lesson["ActsUnscaled"])}  # fmt: skip
    assert list(alike.values()) == [True, False, False]
    for kind, settings, whole in (
        (qlib.QAgent, NORMED, True),
        (lesson["BlankBatchNorm"], dataclasses.replace(NORMED, **lesson["no_own_copy"]), False),
        (RunningAgent, BASE, True),
        (lesson["BlankRunning"], dataclasses.replace(BASE, **lesson["no_own_copy"]), False),
    ):
        agent = kind(settings, FIRST)
        for _ in qlib.train(agent, steps=80):
            pass
        agent.learn()
        assert lesson["target_has_statistics"](agent) is whole, kind


def test_counting_every_look_makes_an_exam_change_the_agent(lesson):
    for kind, moved in ((RunningAgent, False), (lesson["CountsEveryLook"], True)):
        agent = kind(BASE, FIRST)
        for _ in qlib.train(agent, steps=30):
            pass
        before = agent.online.mean.clone()
        qlib.evaluate(agent, episodes=2)
        assert (not torch.equal(before, agent.online.mean)) is moved
