"""How a score hangs on one setting: a curve for each variant, where a single point would say too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.panel import Axis, Panel, lines
from qlib.study.statistics import band


def sensitivity(
    values: Sequence[float], scores: Mapping[str, np.ndarray], setting: str, score: str = "score over training (steps)"
) -> Drawing:
    """Draw each variant's mean score over a setting, with its 95 % band.

    Args:
        values: of the setting, above 0, shape (n,), rising.
        scores: variant to scores, shape (n, seeds).
        setting: its name, with a unit if it has one.
        score: what the scores are.
    """
    curves = {label: band(each.T) for label, each in scores.items()}
    x = Axis(setting, values[0], values[-1], log=True, ticks={value: f"{value:g}" for value in values})
    y = Axis(score, 0, 1.05 * float(max(np.nanmax(curve) for curve in curves.values())))
    best = ", ".join(f"{label} highest at {values[int(curve[0].argmax())]:g}" for label, curve in curves.items())
    alt = f"{score} over {setting}, with bands: {best}."
    return Drawing(Panel(lines(np.asarray(values, float), curves), x, y), alt=alt, height=340)
