"""A witness: it trains a copy of an agent, and writes down what happened beside what the agent kept of it."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.memory import ReplayMemory
from qlib.core.rules import may_learn, updates_due
from qlib.core.training import train


class Step(NamedTuple):
    """One step as the environment gave it."""

    observation: np.ndarray  # (n_observations,)
    action: int
    reward: float  # with the stick, where there is one
    next_observation: np.ndarray  # (n_observations,)
    terminated: bool
    truncated: bool


@dataclass
class Account:
    """What a witness saw of some episodes of training."""

    before: QAgent
    """A copy of the agent as it was."""
    agent: QAgent
    """The copy that was trained."""
    seen: list[Step] = field(default_factory=list)
    stored: list[Step | None] = field(default_factory=list)
    """The memory's newest row after each step; None where the step did not push one row."""
    pushed: int = 0
    """Rows that were pushed to the memory."""
    planned: int = 0
    """Updates that the settings ask for."""
    epsilons: list[list[float]] = field(default_factory=list)
    """The agent's epsilon at each step of each episode."""
    scores: list[float] = field(default_factory=list)
    """What was reported as each episode's score."""
    raw: list[float] = field(default_factory=list)
    """The sums of the rewards that the innermost environment gave in each episode."""
    error: str = ""
    """What ended the training too early."""
    faults: tuple[str, ...] | str | None = "nobody looked"
    """What explains the update, once an instrument has asked."""


def watch(agent: QAgent, episodes: int, env: gym.Env | None = None) -> Account:
    """Train a copy of an agent for some episodes, and write down what happens.

    Args:
        agent: it is not changed.
        episodes: episodes to play, from 1 up.
        env: the environment; None: `make_env(agent.settings)`.
    """
    account = Account(before=copy.deepcopy(agent), agent=copy.deepcopy(agent))
    witness = _Witness(env or make_env(agent.settings), account)
    try:
        with _raw_rewards(witness.env, account.raw):
            for episode in train(
                account.agent, episodes=episodes, env=witness, before_step=lambda step: witness.read()
            ):
                account.scores.append(episode.score)
    except Exception as error:  # an agent under suspicion may fail anywhere, and that is a finding
        account.error = f"{type(error).__name__}: {error}"
    witness.read()
    return account


def newest(memory: Any) -> Step | None:
    """Return the row that a memory stored last, or None where nobody can say which that is."""
    if not isinstance(memory, ReplayMemory) or type(memory).next_slot is not ReplayMemory.next_slot or not len(memory):
        return None
    slot = (memory.pushed - 1) % memory.capacity
    here, action, reward, there, ends = (column[0].cpu().numpy() for column in memory.at(torch.tensor([slot])))
    return Step(here, int(action), float(reward), there, bool(ends), False)


class _Witness(gym.Wrapper):
    """Write down each step of the environment, and read the agent's memory after it."""

    def __init__(self, env: gym.Env, account: Account) -> None:
        super().__init__(env)
        self.account = account
        self.last = account.agent.memory.pushed
        self.held = len(account.agent.memory)

    def reset(self, **how: Any):
        observation, info = self.env.reset(**how)
        self.observation = np.array(observation)
        self.account.epsilons.append([])
        self.account.raw.append(0.0)
        return observation, info

    def step(self, action):
        self.account.epsilons[-1].append(float(self.account.agent.epsilon))
        found = self.env.step(action)
        observation, reward, terminated, truncated, _ = found
        there = np.array(observation)
        self.account.seen.append(Step(self.observation, int(action), float(reward), there, terminated, truncated))
        self.observation = there
        return found

    def read(self) -> None:
        """Take the account of the last step, if there was one since: what was stored, and the updates that are due."""
        account, agent = self.account, self.account.agent
        if len(account.stored) == len(account.seen):
            return
        pushed, self.last = agent.memory.pushed - self.last, agent.memory.pushed
        account.pushed += pushed
        account.stored.append(newest(agent.memory) if pushed == 1 else None)
        n, step = len(account.seen), account.seen[-1]
        held, so_far = min(self.held + n, agent.settings.memory_size), account.before.memory.pushed + n
        if may_learn(agent.settings, held, so_far):
            account.planned += updates_due(agent.settings, account.before.steps + n, step.terminated or step.truncated)


@contextlib.contextmanager
def _raw_rewards(env: gym.Env, sums: list[float]) -> Iterator[None]:
    """Add up what the innermost environment itself gives, whatever its wrappers make of it."""
    inner = env.unwrapped
    before, real = inner.__dict__.get("step"), inner.step

    def step(action):
        found = real(action)
        sums[-1] += float(found[1])
        return found

    inner.step = step  # type: ignore[method-assign]
    try:
        yield
    finally:
        if before is None:
            del inner.step
        else:
            inner.step = before  # type: ignore[method-assign]
