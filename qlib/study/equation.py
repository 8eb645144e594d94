"""The update's equation, and its known mistakes: which of them explains the loss and the gradient of an agent?"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from qlib.core.agent import QAgent
from qlib.core.memory import Batch
from qlib.core.prioritized import PrioritizedBatch
from qlib.core.settings import Settings

FAULTS = {
    "no cut": "the target looks ahead of a termination",
    "cut inverted": "the target is cut where the episode goes on, and looks ahead where it terminated",
    "through target": "the gradient flows through the target",
    "all actions": "the loss pulls at the values of all actions, not at that of the action taken",
    "highest": "the loss takes the highest value of a state, not that of the action taken",
    "broadcast": "(B, 1) meets (B,) in the loss: each value is compared with every target",
    "same observation": "the target values the observation itself, not the next one",
    "online values": "the online network values the next state, not the target network",
    "target chooses": "the target network both chooses and values the next action: that is not Double DQN",
    "online chooses": "the online network chooses the next action, as in Double DQN, which was not asked for",
    "swapped": "the target network chooses the next action and the online network values it: the wrong way round",
    "mean": "the target takes the mean over the next actions, not the maximum",
    "minimum": "the target takes the minimum over the next actions, not the maximum",
    "no discount": "the discount is missing",
    "no reward": "the reward is missing in the target",
    "reward discounted": "the reward is discounted as well",
    "weights ignored": "the importance-sampling weights are ignored",
    "sum": "the loss is a sum over the batch, not a mean",
    "uphill": "the sign is wrong: the step goes up the loss",
    "added up": "the gradients of earlier updates are added up (zero_grad)",
}
VALUERS = ("online values", "target chooses", "online chooses", "swapped")


class Update(NamedTuple):
    """What one call of `learn` did, before any weight moved."""

    loss: float
    gradient: torch.Tensor | None  # all parameters of the online network in a row; None: no step was asked for
    rate: float  # the optimiser's, at that step
    asked: bool  # whether it asked the memory's sample for the batch


class Batches:
    """Batches that tell mistakes apart: observations spread wide, and actions, rewards and ends drawn at random.

    Args:
        agent: whose memory holds a batch at least; it is not changed.
        seed: of what is drawn.
    """

    def __init__(self, agent: QAgent, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.agent = copy.deepcopy(agent)
        self.agent.settings = replace(agent.settings, compiled=False, learning_starts=0)
        networks = [self.agent.online] if self.agent.target is None else [self.agent.online, self.agent.target]
        with torch.no_grad():
            for parameter in itertools.chain(*(network.parameters() for network in networks)):
                size = parameter.std().nan_to_num(0.1) if parameter.numel() > 1 else 0.1
                parameter.add_(self._noise(parameter) * size)  # so that the two networks disagree
        self.batch = self._crafted(self.agent.memory.sample(agent.settings.batch_size, self.generator))
        self.garbage = [self._noise(parameter) for parameter in self.agent.online.parameters()]

    def done(self) -> Update:
        """Let a copy of the agent learn from the batch, and note what it would have done to the weights."""
        agent = copy.deepcopy(self.agent)
        asked = []

        def sample(*_, **__):
            asked.append(True)
            return copy.deepcopy(self.batch)

        agent.memory.sample = sample  # type: ignore[method-assign]
        for parameter, garbage in zip(agent.online.parameters(), self.garbage, strict=True):
            parameter.grad = garbage.clone()
        notes = note_steps(agent)
        loss = agent.learn()
        gradient, rate = notes[-1] if notes else (None, math.nan)
        return Update(float(loss), gradient, rate, bool(asked))

    def expected(self, faults: Sequence[str] = ()) -> Update:
        """Compute the same by the equation, with some mistakes."""
        agent, settings = copy.deepcopy(self.agent), self.agent.settings
        agent.online.train()
        loss = td_loss(agent, self.batch, faults)
        gradient = flat(torch.autograd.grad(loss, list(agent.online.parameters()), allow_unused=True), agent)
        if "uphill" in faults:
            gradient = -gradient
        if "added up" in faults:
            gradient = gradient + flat(self.garbage, agent)
        if settings.max_gradient_norm is not None:
            gradient = gradient * min(1.0, settings.max_gradient_norm / (gradient.norm().item() + 1e-6))
        return Update(loss.item(), gradient, math.nan, True)

    def explained(self, done: Update, faults: Sequence[str] = ()) -> bool:
        """Say whether the equation with these mistakes gives this loss and this gradient."""
        expected = self.expected(faults)
        if done.gradient is None or expected.gradient is None:
            return False
        far = (done.gradient - expected.gradient).norm() / (expected.gradient.norm() + 1e-12)
        loss = -expected.loss if "uphill" in faults and done.loss < 0 else expected.loss
        return math.isclose(done.loss, loss, rel_tol=1e-4, abs_tol=1e-7) and far.item() < 1e-3

    def _crafted(self, batch: Any) -> Any:
        n, draw = len(batch.actions), self.generator
        device = batch.rewards.device
        batch = batch._replace(  # whole numbers of images become such as can lie between
            observations=batch.observations.float(), next_observations=batch.next_observations.float()
        )
        spread = 3 * batch.observations.std(0)  # neighbours look alike, and networks would agree on all of them
        batch = batch._replace(
            observations=batch.observations + spread * self._noise(batch.observations),
            next_observations=batch.next_observations + spread * self._noise(batch.observations),
            actions=torch.randint(self.agent.n_actions, (n,), generator=draw).to(device),
            rewards=(self.agent.settings.reward_scale * torch.randn(n, generator=draw)).to(device),
            terminated=(torch.rand(n, generator=draw) < 0.5).to(device),
        )
        if isinstance(batch, PrioritizedBatch):
            return batch._replace(weights=(0.2 + 0.8 * torch.rand(n, generator=draw)).to(device))
        return batch

    def _noise(self, like: torch.Tensor) -> torch.Tensor:
        return torch.randn(like.shape, generator=self.generator).to(like.device)


def diagnose(tests: Sequence[Batches], done: Sequence[Update], most: int = 2) -> tuple[str, ...] | None:
    """Find the fewest known mistakes that explain all of some updates; () is the equation itself, None: none do."""
    possible = [fault for fault in FAULTS if _applies(fault, tests[0].agent)]
    for n in range(most + 1):
        for faults in itertools.combinations(possible, n):
            if all(test.explained(one, faults) for test, one in zip(tests, done, strict=True)):
                return faults
    return None


def td_loss(agent: QAgent, batch: Batch | PrioritizedBatch, faults: Sequence[str] = ()) -> torch.Tensor:
    """Compute the loss of a batch by equation 2 of Mnih et al. 2013 as settings have it, with some known mistakes."""
    settings, values = agent.settings, agent.online(batch.observations)  # (B, A)
    current = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    if "highest" in faults:
        current = values.max(1).values
    with torch.set_grad_enabled("through target" in faults):
        target = _target(agent, batch, faults)
    if "all actions" in faults:
        current, target = values, target.unsqueeze(1).expand_as(values)
    elif "broadcast" in faults:
        current, target = torch.broadcast_tensors(current.unsqueeze(1), target)
    error = F.mse_loss if settings.loss == "mse" else F.smooth_l1_loss
    each = error(current, target, reduction="none")
    if isinstance(batch, PrioritizedBatch) and "weights ignored" not in faults:
        each = (batch.weights if each.ndim == 1 else batch.weights.unsqueeze(1)) * each
    return each.sum() if "sum" in faults else each.mean()


def _target(agent: QAgent, batch: Any, faults: Sequence[str]) -> torch.Tensor:
    settings, follows = agent.settings, batch.observations if "same observation" in faults else batch.next_observations
    one = agent.target is None or "online values" in faults
    valuer = agent.online if one else agent.target
    chooser: Any = agent.online if settings.double or "online chooses" in faults else valuer
    if "target chooses" in faults:
        chooser = agent.target
    if "swapped" in faults:
        chooser, valuer = agent.target, agent.online
    values = valuer(follows)  # type: ignore[misc]
    best = values.gather(1, chooser(follows).argmax(1, keepdim=True)).squeeze(1)
    if "mean" in faults or "minimum" in faults:
        best = values.mean(1) if "mean" in faults else values.min(1).values
    if settings.bootstrap_ends_at != "nothing" and "no cut" not in faults:
        best = best * (batch.terminated if "cut inverted" in faults else ~batch.terminated)
    rewards = batch.rewards * ("no reward" not in faults) * (settings.gamma if "reward discounted" in faults else 1)
    return rewards + (1.0 if "no discount" in faults else settings.gamma) * best


def _applies(fault: str, agent: QAgent) -> bool:
    settings: Settings = agent.settings
    if fault in VALUERS and agent.target is None:
        return False
    if fault == "through target":  # from a network of its own no gradient reaches the online one
        return agent.target is None
    if fault in ("no cut", "cut inverted") and settings.bootstrap_ends_at == "nothing":
        return False
    if fault in ("target chooses", "swapped") and not settings.double:
        return fault == "swapped"
    if fault == "online chooses" and settings.double:
        return False
    if fault == "weights ignored":
        return settings.replay == "prioritized"
    return not (fault in ("no discount", "reward discounted") and settings.gamma == 1)


def note_steps(agent: QAgent) -> list[tuple[torch.Tensor, float]]:
    """Put an optimiser into an agent that notes gradient and rate of each step, and moves nothing."""
    notes: list[tuple[torch.Tensor, float]] = []

    class Notes(torch.optim.SGD):
        def step(self, closure=None):  # type: ignore[override]
            notes.append((flat([p.grad for p in agent.online.parameters()], agent), self.param_groups[0]["lr"]))

    owned = [p for group in agent.optimizer.param_groups for p in group["params"]]
    agent.optimizer = Notes(owned, lr=agent.optimizer.param_groups[0]["lr"])
    return notes


def flat(gradients: Sequence[torch.Tensor | None], agent: QAgent) -> torch.Tensor:
    """Lay the gradients of the online network's parameters in a row; a missing one is 0."""
    pairs = zip(gradients, agent.online.parameters(), strict=True)
    return torch.cat([(torch.zeros_like(p) if g is None else g).detach().flatten().clone() for g, p in pairs])
