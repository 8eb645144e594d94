"""Pictures of lesson NN: My topic."""

from __future__ import annotations

import numpy as np

from qlib.show.picture import COLOURS, Picture, figure


def worth(gamma: float) -> tuple[Picture, str]:
    """Draw what a reward of 1 is worth today, by the step at which it comes.

    Args:
        gamma: the discount factor, from 0, below 1.

    Returns:
        The Picture, and its numbers in words.
    """
    steps = np.arange(100)
    fig, ax = figure(7.2, 2.8)
    ax.plot(steps, gamma**steps, color=COLOURS[0], linewidth=2)
    ax.set(xlabel="step", ylabel="worth today", ylim=(-0.02, 1.05))
    text = f"With gamma {gamma:.2f}, rewards of 1 for ever are worth {1 / (1 - gamma):.1f} today."
    return Picture(fig, text), text
