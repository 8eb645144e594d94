"""Lesson 06's picture of many seeds: the learner's runs beside qlib's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.own_run import GOOD
from qlib.show.drawing import Drawing
from qlib.show.intervals import each_seed

Values = Mapping[str, np.ndarray]


def beside(yours: Values, theirs: Values) -> Drawing:
    """Draw the training steps of the learner's runs and of qlib's: filled where the pole stood, hollow where not."""
    runs = {"yours": yours, "qlib's": theirs}
    weak = {name: each["score"] < GOOD for name, each in runs.items()}
    steps = {name: each["steps"] for name, each in runs.items()}
    drawing = each_seed(steps, f"training steps, hollow: a score under {GOOD}", weak)
    told = "; ".join(f"{name}: {(~each).sum()} of {len(each)} balance" for name, each in weak.items())
    drawing.alt += f" {told}."
    return drawing
