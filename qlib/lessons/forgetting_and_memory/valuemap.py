"""A map of a network's values on CartPole: over the pole's angle and angular velocity, for a cart held fixed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from contourpy import contour_generator

from qlib.show.drawing import Drawing
from qlib.show.marks import Heat, Line, Mark
from qlib.show.panel import Axis, Panel
from qlib.show.shapes import Words

ANGLE, RATE = 0.2095, 3.0  # rad, where the episode ends; rad/s
POSITION = 2.4  # m, where the episode ends
CELLS = 61  # along each axis; odd, so that the upright pole at rest is one of them
ANGLES, RATES = np.linspace(-ANGLE, ANGLE, CELLS), np.linspace(-RATE, RATE, CELLS)
ACTIONS = "push left", "push right"
COARSE = 3  # cells of the network's map to one of the picture's, which is smoothed
SURE = 10  # discounted steps by which one action is above the other where its colour is full
KEY = [("push left", "blue"), ("push right", "vermilion")]
_HALF = np.array([ANGLE, RATE]) * (1 + COARSE / (CELLS - 1))  # the cells at the rim are whole
TICKS = {-0.2: "−0.2", 0.0: "0", 0.2: "0.2"}
EDGES = -_HALF[0], _HALF[0], -_HALF[1], _HALF[1]


def states(position: float, velocity: float) -> np.ndarray:
    """List the map's states, row by row of equal angular velocity, shape (CELLS², 4), float32.

    Raises:
        ValueError: if the cart is off the track, where the episode has ended.
    """
    if abs(position) > POSITION:
        raise ValueError(
            f"A cart at {position:g} m is off the track: choose a position from −{POSITION} to {POSITION} m."
        )
    angles, rates = np.meshgrid(ANGLES, RATES)
    cart = np.full((2, angles.size), [[position], [velocity]])
    return np.stack([*cart, angles.ravel(), rates.ravel()], axis=1).astype(np.float32)


def best_and_lead(
    q_values: Callable[[np.ndarray], np.ndarray | torch.Tensor], position: float = 0.0, velocity: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return over the map the better action's value, and by how much right is above left, each (CELLS, CELLS).

    Raises:
        ValueError: if the position is off the track, or a value is not finite.
    """
    values = np.asarray(q_values(states(position, velocity)), float)
    if not np.isfinite(values).all():
        raise ValueError("A value is not finite: this network has diverged, and there is nothing to draw.")
    return values.max(1).reshape(CELLS, CELLS), (values[:, 1] - values[:, 0]).reshape(CELLS, CELLS)


def better(best: np.ndarray, lead: np.ndarray, ceiling: float) -> Panel:
    """Draw the better action's value, the line between the two actions, and dashed where values reach the ceiling."""
    label = "value of the better action (steps)"
    surface = Heat(_rounded(best, 0, 1.5 * ceiling, 3), *EDGES, 0, 1.5 * ceiling, label=label, smooth=True)
    top = level(best, ceiling, 1)
    title = "what it expects" + f"; dashed: the ceiling, {ceiling:.3g}" * bool(top)
    return Panel([surface, *top, *level(lead, 0.0)], *axes(), title)


def preferred(lead: np.ndarray, named: bool = True) -> Heat:
    """Draw by how much right is above left: blue is left, vermilion is right, and paper between them."""
    label = "right minus left (steps)" if named else ""
    return Heat(_rounded(lead, -SURE, SURE, 1), *EDGES, -SURE, SURE, "differences", label=label, smooth=True)


def axes() -> tuple[Axis, Axis]:
    """Return the map's axes."""
    return Axis("pole angle (rad)", *EDGES[:2], ticks=TICKS), Axis("angular velocity (rad/s)", *EDGES[2:])


def _rounded(values: np.ndarray, low: float, high: float, unit: int) -> np.ndarray:
    """Take every third cell both ways, in whole units: a smooth map does not show it, and it travels with the page."""
    return (np.round(values[::COARSE, ::COARSE].clip(low, high) / unit) * unit).astype(int)


def level(values: np.ndarray, at: float, dash: int = 0) -> list[Line]:
    """Return where the values cross a level, in ink on a line of paper; nothing if they never do."""
    grid = ANGLES[::COARSE], RATES[::COARSE], values[::COARSE, ::COARSE]
    found: list[Any] = list(contour_generator(*grid).lines(at))
    if not found:
        return []
    x, y = np.concatenate([np.vstack([line, [np.nan, np.nan]]) for line in found])[:-1].T
    places = np.round(x, 3), np.round(y, 2)
    return [Line(*places, colour="paper", width=4.5), Line(*places, colour="ink", dash=dash)]


def draw(
    q_values: Callable[[np.ndarray], np.ndarray],
    position: float = 0.0,
    velocity: float = 0.0,
    ceiling: float = 100.0,
) -> tuple[Drawing, str]:
    """Draw the better action's value, and beside it which action that is, and by how much.

    Args:
        q_values: a function from observations (n, 4) to the values of both actions (n, 2).
        position, velocity: of the cart, in m and m/s.
        ceiling: the highest value that a state can have, above 0; the colours go from 0 to half as much again.

    Raises:
        ValueError: if the position is off the track, or a value is not finite.
    """
    best, lead = best_and_lead(q_values, position, velocity)
    names: list[Mark] = []
    for name, colour, where in zip(ACTIONS, ("blue", "vermilion"), (lead < 0, lead >= 0), strict=True):
        if where.mean() >= 0.06:
            rows, columns = np.nonzero(where)
            inner = np.argmin(abs(rows - rows.mean()) + abs(columns - columns.mean()))  # a cell of the region itself
            at = round(float(ANGLES[columns[inner]]), 3), round(float(RATES[rows[inner]]), 2)
            names.append(Words(*at, name, colour, "middle", bold=True))
    right = Panel([preferred(lead), *level(lead, 0.0), *names], *axes(), "which action it prefers")
    words = _words(best, lead, position, velocity, ceiling)
    alt = f"Two maps over pole angle and angular velocity: the value of the better action, and which it is. {words}"
    return Drawing(better(best, lead, ceiling), right, alt=alt, height=330, width=860), words


def _words(best: np.ndarray, lead: np.ndarray, position: float, velocity: float, ceiling: float) -> str:
    middle = CELLS // 2
    liked = ACTIONS[int(lead[middle, middle] > 0)]
    falling = max(best[-1, -1], best[0, 0])  # leaning far to one side, and turning further
    return (
        f"Cart at {position:g} m, {velocity:g} m/s. Values from {best.min():.1f} to {best.max():.1f}. The upright pole "
        f"at rest: {best[middle, middle]:.1f}, preferred: {liked}. The higher of the two corners where the pole is all "
        f"but fallen: {falling:.1f}. It prefers to push right on {np.mean(lead > 0):.0%} of the map, and values "
        f"{np.mean(best > ceiling):.0%} of it above the ceiling."
    )
