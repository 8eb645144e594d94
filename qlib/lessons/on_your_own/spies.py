"""An environment and an agent that note what they are asked, for the repository's loop to run on."""

from __future__ import annotations

import numpy as np


class World:
    """An environment that plays what was written beforehand, and notes what it is told."""

    def __init__(self, rng: np.random.Generator, ends: list[tuple[int, bool]]) -> None:
        self.ends = ends  # (length, terminated) of each episode
        self.told: list[float] = []
        self.seen = np.float32(rng.normal(size=(200, 4)))
        self.paid = rng.normal(size=200).round(3)
        self.episode, self.steps, self.at = -1, 0, 0

    def reset(self, seed=None, options=None):
        self.episode, self.at = self.episode + 1, 0
        self.told.append(-1.0 if seed is None else float(seed))
        self.steps += 1
        return self.seen[self.steps], {}

    def step(self, action):
        self.told.append(float(action))
        self.at, self.steps = self.at + 1, self.steps + 1
        length, terminated = self.ends[self.episode % len(self.ends)]
        over = self.at == length
        return self.seen[self.steps], float(self.paid[self.steps]), over and terminated, over and not terminated, {}


class Spy:
    """An agent and a memory that note what they are asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.memory = self

    def act(self, observation, epsilon):
        self.asked += [1.0, float(np.sum(observation)), float(epsilon)]
        return len(self.asked) % 2

    def push(self, observation, action, reward, next_observation, terminated):
        numbers = float(np.sum(observation)), float(action), float(reward), float(np.sum(next_observation))
        self.asked += [2.0, *numbers, float(terminated)]

    def learn(self):
        self.asked += [3.0]
