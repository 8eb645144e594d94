"""A world of two states that a pencil can follow, and a table of action values that learns in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Transition(NamedTuple):
    """One step in the world: what was seen, done, paid and seen next, and whether it ended the episode."""

    s: int
    a: int
    reward: float
    next_s: int
    terminated: bool


STATES = ("A", "B")
ACTIONS = ("wait", "go")
CHAIN = (  # every transition that there is, once
    Transition(0, 0, 0.0, 0, False),
    Transition(0, 1, 1.0, 1, False),
    Transition(1, 0, 0.0, 1, False),
    Transition(
        1, 1, 2.0, 1, True
    ),  # what is seen after the end looks like B, as a fallen pole looks like a falling one
)
MADE_UP = np.array([[1.0, 2.0], [3.0, 1.0]])  # first values, shape (states, actions)


def seen(q: np.ndarray, step: Transition, gamma: float, terminal_cut: bool = True) -> float:
    """Compute the TD target of a transition from a table.

    Args:
        q: action values, shape (states, actions).
        step: the transition.
        gamma: the discount.
        terminal_cut: whether a transition that terminated is worth its reward alone.
    """
    return step.reward + gamma * q[step.next_s].max() * (not (step.terminated and terminal_cut))


def repeat(
    rate: float, gamma: float, rounds: int, terminal_cut: bool = True, start: np.ndarray = MADE_UP
) -> np.ndarray:
    """Update a table with all four transitions, again and again.

    Args:
        rate: the part of the way from what the table says to what was seen.
        gamma: the discount.
        rounds: how often; within one round all updates start from the same table.
        terminal_cut: as in `seen`.
        start: the table at first, shape (states, actions).

    Returns:
        The table at first and after each round, shape (rounds + 1, states, actions).
    """
    history = [start]
    for _ in range(rounds):
        old, new = history[-1], history[-1].copy()
        for step in CHAIN:
            new[step.s, step.a] += rate * (seen(old, step, gamma, terminal_cut) - old[step.s, step.a])
        history.append(np.clip(new, -1e9, 1e9))  # what runs away stays drawable
    return np.array(history)


def true_values(gamma: float) -> np.ndarray:
    """Compute the action values of the chain, shape (states, actions): what the best that can follow is worth."""
    return repeat(1.0, gamma, 2_000)[-1]


def as_text(q: np.ndarray) -> str:
    """Write a table of shape (states, actions) as lines of text."""
    rows = [f"{state:4}" + "".join(f"{value:8.2f}" for value in row) for state, row in zip(STATES, q, strict=True)]
    return "\n".join([" " * 4 + "".join(f"{action:>8}" for action in ACTIONS), *rows])
