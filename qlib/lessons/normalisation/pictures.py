"""The picture of lesson 11: what arrives at the network's door, scaled in four ways."""

from __future__ import annotations

import numpy as np

from qlib.lessons.normalisation.scaling import min_max
from qlib.show.control import Control
from qlib.show.drawing import Drawing
from qlib.show.marks import Interval, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, tidy
from qlib.study.diagnostics import visited

NAMES = ("cart position", "cart velocity", "pole angle", "angular velocity")
RANGES = np.array([2.4, 2.0, 0.2095, 2.0])  # m, m/s, rad, rad/s: the track, the angle that ends it, and usual speeds
UNITS = ("m", "m/s", "rad", "rad/s")
WAYS = ("nothing", "0 to 1", "declared ranges", "mean and deviation")
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # what the declared ranges are multiplied by


def scaled(observations: np.ndarray, way: str, range_factor: float = 1.0) -> np.ndarray:
    """Bring CartPole's observations to one size.

    Args:
        observations: shape (B, 4), in m, m/s, rad, rad/s.
        way: one of `WAYS`.
        range_factor: what the declared ranges are multiplied by.

    Returns:
        What the network gets, shape (B, 4).
    """
    ranges = RANGES * range_factor
    if way == "nothing":
        return observations
    if way == "0 to 1":
        return min_max(observations, -ranges, ranges)
    if way == "declared ranges":
        return observations / ranges
    return (observations - observations.mean(0)) / observations.std(0)


def ranges() -> Control:
    """Make the slider of the range factor, which begins at 1."""
    return Control("range_factor", "slider", list(WIDTHS), WIDTHS.index(1.0), [f"{width:g}" for width in WIDTHS])


def inputs(way: str, range_factor: float) -> tuple[Drawing, str]:
    """Draw how the four inputs are spread while a random policy plays, one a row, with mean and deviation.

    Args:
        way: one of `WAYS`.
        range_factor: what the declared ranges are multiplied by; without effect on the other ways.
    """
    seen = scaled(visited("CartPole-v1", 2_000), way, range_factor)
    deviations, centres = seen.std(0), seen.mean(0)
    units = UNITS if way == "nothing" else ("",) * 4
    rows = np.arange(len(NAMES))[::-1].astype(float)
    marks: list[Mark] = [Rule(end, "y", colour="faint", dash=2) for end in (-1, 1)]
    for row, unit, values, centre, deviation in zip(rows, units, seen.T, centres, deviations, strict=True):
        x, high = _spread(values)
        base = np.full(len(x), row)
        marks.append(Line(x, base + high, base, base + high, width=1.2))
        mark = Interval([centre], [row], [centre - deviation], [centre + deviation], along="x", colour="vermilion")
        marks += [mark, Line([3], [row + 0.2], label=f"± {deviation:.2g} {unit}".rstrip(), colour="vermilion")]
    least, most, middles = deviations.min(), deviations.max(), centres.round(2) + 0.0  # no minus before a 0
    words = (
        f"{way.capitalize()}: the widest input spreads {most / least:.1f} times as far as the narrowest; deviations "
        f"{least:.2g} to {most:.2g}, centres {middles.min():.2f} to {middles.max():.2f}."
    )
    ticks = {float(place): tidy(place) for place in range(-3, 4)}
    across = Axis("input of the network (beyond ±3: counted at the edge)", -3, 3, ticks=ticks)
    names = Axis(low=-0.25, high=len(NAMES) - 0.05, ticks=dict(zip(rows.tolist(), NAMES, strict=True)))
    key = [("how often", "blue"), ("mean ± deviation", "vermilion")]
    alt = f"How the network's four inputs are spread under random play, one a row. {words}"
    return Drawing(Panel(marks, across, names), alt=alt, height=340, key=key), words


def _spread(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places from -3 to 3 where values lie, and how often they do, as a share of a row; beyond: at the edge."""
    counts, edges = np.histogram(values.clip(-3, 3), np.linspace(-3.05, 3.05, 62))
    first, last = np.flatnonzero(counts)[[0, -1]]
    near = slice(max(first - 1, 0), last + 2)  # down to 0 on both sides
    return ((edges[1:] + edges[:-1]) / 2)[near], (0.8 * counts / counts.max()).round(2)[near]
