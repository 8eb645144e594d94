"""The learner's own agent: the pieces that passed an exercise, qlib's for the others, and what puts them to work.

my = own_agent.pieces()            # the learner's pieces, or else those below; repr says whose are whose
own_agent.train_many(my, seeds)    # the learner's loop of lesson 06, on many seeds
OwnAgent(OWN, seed, my)            # the same pieces as a QAgent, for panels, train and compare
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.memory import Batch, ReplayMemory
from qlib.core.network import mix
from qlib.core.rules import next_epsilon
from qlib.core.settings import Settings
from qlib.core.training import exam
from qlib.lessons import pieces as kept
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
PASS = 500  # steps on each of the starts of an examination; a mean of 475 on a few is often less on others


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


def assemble(my: Pieces, seed: int, settings: Settings = OWN) -> Parts:
    """Put pieces together for a run of CartPole: networks of equal weights, an optimiser, an empty memory."""
    network, target_network = _networks(my, 4, 2, seed)
    return Parts(
        network,
        target_network,
        torch.optim.Adam(network.parameters(), settings.learning_rate, fused=True),
        my.Ring(settings.memory_size, 4),
        _epsilons(my, settings),
        my.epsilon_greedy,
        my.update,
        settings.gamma,
        settings.batch_size,
        partial(mix, tau=settings.tau),
        np.random.default_rng(seed),
        torch.Generator().manual_seed(seed),
    )


def _networks(my: Pieces, n_observations: int, n_actions: int, seed: int) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # PyTorch's layers draw their first weights from its global generator
        network = my.make_network(n_observations, n_actions)
    return network, copy.deepcopy(network)


def _epsilons(my: Pieces, settings: Settings) -> np.ndarray:
    share = (settings.epsilon_episodes or 60) / EPISODES
    return np.asarray(my.decay(EPISODES, settings.epsilon_start, settings.epsilon_end, share), dtype=float)


class Scaled(gym.ObservationWrapper):
    """CartPole with each observation divided by a usual size, and starts of its own seed; it counts its steps."""

    def __init__(self, seed: int, settings: Settings = OWN) -> None:
        super().__init__(make_env(settings))
        self.scale = np.asarray(settings.observation_scale, np.float32)
        self.steps = 0
        self.lengths: list[int] = []
        super().reset(seed=seed)

    def observation(self, observation: np.ndarray) -> np.ndarray:
        return observation / self.scale

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

    An examination takes 20 starts. There is one after the first episode that ends 200 steps or more after the last one.
    """
    parts, env = assemble(my, seed), Scaled(seed)
    examined_at = 0

    def finished(network: nn.Module) -> bool:
        nonlocal examined_at
        if env.steps - examined_at < 200:
            return env.steps >= budget
        examined_at = env.steps
        return env.steps >= budget or score(network, range(3_000_000, 3_000_020)) >= PASS

    my.loop(parts, env, finished)
    return Run(parts.network, score(parts.network, range(1_000_000, 1_000_100)), env.steps, env.lengths)


def score(network: nn.Module, starts: Sequence[int]) -> float:
    """Play a network's greedy policy from seeded starts, and give the mean number of steps."""
    scale = np.asarray(OWN.observation_scale, np.float32)

    @torch.no_grad()
    def greedy(observations: np.ndarray) -> np.ndarray:
        return network(torch.as_tensor(np.float32(observations) / scale)).argmax(1).numpy()

    return float(exam(greedy, OWN, starts).mean())


def train_many(my: Pieces, seeds: Sequence[int] = range(16), budget: int = BUDGET) -> list[Run]:
    """Run the loop on many seeds, on all cores of this machine; the networks stay where they were trained."""

    def without_network(one: Run) -> Run:  # PyTorch would fetch its tensors from a process that may have ended
        return one._replace(network=None)

    found: dict[int, Run] = {}
    hands.spread(
        lambda seed, tell, pause: without_network(run(my, seed, budget)),
        list(seeds),
        min(hands.hands(), len(seeds)),
        lambda number, what, said: found.update({number: said}),
    )
    return [found[k] if k in found else without_network(run(my, seed, budget)) for k, seed in enumerate(seeds)]


