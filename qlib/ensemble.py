"""Many agents at once, in lock-step: each learns exactly what it would learn alone under `train`, only sooner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from qlib.agent import DivergedError, QAgent
from qlib.environment import demand_finite
from qlib.fast import FastUpdate, options
from qlib.memory import Batch
from qlib.settings import learning_rate, next_epsilon
from qlib.training import episode_seed
from qlib.worlds import make_worlds


class Ensemble:
    """Agents of equal settings and different seeds that take each step together.

    Where the compiled update applies, one call updates them all; elsewhere each agent updates itself.

    Attributes:
        agents: whole QAgents; save one, evaluate one, train one on alone.
        alive: which of them have a finite loss, shape (agents,); one that diverged learns no more, the others go on.
        steps: environment steps that each agent has taken.

    Args:
        agents: new ones.

    Raises:
        ValueError: if their settings differ.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        self.agents = list(agents)
        self.settings = self.agents[0].settings
        if any(agent.settings != self.settings for agent in self.agents):
            raise ValueError("These agents have different settings: an ensemble differs in the seeds only.")
        self.alive = np.ones(len(self.agents), dtype=bool)
        self.steps = 0
        self.joint = JointUpdate(self.agents) if all(map(FastUpdate.applies, self.agents)) else None
        self.worlds = make_worlds(self.settings, len(self.agents))
        self.observations = np.stack([self.worlds.restart(i, episode_seed(a)) for i, a in enumerate(self.agents)])

    def step(self) -> None:
        """Let every agent take one step and learn from it: the body of `train`'s loop, for all at once."""
        settings = self.settings
        actions = self.act()
        observations, rewards, terminated, truncated = self.worlds.step(actions)
        ended = terminated | truncated
        if settings.stick is not None:
            rewards = np.where(ended if settings.stick_at_time_limit else terminated, settings.stick, rewards)
        self.remember(self.observations, actions, rewards, observations, terminated, truncated)
        self.observations = observations
        for _ in range(settings.updates_per_step):
            self.learn(self.alive)
        for _ in range(settings.updates_per_episode if ended.any() else 0):
            self.learn(self.alive & ended)
        for i in np.flatnonzero(ended):
            agent = self.agents[i]
            agent.epsilon = next_epsilon(settings, agent.epsilon)
            agent.episodes += 1
            self.observations[i] = self.worlds.restart(int(i), episode_seed(agent))

    def act(self) -> np.ndarray:
        """Choose each agent's action epsilon-greedily, shape (agents,)."""
        if self.joint is None:
            return np.array([a.act(o, a.epsilon) for a, o in zip(self.agents, self.observations, strict=True)])
        actions = self.joint.greedy(self.observations[:, np.newaxis])[:, 0]
        for i, agent in enumerate(self.agents):
            random_action = agent.explore(agent.epsilon)
            if random_action is not None:
                actions[i] = random_action
        return actions

    def remember(self, *transitions: np.ndarray) -> None:
        """Store one transition an agent: `QAgent.remember` for each, its arguments stacked."""
        if self.joint is not None:
            self.joint.remember(self.steps, *transitions)
        for i, agent in enumerate(self.agents):
            if self.joint is None:
                agent.remember(*(values[i] for values in transitions))
            else:
                agent.memory.pushed += 1
                agent.steps += 1
        self.steps += 1

    def learn(self, who: np.ndarray) -> None:
        """Update the agents that `who` marks, shape (agents,): `QAgent.learn` for each of them."""
        settings = self.settings
        if min(self.steps, settings.memory_size) < settings.batch_size or self.steps < settings.learning_starts:
            return
        if self.joint is not None:
            self.alive[who] = self.joint.learn(np.flatnonzero(who))
            return
        for i in np.flatnonzero(who):
            try:
                self.agents[i].learn()
            except DivergedError:
                self.alive[i] = False

    def evaluate(self, starts: int = 20, seed: int = 1_000_000) -> np.ndarray:
        """Play every agent's greedy policy from the same unseen starts.

        Returns:
            Mean unshaped returns, shape (agents,).
        """
        n = len(self.agents)
        worlds = make_worlds(self.settings, n * starts)
        observations = np.stack([worlds.restart(k, seed + k % starts) for k in range(n * starts)])
        returns = np.zeros(n * starts)
        playing = np.ones(n * starts, dtype=bool)
        while playing.any():
            rows = observations.reshape(n, starts, -1)
            if self.joint is None:
                actions = np.stack([a.q_values(o).argmax(1).numpy() for a, o in zip(self.agents, rows, strict=True)])
            else:
                actions = self.joint.greedy(rows)
            observations, rewards, terminated, truncated = worlds.step(actions.reshape(-1))
            returns[playing] += rewards[playing]
            playing &= ~(terminated | truncated)
            for k in np.flatnonzero(terminated | truncated):
                observations[k] = worlds.restart(int(k), seed)  # it must stand somewhere; what it does counts no more
        return returns.reshape(n, starts).mean(1)


