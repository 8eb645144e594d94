"""A map of a network's values on CartPole: over the pole's angle and angular velocity, for a cart held fixed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from qlib.show.picture import Picture, figure

ANGLE, RATE = 0.2095, 3.0  # rad, where the episode ends; rad/s
POSITION = 2.4  # m, where the episode ends
CELLS = 61  # along each axis; odd, so that the upright pole at rest is one of them
ANGLES, RATES = np.linspace(-ANGLE, ANGLE, CELLS), np.linspace(-RATE, RATE, CELLS)
ACTIONS = "push left", "push right"
_OUTLINE = [patheffects.withStroke(linewidth=3, foreground="white")]


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


def paint(ax: Axes, best: np.ndarray, lead: np.ndarray, ceiling: float) -> QuadMesh:
    """Paint the better action's value, and the line between the two actions; see `draw`."""
    image = ax.pcolormesh(ANGLES, RATES, best, cmap="viridis", vmin=0, vmax=1.5 * ceiling, shading="gouraud")
    if lead.min() < 0 < lead.max():
        ax.contour(ANGLES, RATES, lead, levels=[0.0], colors="white", linewidths=4)
        ax.contour(ANGLES, RATES, lead, levels=[0.0], colors="black", linewidths=1.8)
    return image


def draw(
    q_values: Callable[[np.ndarray], np.ndarray],
    position: float = 0.0,
    velocity: float = 0.0,
    ceiling: float = 100.0,
    title: str = "",
) -> tuple[Picture, str]:
    """Draw the best action's value as colours, and the preferred action as a line and hatching.

    Args:
        q_values: a function from observations (n, 4) to the values of both actions (n, 2).
        position, velocity: of the cart, in m and m/s.
        ceiling: the highest value that a state can have, above 0; the colours go from 0 to half as much again.
        title: what stands above the map.

    Raises:
        ValueError: if the position is off the track, or a value is not finite.
    """
    best, lead = best_and_lead(q_values, position, velocity)
    fig, ax = figure(6.6, 4.4)
    image = paint(ax, best, lead, ceiling)
    if lead.min() < 0:
        with np.errstate(all="ignore"):
            left = ax.contourf(ANGLES, RATES, (lead < 0).astype(float), [0.5, 1.5], colors="none", hatches=["//"])
        left.set(edgecolor=(1, 1, 1, 0.55), linewidth=0)
    for name, where in zip(ACTIONS, (lead < 0, lead >= 0), strict=True):
        if where.mean() >= 0.06:
            rows, columns = np.nonzero(where)
            inner = np.argmin(abs(rows - rows.mean()) + abs(columns - columns.mean()))  # a cell of the region itself
            at = ANGLES[columns[inner]], RATES[rows[inner]]
            ax.annotate(name, at, ha="center", va="center", fontsize=10, path_effects=_OUTLINE)
    ax.set(xlabel="pole angle (rad), right is positive", ylabel="pole angular velocity (rad/s)")
    ax.set_title(title, loc="left")
    ax.grid(False)
    bar = fig.colorbar(image, ax=ax, extend="both")
    bar.set_label("value of the better action (discounted steps)")
    bar.ax.axhline(ceiling, color="black", linewidth=2)
    bar.set_ticks([0, ceiling / 2, ceiling, 1.5 * ceiling])
    bar.set_ticklabels(["0", f"{ceiling / 2:.3g}", f"{ceiling:.3g}: ceiling", f"{1.5 * ceiling:.3g}"])
    alt = f"Map of values over pole angle and angular velocity; cart at {position:g} m and {velocity:g} m/s."
    return Picture(fig, alt), _words(best, lead, position, velocity)


def _words(best: np.ndarray, lead: np.ndarray, position: float, velocity: float) -> str:
    middle = CELLS // 2
    liked = ACTIONS[int(lead[middle, middle] > 0)]
    falling = max(best[-1, -1], best[0, 0])  # leaning far to one side, and turning further
    return (
        f"Cart at {position:g} m, {velocity:g} m/s. Values from {best.min():.1f} to {best.max():.1f}. The upright pole "
        f"at rest: {best[middle, middle]:.1f}, preferred: {liked}. The higher of the two corners where the pole is all "
        f"but fallen: {falling:.1f}. It prefers to push right on {np.mean(lead > 0):.0%} of the map."
    )
