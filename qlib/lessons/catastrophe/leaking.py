"""Agents whose targets let the gradient through, or do not, in ways that a quick look confuses: for exercise 9.1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from qlib.core.agent import QAgent
from qlib.core.memory import Batch


class Leaking(QAgent):
    def td_target(self, batch):
        valuer = self.online if self.target is None else self.target
        best = valuer(batch.next_observations).max(1).values
        return batch.rewards + self.settings.gamma * best * ~batch.terminated


class Detached(QAgent):
    def td_target(self, batch):
        best = self.online(batch.next_observations).detach().max(1).values
        return batch.rewards + self.settings.gamma * best * ~batch.terminated


class HalfDetached(QAgent):
    def td_target(self, batch):
        values = self.online(batch.next_observations).max(1).values
        return batch.rewards + self.settings.gamma * (values + values.detach()) / 2 * ~batch.terminated


class LastLayer(QAgent):
    def td_target(self, batch):
        hidden = self.online.layers[:-1](batch.next_observations).detach()
        best = self.online.layers[-1](hidden).max(1).values
        return batch.rewards + self.settings.gamma * best * ~batch.terminated


class FirstLayer(QAgent):
    def td_target(self, batch):
        last = self.online.layers[-1]
        hidden = self.online.layers[:-1](batch.next_observations)
        best = torch.nn.functional.linear(hidden, last.weight.detach(), last.bias.detach()).max(1).values
        return batch.rewards + self.settings.gamma * best * ~batch.terminated


class BothNetworks(QAgent):
    def td_target(self, batch):
        assert self.target is not None
        values = torch.minimum(self.online(batch.next_observations), self.target(batch.next_observations))
        return batch.rewards + self.settings.gamma * values.mean(1) * ~batch.terminated


class InNameOnly(Leaking):
    def __init__(self, settings, seed=0):
        super().__init__(settings, seed)
        self.target = self.online


for _kind in (Leaking, Detached, HalfDetached, LastLayer, FirstLayer, BothNetworks, InNameOnly):
    _kind.__name__ = _kind.__qualname__ = "QAgent"  # a class's name says nothing about what it does

_HARD = {"target_network": "hard"}
AGENTS: tuple[tuple[type[QAgent], dict[str, Any], bool, str], ...] = (
    (QAgent, {}, False, "qlib's agent computes no graph for its target, so the gradient stops"),
    (Leaking, {}, True, "this agent keeps the graph of its target, so the gradient flows"),
    (Detached, {}, False, "this agent detaches its target, so the gradient stops"),
    (QAgent, _HARD, False, "qlib's agent computes no graph for its target, so the gradient stops"),
    (Leaking, _HARD, False, "the gradient ends in the target network's weights, which no optimiser moves"),
    (Leaking, {**_HARD, "target_network": "soft", "double": True}, False, "it ends in the target network's weights"),
    (HalfDetached, {}, True, "half of this target is detached, and the gradient flows through the other half"),
    (Detached, _HARD, False, "this agent detaches its target, so the gradient stops"),
    (LastLayer, {}, True, "the gradient flows through the last layer's weights, and only there"),
    (FirstLayer, {}, True, "the gradient flows through all layers but the last, whose weights are detached"),
    (BothNetworks, _HARD, True, "this target is made of both networks, and the gradient flows into the online one"),
    (InNameOnly, _HARD, True, "here the target network *is* the online network, under a second name"),
    (HalfDetached, _HARD, True, "half of this target is the online network's, though there is a target network"),
)


def batches() -> Iterator[Batch]:
    """Draw batches of three sizes; the last transition of each goes on, so that the target hangs on a network."""
    generator = torch.Generator().manual_seed(9)
    for size in (2, 5, 32):
        ended = torch.rand(size, generator=generator) < 0.3
        ended[0], ended[-1] = size == 5, False  # a batch may begin with an end
        yield Batch(
            observations=torch.randn(size, 4, generator=generator),
            actions=torch.randint(2, (size,), generator=generator),
            rewards=torch.randn(size, generator=generator),
            next_observations=torch.randn(size, 4, generator=generator),
            terminated=ended,
        )
