"""Many agents at once, in lock-step: each learns exactly what it would learn alone under `train`, only sooner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from qlib import compiled
from qlib.agent import QAgent
from qlib.fast import FastUpdate, options
from qlib.memory import Batch
from qlib.settings import next_epsilon
from qlib.training import episode_seed
from qlib.worlds import make_worlds


class Ensemble:
    """Agents of equal settings and different seeds, laid out so that one call updates them all.

    Attributes:
        agents: whole QAgents; save one, evaluate one, train one on alone.
        alive: which of them have a finite loss, shape (agents,); one that diverged stops, the others go on.

    Args:
        agents: new ones, for which the compiled update applies.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        self.agents = list(agents)
        first = self.agents[0]
        n = len(self.agents)
        self.settings = first.settings
        self.steps = 0
        self.alive = np.ones(n, dtype=bool)
        stacked = [torch.stack(columns) for columns in zip(*(a.memory.storage for a in self.agents), strict=True)]
        self.memory = [column.numpy() for column in stacked]  # Batch's columns, each (agents, capacity, ...)
        self.flat = np.zeros((4, n, first.online.n_parameters), np.float32)
        self.fast: list[FastUpdate] = []
        for i, agent in enumerate(self.agents):
            agent.memory.storage = Batch(*(column[i] for column in stacked))
            agent._fast = FastUpdate(agent, self.flat[:, i])
            self.fast.append(agent._fast)
        self.good = np.zeros((n, 2, first.online.n_parameters), np.float32)
        self.worlds = make_worlds(self.settings, n)
        self.observations = np.stack([self.worlds.restart(i, episode_seed(a)) for i, a in enumerate(self.agents)])

    def act(self) -> np.ndarray:
        """Choose each agent's action epsilon-greedily, shape (agents,)."""
        fast = self.fast[0]
        actions = compiled.greedy(self.flat[0], fast.sizes, fast.scale, self.observations[:, np.newaxis])[:, 0]
        for i, agent in enumerate(self.agents):
            random_action = agent.explore(agent.epsilon)
            if random_action is not None:
                actions[i] = random_action
        return actions

    def step(self) -> None:
        """Let every agent take one step and learn from it: the body of `train`'s loop, for all at once."""
        settings = self.settings
        actions = self.act()
        observations, rewards, terminated, truncated = self.worlds.step(actions)
        rewards = rewards.astype(float)
        if settings.stick is not None:
            rewards[terminated | (truncated & settings.stick_at_time_limit)] = settings.stick
        over = terminated
        if settings.bootstrap_ends_at == "termination or truncation":
            over = terminated | truncated
        transition: tuple[np.ndarray, ...] = (
            self.observations,
            actions,
            rewards * settings.reward_scale,
            observations,
            over,
        )
        slot = self.steps % settings.memory_size
        for column, values in zip(self.memory, transition, strict=True):
            column[:, slot] = values
        self.steps += 1
        for agent in self.agents:
            agent.memory.pushed += 1
            agent.steps += 1
        for _ in range(settings.updates_per_step):
            self.learn(self.alive)
        self.observations = observations
        ended = terminated | truncated
        for _ in range(settings.updates_per_episode if ended.any() else 0):
            self.learn(self.alive & ended)
        for i in np.flatnonzero(ended):
            agent = self.agents[i]
            agent.epsilon = next_epsilon(settings, agent.epsilon)
            agent.episodes += 1
            self.observations[i] = self.worlds.restart(int(i), episode_seed(agent))

    def learn(self, who: np.ndarray) -> None:
        """Update the agents that `who` marks, shape (agents,): `QAgent.learn` for each of them."""
        settings = self.settings
        if min(self.steps, settings.memory_size) < settings.batch_size or self.steps < settings.learning_starts:
            return
        rows = np.zeros((len(self.agents), settings.batch_size), np.int64)
        for i in np.flatnonzero(who):
            agent = self.agents[i]
            agent.set_learning_rate()
            rows[i] = agent.memory.draw(settings.batch_size, agent.generator).numpy()
        finite = who.copy()
        counts = np.array([fast.counts[0] + 1 for fast in self.fast], np.int64)
        online, target, moment1, moment2 = self.flat
        compiled.update_many(
            online,
            online if settings.target_network == "none" else target,
            moment1,
            moment2,
            self.good,
            self.fast[0].sizes,
            self.fast[0].scale,
            *self.memory,
            rows,
            finite,
            counts,
            self.agents[0].optimizer.param_groups[0]["lr"],
            *options(settings),
            settings.tau if settings.target_network == "soft" else 0.0,
        )
        for i in np.flatnonzero(who):
            if not finite[i]:
                self.alive[i] = False
                continue
            agent = self.agents[i]
            self.fast[i].counts += 1
            agent.updates += 1
            if settings.target_network == "hard" and agent.updates % settings.target_every == 0:
                target[i] = online[i]