class OwnAgent(QAgent):
    """The pieces as a QAgent, so that panels, `train`, `compare`, save and load work on it.

    Args:
        settings: the hyperparameters; the network's layers are the piece's own.
        seed: the source of all of this agent's randomness.
        my: the pieces; None: the learner's, or else qlib's.
        greedy_epsilon: the chance of a random action where there should be none, in examinations.
    """

    def __init__(
        self, settings: Settings = OWN, seed: int = 0, my: Pieces | None = None, greedy_epsilon: float = 0.0
    ) -> None:
        self.my = pieces() if my is None else my
        self._epsilon, self._plan = settings.epsilon_start, _epsilons(self.my, settings)
        super().__init__(settings, seed)
        n, scale = self.n_observations, settings.observation_scale or (1.0,) * self.n_observations
        network, target = _networks(self.my, n, self.n_actions, seed)
        self.online: Any = _Divided(network, scale)
        self.target: Any = _Divided(target, scale)
        self.optimizer = torch.optim.Adam(self.online.parameters(), settings.learning_rate, fused=True)
        self.memory: Any = _Both(settings.memory_size, n, self.my.Ring)
        self.greedy_epsilon, self._left_on = greedy_epsilon, np.random.default_rng(seed)

    def act(self, observation: np.ndarray, epsilon: float = 0.0) -> int:
        rng = np.random.default_rng((self.seed, self.steps))  # so that a loaded agent goes on with the same draws
        return int(self.my.epsilon_greedy(self.q_values(observation).numpy(), epsilon, rng))

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        best = self.q_values(observations).argmax(1).numpy()
        left_on = self._left_on.random(len(best)) < self.greedy_epsilon
        return np.where(left_on, self._left_on.integers(self.n_actions, size=len(best)), best)

    def update(self, batch: Any) -> float:
        with self._lock:
            self.online.train()
            return float(self.my.update(self.online, self.target, self.optimizer, batch, self.settings.gamma))

    @property
    def epsilon(self) -> float:
        return self._epsilon

    @epsilon.setter
    def epsilon(self, value: float) -> None:
        if value == next_epsilon(self.settings, self._epsilon):  # `train` lets it fall: the piece says how far
            value = float(self._plan[min(self.episodes + 1, len(self._plan) - 1)])
        self._epsilon = value


class _Divided(nn.Module):
    """A network behind a door that divides observations, as `Settings.observation_scale` does."""

    def __init__(self, network: nn.Module, scale: Sequence[float]) -> None:
        super().__init__()
        self.network = network
        self.scale: torch.Tensor
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        return self.network(observations / self.scale)

    @property
    def n_parameters(self) -> int:
        return sum(p.numel() for p in self.parameters())


class _Both(ReplayMemory):
    """The piece's ring, which is drawn from, and beside it qlib's memory, from which a file is written."""

    def __init__(self, capacity: int, n_observations: int, make_ring: Callable) -> None:
        super().__init__(capacity, n_observations)
        self.ring = make_ring(capacity, n_observations)

    def push(self, observation: Any, action: int, reward: float, next_observation: Any, terminated: bool) -> None:
        super().push(observation, action, reward, next_observation, terminated)
        self.ring.push(
            np.float32(observation), int(action), float(reward), np.float32(next_observation), bool(terminated)
        )

    def sample(self, batch_size: int, generator: torch.Generator | None = None) -> Batch:
        return self.ring.sample(batch_size, generator)

    def restore(self, transitions: Batch, pushed: int) -> torch.Tensor:
        rows = super().restore(transitions, pushed)
        for row in rows.tolist():
            observation, action, reward, next_observation, terminated = (column[row] for column in transitions)
            self.ring.push(observation.numpy(), int(action), float(reward), next_observation.numpy(), bool(terminated))
        return rows
