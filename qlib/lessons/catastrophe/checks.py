"""The checks of lesson 09: a leaking gradient, a soft update, the largest fall, and acting with batch norm."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.memory import Batch
from qlib.core.network import QNetworkBN
from qlib.core.settings import Settings
from qlib.lessons.check import answered, exercise, expect, numbers, refuse, require

_BATCH = Batch(
    observations=torch.tensor([[0.0, 0.1, 0.02, 0.0], [0.3, 0.0, -0.1, 0.5], [0.1, -0.4, 0.2, 1.0]]),
    actions=torch.tensor([0, 1, 0]),
    rewards=torch.tensor([1.0, 1.0, 1.0]),
    next_observations=torch.tensor([[0.0, 0.0, 0.03, 0.1], [0.3, 0.2, -0.09, 0.4], [0.1, -0.5, 0.22, 1.1]]),
    terminated=torch.tensor([False, False, True]),
)


class _Leaking(QAgent):
    def td_target(self, batch):
        return batch.rewards + 0.9 * self.online(batch.next_observations).max(1).values * ~batch.terminated


class _Detached(QAgent):
    def td_target(self, batch):
        best = self.online(batch.next_observations).detach().max(1).values
        return batch.rewards + 0.9 * best * ~batch.terminated


@exercise("9.1 Does it leak?")
def leaks(answer: Callable) -> None:
    """Check a function of an agent and a batch that says whether the gradient flows through the agent's target."""
    why = "{} its target, so the gradient {}"
    hint = "agent.td_target(batch) is a tensor; a tensor knows whether it requires a gradient"
    expect(answer(QAgent(Settings()), _BATCH), False, why.format("qlib's agent computes no graph for", "stops"), hint)
    expect(answer(_Leaking(Settings()), _BATCH), True, why.format("this agent keeps the graph of", "flows"), hint)
    expect(answer(_Detached(Settings()), _BATCH), False, why.format("this agent detaches", "stops"), hint)


@exercise("9.2 The soft update")
def soft(answer: Callable) -> None:
    """Check a function of slow and quick weights and tau that gives the slow ones after one soft update."""
    slow, quick = torch.tensor([1.0, -2.0, 0.0]), torch.tensor([3.0, 2.0, -1.0])
    kept, tau = slow.clone(), 0.1
    mistakes = {
        "the two are swapped: the target nearly jumps to the online network": tau * slow + (1 - tau) * quick,
        "the slow weights are not reduced before the quick ones are added": slow + tau * quick,
        "the slow weights stay as they were": slow.clone(),
        "the target becomes a copy: that is the hard update": quick.clone(),
        "the target moves away from the online network": slow - tau * (quick - slow),
        "only the quick weights' share is left": tau * quick,
    }
    got = answer(slow, quick, tau)
    refuse(got, mistakes, "slow + tau · (quick − slow)")
    expect(got, kept + tau * (quick - kept), "each weight goes the share tau of the way to the online network's")
    expect(answer(kept.clone(), quick, 1.0), quick, "with tau 1 the target becomes a copy")


@exercise("9.3 The largest fall")
def largest_fall(answer: Callable) -> None:
    """Check a function of scores, shape (checkpoints,), that gives the checkpoint before the largest fall, and it."""
    scores = np.array([20.0, 300.0, 480.0, 150.0, 210.0, 500.0, 420.0, 400.0, 120.0, 160.0])
    mistakes = {
        "the checkpoint after the fall is given": (3, 330),
        "the fall has a minus sign: a fall of 330 is 330": (2, -330),
        "the largest rise is given": (4, 290),
        "the lowest score after the highest is taken, over many checkpoints": (5, 380),
        "the highest score is given, and its distance from the last": (5, 340),
    }
    got = numbers(answer(scores.copy()), (2,), "the checkpoint's number, and the fall")
    refuse(got, mistakes, "scores[:-1] − scores[1:] holds the fall after each checkpoint but the last")
    why = "from checkpoint 2 to checkpoint 3 the score falls from 480 to 150, and no other neighbours lie so far apart"
    expect(got, (2, 330.0), why)
    got = numbers(answer(np.array([50.0, 10.0, 400.0])), (2,), "the checkpoint's number, and the fall")
    refuse(got, {"a rise is counted as a fall": (1, 390)}, "abs() takes the sign away that tells a fall from a rise")
    expect(got, (0, 40.0), "the fall may come first")


def _network() -> Any:
    """Make a network whose preferred action follows the pole's angle, with running averages that are not its first."""
    generator = torch.Generator().manual_seed(3)
    network: Any = QNetworkBN(hidden=(4,), generator=generator)
    with torch.no_grad():
        linear, norm, _, out = network.layers
        linear.weight.copy_(torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, -1.0, 0.0], [1.0, 0, 0, 0], [0, 1.0, 0, 0]]))
        linear.bias.zero_()
        norm.running_mean.copy_(torch.tensor([0.02, -0.02, 0.1, 0.0]))
        norm.running_var.copy_(torch.tensor([0.01, 0.01, 1.0, 1.0]))
        out.weight.copy_(torch.tensor([[0.0, 1.0, 0.0, 0.1], [1.0, 0.0, 0.0, 0.0]]))
        out.bias.copy_(torch.tensor([0.05, 0.0]))
    return network


@exercise("9.4 Find the faults")
def mended_act(answer: Callable) -> None:
    """Check a function of a network with batch norm and one observation (4,) that gives the greedy action."""
    for angle, action in ((0.15, 1), (-0.15, 0), (0.05, 1), (-0.01, 0)):
        network = _network()
        before, weights = copy.deepcopy(dict(network.named_buffers())), network.layers[0].weight.clone()
        kept: list[torch.Tensor] = []

        def keep(x: torch.Tensor, kept: list = kept) -> torch.Tensor:
            kept.append(x)
            return x

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
            got = answered(answer(network, torch.tensor([0.1, 0.0, angle, 0.0])))
        moved = [name for name, buffer in network.named_buffers() if not torch.equal(buffer, before[name])]
        still = "acting must not change the network"
        require(not moved, "running averages as they were", moved, still, "eval mode reads them, train mode moves them")
        require(bool(torch.equal(weights, network.layers[0].weight)), "the weights as they were", "others", still)
        expect(got, action, f"with the pole at {angle} rad this network prefers action {action}")
        words = f"{len(kept)} tensors kept for one"
        require(not kept, "no graph", words, "nobody calls backward() on an action", "torch.no_grad()")
