"""Pictures of lesson NN: My topic."""

from __future__ import annotations

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Line
from qlib.show.panel import Axis, Panel


def worth(gamma: float) -> tuple[Drawing, str]:
    """Draw what a reward of 1 is worth today, by the step at which it comes.

    Args:
        gamma: the discount factor, from 0, below 1.

    Returns:
        The Drawing, and its numbers in words.
    """
    steps = np.arange(100)
    panel = Panel([Line(steps, gamma**steps)], Axis("step", 0, 99), Axis("worth today", 0, 1.05))
    text = f"With gamma {gamma:.2f}, rewards of 1 for ever are worth {1 / (1 - gamma):.1f} today."
    return Drawing(panel, alt=text, height=280), text
