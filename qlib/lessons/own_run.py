"""The loop of lesson 06 at work: pieces put together for a run, the run itself, and many of them.

runs = train_many(my, seeds)    # `my` as `qlib.lessons.stand_ins.pieces` gives it
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch
from torch import nn

from qlib.core.environment import make_env
from qlib.core.network import mix
from qlib.core.settings import Settings
from qlib.core.training import exam, play
from qlib.lessons.stand_ins import Pieces
from qlib.study import hands

OWN = Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s: where an episode ends, and a usual speed
    hidden=(64, 64),
    learning_rate=2e-3,
    gamma=0.99,
    target_network="soft",
    tau=0.02,
    learning_starts=64,
    epsilon_episodes=60,
)
"""What the agent of lessons 06 and 07 is trained with; `qlib.QAgent(OWN)` is qlib's agent of the same settings."""

EPISODES = 1_000  # more than a run has: a budget of steps ends it
BUDGET = 12_000  # environment steps of one run
GOOD = 475  # steps on 100 starts, the mean that counts as balancing


class Divided(nn.Module):
    """A network behind a door that divides observations, as `Settings.observation_scale` does.

    Exercise 2.4 asks for a network of batches only: one observation goes in as a batch of one.
    """

    def __init__(self, network: nn.Module, scale: Sequence[float]) -> None:
        super().__init__()
        self.network = network
        self.scale: torch.Tensor
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        scaled = observations / self.scale
        return self.network(scaled) if scaled.ndim > 1 else self.network(scaled.unsqueeze(0))[0]

    @property
    def n_parameters(self) -> int:
        return sum(p.numel() for p in self.parameters())


def networks(
    my: Pieces, seed: int, settings: Settings = OWN, n_observations: int = 4, n_actions: int = 2
) -> tuple[Divided, Divided]:
    """Make the online and the target network by a piece: of equal weights, the first drawn from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # PyTorch's layers draw their first weights from its global generator
        network = my.make_network(n_observations, n_actions)
    online = Divided(network, settings.observation_scale or (1.0,) * n_observations)
    return online, copy.deepcopy(online)


def epsilons(my: Pieces, settings: Settings = OWN) -> np.ndarray:
    """Plan one epsilon for each episode by a piece, shape (EPISODES,)."""
    share = (settings.epsilon_episodes or 60) / EPISODES
    return np.asarray(my.decay(EPISODES, settings.epsilon_start, settings.epsilon_end, share), dtype=float)


@dataclass
class Parts:
    """A set of pieces put together for one run: what the loop of lesson 06 is given."""

    network: nn.Module
    target_network: nn.Module
    optimizer: torch.optim.Optimizer
    memory: Any
    epsilons: np.ndarray
    epsilon_greedy: Callable
    update: Callable
    gamma: float
    batch_size: int
    follow: Callable  # (target_network, network): a small step of the one towards the other
    rng: np.random.Generator
    generator: torch.Generator


def assemble(my: Pieces, seed: int) -> Parts:
    """Put pieces together for a run of CartPole: networks of equal weights, an optimiser, an empty memory."""
    network, target_network = networks(my, seed)
    return Parts(
        network,
        target_network,
        torch.optim.Adam(network.parameters(), OWN.learning_rate, fused=True),
        my.Ring(OWN.memory_size, 4),
        epsilons(my),
        my.epsilon_greedy,
        my.update,
        OWN.gamma,
        OWN.batch_size,
        partial(mix, tau=OWN.tau),
        np.random.default_rng(seed),
        torch.Generator().manual_seed(seed),
    )


class Counted(gym.Wrapper):
    """CartPole with starts of its own seed; it counts its steps, and notes each episode's length."""

    def __init__(self, seed: int) -> None:
        super().__init__(make_env(OWN))
        self.steps = 0
        self.lengths: list[int] = []
        super().reset(seed=seed)

    def step(self, action: Any) -> tuple:
        self.steps += 1
        found = super().step(action)
        if found[2] or found[3]:
            self.lengths.append(int(found[4]["episode"]["l"]))
        return found


class Run(NamedTuple):
    """One run of the loop: the trained network, and how it went."""

    network: nn.Module | None
    score: float  # mean steps of the greedy policy over 100 starts that no examination used
    steps: int  # environment steps of the training
    lengths: list[int]  # steps of each training episode


def run(my: Pieces, seed: int = 0, budget: int = BUDGET) -> Run:
    """Let the loop train one agent until an examination finds the pole balanced to the end, or the budget is spent.

    An examination takes 20 starts, and fails at the first fall: a mean of 475 on a few is often less on others. There
    is one after the first episode that ends 200 steps or more after the last one.
    """
    parts, env = assemble(my, seed), Counted(seed)
    examined_at = 0

    def finished(network: nn.Module) -> bool:
        nonlocal examined_at
        if env.steps - examined_at < 200:
            return env.steps >= budget
        examined_at = env.steps
        return env.steps >= budget or balances(greedy_of(network))

    my.loop(parts, env, finished)
    return Run(parts.network, score(parts.network, range(1_000_000, 1_000_100)), env.steps, env.lengths)


def score(network: nn.Module, starts: Sequence[int]) -> float:
    """Play a network's greedy policy from seeded starts, and give the mean number of steps."""
    return float(exam(greedy_of(network), OWN, starts).mean())


def balances(greedy: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Say whether a policy lasts to the time limit from each of 20 starts; the first fall ends the examination."""
    return not any(moment.terminated.any() for moment in play(greedy, OWN, range(3_000_000, 3_000_020)))


def greedy_of(network: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    """Return the greedy policy of a network: actions (n,) for observations (n, 4)."""

    @torch.no_grad()
    def greedy(observations: np.ndarray) -> np.ndarray:
        return network(torch.as_tensor(np.float32(observations))).argmax(1).numpy()

    return greedy


def train_many(my: Pieces, seeds: Sequence[int] = range(16), budget: int = BUDGET) -> list[Run]:
    """Run the loop on many seeds, on all cores of this machine; the networks stay where they were trained."""

    def without_network(seed: int) -> Run:  # PyTorch would fetch its tensors from a process that may have ended
        return run(my, seed, budget)._replace(network=None)

    return hands.each(without_network, seeds)
