"""Pictures of lesson 11: what arrives at the network's door, and what the width of the ranges does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qlib.lessons.normalisation.scaling import min_max
from qlib.show.picture import COLOURS, Picture, figure, lines
from qlib.study.diagnostics import visited
from qlib.study.statistics import band

NAMES = ("cart position", "cart velocity", "pole angle", "angular velocity")
RANGES = np.array([2.4, 2.0, 0.2095, 2.0])  # m, m/s, rad, rad/s: the track, the angle that ends it, and usual speeds
UNITS = ("m", "m/s", "rad", "rad/s")
WAYS = ("nothing", "0 to 1", "declared ranges", "mean and deviation")


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


def inputs(way: str, range_factor: float) -> tuple[Picture, str]:
    """Draw how the four inputs are spread while a random policy plays.

    Args:
        way: one of `WAYS`.
        range_factor: what the declared ranges are multiplied by; without effect on the other ways.
    """
    seen = scaled(visited("CartPole-v1", 2_000), way, range_factor)
    deviations, centres = seen.std(0), seen.mean(0).round(2) + 0.0  # no minus before a 0
    fig, axes = figure(7.2, 3.6, rows=4, sharex=True)
    edges = np.linspace(-3, 3, 121)
    units = UNITS if way == "nothing" else ("",) * 4
    for ax, name, unit, values, deviation in zip(axes, NAMES, units, seen.T, deviations, strict=True):
        ax.hist(values.clip(-3, 3), edges, color=COLOURS[0])
        ax.set(yticks=[], xlim=(-3, 3))
        ax.grid(axis="y", visible=False)
        ax.text(1.01, 0.5, f"{name}\ndeviation {deviation:.2g} {unit}", transform=ax.transAxes, va="center", fontsize=9)
    axes[-1].set_xlabel("input of the network (beyond ±3: counted at the edge)")
    fig.supylabel("how often", fontsize=10)
    least, most = deviations.min(), deviations.max()
    words = (
        f"{way.capitalize()}: the widest input spreads {most / least:.1f} times as far as the narrowest; deviations "
        f"{least:.2g} to {most:.2g}, centres {centres.min():.2f} to {centres.max():.2f}."
    )
    return Picture(fig, f"Histograms of the network's four inputs under random play. {words}"), words


def over_factors(factors: Sequence[float], scores: np.ndarray, unscaled: np.ndarray) -> Picture:
    """Draw a score over the width of the ranges, with the score without scaling beside it.

    Args:
        factors: what the ranges were multiplied by, shape (factors,), rising.
        scores: shape (factors, seeds).
        unscaled: of agents without scaling, shape (seeds,).
    """
    fig, ax = figure(7.2, 3.4)
    ax.set(xscale="log", xlabel="width of the declared ranges, as a factor", ylabel="greedy score over training")
    found = band(scores.T)
    ax.set(xlim=(factors[0], factors[-1]), ylim=(0, 1.05 * max(found.max(), unscaled.mean())))
    ax.axhline(unscaled.mean(), color=COLOURS[0], linewidth=0.9, linestyle=":")
    lines(ax, np.asarray(factors), {"ranges": found})
    ax.set_xticks(list(factors), [f"{factor:g}" for factor in factors])
    ax.minorticks_off()
    ax.set_title("dotted: the same without scaling", fontsize=9)
    words = f"ranges: highest at {factors[int(found[0].argmax())]:g}"
    return Picture(fig, f"Score over training against the width of the ranges, with bands. {words}.")
