"""Worlds of two or three states for lesson 06: the update on a table of values, and its pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from qlib.show.picture import COLOURS, Picture, figure, lines


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
    start=np.array([[1.0, 2.0], [3.0, 1.0]]),
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


def table(world: World, q: np.ndarray, gamma: float, pulled: str = "taken") -> Picture:
    """Draw one update's batch, row by row: the values, those that enter the loss, the targets and the errors.

    Args:
        world: its transitions are the rows.
        q: values, shape (states, actions).
        gamma: the discount.
        pulled: "taken" outlines the value of the action taken; "all" every action's, as a loss over all actions does.
    """
    n_actions, y = len(world.actions), targets(world, q, gamma)
    here, there = ([f"Q({s}, {a})" for a in world.actions] for s in ("s", "s'"))
    heads = ["s", "a", *here, "r", "s'", *there, "terminated", "y", "error"]
    fig, ax = figure(9.0, 0.42 * (len(y) + 1) + 0.45)
    ax.set(xlim=(-0.1, len(heads) + 0.1), ylim=(len(y) + 0.55, -0.6))
    ax.axis("off")
    for column, head in enumerate(heads):
        ax.text(column + 0.5, -0.15, head, ha="center", va="center", fontsize=9, weight="bold")
    for i in range(len(y)):
        s, a, next_s, cut = world.s[i], world.a[i], world.next_s[i], world.terminated[i]
        cells = [
            world.states[s],
            world.actions[a],
            *[f"{v:.2f}" for v in q[s]],
            f"{world.r[i]:g}",
            world.states[next_s],
        ]
        cells += ["—"] * n_actions if cut else [f"{v:.2f}" for v in q[next_s]]
        cells += ["yes" if cut else "no", f"{y[i]:.2f}", f"{q[s, a] - y[i]:+.2f}"]
        for column, cell in enumerate(cells):
            ax.text(column + 0.5, i + 0.6, cell, ha="center", va="center")
        for action in range(n_actions) if pulled == "all" else [a]:
            _box(ax, 2 + action, i, COLOURS[0], "-")
        if not cut:
            _box(ax, 4 + n_actions + int(q[next_s].argmax()), i, COLOURS[1], "--")
    look, below = {"fontsize": 9, "va": "center"}, len(y) + 0.45
    ax.text(0.1, below, "solid box: gather, what the loss moves", color=COLOURS[0], **look)
    ax.text(0.5 * len(heads), below, "dashed box: max, held still", color=COLOURS[1], **look)
    which = "every action's value" if pulled == "all" else "the value of the action taken"
    return Picture(fig, f"A batch of {len(y)} transitions; boxes mark {which} and the highest next value of each row.")


def _box(ax, column: int, row: int, colour, style: str) -> None:
    ax.add_patch(Rectangle((column + 0.08, row + 0.22), 0.84, 0.76, fill=False, ec=colour, lw=1.8, ls=style))


def convergence(
    world: str, learning_rate: float, gamma: float, terminal_cut: bool, gradient: str
) -> tuple[Picture, str]:
    """Draw how the values of a small world move over 100 updates; dotted lines are the true values.

    Args:
        world: "chain" or "fork".
        learning_rate, gamma, terminal_cut: as in `repeat`.
        gradient: "stops at the target" or "flows through it".
    """
    here = WORLDS[world]
    stopped = gradient == "stops at the target"
    history = repeat(here, learning_rate, gamma, 100, terminal_cut, stopped)
    truth = true_values(here, gamma)
    top = max(1.15 * truth.max(), min(1.15 * history.max(), 25.0))
    bottom = max(min(-0.5, 1.15 * history.min()), -10.0)
    fig, ax = figure(7.2, 3.4)
    ax.set(xlabel="updates", ylabel="action value (sum of discounted rewards)", xlim=(0, 100), ylim=(bottom, top))
    names = [f"Q({state}, {action})" for state in here.states for action in here.actions]
    lines(ax, np.arange(101), dict(zip(names, history.reshape(101, -1).T, strict=True)))
    for colour, value in zip(COLOURS, truth.flat, strict=False):
        ax.axhline(value, color=colour, linestyle=":", linewidth=1)
    last = history[-1]
    error = abs(last - truth).max()
    ends = zip(names, last.flat, truth.flat, strict=True)
    words = ", ".join(f"{name} = {_number(value)} (true: {right:.2f})" for name, value, right in ends)
    verdict = "Within 0.05 of the truth." if error < 0.05 else f"The largest error is {_number(error)}."
    alt = f"Values of the {world} over 100 updates, with the true values as dotted lines."
    return Picture(fig, alt), f"After 100 updates: {words}. {verdict}"


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1e4 else f"{value:.0e}"
