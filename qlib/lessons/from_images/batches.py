"""Five stacks on their way to a network, of which four are broken: what exercise 14.4 shows."""

from __future__ import annotations

import numpy as np

from qlib.lessons.from_images.ball import flights, frame
from qlib.lessons.from_images.pictures import canvas
from qlib.show.drawing import Drawing

BATCHES = {
    "A": "a stack repeated",
    "B": "channels last",
    "C": "whole",
    "D": "a frame of the next episode",
    "E": "not scaled",
}
"""What is wrong with each."""


def made(fault: str) -> np.ndarray:
    """Make a stack of four frames of the ball with one fault, or "whole", as a network would get it."""
    flight, other = flights()[2], flights()[9]
    rows = {"a stack repeated": [5, 5, 5, 5], "a frame of the next episode": [6, 7, 8, 0]}.get(fault, [2, 3, 4, 5])
    stack = np.array([frame(row, (flight if row else other)[row]) for row in rows], np.float32)
    if fault == "channels last":
        return stack.transpose(1, 2, 0)
    return 255 * stack if fault == "not scaled" else stack


def batches() -> Drawing:
    """Draw each stack as the network sees it: its first four channels, its shape and its largest number."""
    panels, words = [], []
    for name, fault in BATCHES.items():
        stack = made(fault)
        title = f"{name}: shape {stack.shape}, largest {stack.max():.0f}"
        panels.append(canvas(list(stack[:4] > 0), [f"channel {k}" for k in range(4)], title=title))
        places = [np.argwhere(channel).tolist() for channel in stack[:4]]
        words.append(f"{title}, lit in channels 0 to 3: {places}")
    return Drawing(*panels, alt=f"Five stacks. {'; '.join(words)}.", height=620, width=860, column=2)
