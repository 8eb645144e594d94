"""Many agents at once, in lock-step: each learns exactly what it would learn alone under `train`, only sooner."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch

from qlib.core.agent import DivergedError, QAgent
from qlib.core.demands import demand_finite, demand_independent
from qlib.core.memory import ReplayMemory
from qlib.core.prioritized import anneal
from qlib.core.settings import learning_rate, next_epsilon
from qlib.core.training import episode_seed
from qlib.engine.flat import FastUpdate, reprioritize, weigh
from qlib.engine.traced import StackedUpdate
from qlib.engine.vector import make_worlds


class Ensemble:
    """Agents of equal settings and different seeds that take each step together.

    Where the compiled update applies, one call updates them all, bit for bit as each would be alone. Other agents'
    own update runs on their stacked networks, the same within float32's rounding. What was redefined too far for
    either (`learn`, `update`, a memory's `sample`) is left to each agent.

    Attributes:
        agents: whole QAgents; save one, evaluate one, train one on alone.
        alive: which of them have a finite loss, shape (agents,); one that diverged learns no more, the others go on.
        steps: environment steps that each agent has taken.

    Args:
        agents: new ones.

    Raises:
        ValueError: if their settings differ, or as `demand_independent`.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        self.agents = list(agents)
        self.settings = self.agents[0].settings
        if any(agent.settings != self.settings for agent in self.agents):
            raise ValueError("These agents have different settings: an ensemble differs in the seeds only.")
        demand_independent(self.agents, "An ensemble")
        self.alive = np.ones(len(self.agents), dtype=bool)
        self.steps = 0
        self.joint = _joint(self.agents)
        self._acts = _is_own(self.agents, "act", "explore")
        self._stores = _is_own(self.agents, "remember") and _push_is_own(self.agents)
        self._everyone = np.arange(len(self.agents))
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
        if self.joint is None or not self._acts:
            return np.array([a.act(o, a.epsilon) for a, o in zip(self.agents, self.observations, strict=True)])
        actions = self.joint.greedy(self.observations[:, np.newaxis])[:, 0]
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
        if self.joint is None or not self._stores:
            columns = (observations, actions, rewards, next_observations, terminated, truncated)
            for agent, transition in zip(self.agents, zip(*columns, strict=True), strict=True):
                agent.remember(*transition)
        else:
            demand_finite(next_observations, rewards, self.steps + 1)
            over = terminated
            if self.settings.bootstrap_ends_at == "termination or truncation":
                over = terminated | truncated
            slots = [agent.memory.next_slot() for agent in self.agents]
            transitions = (observations, actions, rewards * self.settings.reward_scale, next_observations, over)
            for column, values in zip(self.joint.memory, transitions, strict=True):
                column[self._everyone, slots] = values
            for agent, slot in zip(self.agents, slots, strict=True):
                agent.memory.stored(slot)
                agent.steps += 1
        self.steps += 1

    def learn(self, who: np.ndarray) -> None:
        """Update the agents that `who` marks, shape (agents,): `QAgent.learn` for each of them."""
        settings = self.settings
        if min(self.steps, settings.memory_size) < settings.batch_size or self.steps < settings.learning_starts:
            return
        learners = np.flatnonzero(who)
        if self.joint is None:
            for i in learners:
                try:
                    self.agents[i].learn()
                except DivergedError:
                    self.alive[i] = False
            return
        if not learners.size:
            return
        for i in learners:
            anneal(self.agents[i].memory, settings, self.steps)
            self.agents[i].memory.draw(settings.batch_size, self.agents[i].generator, out=self._rows[i])
        slots, rate = self._slots.numpy()[learners], learning_rate(settings, self.steps)
        if isinstance(self.joint, StackedUpdate):
            losses = self.joint.update(slots, rate, learners)
        else:
            group = [self.agents[i] for i in learners]
            losses, errors = self.joint.update(slots, rate, learners, weigh(group, slots))
            reprioritize(group, slots, losses, errors)
        self.alive[learners] = np.isfinite(losses)
        for i in learners:
            if self.alive[i]:
                agent = self.agents[i]
                agent.updates += 1
                if settings.target_network == "hard" and agent.updates % settings.target_every == 0:
                    self.joint.copy_target(int(i))

    def evaluate(self, starts: int = 20, seed: int = 1_000_000) -> np.ndarray:
        """Play every agent's greedy policy from the same unseen starts.

        Returns:
            Mean unshaped returns, shape (agents,).
        """
        if self.joint is not None:
            return self._play(self.joint.greedy, len(self.agents), starts, seed)
        return self._play(
            lambda rows: np.stack([a.q_values(x).argmax(1).numpy() for a, x in zip(self.agents, rows, strict=True)]),
            len(self.agents),
            starts,
            seed,
        )

    def policies(self) -> np.ndarray | None:
        """Copy what the agents' greedy policies need, to be played later; None where that cannot be copied."""
        return self.joint.rows[:, :1].copy() if isinstance(self.joint, FastUpdate) else None

    def evaluate_past(self, policies: Sequence[np.ndarray], starts: int = 20, seed: int = 1_000_000) -> np.ndarray:
        """Play what `policies` copied at several times, all at once: the scores that `evaluate` gave, much sooner.

        Returns:
            Mean unshaped returns, shape (policies, agents).
        """
        joint = copy.copy(self.joint)
        assert isinstance(joint, FastUpdate), "policies() was None"
        joint.rows = np.concatenate(policies)
        return self._play(joint.greedy, len(joint.rows), starts, seed).reshape(len(policies), -1)

    def _play(self, greedy: Callable[[np.ndarray], np.ndarray], n: int, starts: int, seed: int) -> np.ndarray:
        """Play n policies, given their actions (n, starts) for observations (n, starts, n_observations)."""
        worlds = make_worlds(self.settings, n * starts)
        observations = np.stack([worlds.restart(k, seed + k % starts) for k in range(n * starts)])
        returns = np.zeros(n * starts)
        playing = np.ones(n * starts, dtype=bool)
        while playing.any():
            actions = greedy(observations.reshape(n, starts, -1))
            observations, rewards, terminated, truncated = worlds.step(actions.reshape(-1))
            returns[playing] += rewards[playing]
            for k in np.flatnonzero(playing & (terminated | truncated)):
                worlds.park(int(k))
                playing[k] = False
        return returns.reshape(n, starts).mean(1)


def _joint(agents: Sequence[QAgent]) -> FastUpdate | StackedUpdate | None:
    """Lay agents out for the quickest update that computes what they do; None where each must update itself."""
    if not _is_own(agents, "learn", "update") or any(not hasattr(a.memory.sample, "has_twin") for a in agents):
        return None
    if not all(map(FastUpdate.applies, agents)):
        return StackedUpdate.attempt(agents)
    joint = FastUpdate(agents)
    for i, agent in enumerate(agents):
        agent._fast = joint.one(i, agent)
    return joint


def _is_own(agents: Sequence[QAgent], *methods: str) -> bool:
    """Say whether none of the agents redefines any of these methods."""
    return all(getattr(getattr(a, m), "__func__", None) is getattr(QAgent, m) for a in agents for m in methods)


def _push_is_own(agents: Sequence[QAgent]) -> bool:
    return all(type(agent.memory).push is ReplayMemory.push for agent in agents)
