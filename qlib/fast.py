"""An agent's networks laid out flat, so that the compiled update can work on them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from qlib.memory import ReplayMemory
from qlib.network import QNetwork
from qlib.settings import Settings

if TYPE_CHECKING:
    from qlib.agent import QAgent


class FastUpdate:
    """An agent's networks and optimiser laid out flat, and the update on them.

    The agent's PyTorch tensors become views of the flat arrays, so that saving, evaluating and the readable update see
    every change, and the two updates may take turns.

    Args:
        agent: one that `applies` says yes to.
        into: where to lay it out: online, target, the two moments, shape (4, parameters); None: in arrays of its own.
    """

    def __init__(self, agent: QAgent, into: np.ndarray | None = None) -> None:
        from qlib import compiled  # not at the top: Numba takes a second to import

        self.kernels: Any = compiled
        self.agent = agent
        self.parts = _parts(agent)
        scale = agent.online.scale
        self.scale = np.ones(agent.n_observations, np.float32) if scale is None else scale.numpy()
        widths = [layer.out_features for layer in agent.online.layers if isinstance(layer, nn.Linear)]
        self.sizes = np.array([agent.n_observations, *widths])
        parameters = list(agent.online.parameters())
        rows = into if into is not None else np.empty((4, agent.online.n_parameters), np.float32)
        self.online = _flatten(parameters, rows[0])
        self.target = self.online if agent.target is None else _flatten(list(agent.target.parameters()), rows[1])
        states = [agent.optimizer.state[parameter] for parameter in parameters]
        for state, parameter in zip(states, parameters, strict=True):
            if not state:  # Adam makes its averages at the first step
                state |= {
                    "step": torch.zeros(()),
                    "exp_avg": torch.zeros_like(parameter),
                    "exp_avg_sq": torch.zeros_like(parameter),
                }
        self.moment1 = _flatten([state["exp_avg"] for state in states], rows[2])
        self.moment2 = _flatten([state["exp_avg_sq"] for state in states], rows[3])
        self.counts = _flatten([state["step"] for state in states], np.empty(len(states), np.float32))
        self.good = np.stack([self.online, self.target])
        self.columns = [column.numpy() for column in agent.memory.storage]

    @staticmethod
    def applies(agent: QAgent) -> bool:
        """Say whether the compiled update computes what the agent's own does: plain parts, CPU, nothing redefined."""
        networks = (agent.online,) if agent.target is None else (agent.online, agent.target)
        methods = [agent.update, agent.loss, agent.td_target, agent.q_values, agent.memory.sample]
        return (
            agent.settings.compiled
            and agent.device.type == "cpu"
            and type(agent.memory) is ReplayMemory
            and all(type(network) is QNetwork and _is_plain(network.layers) for network in networks)
            and all(getattr(m, "has_twin", False) for m in [*methods, *(network.forward for network in networks)])
            and _is_adamw(agent.optimizer, agent.settings)
        )

    def fits(self, agent: QAgent) -> bool:
        """Say whether the agent still has the networks, optimiser and memory that were laid out."""
        parts = _parts(agent)
        return len(parts) == len(self.parts) and all(map(is_, parts, self.parts))

    def update(self, rows: torch.Tensor) -> float:
        """Take one update on the transitions in these slots of the memory; see `QAgent.update`."""
        loss = self.kernels.update(
            self.online,
            self.target,
            self.moment1,
            self.moment2,
            self.good,
            self.sizes,
            self.scale,
            *self.columns,
            rows.numpy(),
            int(self.counts[0]) + 1,
            self.agent.optimizer.param_groups[0]["lr"],
            *options(self.agent.settings),
        )
        if np.isnan(loss):
            self.online[:], self.target[:] = self.good
        else:
            self.counts += 1
        return loss

    def mix(self) -> None:
        """Move the target network a little; see `qlib.network.mix`."""
        self.kernels.mix(self.target, self.online, self.agent.settings.tau)

    def values(self, observation: np.ndarray) -> np.ndarray:
        """Estimate the value of each action for one observation, shape (n_actions,)."""
        x = np.asarray(observation, np.float32) / self.scale
        return self.kernels.forward(self.online, self.sizes, x[np.newaxis])[-1][0]


def options(settings: Settings) -> tuple:
    """List what the compiled update takes from the settings, in its order."""
    return (
        settings.weight_decay,
        settings.gamma,
        settings.bootstrap_ends_at != "nothing",
        settings.double,
        settings.loss == "huber",
        settings.max_gradient_norm or np.inf,
    )


def _parts(agent: QAgent) -> tuple:
    networks = (agent.online,) if agent.target is None else (agent.online, agent.target)
    tensors = [parameter for network in networks for parameter in network.parameters()]
    return agent.online, agent.target, agent.optimizer, agent.memory.storage, *tensors


def _flatten(tensors: Sequence[torch.Tensor], row: np.ndarray) -> np.ndarray:
    """Copy tensors into a row, make each a view of its part, and return the row."""
    parts = torch.from_numpy(row).split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        part.copy_(tensor.detach().reshape(-1))
        tensor.data = part.view(tensor.shape)
    return row


def _is_plain(layers: nn.Sequential) -> bool:
    return [type(layer) for layer in layers] == [nn.Linear, nn.ReLU] * (len(layers) // 2) + [nn.Linear]


def _is_adamw(optimizer: torch.optim.Optimizer, settings: Settings) -> bool:
    group = optimizer.param_groups[0]
    return (
        type(optimizer) is torch.optim.AdamW
        and len(optimizer.param_groups) == 1
        and (group["betas"], group["eps"], group["amsgrad"]) == ((0.9, 0.999), 1e-8, False)
        and group["weight_decay"] == settings.weight_decay
    )
