"""Agents laid out below each other in a few flat arrays, so that one compiled call updates them all."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from qlib.core.agent import QAgent
from qlib.core.memory import Batch
from qlib.core.network import QNetwork
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.engine.placed import PARTS, Placed, owns_adamw
from qlib.engine.redefined import redefined

COMPUTED = frozenset(("update", "loss", "td_target", "greedy", "q_values", "memory.sample", "network.forward"))
"""What the compiled update computes in its own way: where a learner redefined one of these, it does not apply."""
FIRST = np.zeros(1, np.int64)


class Layout:
    """Agents' parameters, Adam's averages and memories in a few flat arrays, of which the agents' own are views.

    So saving, evaluating and the readable update see every change, and the updates may take turns.

    Attributes:
        rows: online network, target network, Adam's averages of the gradient and of its square, and the networks
            before the last update, shape (agents, 6, parameters), float32.
        counts: steps that Adam has taken, shape (agents, tensors), float32.
        memory: the memories' columns, each with a dimension more in front, the agents.

    Args:
        agents: of equal settings. Several must be new: their memories move together.
        spare: rows for agents that are not there.
    """

    def __init__(self, agents: Sequence[QAgent], spare: int = 0) -> None:
        from qlib.engine import descent, kernels, slots  # not at the top: Numba takes a second to import

        self.descent: Any = descent
        self.kernels: Any = kernels
        self.slots: Any = slots
        agent = agents[0]
        parameters = list(agent.online.parameters())
        n_parameters = sum(parameter.numel() for parameter in parameters)
        self.rows = np.zeros((len(agents) + spare, 6, n_parameters), np.float32)
        self.counts = np.zeros((len(agents) + spare, len(parameters)), np.float32)
        for row, count, one in zip(self.rows, self.counts, agents, strict=False):
            _lay_out(one, row, count)
        if len(agents) == 1:
            stacked = [column.unsqueeze(0) for column in agent.memory.storage]
        else:
            stacked = [torch.stack(columns) for columns in zip(*(a.memory.storage for a in agents), strict=True)]
            for i, one in enumerate(agents):
                one.memory.storage = Batch(*(column[i] for column in stacked))
        self.memory: Any = type(agent.memory.storage)(*(column.numpy() for column in stacked))  # type: ignore[arg-type]
        settings = agent.settings
        self.advancing = (float(settings.weight_decay), float(settings.max_gradient_norm or math.inf))

    def advance(
        self, losses: np.ndarray, gradients: np.ndarray, who: np.ndarray, shares: np.ndarray, rate: float
    ) -> np.ndarray:
        """Take one step down gradients (agents, parameters), and return the losses of `who`: see `descent`."""
        after = np.empty(len(who))
        self.descent.advance_all(self.rows, self.counts, losses, gradients, who, shares, rate, *self.advancing, after)
        return after

    def store(self, slots: Sequence[int], transitions: tuple[np.ndarray, ...]) -> bool:
        """Write one transition an agent, its columns stacked; False, and nothing is written, if one is not finite."""
        return self.slots.store(*self.memory, np.array(slots), *transitions)


class FlatUpdate(Layout):
    """The compiled update on agents that are laid out for it.

    Args:
        agents: as `Layout` takes them; `applies` says yes to each.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        super().__init__(agents)
        agent, settings = agents[0], agents[0].settings
        scale = agent.online.scale
        self.scale = np.ones(agent.n_observations, np.float32) if scale is None else scale.numpy()
        widths = [layer.out_features for layer in agent.online.layers if isinstance(layer, nn.Linear)]
        self.sizes = np.array([agent.n_observations, *widths])
        self.differentiating = (
            float(settings.gamma),
            settings.bootstrap_ends_at != "nothing",
            bool(settings.double),
            settings.loss == "huber",
            agent.target is not None,
        )
        self.losses, self.gradients = np.empty(len(agents)), np.empty_like(self.rows[:, 0])
        self._alike = np.ones((len(agents), settings.batch_size), np.float32)
        self._placed = Placed(agent)

    @classmethod
    def applies(cls, agent: QAgent) -> bool:
        """Say whether the compiled update computes what the agent's own does: plain parts, CPU, nothing redefined."""
        networks = (agent.online,) if agent.target is None else (agent.online, agent.target)
        return (
            agent.settings.compiled
            and cls.sees(agent)
            and agent.__dict__.keys() >= set(PARTS)  # none of them is a property
            and agent.device.type == "cpu"
            and not redefined(agent) & COMPUTED  # first: who is on its own asks at each step, and the rest takes longer
            and all(map(cls.computes, networks))
            and owns_adamw(agent, list(agent.online.parameters()))
        )

    @classmethod
    def sees(cls, agent: QAgent) -> bool:
        """Say whether an agent's observations are of the kind that this update knows."""
        return agent.image is None

    @classmethod
    def computes(cls, network: nn.Module) -> bool:
        """Say whether a network is a QNetwork of linear layers with biases, ReLU between them, and nothing else."""
        return isinstance(network, QNetwork) and is_layered(network, [])

    def fits(self, agent: QAgent) -> bool:
        """Say whether nothing that was laid out has been replaced since, and the update still applies."""
        return self._placed.holds(agent) and not redefined(agent) & COMPUTED

    def one(self, i: int, agent: QAgent) -> Self:
        """Return the part of it that belongs to one of its agents."""
        part = copy.copy(self)
        for name in ("rows", "counts", "losses", "gradients"):
            setattr(part, name, getattr(self, name)[i : i + 1])
        part.memory = Batch(*(column[i : i + 1] for column in self.memory))
        part._placed = Placed(agent)
        return part

    def learn(self, agent: QAgent, rate: float, share: float) -> float:
        """Draw a batch for the one agent that is laid out, update it, and return the loss."""
        slots = agent.memory.draw(agent.settings.batch_size, agent.generator).numpy()[np.newaxis]
        losses, errors = self.update(slots, rate, np.array([share]), weights=weigh([agent], slots))
        reprioritize([agent], slots, losses, errors)
        return float(losses[0])

    def update(
        self,
        slots: np.ndarray,
        rate: float,
        shares: np.ndarray,
        who: np.ndarray = FIRST,
        weights: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Take one update on the transitions in slots (agents in `who`, B): see `QAgent.update`.

        The target networks take over their shares (agents in `who`,), too.

        Returns:
            The losses, shape (agents in `who`,), and the TD errors, shape as slots.

        Raises:
            ValueError: if a slot or an action lies outside; nothing was learned then.
        """
        errors = np.empty(slots.shape, np.float32)
        weights = self._alike[: len(who)] if weights is None else weights
        given = (self.rows, self.sizes, self.scale, *self.memory, slots, weights, who, *self.differentiating)
        self.kernels.differentiate_all(*given, self.losses, errors, self.gradients)
        return self.advance(self.losses, self.gradients, who, shares, rate), errors

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose each agent's best action for each of its observations (agents, B, n_observations), (agents, B)."""
        return self.kernels.greedy(self.rows, self.sizes, self.scale, observations)


def weigh(agents: Sequence[QAgent], slots: np.ndarray) -> np.ndarray | None:
    """Ask each agent's memory how much the transitions in its slots count, shape (agents, B); None: all alike."""
    if not isinstance(agents[0].memory, PrioritizedReplayMemory):
        return None
    weights = [agent.memory.weights(row) for agent, row in zip(agents, slots, strict=True)]  # type: ignore[attr-defined]
    return np.array(weights, np.float32)


def reprioritize(agents: Sequence[QAgent], slots: np.ndarray, losses: np.ndarray, errors: np.ndarray) -> None:
    """Tell each agent's memory the TD errors of the transitions in its slots, where the loss was finite."""
    for k, agent in enumerate(agents):
        if not isinstance(agent.memory, PrioritizedReplayMemory):
            return
        if np.isfinite(losses[k]):
            agent.memory.prioritize(slots[k], errors[k])


def is_layered(network: QNetwork, before: list[nn.Module]) -> bool:
    """Say whether a network's dense layers are plain ones, and it has no parameters but theirs and those `before`."""
    if type(network.layers) is not nn.Sequential:
        return False
    kinds, linear = [type(layer) for layer in network.layers], list(network.layers)[::2]
    return (
        kinds == [nn.Linear, nn.ReLU] * (len(kinds) // 2) + [nn.Linear]
        and all(layer.bias is not None for layer in linear)
        and [id(p) for p in network.parameters()] == [id(p) for x in (*linear, *before) for p in (x.weight, x.bias)]
        and all(p.dtype == torch.float32 for p in network.parameters())
        and not any(layer._forward_hooks or layer._forward_pre_hooks for layer in network.modules())
    )


def _lay_out(agent: QAgent, row: np.ndarray, count: np.ndarray) -> None:
    """Make an agent's networks and Adam's state views of a row (6, parameters) and of its counts (tensors,)."""
    parameters = list(agent.online.parameters())
    states = [agent.optimizer.state[parameter] for parameter in parameters]
    for state, parameter in zip(states, parameters, strict=True):
        if not state:  # Adam makes its averages at the first step
            state |= {
                "step": torch.zeros(()),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
    _flatten(parameters, row[0])
    if agent.target is not None:
        _flatten(list(agent.target.parameters()), row[1])
    _flatten([state["exp_avg"] for state in states], row[2])
    _flatten([state["exp_avg_sq"] for state in states], row[3])
    _flatten([state["step"] for state in states], count)
    row[4:] = row[:2]


def _flatten(tensors: Sequence[torch.Tensor], row: np.ndarray) -> None:
    """Copy tensors into a row, and make each a view of its part."""
    parts = torch.from_numpy(row).split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        part.copy_(tensor.detach().reshape(-1))
        tensor.data = part.view(tensor.shape)
