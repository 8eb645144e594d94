"""The learners of lesson 13: presets for both tasks, a car that drives at random, and runs to look into."""

from __future__ import annotations

import copy
import dataclasses

import gymnasium
import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.memory import Batch
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.settings import Settings
from qlib.core.training import train
from qlib.lessons.sparse_rewards import pictures, tiles
from qlib.show.drawing import Drawing

DEEP = Settings(hidden=(64, 64), learning_rate=1e-3, gamma=0.99, target_network="soft", tau=0.01, double=True)
POLE = dataclasses.replace(DEEP, observation_scale=(2.4, 2.0, 0.2095, 2.0), epsilon_episodes=30)
"""The lesson's DQN on CartPole."""
CLIMB = dataclasses.replace(
    DEEP, env_id="MountainCar-v0", observation_scale=(0.6, 0.035), epsilon_episodes=100, reward_scale=0.1
)
"""The same on MountainCar."""
LINEAR = Settings(
    env_id="MountainCar-v0",
    gamma=0.99,
    learning_rate=1.0,
    learning_rate_end=0.01,
    epsilon_start=0.0,
    epsilon_end=0.0,
)
"""Tiles on MountainCar: a step size from 1 to 0.01, and no random action."""
DENSE = {
    "uniform": POLE,
    "prioritized": dataclasses.replace(POLE, replay="prioritized", priority_beta_steps=5_000),
    "control, α = 0": dataclasses.replace(POLE, replay="prioritized", priority_alpha=0.0, priority_beta_steps=5_000),
}
"""Three ways to draw on CartPole; the last is the prioritized memory, drawing all alike."""


def coder(tilings: int = 32) -> tiles.TileCoder:
    """Make the lesson's grids over MountainCar's plane."""
    return tiles.TileCoder(*tiles.MOUNTAIN_CAR, tilings=tilings, tiles=8)


def flags_by_chance(episodes: int = 200) -> int:
    """Let a random policy play, and count the episodes of 200 steps that reach the flag."""
    cars = gymnasium.make_vec("MountainCar-v0", num_envs=episodes, vectorization_mode="sync")
    cars.action_space.seed(0)
    cars.reset(seed=0)
    return int(sum(cars.step(cars.action_space.sample())[2].sum() for _ in range(200)))


def errors_of(settings: Settings, steps: int = 2_000) -> np.ndarray:
    """Return the TD errors of all that an agent has in its memory after some steps, shape (n,)."""
    agent = QAgent(settings, seed=0)
    for _ in train(agent, steps=steps):
        pass
    batch = Batch(*(column[: len(agent.memory)] for column in agent.memory.storage))
    with torch.no_grad():
        values = agent.online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        return (values - agent.td_target(batch)).numpy()


def filled(priorities: np.ndarray, alpha: float = 1.0, beta: float = 0.5) -> PrioritizedReplayMemory:
    """Return a prioritized memory that holds as many transitions as there are priorities, shape (n,), and these."""
    memory = PrioritizedReplayMemory(len(priorities), alpha=alpha, beta=beta)
    for _ in priorities:
        memory.push(np.zeros(4), 0, 1.0, np.zeros(4), False)
    memory.prioritize(np.arange(len(priorities)), priorities)
    return memory


class Logbook(gymnasium.Wrapper):
    """Write down what was seen, the first step at the goal, and now and then the weights of who drives.

    Attributes:
        seen: the observations so far, a list of shape (2,).
        first: the step that first reached the goal; infinity for never.
        kept: step to the weights after so many steps.

    Args:
        env: MountainCar.
        agent: whose weights to keep; None: nobody's.
        every: how many steps lie between two of them.
    """

    def __init__(self, env: gymnasium.Env, agent: tiles.LinearQ | None = None, every: int = 1_000) -> None:
        super().__init__(env)
        self.seen: list[np.ndarray] = []
        self.first = np.inf
        self.kept: dict[int, np.ndarray] = {}
        self._agent, self._every = agent, every

    def step(self, action: int) -> tuple:
        """Take a step, and write it down."""
        if self._agent is not None and len(self.seen) % self._every == 0:
            self.kept[len(self.seen)] = self._agent.weights.copy()
        result = self.env.step(action)
        self.seen.append(result[0])
        if result[2]:
            self.first = min(self.first, len(self.seen))
        return result


