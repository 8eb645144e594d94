"""The learner's pieces as a QAgent, so that panels, `train`, `compare`, save and load work on them.

OwnAgent(OWN, seed)    # with `qlib.lessons.stand_ins.pieces()` in it, or with the pieces that it is given
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.memory import Batch, ReplayMemory
from qlib.core.rules import next_epsilon
from qlib.core.settings import Settings
from qlib.lessons.own_run import OWN, epsilons, networks
from qlib.lessons.stand_ins import Pieces, pieces


class OwnAgent(QAgent):
    """The pieces as a QAgent, so that panels, `train`, `compare`, save and load work on it.

    Args:
        settings: the hyperparameters; the network's layers are the piece's own.
        seed: the source of all of this agent's randomness.
        my: the pieces; None: the learner's, or else qlib's.
        greedy_epsilon: the chance of a random action where there should be none, in examinations.
    """

    def __init__(
        self, settings: Settings = OWN, seed: int = 0, my: Pieces | None = None, greedy_epsilon: float = 0.0
    ) -> None:
        self.my = pieces() if my is None else my
        self._epsilon, self._plan = settings.epsilon_start, epsilons(self.my, settings)
        super().__init__(settings, seed)
        n = self.n_observations
        self.online: Any
        self.target: Any
        self.online, self.target = networks(self.my, seed, settings, n, self.n_actions)
        self.optimizer = torch.optim.Adam(self.online.parameters(), settings.learning_rate, fused=True)
        self.memory: Any = _Both(settings.memory_size, n, self.my.Ring)
        self.greedy_epsilon, self._left_on = greedy_epsilon, np.random.default_rng(seed)

    def act(self, observation: np.ndarray, epsilon: float = 0.0) -> int:
        rng = np.random.default_rng((self.seed, self.steps))  # so that a loaded agent goes on with the same draws
        return int(self.my.epsilon_greedy(self.q_values(observation).numpy(), epsilon, rng))

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        best = self.q_values(observations).argmax(1).numpy()
        left_on = self._left_on.random(len(best)) < self.greedy_epsilon
        return np.where(left_on, self._left_on.integers(self.n_actions, size=len(best)), best)

    def update(self, batch: Any) -> float:
        with self._lock:
            self.online.train()
            return float(self.my.update(self.online, self.target, self.optimizer, batch, self.settings.gamma))

    @property
    def epsilon(self) -> float:
        return self._epsilon

    @epsilon.setter
    def epsilon(self, value: float) -> None:
        by_episodes = self.settings.epsilon_steps is None
        if by_episodes and value == next_epsilon(self.settings, self._epsilon):  # the piece says how far it falls
            value = float(self._plan[min(self.episodes + 1, len(self._plan) - 1)])
        self._epsilon = value


class _Both(ReplayMemory):
    """The piece's ring, which is drawn from, and beside it qlib's memory, from which a file is written."""

    def __init__(self, capacity: int, n_observations: int, make_ring: Callable) -> None:
        super().__init__(capacity, n_observations)
        self.ring = make_ring(capacity, n_observations)

    def push(self, observation: Any, action: int, reward: float, next_observation: Any, terminated: bool) -> None:
        super().push(observation, action, reward, next_observation, terminated)
        self.ring.push(
            np.float32(observation), int(action), float(reward), np.float32(next_observation), bool(terminated)
        )

    def sample(self, batch_size: int, generator: torch.Generator | None = None) -> Batch:
        return self.ring.sample(batch_size, generator)

    def restore(self, transitions: Batch, pushed: int) -> torch.Tensor:
        rows = super().restore(transitions, pushed)
        for row in rows.tolist():
            observation, action, reward, next_observation, terminated = (column[row] for column in transitions)
            self.ring.push(observation.numpy(), int(action), float(reward), next_observation.numpy(), bool(terminated))
        return rows
