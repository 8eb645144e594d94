"""An agent's parts as they were laid out: whoever replaces one, freezes it or hangs something on it is noticed."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

import torch
from torch import nn

from qlib.core.agent import QAgent

PARTS = ("settings", "device", "online", "target", "memory", "optimizer")


class Placed:
    """What must stay in its place for a joint update to be the agent's own.

    Args:
        agent: one whose optimiser has its averages already.
    """

    def __init__(self, agent: QAgent) -> None:
        networks = [network for network in (agent.online, agent.target) if network is not None]
        state = agent.optimizer.state
        self._trained = list(agent.online.parameters())
        holders: list[tuple[Any, Any]] = [(agent.__dict__, name) for name in PARTS]
        holders += [(agent.memory.__dict__, "storage"), (agent.optimizer.__dict__, "state")]
        for parameter in self._trained:
            holders += [(state, parameter), *((state[parameter], name) for name in state[parameter])]
        for network in networks:
            for module in network.modules():
                for held in (module._modules, module._parameters, module._buffers):
                    holders += [(held, name) for name in held]
        self._holders = [held for held, _ in holders]
        self._names = [name for _, name in holders]
        self._parts = self._found()
        self._tensors = [tensor for network in networks for tensor in (*network.parameters(), *network.buffers())]
        self._addresses = self._at()

    def holds(self, agent: QAgent) -> bool:
        """Say whether every part is the one that it was, and its optimiser trains the network as it did."""
        return (
            all(map(is_, self._found(), self._parts))
            and self._at() == self._addresses  # `parameter.data = ...` puts other numbers in the same parameter
            and owns_adamw(agent, self._trained)
        )

    def _found(self) -> list[Any]:
        return list(map(dict.get, self._holders, self._names))

    def _at(self) -> list[int]:
        return [tensor.data_ptr() for tensor in self._tensors]


def owns_adamw(agent: QAgent, parameters: Sequence[nn.Parameter]) -> bool:
    """Say whether an agent's optimiser is the one of its settings, untouched, and trains just these parameters."""
    optimizer = agent.optimizer
    group = optimizer.param_groups[0]
    return (
        type(optimizer) is torch.optim.AdamW
        and len(optimizer.param_groups) == 1
        and (group["betas"], group["eps"], group["amsgrad"], group["maximize"]) == ((0.9, 0.999), 1e-8, False, False)
        and group["weight_decay"] == agent.settings.weight_decay
        and len(group["params"]) == len(parameters)
        and all(map(is_, group["params"], parameters))
        and all(p.requires_grad and not p._backward_hooks for p in parameters)  # none is frozen or watched
        and not (optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks)
        and "step" not in optimizer.__dict__
    )
