"""The picture of lesson 09: how high the values climb, beside their ceiling."""

from __future__ import annotations

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Rule
from qlib.show.panel import Axis, Panel, lines
from qlib.study.result import Comparison


def highest_values(result: Comparison, ceiling: float, guess: object = None) -> Drawing:
    """Draw each variant's highest value over training, the median over seeds; four bands would hide each other.

    Args:
        result: measured with the diagnostic "highest value".
        ceiling: 1 / (1 - gamma), in steps.
        guess: a number that somebody has said; a line marks it.
    """
    found = result.diagnostics["highest value"]  # (variants, seeds, examinations)
    medians = dict(zip(result.labels, np.median(found, axis=1), strict=True))
    said = [float(guess)] if isinstance(guess, (int, float)) else []
    rules = [Rule(ceiling, label="ceiling"), *(Rule(one, label="you said") for one in said)]
    top = 1.1 * max(ceiling, *said, *(float(curve.max()) for curve in medians.values()))
    x, y = Axis("environment steps", 0, int(result.steps[-1])), Axis("highest value", 0, top)
    tops = ", ".join(f"{label} {curve.max():.0f}" for label, curve in medians.items())
    words = f"Highest value over training, medians over seeds; the ceiling is {ceiling:.0f}. Tops: {tops}."
    return Drawing(Panel([*lines(result.steps, medians), *rules], x, y), alt=words, height=320)
