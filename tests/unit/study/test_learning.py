"""Agents learn, and what the lessons show to fail still fails: few seeds and low bars, for `benchmarks/` has more.

An agent that pushes one way all the time scores about 9, a random one about 22, the best 500.
"""

import dataclasses

import numpy as np
import pytest
import torch

import qlib
from qlib import ORIGINAL, RECOMMENDED, QAgent

SEEDS = range(3)
STANDING, FALLING = [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.2, 2.0]


def trained(settings, seed, steps, kind=QAgent) -> QAgent:
    agent = kind(settings, seed)
    for _ in qlib.train(agent, steps=steps):
        pass
    return agent


def scores(settings, steps, kind=QAgent, seeds=SEEDS) -> np.ndarray:
    return np.array([qlib.evaluate(trained(settings, seed, steps, kind), 50).mean() for seed in seeds])


@pytest.fixture(scope="module")
def recommended() -> list[QAgent]:
    return [trained(RECOMMENDED, seed, steps=4_000) for seed in SEEDS]


def test_recommended_learns_within_4000_steps(recommended):
    untrained = [qlib.evaluate(QAgent(RECOMMENDED, seed), 50).mean() for seed in SEEDS]
    after = [qlib.evaluate(agent, 50).mean() for agent in recommended]
    assert max(untrained) < 40
    assert min(after) > 50, after
    assert np.median(after) > 90, after


def test_the_original_learns_too_with_few_updates():
    few = dataclasses.replace(ORIGINAL, updates_per_step=4, epsilon_episodes=60)
    assert np.median(scores(few, 2_000)) > 80


def test_without_the_terminal_cut_and_without_a_stick_nothing_is_learned():
    uncut = dataclasses.replace(RECOMMENDED, bootstrap_ends_at="nothing")
    assert scores(uncut, 2_000).max() < 30


def test_values_tell_a_standing_pole_from_a_falling_one_only_with_the_cut(recommended):
    uncut = trained(dataclasses.replace(RECOMMENDED, bootstrap_ends_at="nothing"), 0, 2_000)
    for agent, told_apart in (*((agent, True) for agent in recommended), (uncut, False)):
        standing, falling = agent.q_values(np.array([STANDING, FALLING])).amax(1)
        assert bool(standing > 2 * falling) == told_apart


def test_a_learning_rate_that_is_too_high_destroys_what_was_learned(recommended):
    agent = recommended[0]
    good = qlib.evaluate(agent, 50).mean()
    agent.settings = dataclasses.replace(RECOMMENDED, learning_rate=1.0, learning_rate_end=None)
    agent.optimizer.param_groups[0]["lr"] = 1.0
    for _ in range(50):
        agent.learn()
    assert qlib.evaluate(agent, 50).mean() < good / 2
    assert all(torch.isfinite(p).all() for p in agent.online.parameters())
