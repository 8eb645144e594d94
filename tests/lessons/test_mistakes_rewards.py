"""Lesson 07's silent mistakes still do worse than the whole: over 16 seeds, with room to spare."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest

import qlib

SETTINGS = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0), learning_rate=3e-3, epsilon_episodes=30)
OFFSET = 0  # other seeds: set it to look whether the margins hold


def scores(variant, steps):
    """Mean greedy score at the last checkpoint, and each seed's paid reward where the agent has `extra`."""
    make = variant if callable(variant) else lambda seed: qlib.QAgent(variant, seed)
    return qlib.compare({"x": lambda seed: make(OFFSET + seed)}, steps=steps, checkpoints=2)["x"].mean(1)


@pytest.fixture
def short():
    if "Short/CartPole-v1" not in gym.registry:
        usual = gym.spec("CartPole-v1")
        doors = {"entry_point": usual.entry_point, "vector_entry_point": usual.vector_entry_point}
        gym.register("Short/CartPole-v1", max_episode_steps=20, **doors)
    return dataclasses.replace(SETTINGS, env_id="Short/CartPole-v1", gamma=0.99, stick=-100.0)


def test_punished_for_succeeding_it_falls_at_once(short):
    whole = scores(short, 1_500).mean()
    broken = scores(dataclasses.replace(short, stick_at_time_limit=True), 1_500).mean()
    assert whole > broken + 2, (whole, broken)


def test_without_the_cut_and_without_a_stick_nothing_is_learned():
    whole = dataclasses.replace(SETTINGS, gamma=0.8)
    broken = dataclasses.replace(whole, bootstrap_ends_at="nothing")
    with_stick = dataclasses.replace(broken, stick=-10.0)
    assert scores(broken, 1_000).mean() < 30
    assert min(scores(whole, 1_000).mean(), scores(with_stick, 1_000).mean()) > 90


class Speed(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        reward = reward + 5 * abs(next_observation[1])
        super().remember(observation, action, reward, next_observation, terminated, truncated)


def test_a_bonus_that_changes_the_best_policy_ruins_the_score_and_is_better_paid():
    settings = dataclasses.replace(SETTINGS, gamma=0.95)
    whole, broken = scores(settings, 1_000), scores(lambda seed: Speed(settings, seed), 1_000)
    assert whole.mean() > broken.mean() + 50, (whole.mean(), broken.mean())


def test_a_bonus_for_progress_turns_round_before_the_goal_and_a_potential_does_not():
    def best(bonus, gamma=0.9, n=6):
        values = np.zeros(n + 1)
        for _ in range(300):
            s = np.arange(n)
            ways = [(0.0, np.maximum(s - 1, 0)), ((s == n - 1).astype(float), s + 1)]
            q = np.stack([r + bonus(s, after) + gamma * values[after] for r, after in ways])
            values[:n] = q.max(0)
        return q.argmax(0)

    def phi(s):
        return 0.5 * (s - 6)

    assert best(lambda s, after: 0.9 * phi(after) - phi(s)).all()
    assert best(lambda s, after: 0.5 * (after > s)).tolist() == [1, 1, 1, 1, 1, 0]
