"""Agents' networks, optimisers and memories laid out below each other, so that one call can update them all."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from operator import getitem, is_
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import torch

from qlib.core.memory import Batch
from qlib.core.settings import Settings

if TYPE_CHECKING:
    from qlib.core.agent import QAgent


class Rule(NamedTuple):
    """What a joint update takes from the settings."""

    gamma: float
    cut: bool  # a terminated transition's target is its reward alone
    double: bool
    huber: bool
    has_target: bool
    weight_decay: float
    max_gradient_norm: float  # infinity clips nothing
    tau: float  # 0: the target network is not mixed


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
        from qlib.engine import kernels as compiled  # not at the top: Numba takes a second to import

        self.kernels: Any = compiled
        agent = agents[0]
        self.rule = _rule(agent.settings)
        parameters = list(agent.online.parameters())
        n_parameters = sum(parameter.numel() for parameter in parameters)
        self.rows = np.zeros((len(agents) + spare, 6, n_parameters), np.float32)
        self.counts = np.zeros((len(agents) + spare, len(parameters)), np.float32)
        for row, count, one in zip(self.rows, self.counts, agents, strict=False):
            _lay_out(one, row, count)
        self.storage = agent.memory.storage
        if len(agents) == 1:
            self.memory: Any = Batch(*(column.numpy()[np.newaxis] for column in self.storage))  # type: ignore[arg-type]
        else:
            stacked = [torch.stack(columns) for columns in zip(*(a.memory.storage for a in agents), strict=True)]
            for i, one in enumerate(agents):
                one.memory.storage = Batch(*(column[i] for column in stacked))
            self.memory = Batch(*(column.numpy() for column in stacked))  # type: ignore[arg-type]
        self._holders, self._names, self._parts = _parts(agent)

    def one(self, i: int, agent: QAgent) -> Self:
        """Return the part of it that belongs to one of its agents."""
        part = copy.copy(self)
        part.rows, part.counts = self.rows[i : i + 1], self.counts[i : i + 1]
        part.memory = Batch(*(column[i : i + 1] for column in self.memory))
        part.storage = agent.memory.storage
        part._holders, part._names, part._parts = _parts(agent)
        return part

    def is_in_place(self, agent: QAgent) -> bool:
        """Say whether nothing that was laid out has been replaced since."""
        return agent.memory.storage is self.storage and all(
            map(is_, map(getitem, self._holders, self._names), self._parts)
        )

    def copy_target(self, i: int) -> None:
        """Make agent i's target network equal to its online network."""
        self.rows[i, 1] = self.rows[i, 0]


def _rule(settings: Settings) -> Rule:
    return Rule(
        gamma=float(settings.gamma),
        cut=settings.bootstrap_ends_at != "nothing",
        double=bool(settings.double),
        huber=settings.loss == "huber",
        has_target=settings.target_network != "none",
        weight_decay=float(settings.weight_decay),
        max_gradient_norm=float(settings.max_gradient_norm or np.inf),
        tau=float(settings.tau) if settings.target_network == "soft" else 0.0,
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


def _parts(agent: QAgent) -> tuple[list[dict], list[str], list[Any]]:
    """List what must stay in its place: the dictionaries that hold it, its names there, and itself."""
    holders = [(agent.__dict__, name) for name in ("settings", "device", "online", "target", "memory", "optimizer")]
    for network in (agent.online, agent.target):
        for module in () if network is None else network.modules():
            holders += [
                (held, name) for held in (module._modules, module._parameters, module._buffers) for name in held
            ]
    return [held for held, _ in holders], [name for _, name in holders], [held[name] for held, name in holders]
