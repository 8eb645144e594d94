"""What lesson 07's four choices of when to train and on what have in common: an episode, seeds, and a comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gymnasium as gym
import numpy as np

import qlib
from qlib.core.training import episode_seed
from qlib.study.statistics import Interval, mean_interval

QUICK = qlib.Settings(**{**vars(qlib.RECOMMENDED), "epsilon_episodes": 30, "learning_starts": 200})


def one_episode(agent: qlib.QAgent, env: gym.Env, learn: bool, remember: bool) -> list[tuple]:
    """Play an episode, as lesson 07's own loop does; return its transitions.

    Args:
        agent: it acts with its epsilon.
        env: where.
        learn: whether to make an update after each step.
        remember: whether to store each transition as it is.
    """
    observation, _ = env.reset(seed=episode_seed(agent))
    transitions: list[tuple] = []
    over = False
    while not over:
        action = agent.act(observation, agent.epsilon)
        next_observation, reward, terminated, truncated, _ = env.step(action)
        transitions.append((observation, action, float(reward), next_observation, terminated))
        if remember:
            agent.remember(observation, action, float(reward), next_observation, terminated, truncated)
        if learn:
            agent.learn()
        observation, over = next_observation, terminated or truncated
    return transitions


def final_scores(play: Callable[..., None], target: str, when: str, seeds: int = 16, steps: int = 1_500) -> np.ndarray:
    """Train agents by the lesson's `play`, and return each one's greedy score over 20 unseen starts, shape (seeds,)."""
    agents = [qlib.QAgent(QUICK, seed) for seed in range(seeds)]
    env = qlib.make_env(QUICK)
    for agent in agents:
        play(agent, env, steps, target, when)
    return np.array([qlib.evaluate(agent, 20).mean() for agent in agents])


def against_the_first(scores: Mapping[str, np.ndarray]) -> tuple[str, list[Interval]]:
    """Compare all but the first with it, seed by seed; say which one is told apart, in the question's words."""
    first, *others = scores.values()
    changes = [mean_interval(values - first) for values in others]
    apart = [name for name, change in zip([*scores][1:], changes, strict=True) if change.verdict() != "open"]
    return "Several" if len(apart) > 1 else (apart or ["None of them"])[0], changes
