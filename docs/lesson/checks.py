"""Checks of lesson NN: My topic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import expect


@exercise("NN.1 The return")
def discounted_return(answer: Callable[[np.ndarray, float], float]) -> None:
    """Check `answer(rewards, gamma)`: rewards of shape (T,), the return as a number."""
    rewards = np.array([1.0, 2.0, 4.0])
    expect(answer(rewards, 0.5), 3.0, "the first reward counts fully, the next ones by gamma, gamma squared, ...")
    expect(answer(rewards, 0.0), 1.0, "with gamma 0 the first reward alone counts")
