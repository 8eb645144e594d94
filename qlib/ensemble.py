"""Many agents at once, in lock-step: each learns exactly what it would learn alone under `train`, only sooner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from qlib.agent import DivergedError, QAgent
from qlib.environment import demand_finite
from qlib.fast import FastUpdate
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
        self.fast = FastUpdate(self.agents) if all(map(FastUpdate.applies, self.agents)) else None
        if self.fast is not None:
            for i, agent in enumerate(self.agents):
                agent._fast = self.fast.one(i, agent)
        # What each agent draws goes into a place of its own: the same numbers as in `QAgent`, in half the time.
        self._chance = torch.ones(len(self.agents))
        self._slots = torch.zeros(len(self.agents), self.settings.batch_size, dtype=torch.int64)
        self._chances, self._rows = self._chance.unbind(), self._slots.unbind()
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
        if self.fast is None:
            return np.array([a.act(o, a.epsilon) for a, o in zip(self.agents, self.observations, strict=True)])
        actions = self.fast.greedy(self.observations[:, np.newaxis])[:, 0]
        for agent, chance in zip(self.agents, self._chances, strict=True):
            if agent.epsilon > 0:
                chance.uniform_(generator=agent.generator)
        epsilons = [agent.epsilon for agent in self.agents]
        for i in np.flatnonzero(self._chance.numpy() < epsilons):
            agent = self.agents[i]
            actions[i] = torch.randint(agent.n_actions, (), generator=agent.generator)
        return actions

    def remember(
        self,
        observations: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        next_observations: np.ndarray,
        terminated: np.ndarray,
        truncated: np.ndarray,
    ) -> None:
        """Store one transition an agent: `QAgent.remember` for each, its arguments stacked."""
        if self.fast is None:
            columns = (observations, actions, rewards, next_observations, terminated, truncated)
            for agent, transition in zip(self.agents, zip(*columns, strict=True), strict=True):
                agent.remember(*transition)
        else:
            demand_finite(next_observations, rewards, self.steps + 1)
            over = terminated
            if self.settings.bootstrap_ends_at == "termination or truncation":
                over = terminated | truncated
            slot = self.steps % self.settings.memory_size
            transitions = (observations, actions, rewards * self.settings.reward_scale, next_observations, over)
            for column, values in zip(self.fast.memory, transitions, strict=True):
                column[:, slot] = values
            for agent in self.agents:
                agent.memory.pushed += 1
                agent.steps += 1
        self.steps += 1

    def learn(self, who: np.ndarray) -> None:
        """Update the agents that `who` marks, shape (agents,): `QAgent.learn` for each of them."""
        settings = self.settings
        if min(self.steps, settings.memory_size) < settings.batch_size or self.steps < settings.learning_starts:
            return
        learners = np.flatnonzero(who)
        if self.fast is None:
            for i in learners:
                try:
                    self.agents[i].learn()
                except DivergedError:
                    self.alive[i] = False
            return
        if not learners.size:
            return
        for i in learners:
            self.agents[i].memory.draw(settings.batch_size, self.agents[i].generator, out=self._rows[i])
        losses = self.fast.update(self._slots.numpy()[learners], learning_rate(settings, self.steps), learners)
        self.alive[learners] = np.isfinite(losses)
        for i in learners:
            if self.alive[i]:
                agent = self.agents[i]
                agent.updates += 1
                if settings.target_network == "hard" and agent.updates % settings.target_every == 0:
                    self.fast.rows[i, 1] = self.fast.rows[i, 0]

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
            if self.fast is None:
                actions = np.stack([a.q_values(o).argmax(1).numpy() for a, o in zip(self.agents, rows, strict=True)])
            else:
                actions = self.fast.greedy(rows)
            observations, rewards, terminated, truncated = worlds.step(actions.reshape(-1))
            returns[playing] += rewards[playing]
            playing &= ~(terminated | truncated)
            for k in np.flatnonzero(terminated | truncated):
                observations[k] = worlds.restart(int(k), seed)  # it must stand somewhere; what it does counts no more
        return returns.reshape(n, starts).mean(1)
