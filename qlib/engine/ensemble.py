"""Many agents at once, in lock-step: each learns exactly what it would learn alone under `train`, only sooner."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from qlib.core import rules
from qlib.core.agent import DivergedError, QAgent
from qlib.core.demands import demand_finite, demand_independent
from qlib.core.environment import make_worlds
from qlib.core.guards import HeldBack
from qlib.core.prioritized import anneal
from qlib.core.training import end_episode, end_step, episode_seed, exam
from qlib.engine.flat import FlatUpdate, reprioritize, weigh
from qlib.engine.placed import Placed
from qlib.engine.redefined import redefined
from qlib.engine.takeover import take_all

STORING = frozenset(("remember", "memory.push", "memory._write"))


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
        self.joint: Any = take_all(self.agents)
        if isinstance(self.joint, FlatUpdate):
            for i, agent in enumerate(self.agents):
                agent._taken = self.joint.one(i, agent)
        self._own = frozenset().union(*map(redefined, self.agents))  # what must be asked of each agent
        self._placed = [] if self.joint is None else [Placed(agent) for agent in self.agents]
        held = {(len(agent.memory), agent.memory.pushed) for agent in self.agents}
        self._counts_alike = len(held) == 1 and not self._own & {*STORING, "memory.stored", "memory.__len__"}
        self._prioritized = self.settings.replay == "prioritized"
        self._everyone = np.arange(len(self.agents))
        # What each agent draws goes into a place of its own: the same numbers as in `QAgent`, in half the time.
        self._chance = torch.ones(len(self.agents))
        self._slots = torch.zeros(len(self.agents), self.settings.batch_size, dtype=torch.int64)
        self._chances, self._rows, self._drawn = self._chance.unbind(), self._slots.unbind(), self._slots.numpy()
        self.worlds = make_worlds(self.settings, len(self.agents))
        self.observations = np.stack([self.worlds.restart(i, episode_seed(a)) for i, a in enumerate(self.agents)])

    def step(self) -> None:
        """Let every agent take one step and learn from it: the body of `train`'s loop, for all at once."""
        settings = self.settings
        with HeldBack():  # no agent is left a step behind
            actions = self.act()
            observations, rewards, terminated, truncated = self.worlds.step(actions)
            rewards = rules.shaped(rewards, terminated, truncated, settings.stick, settings.stick_at_time_limit)
            self.remember(self.observations, actions, rewards, observations, terminated, truncated)
            self.observations = observations
            if self._own and self.joint is not None:
                self._look()
            ended = terminated | truncated
            ends = np.flatnonzero(ended)
            due = rules.updates_due(settings, self.steps, ended if ends.size else False)
            for k in range(np.max(due)):
                self.learn(self.alive & (due > k))
            for agent in self.agents:
                end_step(agent)
            for i in ends:
                end_episode(self.agents[i])
                self.observations[i] = self.worlds.restart(int(i), episode_seed(self.agents[i]))

    def act(self) -> np.ndarray:
        """Choose each agent's action epsilon-greedily, shape (agents,)."""
        if self.joint is None or self._own & {"act", "explore", "greedy"}:
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
        if self.joint is None or self._own & STORING:
            columns = (observations, actions, rewards, next_observations, terminated, truncated)
            for agent, transition in zip(self.agents, zip(*columns, strict=True), strict=True):
                agent.remember(*transition)
        else:
            rewards, ends = rules.stored(self.settings, rewards, terminated, truncated)
            slots = [agent.memory.next_slot() for agent in self.agents]
            if not self.joint.store(slots, (observations, actions, rewards, next_observations, ends)):
                demand_finite(observations, 0.0, self.steps)
                demand_finite(next_observations, rewards, self.steps + 1)
            for agent, slot in zip(self.agents, slots, strict=True):
                agent.memory.stored(slot)
                agent.steps += 1
        self.steps += 1

    def learn(self, who: np.ndarray) -> None:
        """Update the agents that `who` marks, shape (agents,): `QAgent.learn` for each of them."""
        settings = self.settings
        if self.joint is None:
            for i in np.flatnonzero(who):
                try:
                    self.agents[i].learn()
                except DivergedError:
                    self.alive[i] = False
            return
        learners = self._everyone if who.all() else np.flatnonzero(who)
        if self._counts_alike:
            memory = self.agents[0].memory
            if not rules.may_learn(settings, len(memory), memory.pushed):
                return
        else:
            filled = [rules.may_learn(settings, len(a.memory), a.memory.pushed) for a in self.agents]
            learners = np.flatnonzero(who & filled)
        if not learners.size:
            return
        everyone = len(learners) == len(self.agents)
        group = self.agents if everyone else [self.agents[i] for i in learners]
        for i, agent in zip(learners, group, strict=True):
            if self._prioritized:
                anneal(agent.memory, settings, self.steps)
            self._draw(agent, self._rows[i])
        slots = self._drawn if everyone else self._drawn[learners]
        rate = rules.learning_rate(settings, self.steps)
        shares = np.zeros(len(group)) + rules.target_share(settings, np.array([agent.updates + 1 for agent in group]))
        if isinstance(self.joint, FlatUpdate):
            losses, errors = self.joint.update(slots, rate, shares, learners, weigh(group, slots))
            reprioritize(group, slots, losses, errors)
        else:
            losses = self.joint.update(slots, rate, shares, learners)
        self.alive[learners] = fine = np.isfinite(losses)
        for agent, learned in zip(group, fine.tolist(), strict=True):
            agent.updates += learned

    def _look(self) -> None:
        """Leave agents that replaced a part or a method halfway to themselves: code of their own may do such things."""
        own = frozenset().union(*map(redefined, self.agents))
        if own != self._own or not all(map(Placed.holds, self._placed, self.agents)):
            self.joint, self._own, self._placed = None, own, []

    def evaluate(
        self, starts: int = 20, seed: int = 1_000_000, before_step: Callable[[], object] = lambda: None
    ) -> np.ndarray:
        """Play every agent's greedy policy from the same unseen starts: what `evaluate` gives for each.

        `before_step` is called before each step, as in `exam`.

        Returns:
            Mean unshaped returns, shape (agents,).
        """
        if self.joint is None or "greedy" in self._own:
            seeds = range(seed, seed + starts)
            exams = [exam(agent.greedy, self.settings, seeds, before_step=before_step) for agent in self.agents]
            return np.array(exams).mean(1)
        return _mean_scores(self.joint, self.settings, len(self.agents), starts, seed, before_step)

    def policies(self) -> np.ndarray | None:
        """Copy what the agents' greedy policies need, to be played later; None where that cannot be copied."""
        return self.joint.rows[:, :1].copy() if isinstance(self.joint, FlatUpdate) else None

    def evaluate_past(
        self,
        policies: Sequence[np.ndarray],
        starts: int = 20,
        before_step: Callable[[], object] = lambda: None,
        seed: int = 1_000_000,
    ) -> np.ndarray:
        """Play what `policies` copied at several times, all at once: the scores that `evaluate` gave, much sooner.

        Returns:
            Mean unshaped returns, shape (policies, agents).
        """
        joint = copy.copy(self.joint)
        assert isinstance(joint, FlatUpdate), "policies() was None"
        joint.rows = np.concatenate(policies)
        scores = _mean_scores(joint, self.settings, len(joint.rows), starts, seed, before_step)
        return scores.reshape(len(policies), -1)

    def _draw(self, agent: QAgent, row: torch.Tensor) -> None:
        """Draw an agent's batch into its row; its own memory's way, where it has one."""
        if not self._prioritized and "memory.draw" not in self._own:
            row.random_(len(agent.memory), generator=agent.generator)  # what ReplayMemory.draw gives, sooner
        else:
            row.copy_(agent.memory.draw(len(row), agent.generator))


def _mean_scores(
    joint: Any, settings: Any, n: int, starts: int, seed: int, before_step: Callable[[], object]
) -> np.ndarray:
    """Play n laid out policies from the same starts, and return their mean returns, shape (n,)."""

    def greedy(observations: np.ndarray) -> np.ndarray:
        return joint.greedy(observations.reshape(n, starts, -1)).reshape(-1)

    seeds = list(range(seed, seed + starts)) * n
    return exam(greedy, settings, seeds, before_step=before_step).reshape(n, starts).mean(1)
