"""MountainCar's values, every step paying -1, and the best way out of the valley that follows from them."""

from __future__ import annotations

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Heat, Line, Rule
from qlib.show.panel import Axis, Panel

N = 61  # grid points each way
PLACES, SPEEDS = np.linspace(-1.2, 0.6, N), np.linspace(-0.07, 0.07, N)  # m, m a step
GAMMA = 0.99


def _after(x: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return to which place and speed each of the three actions leads from some, shapes (..., 3)."""
    speeds = v[..., None] + 0.001 * np.array([-1.0, 0.0, 1.0]) - 0.0025 * np.cos(3 * x)[..., None]
    speeds = speeds.clip(-0.07, 0.07)
    places = (x[..., None] + speeds).clip(-1.2, 0.6)
    return places, np.where((places <= -1.2) & (speeds < 0), 0.0, speeds)


def _worth(values: np.ndarray, places: np.ndarray, speeds: np.ndarray) -> np.ndarray:
    """Return the target of each step that leads to these places and speeds: cut at the goal, else interpolated."""
    i, j = (places + 1.2) / 1.8 * (N - 1), (speeds + 0.07) / 0.14 * (N - 1)
    i0, j0 = np.minimum(i.astype(int), N - 2), np.minimum(j.astype(int), N - 2)
    di, dj, goes_on = i - i0, j - j0, (places < 0.5) | (speeds < 0)
    near = (1 - dj) * ((1 - di) * values[j0, i0] + di * values[j0, i0 + 1])
    far = dj * ((1 - di) * values[j0 + 1, i0] + di * values[j0 + 1, i0 + 1])
    return -1 + GAMMA * goes_on * (near + far)


def values() -> np.ndarray:
    """Work out the values on a grid by sweeps of the exact equation.

    Between grid points the values are interpolated, so they are a little blurred.

    Returns:
        Rewards, shape (speeds, places), at `SPEEDS` and `PLACES`.
    """
    found, to = np.zeros((N, N)), _after(*np.meshgrid(PLACES, SPEEDS))
    for _ in range(300):
        found = _worth(found, *to).max(2)
    return found


def best_way(found: np.ndarray, start: float = -0.5) -> np.ndarray:
    """Follow the best action from a standstill to the goal, or for 200 steps.

    Args:
        found: as `values` gives it.
        start: the place, in m.

    Returns:
        Place and speed at each moment, shape (steps + 1, 2).
    """
    path = [(start, 0.0)]
    while path[-1][0] < 0.5 and len(path) <= 200:
        to = _after(*np.array(path[-1]))
        best = 2 - int(_worth(found, *to)[::-1].argmax())  # of equals the rightmost
        path.append((float(to[0][best]), float(to[1][best])))
    return np.array(path)


def mountain_car() -> Drawing:
    """Draw MountainCar's values over position and velocity, and the best way from the valley."""
    found = values()
    path = best_way(found)
    x, v = path.T
    half = np.array([PLACES[1] - PLACES[0], SPEEDS[1] - SPEEDS[0]]) / 2
    edges = PLACES[0] - half[0], PLACES[-1] + half[0], SPEEDS[0] - half[1], SPEEDS[-1] + half[1]
    marks = [
        Heat(np.round(found).astype(int), *edges, label="value (rewards)"),
        Rule(0.5, "y", colour="paper", dash=0, width=4),
        Rule(0.5, "y", "goal", "ink"),
        Line(x, v, colour="paper", width=5),
        Line(x, v, colour="vermilion", width=2.5),
        Dots(x[:1], v[:1], "vermilion", 11),
    ]
    axes = Axis("position (m)", *edges[:2]), Axis("velocity (m a step)", *edges[2:])
    at_start = found[N // 2, np.abs(PLACES + 0.5).argmin()]
    swings = int((np.diff(np.sign(v[1:])) != 0).sum())
    words = (
        f"about {at_start:.0f} at the start, 0 to -1 near the goal. "
        f"The best way takes {len(path) - 1} steps and turns {swings} times"
    )
    key = [(f"the best way from the start, the dot: {len(path) - 1} steps", "vermilion")]
    alt = f"MountainCar's values on a grid, gamma {GAMMA}: {words}."
    return Drawing(Panel(marks, *axes), alt=alt, height=360, key=key)