class JointUpdate:
    """The compiled update over stacked arrays, of which the agents' own tensors become rows.

    Args:
        agents: new ones, for which the compiled update applies.
    """

    def __init__(self, agents: list[QAgent]) -> None:
        from qlib import compiled  # not at the top: Numba takes a second to import

        self.kernels = compiled
        self.agents = agents
        self.settings = agents[0].settings
        stacked = [torch.stack(columns) for columns in zip(*(a.memory.storage for a in agents), strict=True)]
        self.memory = [column.numpy() for column in stacked]  # Batch's columns, each (agents, capacity, ...)
        self.flat = np.zeros((4, len(agents), agents[0].online.n_parameters), np.float32)
        self.good = np.zeros((len(agents), 2, agents[0].online.n_parameters), np.float32)
        self.fast: list[FastUpdate] = []
        for i, agent in enumerate(agents):
            agent.memory.storage = Batch(*(column[i] for column in stacked))
            agent._fast = FastUpdate(agent, self.flat[:, i])
            self.fast.append(agent._fast)

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose each agent's best action for each of its observations (agents, B, n_observations), (agents, B)."""
        return self.kernels.greedy(self.flat[0], self.fast[0].sizes, self.fast[0].scale, observations)

    def remember(self, step, observations, actions, rewards, next_observations, terminated, truncated) -> None:
        """Write one slot of every agent's memory: see `QAgent.remember`."""
        for observation, reward in zip(next_observations, rewards, strict=True):
            demand_finite(observation, reward, step + 1)
        over = terminated
        if self.settings.bootstrap_ends_at == "termination or truncation":
            over = terminated | truncated
        rewards = rewards * self.settings.reward_scale
        transition = (observations, actions, rewards, next_observations, over)
        for column, values in zip(self.memory, transition, strict=True):
            column[:, step % self.settings.memory_size] = values

    def learn(self, who: np.ndarray) -> np.ndarray:
        """Update the agents of these indices, and say of each whether its loss was finite, shape (len(who),)."""
        settings = self.settings
        rows = np.zeros((len(self.agents), settings.batch_size), np.int64)
        counts = np.zeros(len(self.agents), np.int64)
        working = np.zeros(len(self.agents), dtype=bool)
        for i in who:
            agent = self.agents[i]
            rows[i] = agent.memory.draw(settings.batch_size, agent.generator).numpy()
            counts[i] = agent.updates + 1
            working[i] = True
        online, target, moment1, moment2 = self.flat
        self.kernels.update_many(
            online,
            online if settings.target_network == "none" else target,
            moment1,
            moment2,
            self.good,
            self.fast[0].sizes,
            self.fast[0].scale,
            *self.memory,
            rows,
            working,
            counts,
            learning_rate(settings, self.agents[0].steps),
            *options(settings),
            settings.tau if settings.target_network == "soft" else 0.0,
        )
        for i in who[~working[who]]:  # back to the last good weights, as an agent alone would go
            target[i] = self.good[i, 1]
            online[i] = self.good[i, 0]
        for i in np.flatnonzero(working):
            self.fast[i].counts += 1
            self.agents[i].updates += 1
            if settings.target_network == "hard" and self.agents[i].updates % settings.target_every == 0:
                target[i] = online[i]
        return working[who]
