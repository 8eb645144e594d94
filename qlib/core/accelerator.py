"""The one door through which the floor above comes in: the same numbers, sooner. Closed, everything runs as it reads.

`qlib.engine` opens it. Whether and when it takes over is decided there, in one function.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Taken(Protocol):
    """An agent that the engine has taken over."""

    def learn(self, agent: Any, rate: float, share: float) -> float:
        """Draw a batch, update the agent, move its target network by a share; return the loss, NaN if not finite."""

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose the best action for each of some observations (1, B, n_observations), shape (1, B)."""


class Accelerator(Protocol):
    """What the engine offers."""

    def take(self, agent: Any) -> Taken | None:
        """Take over an agent where the same can be had sooner; None where the agent must do it itself."""

    def worlds(self, settings: Any, n: int) -> Any:
        """Return n environments in arrays that step as one, as `environment.Worlds`; None where there are none."""

    def compiled(self, function: Any) -> Any:
        """Return a function compiled, or as it is."""


engine: Accelerator | None = None
