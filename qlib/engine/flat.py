"""The compiled update: where it applies, and how an agent or a group of them is given to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from qlib.core.network import QNetwork
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.twin import has_twins
from qlib.engine.layout import Layout

if TYPE_CHECKING:
    from qlib.core.agent import QAgent

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

    def learn(self, agent: QAgent, learning_rate: float) -> float:
        """Draw a batch for the one agent that is laid out, update it, and return the loss."""
        slots = agent.memory.draw(agent.settings.batch_size, agent.generator).numpy()[np.newaxis]
        losses, errors = self.update(slots, learning_rate, weights=weigh([agent], slots))
        reprioritize([agent], slots, losses, errors)
        return float(losses[0])

    def update(
        self, slots: np.ndarray, learning_rate: float, who: np.ndarray = _FIRST, weights: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Take one update on the transitions in slots (agents in `who`, B): see `QAgent.update`.

        A soft target network is moved, too.

        Returns:
            The losses, shape (agents in `who`,), and the TD errors, shape as slots.
        """
        if weights is None:
            weights = np.ones(slots.shape, np.float32)
        return self.kernels.update(
            self.rows, self.counts, self.sizes, self.scale, self.memory, slots, weights, who, learning_rate, self.rule
        )

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
        if isinstance(agent.memory, PrioritizedReplayMemory) and np.isfinite(losses[k]):
            agent.memory.prioritize(slots[k], errors[k])


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
