"""How a score hangs on one setting: a curve for each variant, where a single point would say too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qlib.show.picture import Picture, figure, lines
from qlib.study.statistics import band


def sensitivity(
    values: Sequence[float], scores: Mapping[str, np.ndarray], setting: str, score: str = "score over training (steps)"
) -> Picture:
    """Draw each variant's mean score over a setting, with its 95 % band.

    Args:
        values: of the setting, above 0, shape (n,), rising.
        scores: variant to scores, shape (n, seeds).
        setting: its name, with a unit if it has one.
        score: what the scores are.
    """
    curves = {label: band(each.T) for label, each in scores.items()}
    fig, ax = figure(7.2, 3.4)
    ax.set(xscale="log", xlabel=setting, ylabel=score, xlim=(values[0], values[-1]))
    ax.set_ylim(0, 1.05 * max(np.nanmax(curve) for curve in curves.values()))
    lines(ax, np.asarray(values, float), curves)
    ax.set_xticks(list(values), [f"{value:g}" for value in values])
    ax.minorticks_off()
    best = ", ".join(f"{label} highest at {values[int(curve[0].argmax())]:g}" for label, curve in curves.items())
    return Picture(fig, f"{score} over {setting}, with bands: {best}.")
