"""Worlds of two or three states for lesson 06: the update on a table of values, and its pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.sheet import sheet


class World(NamedTuple):
    """A world of a few states, as the one batch that holds each of its transitions once; all arrays have shape (B,)."""

    states: tuple[str, ...]
    actions: tuple[str, ...]
    s: np.ndarray
    a: np.ndarray
    r: np.ndarray
    next_s: np.ndarray  # after a termination: the state that the last observation looks like
    terminated: np.ndarray
    start: np.ndarray  # first values, shape (states, actions)


CHAIN = World(
    states=("A", "B"),
    actions=("wait", "go"),
    s=np.array([0, 0, 1, 1]),
    a=np.array([0, 1, 0, 1]),
    r=np.array([0.0, 1.0, 0.0, 2.0]),
    next_s=np.array([0, 1, 1, 1]),
    terminated=np.array([False, False, False, True]),
    start=np.array([[3.0, 1.0], [2.0, 4.0]]),
)
FORK = World(
    states=("A", "B", "C"),
    actions=("go",),
    s=np.array([0, 0, 1, 2]),
    a=np.array([0, 0, 0, 0]),
    r=np.array([0.0, 0.0, 1.0, 0.0]),
    next_s=np.array([1, 2, 1, 2]),
    terminated=np.array([False, False, True, True]),
    start=np.array([[0.0], [0.0], [0.0]]),
)
WORLDS = {"chain": CHAIN, "fork": FORK}


def targets(world: World, q: np.ndarray, gamma: float, terminal_cut: bool = True) -> np.ndarray:
    """Compute the TD target of each transition, shape (B,), from a table q of shape (states, actions)."""
    goes_on = ~(world.terminated & terminal_cut)
    return world.r + gamma * goes_on * q[world.next_s].max(1)


def repeat(
    world: World, learning_rate: float, gamma: float, updates: int, terminal_cut: bool = True, stopped: bool = True
) -> np.ndarray:
    """Make the same update again and again on a table of values.

    Args:
        world: its transitions are the batch.
        learning_rate: the step down the gradient of the mean squared error.
        gamma: the discount.
        updates: how many.
        terminal_cut: whether the target of a terminated transition is the reward alone.
        stopped: whether the gradient stops at the target (semi-gradient) or flows on (residual gradient, Baird 1995).

    Returns:
        The values before the first update and after each, shape (updates + 1, states, actions).
    """
    q = world.start
    history = [q]
    goes_on = ~(world.terminated & terminal_cut)
    for _ in range(updates):
        best = q[world.next_s].argmax(1)
        error = q[world.s, world.a] - targets(world, q, gamma, terminal_cut)
        gradient = np.zeros_like(q)
        np.add.at(gradient, (world.s, world.a), 2 * error / len(error))
        if not stopped:
            np.add.at(gradient, (world.next_s, best), -2 * gamma * goes_on * error / len(error))
        q = np.clip(q - learning_rate * gradient, -1e9, 1e9)  # what diverges stays drawable
        history.append(q)
    return np.array(history)


def true_values(world: World, gamma: float) -> np.ndarray:
    """Compute the action values by value iteration, with the expectation over equally likely next states."""
    q = np.zeros_like(world.start)
    for _ in range(2_000):
        y, total, count = targets(world, q, gamma), np.zeros_like(q), np.zeros_like(q)
        np.add.at(total, (world.s, world.a), y)
        np.add.at(count, (world.s, world.a), 1)
        q = total / count
    return q


def batch_table(world: World, q: np.ndarray) -> Drawing:
    """Draw a batch as `table` does, with the targets and errors left to the reader."""
    return table(world, q, 0.9, solved=False)


def table(world: World, q: np.ndarray, gamma: float, solved: bool = True) -> Drawing:
    """Draw one update's batch, row by row: the values, those that enter the loss, the targets and the errors.

    Args:
        world: its transitions are the rows.
        q: values, shape (states, actions).
        gamma: the discount.
        solved: whether to write targets and errors, and mark what makes them.
    """
    n_actions, y = len(world.actions), targets(world, q, gamma)
    here, there = ([f"Q({s}, {a})" for a in world.actions] for s in ("s", "s'"))
    heads = ["s", "a", *here, "r", "s'", *there, "terminated", "y", "error"]
    rows, boxes = [], {}
    for i in range(len(y)):
        s, a, next_s, cut = world.s[i], world.a[i], world.next_s[i], world.terminated[i]
        cells = [
            world.states[s],
            world.actions[a],
            *[f"{v:.2f}" for v in q[s]],
            f"{world.r[i]:g}",
            world.states[next_s],
        ]
        cells += ["—"] * n_actions if cut and solved else [f"{v:.2f}" for v in q[next_s]]
        cells += ["yes" if cut else "no", *([f"{y[i]:.2f}", f"{q[s, a] - y[i]:+.2f}"] if solved else ["?", ""])]
        rows.append(cells)
        boxes[i, 2 + int(a)] = "blue"
        if not cut:
            boxes[i, 4 + n_actions + int(q[next_s].argmax())] = "vermilion"
    if not solved:
        return sheet(heads, rows, f"A batch of {len(y)} transitions with the values of both states; y is left to you.")
    notes = {"blue": "solid box: gather, what the loss moves", "vermilion": "dashed box: max, held still"}
    which = "the value of the action taken and the highest next value of each row"
    return sheet(heads, rows, f"A batch of {len(y)} transitions; boxes mark {which}.", boxes=boxes, notes=notes)
