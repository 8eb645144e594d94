"""The compiled update: where it applies, and how an agent or a group of them is given to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from qlib.layout import Layout
from qlib.network import QNetwork
from qlib.twin import has_twins

if TYPE_CHECKING:
    from qlib.agent import QAgent

_FIRST = np.zeros(1, np.int64)


class FastUpdate(Layout):
    """The compiled update on agents that are laid out for it.

    Args:
        agents: as `Layout` takes them; `applies` says yes to each.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        super().__init__(agents)
        agent = agents[0]
        scale = agent.online.scale
        self.scale = np.ones(agent.n_observations, np.float32) if scale is None else scale.numpy()
        widths = [layer.out_features for layer in agent.online.layers if isinstance(layer, nn.Linear)]
        self.sizes = np.array([agent.n_observations, *widths])

    @staticmethod
    def applies(agent: QAgent) -> bool:
        """Say whether the compiled update computes what the agent's own does: plain parts, CPU, nothing redefined."""
        networks = (agent.online,) if agent.target is None else (agent.online, agent.target)
        return (
            agent.settings.compiled
            and agent.device.type == "cpu"
            and all(type(network) is QNetwork and _is_plain(network.layers) for network in networks)
            and _has_twins(agent)
            and is_adamw(agent)
        )

    def fits(self, agent: QAgent) -> bool:
        """Say whether nothing that was laid out has been replaced since, and the update still applies."""
        return self.is_in_place(agent) and _has_twins(agent) and is_adamw(agent)

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


def _has_twins(agent: QAgent) -> bool:
    target = agent.online if agent.target is None else agent.target
    methods = (agent.update, agent.loss, agent.td_target, agent.q_values)
    return has_twins(*methods, agent.memory.sample, agent.online.forward, target.forward)


def _is_plain(layers: nn.Sequential) -> bool:
    return [type(layer) for layer in layers] == [nn.Linear, nn.ReLU] * (len(layers) // 2) + [nn.Linear]


def is_adamw(agent: QAgent) -> bool:
    """Say whether an agent's optimiser is the one of its settings, and no other was put in its place."""
    group = agent.optimizer.param_groups[0]
    return (
        type(agent.optimizer) is torch.optim.AdamW
        and len(agent.optimizer.param_groups) == 1
        and (group["betas"], group["eps"], group["amsgrad"]) == ((0.9, 0.999), 1e-8, False)
        and group["weight_decay"] == agent.settings.weight_decay
    )
