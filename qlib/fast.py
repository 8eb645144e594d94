"""Agents' networks laid out flat, so that the compiled update can work on them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from operator import getitem, is_
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

from qlib.memory import Batch, ReplayMemory
from qlib.network import QNetwork
from qlib.settings import Settings

if TYPE_CHECKING:
    from qlib.agent import QAgent

_FIRST = np.zeros(1, np.int64)


class Rule(NamedTuple):
    """What the compiled update takes from the settings."""

    gamma: float
    cut: bool  # a terminated transition's target is its reward alone
    double: bool
    huber: bool
    has_target: bool
    weight_decay: float
    max_gradient_norm: float  # infinity clips nothing
    tau: float  # 0: the target network is not mixed


class FastUpdate:
    """Agents' networks and optimisers laid out flat, below each other, and the update on them.

    The agents' PyTorch tensors become views of the flat arrays, so that saving, evaluating and the readable update see
    every change, and the two updates may take turns.

    Args:
        agents: of equal settings; `applies` says yes to each. Several must be new: their memories move together.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        from qlib import compiled  # not at the top: Numba takes a second to import

        self.kernels: Any = compiled
        agent = agents[0]
        self.rule = _rule(agent.settings)
        scale = agent.online.scale
        self.scale = np.ones(agent.n_observations, np.float32) if scale is None else scale.numpy()
        widths = [layer.out_features for layer in agent.online.layers if isinstance(layer, nn.Linear)]
        self.sizes = np.array([agent.n_observations, *widths])
        self.rows = np.zeros((len(agents), 6, agent.online.n_parameters), np.float32)
        self.counts = np.zeros((len(agents), 2 * len(widths)), np.float32)
        for row, count, one in zip(self.rows, self.counts, agents, strict=True):
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

    def one(self, i: int, agent: QAgent) -> FastUpdate:
        """Return the part of it that belongs to one of its agents."""
        part = copy.copy(self)
        part.rows, part.counts = self.rows[i : i + 1], self.counts[i : i + 1]
        part.memory = Batch(*(column[i : i + 1] for column in self.memory))
        part.storage = agent.memory.storage
        part._holders, part._names, part._parts = _parts(agent)
        return part

    @staticmethod
    def applies(agent: QAgent) -> bool:
        """Say whether the compiled update computes what the agent's own does: plain parts, CPU, nothing redefined."""
        networks = (agent.online,) if agent.target is None else (agent.online, agent.target)
        return (
            agent.settings.compiled
            and agent.device.type == "cpu"
            and all(type(network) is QNetwork and _is_plain(network.layers) for network in networks)
            and _has_twins(agent)
            and _is_adamw(agent)
        )

    def fits(self, agent: QAgent) -> bool:
        """Say whether nothing that was laid out has been replaced since, and the update still applies."""
        return (
            agent.memory.storage is self.storage
            and all(map(is_, map(getitem, self._holders, self._names), self._parts))
            and _has_twins(agent)
            and _is_adamw(agent)
        )

    def update(self, slots: np.ndarray, learning_rate: float, who: np.ndarray = _FIRST) -> np.ndarray:
        """Take one update on the transitions in slots (agents in `who`, B), and return the losses.

        See `QAgent.update`; a soft target network is moved, too.
        """
        return self.kernels.update(
            self.rows, self.counts, self.sizes, self.scale, self.memory, slots, who, learning_rate, self.rule
        )

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose each agent's best action for each of its observations (agents, B, n_observations), (agents, B)."""
        return self.kernels.greedy(self.rows, self.sizes, self.scale, observations)


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


def _has_twins(agent: QAgent) -> bool:
    methods = [agent.update, agent.loss, agent.td_target, agent.q_values, agent.memory.sample, agent.online.forward]
    if agent.target is not None:
        methods.append(agent.target.forward)
    return type(agent.memory) is ReplayMemory and all([hasattr(method, "has_twin") for method in methods])


def _is_plain(layers: nn.Sequential) -> bool:
    return [type(layer) for layer in layers] == [nn.Linear, nn.ReLU] * (len(layers) // 2) + [nn.Linear]


def _is_adamw(agent: QAgent) -> bool:
    group = agent.optimizer.param_groups[0]
    return (
        type(agent.optimizer) is torch.optim.AdamW
        and len(agent.optimizer.param_groups) == 1
        and (group["betas"], group["eps"], group["amsgrad"]) == ((0.9, 0.999), 1e-8, False)
        and group["weight_decay"] == agent.settings.weight_decay
    )
