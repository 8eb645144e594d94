"""What a trained agent does when nothing is random: one greedy episode of CartPole, to be watched."""

from __future__ import annotations

import dataclasses

import gymnasium as gym
import numpy as np

from qlib.core.agent import QAgent

STEPS_PER_SECOND = 50  # CartPole's own clock: 0.02 s a step
REST = 1.2  # seconds between two demonstrations


@dataclasses.dataclass(frozen=True)
class Demo:
    """One episode of the greedy policy, to be shown."""

    trained_steps: int
    """Environment steps that the agent had trained for."""
    trajectory: np.ndarray
    """Cart position (m) and pole angle (rad) at each moment, shape (steps + 1, 2), float32."""
    ending: str
    """How it ended, in words."""
    seed: int
    """What chose the start."""

    @property
    def seconds(self) -> float:
        """How long the demonstration takes to watch, with the rest after it."""
        return (len(self.trajectory) - 1) / STEPS_PER_SECOND + REST


def demonstrate(agent: QAgent, env: gym.Env, seed: int) -> Demo:
    """Play one greedy episode of CartPole: no exploration, no learning, no draw from the agent's generator.

    Args:
        agent: it is not changed.
        env: a CartPole of its own.
        seed: chooses the start.
    """
    observation, _ = env.reset(seed=seed)
    path = [observation[[0, 2]]]
    terminated = truncated = False
    while not (terminated or truncated):
        observation, _, terminated, truncated, _ = env.step(agent.act(observation))
        path.append(observation[[0, 2]])
    left = abs(observation[0]) > 2.4
    ending = "reached the time limit" if not terminated else "left the track" if left else "the pole fell"
    return Demo(agent.steps, np.array(path, dtype=np.float32), ending, seed)
