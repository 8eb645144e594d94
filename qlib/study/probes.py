"""Probe environments: each is so small that its values are known, and makes one part of an agent wrong visible.

The idea is Andy Jones's (andyljones.com/posts/rl-debugging.html). Run them in order, before any real environment:
the first that fails names the code to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.core.training import train


class Probe(gym.Env):
    """What the probes share: one number in [-1, 1] to observe, `n_steps` until termination, no time limit."""

    gamma = 0.0  # without a discount, what is wrong with bootstrapping cannot hide what else is wrong
    n_steps = 1
    n_actions = 1
    observations: tuple[float, ...] = (0.0,)  # all that there are
    values: tuple[tuple[float, ...], ...]  # of each action (columns) at each observation (rows)
    indicts: str

    def __init__(self) -> None:
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.action_space = gym.spaces.Discrete(self.n_actions)

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        super().reset(seed=seed)
        self.time = 0
        self.seen = self.observe()
        return np.array([self.seen], np.float32), {}

    def step(self, action):
        reward = self.reward(int(action))
        self.time += 1
        self.seen = self.observe()
        return np.array([self.seen], np.float32), reward, self.time == self.n_steps, False, {}

    def observe(self) -> float:
        return 0.0

    def reward(self, action: int) -> float:
        return 1.0


class ProbeValue(Probe):
    """See 0, take the only action, get 1, terminate. The value is 1."""

    values = ((1.0,),)
    indicts = "the loss, the optimiser's step, or the reward's way into the memory"


class ProbeObservation(Probe):
    """See -1 or 1 at random, take the only action, get what you saw, terminate. The value is the observation."""

    observations = (-1.0, 1.0)
    values: tuple[tuple[float, ...], ...] = ((-1.0,), (1.0,))
    indicts = "the observation's way through memory and network, or a loss that mixes the rows of a batch"

    def observe(self) -> float:
        return float(self.np_random.choice((-1.0, 1.0)))

    def reward(self, action: int) -> float:
        return self.seen


class ProbeEnd(ProbeValue):
    """ProbeValue again, now for its last observation, which looks like the first: bootstrapping there finds 2."""

    gamma = 0.5
    indicts = "the terminal cut: beyond a termination there is nothing to bootstrap from"


class ProbeDelay(Probe):
    """See 0, get 0; see 1, get 1, terminate. The values are 0.5 (one discount) and 1."""

    gamma = 0.5
    n_steps = 2
    observations = (0.0, 1.0)
    values = ((0.5,), (1.0,))
    indicts = "the discount, or the next observation and its value in the TD target"

    def observe(self) -> float:
        return float(self.time == 1)

    def reward(self, action: int) -> float:
        return self.seen


class ProbeAction(Probe):
    """See 0, choose: action 0 gets -1, action 1 gets 1, terminate. The values are -1 and 1."""

    n_actions = 2
    values = ((-1.0, 1.0),)
    indicts = "the action's way into the memory, or the choice of its column (gather)"

    def reward(self, action: int) -> float:
        return (-1.0, 1.0)[action]


class ProbePolicy(ProbeObservation):
    """See -1 or 1, choose: action 1 gets what you saw, action 0 its negative, terminate."""

    n_actions = 2
    values = ((1.0, -1.0), (-1.0, 1.0))
    indicts = "how observation and action are kept together in a transition and in the network"

    def reward(self, action: int) -> float:
        return (-self.seen, self.seen)[action]


SMALL = Settings(hidden=(16,), learning_rate=0.03, batch_size=32, epsilon_end=1.0)
PROBES = (ProbeValue, ProbeObservation, ProbeEnd, ProbeDelay, ProbeAction, ProbePolicy)
for probe in PROBES:
    gym.register(f"qlib/{probe.__name__}-v0", f"{__name__}:{probe.__name__}", disable_env_checker=True)


class Verdict(NamedTuple):
    """What a probe found."""

    probe: str
    expected: np.ndarray  # the value of each action (columns) at each observation (rows)
    found: np.ndarray
    passed: bool
    indicts: str  # what to look at if it did not pass


def examine(
    make_agent: Callable[[Settings], QAgent] = QAgent, tolerance: float = 0.1, steps: int = 200
) -> list[Verdict]:
    """Train an agent on each probe, about a second in all, and compare its values with the true ones.

    Args:
        make_agent: makes an agent from settings: QAgent, or a subclass under suspicion. What it changes in the settings
            is under suspicion, too. A verdict cannot tell a slow agent from a broken one: give it more steps.
        tolerance: the largest error that passes, in units of reward.
        steps: environment steps from the one on at which learning begins.

    Returns:
        One Verdict per probe, in the order in which to mend: a later probe needs what an earlier one tests.

    Raises:
        ValueError: if the agent has a stick, which takes away the rewards that tell the probes' actions apart.
    """
    verdicts = []
    for probe in PROBES:
        agent = make_agent(replace(SMALL, env_id=f"qlib/{probe.__name__}-v0", gamma=probe.gamma))
        settings = agent.settings
        if settings.stick is not None:
            raise ValueError(
                f"stick={settings.stick} replaces the rewards that the probes expect, so they cannot judge this agent. "
                "Examine it without a stick."
            )
        for _ in train(agent, steps=max(settings.learning_starts, settings.batch_size) + steps):
            pass
        expected = np.array(probe.values)  # (B, A)
        found = agent.q_values(np.array(probe.observations)[:, None]).numpy() / settings.reward_scale
        passed = bool(abs(found - expected).max() <= tolerance)
        verdicts.append(Verdict(probe.__name__, expected, found, passed, probe.indicts))
    return verdicts
