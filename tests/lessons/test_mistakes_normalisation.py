"""Lesson 08's silent mistakes still do harm, and its diagnostics still find them.

The classes are the lesson's own. `QLIB_SEEDS` moves the seeds.
"""

import dataclasses
import os

import numpy as np
import pytest
import torch
from definitions import defined

import qlib
from qlib import normalisation
from qlib.statistics import mean_interval

FIRST = int(os.environ.get("QLIB_SEEDS", "0"))
RANGES = (2.4, 2.0, 0.2095, 2.0)
BASE = qlib.Settings(gamma=0.99, learning_rate=3e-3, epsilon_episodes=30, target_network="soft", tau=0.05)
SCALED = dataclasses.replace(BASE, observation_scale=RANGES)
NORMED = dataclasses.replace(BASE, network="batch_norm")


@pytest.fixture(scope="module")
def lesson():
    names = "ScaledTwice", "ActsUnscaled", "BlankBatchNorm", "BlankRunning", "CountsEveryLook"
    diagnostics = "acts_as_it_learns", "target_has_statistics"
    given = {"normalisation": normalisation, "per_range": torch.tensor(RANGES)}
    return defined("08_normalisation", *names, *diagnostics, **given)


def scores(make, steps, seeds=16):
    result = qlib.compare({"one": lambda seed: make(seed + FIRST)}, seeds=seeds, steps=steps, checkpoints=4)
    return result["one"]


def test_an_agent_that_acts_on_raw_inputs_ends_worse(lesson):
    whole = scores(lambda seed: qlib.QAgent(SCALED, seed), 1_200, 32)
    broken = scores(lambda seed: lesson["ActsUnscaled"](SCALED, seed), 1_200, 32)
    assert mean_interval((broken - whole)[:, 2:].mean(1))[2] < 0


def test_a_target_without_batch_norms_statistics_ruins_learning(lesson):
    whole = scores(lambda seed: qlib.QAgent(NORMED, seed), 600)
    broken = scores(lambda seed: lesson["BlankBatchNorm"](NORMED, seed), 600)
    assert mean_interval((broken - whole).mean(1))[2] < -40


def test_the_diagnostics_tell_broken_from_whole(lesson):
    observations = torch.tensor(np.random.default_rng(0).normal(size=(20, 4)), dtype=torch.float32)
    alike = {kind: lesson["acts_as_it_learns"](kind(SCALED, FIRST), observations) for kind in (
        qlib.QAgent, lesson["ScaledTwice"], lesson["ActsUnscaled"])}  # fmt: skip
    assert list(alike.values()) == [True, False, False]
    for kind, settings, whole in (
        (qlib.QAgent, NORMED, True),
        (lesson["BlankBatchNorm"], NORMED, False),
        (normalisation.RunningAgent, BASE, True),
        (lesson["BlankRunning"], BASE, False),
    ):
        agent = kind(settings, FIRST)
        for _ in qlib.train(agent, steps=80):
            pass
        agent.learn()
        agent.td_target(agent.memory.sample(64, agent.generator))
        assert lesson["target_has_statistics"](agent) is whole, kind


def test_counting_every_look_makes_an_exam_change_the_agent(lesson):
    for kind, moved in ((normalisation.RunningAgent, False), (lesson["CountsEveryLook"], True)):
        agent = kind(BASE, FIRST)
        for _ in qlib.train(agent, steps=30):
            pass
        before = agent.online.mean.clone()
        qlib.evaluate(agent, episodes=2)
        assert (not torch.equal(before, agent.online.mean)) is moved
