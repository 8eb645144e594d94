"""Observations that are one row of numbers: what an agent asks of them, as it asks it of an `Image`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from qlib.core.demands import as_float32, demand_finite


@dataclass(frozen=True)
class Row:
    """What an environment's observations are: n numbers, in its units."""

    n: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an observation, (n,)."""
        return (self.n,)

    def ready(self, observations: np.ndarray) -> np.ndarray:
        """Return observations as a policy takes them, float32.

        Raises:
            ValueError: if one is not finite as such.
        """
        return as_float32(observations)

    def take_all(self, observations: np.ndarray | torch.Tensor, device: torch.device) -> torch.Tensor:
        """Return one or more observations as a float32 tensor, (n,) or (B, n).

        Raises:
            ValueError: if they have another number of numbers.
        """
        x = torch.as_tensor(observations, dtype=torch.float32, device=device)
        if x.ndim == 0 or x.shape[-1] != self.n:
            raise ValueError(f"an observation has {self.n} numbers; these have shape {tuple(x.shape)}.")
        return x

    def demand(self, observation: np.ndarray, reward: float, step: int) -> None:
        """Raise a ValueError that names the step if an observation or a reward is not finite as float32."""
        demand_finite(observation, reward, step)
