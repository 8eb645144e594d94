"""Agents with a fault that raises no error, and a whole one. Reading on spoils the game of the drawer."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F

import qlib

SETTINGS = qlib.Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    gamma=0.95,
    learning_rate=3e-3,
    target_network="soft",
    tau=0.05,
    double=True,
    epsilon_episodes=30,
)
"""What each of them believes it does."""


class Whole(qlib.QAgent):
    """Nothing is wrong with this one."""


class NoCut(qlib.QAgent):
    def td_target(self, batch):
        return super().td_target(batch._replace(terminated=torch.zeros_like(batch.terminated)))


class AllActions(qlib.QAgent):
    def loss(self, batch):
        values = self.online(batch.observations)
        return F.mse_loss(values, self.td_target(batch).unsqueeze(1).expand_as(values))


class Broadcast(qlib.QAgent):
    def loss(self, batch):
        current = self.online(batch.observations).gather(1, batch.actions.unsqueeze(1))
        return (current - self.td_target(batch)).square().mean()


class TargetChooses(qlib.QAgent):
    @torch.no_grad()
    def td_target(self, batch):
        valuer = self.online if self.target is None else self.target
        values = valuer(batch.next_observations)
        best = values.gather(1, values.argmax(1, keepdim=True)).squeeze(1)
        return batch.rewards + self.settings.gamma * best * ~batch.terminated


class OneSeed(qlib.QAgent):
    def __init__(self, settings, seed=0):
        super().__init__(settings, seed)
        torch.nn.utils.vector_to_parameters(_weights(settings), self.online.parameters())
        if self.target is not None:
            self.target.load_state_dict(self.online.state_dict())


class LimitIsFall(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        super().remember(observation, action, reward, next_observation, terminated or truncated, truncated)


class OthersOptimiser(qlib.QAgent):
    def __init__(self, settings, seed=0):
        super().__init__(settings, seed)
        self.online = copy.deepcopy(self.online)


class FrozenTarget(qlib.QAgent):
    def learn(self):
        before = None if self.target is None else copy.deepcopy(self.target.state_dict())
        loss = super().learn()
        if self.target is not None:
            self.target.load_state_dict(before)
        return loss


class _Newest(qlib.ReplayMemory):
    def draw(self, batch_size, generator=None):
        return (self.pushed - 1 - torch.arange(batch_size)) % self.capacity


class NewestOnly(qlib.QAgent):
    def __init__(self, settings, seed=0):
        super().__init__(settings, seed)
        self.memory = _Newest(settings.memory_size, self.n_observations, self.n_actions, self.device)


class AlwaysRandom(qlib.QAgent):
    def explore(self, epsilon):
        return super().explore(max(epsilon, 0.3))


class NextIsThis(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        super().remember(observation, action, reward, np.copy(observation), terminated, truncated)


class RewardBefore(qlib.QAgent):
    before = 0.0

    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        super().remember(observation, action, self.before, next_observation, terminated, truncated)
        self.before = 0.0 if terminated or truncated else reward


class AddedUp(qlib.QAgent):
    def update(self, batch):
        old = [None if p.grad is None else p.grad.clone() for p in self.online.parameters()]

        def add(*_):
            for parameter, gradient in zip(self.online.parameters(), old, strict=True):
                if gradient is not None:
                    parameter.grad += gradient

        hook = self.optimizer.register_step_pre_hook(add)
        loss = super().update(batch)
        hook.remove()
        return loss


class _NothingBelow(qlib.QNetwork):
    def forward(self, observations):
        return F.relu(super().forward(observations))


class ReluAtTheEnd(qlib.QAgent):
    def __init__(self, settings, seed=0):
        super().__init__(settings, seed)
        self.online.__class__ = _NothingBelow
        if self.target is not None:
            self.target.__class__ = _NothingBelow


class _NoSign(qlib.QNetwork):
    def forward(self, observations):
        return super().forward(observations.abs())


class SignLost(qlib.QAgent):
    def __init__(self, settings, seed=0):
        super().__init__(settings, seed)
        self.online.__class__ = _NoSign
        if self.target is not None:
            self.target.__class__ = _NoSign


class StopsStoring(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        if self.steps < 5_000:
            super().remember(observation, action, reward, next_observation, terminated, truncated)
        else:
            self.steps += 1


class EpsilonByStep(qlib.QAgent):
    def learn(self):
        self.epsilon *= 0.97
        return super().learn()


class GreedyStored(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        action = self.act(observation, 0.0)
        super().remember(observation, action, reward, next_observation, terminated, truncated)


FAULTS: dict[type[qlib.QAgent], str] = {
    Whole: "nothing is wrong",
    NoCut: "no terminal cut",
    AllActions: "the loss pulls at all actions",
    Broadcast: "(B, 1) meets (B,) in the loss",
    TargetChooses: "Double DQN in name only: the target network chooses and values",
    OneSeed: "all seeds begin with the same weights",
    LimitIsFall: "the time limit is stored as a fall",
    OthersOptimiser: "the optimiser owns another network's weights",
    FrozenTarget: "the target network never follows",
    NewestOnly: "each batch is the newest steps, none is drawn",
    AlwaysRandom: "epsilon 0 still acts at random",
    NextIsThis: "the next observation stored is the observation itself",
    RewardBefore: "the reward stored is that of the step before",
    AddedUp: "gradients add up: zero_grad is missing",
    ReluAtTheEnd: "a ReLU after the last layer",
    SignLost: "the network does not see signs: left and right look alike",
    StopsStoring: "after 5,000 steps nothing is stored any more",
    EpsilonByStep: "epsilon falls at each step, not at each episode",
    GreedyStored: "the action stored is the greedy one, not the one taken",
}


def probing(settings: qlib.Settings) -> qlib.Settings:
    """Return a probe's settings with the drawer's target network in them, so that this is probed, too."""
    return replace(settings, target_network="soft", tau=0.2, double=True)


def named(fault: str) -> type[qlib.QAgent]:
    """Return the class that has a fault, for those who have guessed."""
    return next(kind for kind, words in FAULTS.items() if words == fault)


def _weights(settings: qlib.Settings) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(qlib.QAgent(settings, 0).online.parameters()).detach()
