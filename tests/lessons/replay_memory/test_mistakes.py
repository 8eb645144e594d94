"""Lesson 05's automatic resets still spoil what is learned from them, and a jumping cart still gives them away.

The transitions are those that the lesson's own cells collect, broken and mended.
"""

from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from definitions import FIRST, compare, defined, section, seeds

import qlib
from qlib.core.memory import Batch
from qlib.lessons.replay_memory import pictures

LESSON = "05_replay_memory"
SETTINGS = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0), gamma=0.99, learning_rate=3e-3, epsilon_episodes=30)


@pytest.fixture(scope="module")
def first_kind():
    """What the lesson finds where a reset is a step of its own."""
    return section(LESSON, "The automatic reset, first kind: a step that nobody took", gym=gym, pictures=pictures)


@pytest.fixture(scope="module")
def second_kind():
    """What it finds where the last step shows the next episode's start, in episodes of at most 12 steps."""
    short = SimpleNamespace(
        make_vec=lambda env_id, **options: gym.make_vec(env_id, max_episode_steps=12, **options), vector=gym.vector
    )
    collect = defined(LESSON, "collect", gym=short)["collect"]
    title = "The automatic reset, second kind: the wrong next observation"
    return section(LESSON, title, gym=short, collect=collect, recorder=qlib.QAgent(SETTINGS, FIRST), Batch=Batch)


def doomed_value(observations, rewards, next_observations, terminated):
    """Learn the values of the policy that acts by chance; return that of the last step before a fall, the truth is 1.

    Returns: one value a seed, shape (8,).
    """
    fit = defined("06_one_update", "td_target", "q_loss", "update", "fit", F=F)["fit"]
    columns = observations, np.zeros(len(rewards), int), rewards, next_observations, terminated
    kinds = torch.float32, torch.int64, torch.float32, torch.float32, torch.bool
    batch = Batch(*(torch.as_tensor(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))
    memory = qlib.ReplayMemory(len(rewards))
    memory.restore(batch, len(rewards))
    networks = [fit(memory, gamma=0.95, seed=seed, updates=400, n_actions=1) for seed in seeds(8)]
    with torch.no_grad():
        return np.array([network(batch.observations[batch.terminated]).mean() for network in networks])


def test_a_stored_reset_makes_a_doomed_state_look_good(first_kind):
    names = "x", "rewards", "x_next", "terminated"
    whole = doomed_value(*(first_kind[name][first_kind["real"]] for name in names))
    broken = doomed_value(*(np.concatenate(first_kind[name]) for name in names))
    assert np.median(broken) > np.median(whole) + 3, (whole, broken)


def test_a_wrong_next_observation_at_a_time_limit_makes_a_doomed_state_look_good(second_kind):
    rewards, terminated, truncated = (np.concatenate([row[i] for row in second_kind["rows"]]) for i in (2, 3, 4))
    assert truncated.sum() > 3 * terminated.sum() > 30
    x, whole, broken = (np.concatenate(second_kind[name]) for name in ("x", "whole", "broken"))
    whole, broken = (doomed_value(x, rewards, following, terminated) for following in (whole, broken))
    assert np.median(broken) > np.median(whole) + 1.5, (whole, broken)


def test_at_a_termination_the_wrong_next_observation_does_no_harm(second_kind):
    t, i = second_kind["t"], second_kind["i"]
    for terminated, harmless in ((True, True), (False, False)):
        whole, broken = (second_kind["td_target"](second_kind[name][t, i], terminated) for name in ("whole", "broken"))
        assert (whole == broken) is harmless


def test_the_jump_of_the_cart_finds_every_false_transition(first_kind, second_kind):
    np.testing.assert_array_equal(first_kind["jump"] > 1e-6, ~first_kind["real"])
    ended = np.array([row[3] | row[4] for row in second_kind["rows"]])  # (T, N)
    x = second_kind["x"]
    for name, false in (("broken", ended), ("whole", np.zeros_like(ended))):
        jump = np.abs(second_kind[name][:, :, 0] - x[:, :, 0] - 0.02 * x[:, :, 1])
        np.testing.assert_array_equal(jump > 1e-6, false)


class StoresResets(qlib.QAgent):
    """Stores the step in which the environment resets itself, as the lesson's first kind does."""

    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        super().remember(observation, action, reward, next_observation, terminated, truncated)
        if terminated or truncated:
            start = np.random.default_rng([self.seed, self.steps]).uniform(-0.05, 0.05, 4)
            self.memory.push(next_observation, action, 0.0, start, False)


def test_an_agent_that_stores_resets_scores_less():
    variants = {"whole": SETTINGS, "broken": lambda seed: StoresResets(SETTINGS, seed)}
    found = compare(variants, seeds=64, steps=1_000, checkpoints=[600, 800, 1_000])
    whole, broken = found.scores.mean((1, 2))
    assert broken < 0.9 * whole, (whole, broken)
