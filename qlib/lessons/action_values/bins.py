"""CartPole's four numbers cut into bins, and a table of action values that learns on them: compiled, as it takes long.

The pole and the cart move as in gymnasium's `cartpole.py` (after Barto, Sutton and Anderson 1983); a test holds them
together.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba
import numpy as np

_jit: Any = numba.njit(cache=True, nogil=True)

RANGES = np.array([2.4, 2.0, 0.2095, 2.0])  # m, m/s, rad, rad/s: the bins lie between minus these and these
TIME_LIMIT = 500  # steps
SOLVED = 475  # steps, on average: gymnasium's bar


class Learned(NamedTuple):
    """Tables that learned, one a seed, and how well they played on the way."""

    tables: np.ndarray  # action values, shape (seeds, bins ** 4, 2)
    visits: np.ndarray  # how often each action was taken in each cell, shape (seeds, bins ** 4, 2)
    scores: np.ndarray  # mean greedy score at each examination, shape (seeds, examinations)
    steps: np.ndarray  # of training before each examination, shape (examinations,)

    @property
    def never(self) -> np.ndarray:
        """The share of cells that each seed never saw, shape (seeds,)."""
        return (self.visits.sum(2) == 0).mean(1)

    def told(self) -> dict[str, float]:
        """Sum up: how many of the n tables were ever solved, and at last; the mean score after the first steps."""
        solved = self.scores >= SOLVED
        found = {"n": len(solved), "ever": int(solved.any(1).sum()), "last": int(solved[:, -1].sum())}
        return found | {"first": int(self.steps[0]), "early": float(self.scores[:, 0].mean())}


def learn(
    bins: int,
    steps: int = 300_000,
    seeds: int | range = 16,
    examinations: int = 30,
    rate: float = 0.1,
    gamma: float = 0.98,
    epsilon: tuple[float, float] = (1.0, 0.05),
    sarsa: bool = False,
) -> Learned:
    """Let a table learn CartPole by one update a step.

    Args:
        bins: into how many each of the four numbers is cut.
        steps: of training, for each seed.
        seeds: how many tables, from seeds 0, 1, 2, ...; or which.
        examinations: how often, evenly over training, the greedy policy plays 100 episodes.
        rate: the part of the way that an update goes.
        gamma: the discount.
        epsilon: the chance of a random action, at first and from the middle of the training on; linear between.
        sarsa: whether to look up the action that is taken next, in place of the best.
    """
    these = range(seeds) if isinstance(seeds, int) else seeds
    tables = np.zeros((len(these), bins**4, 2))
    visits = np.zeros((len(these), bins**4, 2), dtype=np.int64)
    scores = np.empty((len(these), examinations))
    for i, seed in enumerate(these):
        generator = np.random.default_rng(seed)
        _learn(tables[i], visits[i], scores[i], bins, steps, rate, gamma, *epsilon, generator, sarsa)
    return Learned(tables, visits, scores, np.arange(1, examinations + 1) * (steps // examinations))


@_jit
def cell(observation: np.ndarray, bins: int) -> int:
    """Number the cell that an observation, shape (4,), lies in; what is outside the ranges is in the outermost bin."""
    number = 0
    for i in range(4):
        place = math.floor((observation[i] / RANGES[i] + 1) / 2 * bins)
        number = number * bins + min(max(place, 0), bins - 1)
    return number


@_jit
def move(state: np.ndarray, action: int) -> np.ndarray:
    """Move cart and pole by one step of 0.02 s.

    Args:
        state: position (m), velocity (m/s), angle (rad), spin (rad/s), shape (4,).
        action: 0 pushes left, 1 right.

    Returns:
        The next state, shape (4,).
    """
    x, velocity, angle, spin = state
    force = 10.0 if action == 1 else -10.0
    cos, sin = math.cos(angle), math.sin(angle)
    pull = (force + 0.05 * spin**2 * sin) / 1.1
    spin_rate = (9.8 * sin - cos * pull) / (0.5 * (4.0 / 3.0 - 0.1 * cos**2 / 1.1))
    push = pull - 0.05 * spin_rate * cos / 1.1
    return np.array([x + 0.02 * velocity, velocity + 0.02 * push, angle + 0.02 * spin, spin + 0.02 * spin_rate])


@_jit
def fell(state: np.ndarray) -> bool:
    """Say whether the pole fell or the cart left its track: whether the episode terminated."""
    return abs(state[0]) > 2.4 or abs(state[2]) > 12 * 2 * math.pi / 360


@_jit
def update(
    table: np.ndarray, s: int, a: int, reward: float, next_s: int, terminated: bool, rate: float, gamma: float
) -> None:
    """Move one number of a table a step from what it says towards what was seen: Q-learning."""
    seen = reward if terminated else reward + gamma * table[next_s].max()
    table[s, a] += rate * (seen - table[s, a])


@_jit
def sarsa_update(
    table: np.ndarray,
    s: int,
    a: int,
    reward: float,
    next_s: int,
    next_a: int,
    terminated: bool,
    rate: float,
    gamma: float,
) -> None:
    """Do the same with the action that is taken next, in place of the best: SARSA."""
    seen = reward if terminated else reward + gamma * table[next_s, next_a]
    table[s, a] += rate * (seen - table[s, a])


@_jit
def greedy(table: np.ndarray, s: int) -> int:
    """Choose the action whose value is higher; left where they are equal."""
    return 1 if table[s, 1] > table[s, 0] else 0


@_jit
def choose(table: np.ndarray, s: int, epsilon: float, generator: np.random.Generator) -> int:
    """Choose a random action with chance epsilon, else the greedy one."""
    if epsilon > 0 and generator.random() < epsilon:
        return int(generator.random() < 0.5)
    return greedy(table, s)


@_jit
def examine(table: np.ndarray, bins: int, episodes: int, generator: np.random.Generator, epsilon: float = 0.0) -> float:
    """Play episodes, without random actions if epsilon is not given; return their mean length in steps."""
    total = 0
    for _ in range(episodes):
        state, length = generator.uniform(-0.05, 0.05, 4), 0
        while length < TIME_LIMIT and not fell(state):
            state = move(state, choose(table, cell(state, bins), epsilon, generator))
            length += 1
        total += length
    return total / episodes


@_jit
def _learn(table, visits, scores, bins, steps, rate, gamma, first, last, generator, sarsa):
    state, length, a = generator.uniform(-0.05, 0.05, 4), 0, -1  # -1: not chosen yet
    every, done = steps // len(scores), 0
    for step in range(1, steps + 1):
        epsilon = max(last, first + (last - first) * step / (steps / 2))
        s = cell(state, bins)
        if a < 0:
            a = choose(table, s, epsilon, generator)
        state = move(state, a)
        length += 1
        terminated, next_s, next_a = fell(state), cell(state, bins), -1
        visits[s, a] += 1
        if sarsa:
            next_a = choose(table, next_s, epsilon, generator)
            sarsa_update(table, s, a, 1.0, next_s, next_a, terminated, rate, gamma)
        else:
            update(table, s, a, 1.0, next_s, terminated, rate, gamma)
        a = next_a
        if terminated or length == TIME_LIMIT:  # the time limit ends an episode and cuts no value
            state, length, a = generator.uniform(-0.05, 0.05, 4), 0, -1
        if step % every == 0 and done < len(scores):
            scores[done] = examine(table, bins, 100, generator)
            done += 1
