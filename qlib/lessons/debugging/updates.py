"""Whole and broken updates on one memory of random steps, and the symptoms that each shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import qlib

GAMMA = 0.8
CEILING = 1 / (1 - GAMMA)
SCALE = (2.4, 2.0, 0.2095, 2.0)  # m, m/s, rad, rad/s
SYMPTOMS = ("value of doomed", "value of fresh", "gap", "loss", "gradient")
Loss = Callable[[nn.Module, Any, float], torch.Tensor]


def td_target(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """Compute y = r + γ max Q(s', a'), shape (B,), and y = r where the episode terminated."""
    with torch.no_grad():
        best = network(batch.next_observations).max(1).values
    return batch.rewards + gamma * best * ~batch.terminated


def whole(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """The loss of lesson 06."""
    current = network(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    return F.mse_loss(current, td_target(network, batch, gamma))


def all_actions(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """Pull at the values of all actions: no gather."""
    values = network(batch.observations)
    return F.mse_loss(values, td_target(network, batch, gamma).unsqueeze(1).expand_as(values))


def no_cut(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """Look beyond a termination, as the original notebook does."""
    return whole(network, batch._replace(terminated=torch.zeros_like(batch.terminated)), gamma)


def broadcast(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """Compare each value with every target: (B, 1) meets (B,)."""
    current = network(batch.observations).gather(1, batch.actions.unsqueeze(1))
    return (current - td_target(network, batch, gamma)).square().mean()


def through_target(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """Let the gradient flow through the target: no torch.no_grad()."""
    best = network(batch.next_observations).max(1).values
    current = network(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
    return F.mse_loss(current, batch.rewards + gamma * best * ~batch.terminated)


def same_observation(network: nn.Module, batch: Any, gamma: float) -> torch.Tensor:
    """Value the observation itself where the next one belongs."""
    return whole(network, batch._replace(next_observations=batch.observations), gamma)


LOSSES: dict[str, Loss] = {
    "whole": whole,
    "all actions": all_actions,
    "no cut": no_cut,
    "broadcast": broadcast,
    "through target": through_target,
    "same observation": same_observation,
}


def update(network: nn.Module, optimizer: torch.optim.Optimizer, batch: Any, gamma: float, loss: Loss = whole) -> float:
    """Take one step down the gradient of a loss, and return the loss before it."""
    error = loss(network, batch, gamma)
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
    return error.item()


def fit(
    memory: qlib.ReplayMemory, loss: Loss = whole, gamma: float = GAMMA, seed: int = 0, updates: int = 100, n_actions=2
) -> qlib.QNetwork:
    """Train a fresh network on a memory that stays as it is."""
    generator = torch.Generator().manual_seed(seed)
    network = qlib.QNetwork(4, n_actions, observation_scale=SCALE, generator=generator)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03, fused=True)
    for _ in range(updates):
        update(network, optimizer, memory.sample(64, generator), gamma, loss)
    return network


@cache
def random_steps(steps: int = 1_000) -> qlib.ReplayMemory:
    """Let a random player fill a memory on CartPole."""
    agent = qlib.QAgent(qlib.Settings(updates_per_step=0), seed=0)
    for _ in qlib.train(agent, steps=steps):
        pass
    return agent.memory


def symptoms(loss: Loss, seeds: int = 16) -> np.ndarray:
    """Fit a network with a loss for each seed, and take its SYMPTOMS, shape (seeds, symptoms).

    Doomed is the last observation before a fall: one more reward and it is over, so that the action taken is worth 1.
    Fresh is the first observation of an episode. Loss and gradient are the update's own, over the whole memory.
    """
    memory = random_steps()
    rows = qlib.Batch(*(column[: len(memory)] for column in memory.storage))
    last = rows.terminated.nonzero().squeeze(1)
    doomed, taken, fresh = rows.observations[last], rows.actions[last], rows.observations[last[:-1] + 1]

    def one(seed: int) -> tuple[float, ...]:
        network = fit(memory, loss, seed=seed)
        error = loss(network, rows, GAMMA)
        gradient = torch.autograd.grad(error, list(network.parameters()))
        norm = math.sqrt(sum(part.square().sum().item() for part in gradient))
        with torch.no_grad():
            of_taken = network(doomed).gather(1, taken.unsqueeze(1)).mean().item()
            gap = network(rows.observations).diff(dim=1).abs().mean().item()
            return of_taken, network(fresh).max(1).values.mean().item(), gap, error.item(), norm

    return np.array([one(seed) for seed in range(seeds)])


def agent_with(loss: Loss) -> type[qlib.QAgent]:
    """Make a class of agents that learn with a loss, for the probes and the audit."""

    class Agent(qlib.QAgent):
        def loss(self, batch):
            return loss(self.online, batch, self.settings.gamma)

    return Agent
