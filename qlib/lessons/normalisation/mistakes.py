"""Three mistakes of lesson 11 that raise no error, and what catches them."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch

from qlib.core.agent import QAgent
from qlib.core.training import evaluate, train
from qlib.lessons.normalisation.agents import BASE, NORMED, SCALED, Variant
from qlib.lessons.normalisation.pictures import RANGES
from qlib.lessons.normalisation.scaling import RunningAgent

PER_RANGE = torch.tensor(RANGES, dtype=torch.float32)
NO_OWN_COPY: dict[str, Any] = {"target_network": "hard", "target_every": 10**9}  # qlib's own copy never comes due


class ScaledTwice(QAgent):
    """Acts on inputs that are scaled before the network, which scales, too."""

    def q_values(self, observations):
        return super().q_values(torch.as_tensor(observations) / PER_RANGE)


class ActsUnscaled(QAgent):
    """Acts on raw inputs: takes back what the network divides."""

    def q_values(self, observations):
        return super().q_values(torch.as_tensor(observations) * PER_RANGE)


class BlankBatchNorm(QAgent):
    """Its soft update is written by hand, and walks over `parameters()` only."""

    def learn(self):
        loss = QAgent.learn(self)
        with torch.no_grad():
            for slow, quick in zip(self.target.parameters(), self.online.parameters(), strict=True):
                slow.lerp_(quick, 0.05)
        return loss


class BlankRunning(RunningAgent):
    """The same with running statistics at the door."""

    learn = BlankBatchNorm.learn


class CountsEveryLook(RunningAgent):
    """Counts an observation in whenever it is asked for values."""

    def q_values(self, observations):
        for observation in torch.as_tensor(observations).reshape(-1, 4):
            self.online.watch(observation)
        return super().q_values(observations)


def acting() -> dict[str, Variant]:
    """Return a whole agent and two that act on other inputs than they learn from."""
    return {
        "whole": SCALED,
        "scaled twice": lambda seed: ScaledTwice(SCALED, seed),
        "acts unscaled": lambda seed: ActsUnscaled(SCALED, seed),
    }


def targets() -> dict[str, Variant]:
    """Return agents with a whole target network, and with one that gets no statistics."""
    normed, running = (dataclasses.replace(settings, **NO_OWN_COPY) for settings in (NORMED, BASE))
    return {
        "batch norm": NORMED,
        "batch norm, blank target": lambda seed: BlankBatchNorm(normed, seed),
        "running": lambda seed: RunningAgent(BASE, seed),
        "running, blank target": lambda seed: BlankRunning(running, seed),
    }


def acts_as_it_learns(agent: QAgent, observations: torch.Tensor) -> bool:
    """Say whether the agent acts on the values of the network that learns."""
    was_training = agent.online.training
    agent.online.eval()
    with torch.no_grad():
        learns = agent.online(observations)
    acts = agent.q_values(observations)
    agent.online.train(was_training)
    return torch.allclose(acts, learns, atol=1e-5)


def target_has_statistics(agent: QAgent) -> bool:
    """Say whether the target's buffers are the online network's, as right after an update with a soft target."""
    assert agent.target is not None
    return all(torch.equal(a, b) for a, b in zip(agent.target.buffers(), agent.online.buffers(), strict=True))


def has_statistics_after(steps: int, variant: Variant) -> bool:
    """Train an agent of seed 0, update it once more, and say whether its target has the statistics."""
    agent = variant(0) if callable(variant) else QAgent(variant, 0)
    for _ in train(agent, steps=steps):
        pass
    agent.learn()
    return target_has_statistics(agent)


def examined_is_the_same(kind: type[QAgent]) -> bool:
    """Train twice with one seed, examine one of the two on the way, and say whether their weights are the same."""
    weights = []
    for examined in (False, True):
        agent = kind(dataclasses.replace(BASE, compiled=False), seed=0)
        for steps in (150, 300):
            for _ in train(agent, steps=steps - agent.steps):
                pass
            if examined:
                evaluate(agent, episodes=5)
        weights.append(torch.cat([parameter.detach().flatten() for parameter in agent.online.parameters()]))
    return torch.equal(*weights)
