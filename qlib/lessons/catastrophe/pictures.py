"""The picture of lesson 09: how high the values climb, beside their ceiling."""

from __future__ import annotations

import numpy as np

from qlib.show.picture import DASHES, Picture, figure, lines, note
from qlib.study.result import Comparison


def highest_values(result: Comparison, ceiling: float, guess: object = None) -> Picture:
    """Draw each variant's highest value over training, the median over seeds; four bands would hide each other.

    Args:
        result: measured with the diagnostic "highest value".
        ceiling: 1 / (1 - gamma), in steps.
        guess: a number that somebody has said; a line marks it.
    """
    found = result.diagnostics["highest value"]  # (variants, seeds, examinations)
    medians = dict(zip(result.labels, np.median(found, axis=1), strict=True))
    said = [float(guess)] if isinstance(guess, (int, float)) else []
    fig, ax = figure(7.6, 3.2)
    top = 1.1 * max(ceiling, *said, *(float(curve.max()) for curve in medians.values()))
    ax.set(xlabel="environment steps", ylabel="highest value", xlim=(0, result.steps[-1]), ylim=(0, top))
    lines(ax, result.steps, medians)
    for height, words in [(ceiling, "ceiling"), *((value, "you said") for value in said)]:
        ax.axhline(height, color="#767676", linestyle=DASHES[2], linewidth=1.2)
        note(ax, words, (0, height), (4, 3), color="#595959")
    words = ", ".join(f"{label} {curve.max():.0f}" for label, curve in medians.items())
    return Picture(
        fig, f"Highest value over training, medians over seeds; the ceiling is {ceiling:.0f}. Tops: {words}."
    )
