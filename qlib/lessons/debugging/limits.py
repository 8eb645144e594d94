"""Two balancers that never fall: what a cut at the time limit, and a maximum over noise, do to learned values."""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

import qlib
from qlib.core.environment import make_vector_env
from qlib.core.network import mix
from qlib.lessons.debugging.updates import SCALE, fit

GAMMA = 0.95
CEILING = 1 / (1 - GAMMA)
CENTRED, WANDERING = 0.0, 1.8  # how far the cart goes, m
CHOICES = ("one output", "one network", "target network", "Double DQN")


@cache
def balance(wander: float, n: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Balance n episodes of 500 steps by a rule: states (501, n, 4) and actions (500, n)."""
    envs, states, actions = make_vector_env(qlib.Settings(), n), [], []
    observations, _ = envs.reset(seed=seed)
    for step in range(500):
        x, velocity, angle, spin = observations.T
        goal = wander * (step / 250 - 1)  # m, from left to right
        actions.append((angle + 0.3 * spin + 0.08 * (x - goal) + 0.12 * velocity > 0).astype(int))
        states.append(observations)
        observations, _, terminated, truncated, _ = envs.step(actions[-1])
        assert not terminated.any() and truncated.all() == (step == 499)
    return np.stack([*states, observations]), np.stack(actions)


def as_memory(states: np.ndarray, actions: np.ndarray, cut_at_limit: bool) -> qlib.ReplayMemory:
    """Put a balancer's steps into a memory; `cut_at_limit` stores the time limit as terminated, which is wrong."""
    over = np.zeros(actions.shape, dtype=bool)
    over[-1] = cut_at_limit
    columns = states[:-1], actions, np.ones(actions.shape, np.float32), states[1:], over
    batch = qlib.Batch(*(torch.as_tensor(column).flatten(0, 1) for column in columns))
    memory = qlib.ReplayMemory(actions.size)
    memory.restore(batch, actions.size)
    return memory


def values_over_time(wander: float, cut_at_limit: bool, seed: int) -> np.ndarray:
    """Learn the values of a balancer, and return the mean over episodes at each step, shape (500,)."""
    states, actions = balance(wander)
    memory = as_memory(states, np.zeros_like(actions), cut_at_limit)
    network = fit(memory, gamma=GAMMA, seed=seed, updates=600, n_actions=1)
    with torch.no_grad():
        return network(torch.as_tensor(states[:-1])).mean((1, 2)).numpy()


def highest(choice: str, seed: int, updates: int = 50) -> float:
    """Learn from the wandering balancer's steps alone, and return the mean of its states' highest values.

    Args:
        choice: one of CHOICES. "one output" has no maximum; the others have both actions, and differ in which network
            chooses the next action and which one values it.
        seed: of first weights and draws.
        updates: with learning rate 0.03; the target networks move a twentieth of the way at each.
    """
    states, actions = balance(WANDERING)
    n_actions = 1 if choice == "one output" else 2
    memory = as_memory(states, actions * (n_actions - 1), cut_at_limit=False)
    generator = torch.Generator().manual_seed(seed)
    online = qlib.QNetwork(4, n_actions, observation_scale=SCALE, generator=generator)
    target = copy.deepcopy(online) if choice in CHOICES[2:] else online
    optimizer = torch.optim.Adam(online.parameters(), lr=0.03, fused=True)
    for _ in range(updates):
        batch = memory.sample(64, generator)
        with torch.no_grad():
            chooser = online if choice == "Double DQN" else target
            chosen = chooser(batch.next_observations).argmax(1, keepdim=True)
            best = target(batch.next_observations).gather(1, chosen).squeeze(1)
        current = online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        loss = F.mse_loss(current, batch.rewards + GAMMA * best * ~batch.terminated)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if target is not online:
            mix(target, online, 0.05)
    return online(memory.storage.observations).detach().max(1).values.mean().item()