class Growth:
    """An agent of tiles that is watched as it learns, without one random action.

    Attributes:
        first: the step that first reached the flag.

    Args:
        steps: of its training; a whole number of thousands.
    """

    def __init__(self, steps: int = 40_000) -> None:
        self._agent = tiles.LinearQ(dataclasses.replace(LINEAR, learning_rate_steps=steps), coder(), seed=0)
        self._log = drive(self._agent, steps, watched=True)
        self._log.kept.setdefault(steps, self._agent.weights.copy())  # if its last episode ended just there
        self.first = self._log.first

    def surface(self, step: int) -> tuple[Drawing, str]:
        """Draw the cost to go, and where the car has been, after so many steps."""
        return pictures.cost_to_go(self._at(step).q_values, np.array(self._log.seen[:step]), f"step {step:,}")

    def from_the_valley(self, step: int = 40_000) -> float:
        """Return the discounted steps that the agent expects from the valley, at rest, after so many steps."""
        return -float(self._at(step).q_values(np.array([-0.5, 0.0])).max())

    def _at(self, step: int) -> tiles.LinearQ:
        viewer = copy.copy(self._agent)
        viewer.weights = self._log.kept[step]
        return viewer


def drive(agent: tiles.LinearQ, steps: int, watched: bool = False) -> Logbook:
    """Train an agent of tiles on MountainCar, and return the logbook."""
    log = Logbook(make_env(agent.settings), agent if watched else None)
    for _ in train(agent, steps=steps, env=log):  # type: ignore[arg-type]  # it goes where a QAgent goes
        pass
    return log


def _trial(start_value: float, tilings: int, step_size: float, random_actions: bool) -> tuple[tiles.LinearQ, Logbook]:
    epsilon = 0.3 if random_actions else 0.0
    settings = dataclasses.replace(
        LINEAR, learning_rate=step_size, learning_rate_end=None, epsilon_start=epsilon, epsilon_end=epsilon
    )
    agent = tiles.LinearQ(settings, coder(tilings), 0, start_value)
    return agent, drive(agent, 6_000)


def first_at(start_value: float) -> float:
    """Return the step at which an agent with a start value first reaches the flag, within 6,000; or infinity."""
    return _trial(start_value, 32, 1.0, False)[1].first


def tries(start_value: float, tilings: int, step_size: float, random_actions: bool) -> tuple[Drawing, str]:
    """Train an agent of tiles for 6,000 steps, and draw what it believes.

    Args:
        start_value: of every action in every state.
        tilings: how many grids.
        step_size: the share of a TD error that an update takes away.
        random_actions: whether three actions in ten are random.
    """
    agent, log = _trial(start_value, tilings, step_size, random_actions)
    found = f"flag first reached at step {log.first:,}" if np.isfinite(log.first) else "flag never reached"
    chosen = f"start {start_value:g}, {tilings} tilings, step size {step_size:g}, epsilon {agent.epsilon:g}"
    return pictures.cost_to_go(agent.q_values, np.array(log.seen), f"{chosen}\n{found}")


def what_happens(arrivals: dict[float, float]) -> str:
    """Say which of four start values, the last of them −100, found the flag, in the words of the lesson's choices."""
    *above, at = arrivals.values()
    if np.isfinite(above).all() and not np.isfinite(at):
        return f"all but −100, {'at the very same step' if len(set(above)) == 1 else 'each at a step of its own'}"
    return "all four" if np.isfinite([*above, at]).all() else "0 and −50 only"
