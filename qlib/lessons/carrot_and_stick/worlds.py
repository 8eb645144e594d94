"""The small worlds of lesson 10, worked out exactly: a corridor with a bonus, and random worlds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Bonus = Callable[[int, int], float]
"""What is paid on top for a step from one state to the next."""


def corridor_q(bonus: Bonus, gamma: float = 0.9, n: int = 6) -> np.ndarray:
    """Work out the best values of a corridor whose goal, state n at its right end, pays 1, every other step 0.

    Returns:
        Values of going left and right in each state, shape (n, 2).
    """
    q = np.zeros((n + 1, 2))  # the goal's row stays 0: the terminal cut
    for _ in range(500):
        for s in range(n):
            for a, after in enumerate((max(s - 1, 0), s + 1)):
                q[s, a] = float(after == n) + bonus(s, after) + gamma * q[after].max()
    return q[:n]


def potential(s: int | np.ndarray, n: int = 6) -> float | np.ndarray:
    """Return the corridor's potential: minus half the distance to the goal, which is 0 there."""
    return 0.5 * (s - n)


def by_potential(s: int, after: int, gamma: float = 0.9) -> float:
    """Pay by the corridor's potential."""
    return float(gamma * potential(after) - potential(s))


def for_progress(s: int, after: int) -> float:
    """Pay half a reward for each step to the right."""
    return 0.5 * (after > s)


def where_it_turns(q: np.ndarray) -> str:
    """Say where the best policy of a corridor, values (states, 2), goes left: "nowhere" or the first such place."""
    left = np.flatnonzero(q.argmax(1) == 0)
    if not len(left):
        return "nowhere"
    return {0: "at the wall", len(q) - 1: "one step before the goal"}.get(int(left[0]), "in the middle")


def learn_corridor(seed: int, terminal_cut: bool, gamma: float = 0.95, episodes: int = 60) -> float:
    """Learn a corridor of ten states in which every step pays -1, with a table and epsilon 0.1, ties at random.

    Returns:
        Steps to the goal, mean of the last 20 episodes; the shortest way is 10.
    """
    rng, q, lengths = (
        np.random.default_rng(seed),
        [[0.0, 0.0] for _ in range(10)],
        [],
    )  # lists: arrays are slow at one number
    for _ in range(episodes):
        s, steps = 0, 0
        while s < 10 and steps < 300:
            left, right = q[s]
            a = int(rng.integers(2)) if rng.random() < 0.1 or left == right else int(right > left)
            after = max(s - 1, 0) if a == 0 else s + 1
            looks_like = min(after, 9)  # the last observation resembles the last state
            follows = 0.0 if after == 10 and terminal_cut else max(q[looks_like])
            q[s][a] += 0.5 * (-1 + gamma * follows - q[s][a])
            s, steps = after, steps + 1
        lengths.append(steps)
    return float(np.mean(lengths[-20:]))


def best_policies(rewards: np.ndarray, places: np.ndarray, gamma: float = 0.9) -> np.ndarray:
    """Work out the best action in each state of each of W worlds.

    Args:
        rewards, places: what each action pays and where it leads, shape (W, S, A); place S is the terminal state.
        gamma: the discount.

    Returns:
        Actions, shape (W, S).
    """
    best = np.zeros((len(rewards), rewards.shape[1] + 1))  # the terminal state stays 0
    for _ in range(300):
        q = rewards + gamma * np.take_along_axis(best[:, None], places, 2)
        best[:, :-1] = q.max(2)
    return q.argmax(2)


def kept_policies(worlds: int = 1_000, states: int = 5, actions: int = 3, gamma: float = 0.9) -> dict[str, int]:
    """Shape random worlds in three ways, and count those whose best policy is kept in every state.

    Rewards, places, potentials and the free bonus, which depends on where one comes from and where one goes, are drawn
    at random; one more state ends a world.
    """
    rng = np.random.default_rng(0)
    rewards = rng.normal(size=(worlds, states, actions))
    places = rng.integers(states + 1, size=(worlds, states, actions))
    phi, free = rng.normal(size=(worlds, states + 1)), rng.normal(size=(worlds, states, states + 1))
    zero_at_end = phi * (np.arange(states + 1) < states)
    bonuses = {
        f"potential, {end} at the end": gamma * np.take_along_axis(p[:, None], places, 2) - p[:, :states, None]
        for end, p in (("0", zero_at_end), ("not 0", phi))
    }
    bonuses["free bonus"] = np.take_along_axis(free, places, 2)
    best = best_policies(rewards, places, gamma)
    return {
        name: int((best_policies(rewards + bonus, places, gamma) == best).all(1).sum())
        for name, bonus in bonuses.items()
    }
