"""qlib's pieces of an agent, which stand in where the learner has none of their own yet.

my = pieces()    # the learner's, or else those below; repr says whose are whose
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from qlib.core.memory import Batch
from qlib.lessons import pieces as kept


def make_network(n_observations, n_actions):
    return nn.Sequential(
        nn.Linear(n_observations, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, n_actions)
    )


def epsilon_greedy(q_values, epsilon, rng):
    if rng.random() < epsilon:
        return int(rng.integers(len(q_values)))
    return int(np.argmax(q_values))


def decay(episodes, start, end, share):
    factor = (end / start) ** (1 / (share * episodes))
    return np.maximum(end, start * factor ** np.arange(episodes))


class Ring:
    def __init__(self, capacity, n_observations):
        self.capacity, self.pushed = capacity, 0
        self.columns = Batch(
            torch.zeros(capacity, n_observations),
            torch.zeros(capacity, dtype=torch.int64),
            torch.zeros(capacity),
            torch.zeros(capacity, n_observations),
            torch.zeros(capacity, dtype=torch.bool),
        )

    def push(self, observation, action, reward, next_observation, terminated):
        row = self.pushed % self.capacity
        for column, value in zip(
            self.columns, (observation, action, reward, next_observation, terminated), strict=True
        ):
            column[row] = torch.as_tensor(value)
        self.pushed += 1

    def sample(self, batch_size, generator):
        rows = torch.randint(len(self), (batch_size,), generator=generator)
        return Batch(*(column[rows] for column in self.columns))

    def __len__(self):
        return min(self.pushed, self.capacity)


def td_target(rewards, next_values, terminated, gamma):
    return rewards + gamma * next_values.max(1).values * ~terminated


def q_loss(values, actions, targets):
    return F.mse_loss(values.gather(1, actions.unsqueeze(1)).squeeze(1), targets)


def update(network, target_network, optimizer, batch, gamma):
    with torch.no_grad():
        next_values = target_network(batch.next_observations)
        targets = td_target(batch.rewards, next_values, batch.terminated, gamma)
    loss = q_loss(network(batch.observations), batch.actions, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def loop(my, env, finished):
    for epsilon in my.epsilons:
        observation, _ = env.reset()
        over = False
        while not over:
            with torch.no_grad():
                values = my.network(torch.as_tensor(observation)).numpy()
            action = my.epsilon_greedy(values, epsilon, my.rng)
            next_observation, reward, terminated, truncated, _ = env.step(action)
            my.memory.push(observation, action, reward, next_observation, terminated)
            observation, over = next_observation, terminated or truncated
            if len(my.memory) >= my.batch_size:
                batch = my.memory.sample(my.batch_size, my.generator)
                my.update(my.network, my.target_network, my.optimizer, batch, my.gamma)
                my.follow(my.target_network, my.network)
        if finished(my.network):
            break
    return my.network


@dataclass(frozen=True)
class Pieces:
    """What an agent is made of; signatures as in the exercises that they come from. The defaults are qlib's."""

    make_network: Callable = make_network
    epsilon_greedy: Callable = epsilon_greedy
    decay: Callable = decay
    Ring: Callable = Ring
    td_target: Callable = td_target
    q_loss: Callable = q_loss
    update: Callable = update
    loop: Callable = loop

    def __repr__(self) -> str:
        return kept.whose(**{each.name: getattr(self, each.name) for each in fields(self)})


def pieces() -> Pieces:
    """Collect the learner's pieces from `my_agent/`, and qlib's where one is missing; the repr says whose are whose."""
    return Pieces(**{each.name: kept.mine(each.name, each.default) for each in fields(Pieces)})
