"""Bringing observations to one size: by declared ranges, or by the mean and deviation of what was seen."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.demands import demand_ranges, demand_rows
from qlib.core.network import QNetwork, build_optimizer
from qlib.core.settings import Settings


def min_max(
    observations: np.ndarray, low: Sequence[float] | np.ndarray, high: Sequence[float] | np.ndarray
) -> np.ndarray:
    """Map each dimension's range to 0 ... 1.

    Args:
        observations: shape (n,) or (B, n), in the environment's units.
        low, high: the range of each dimension, shape (n,), in the same units.

    Returns:
        (x - low) / (high - low), float64, of the observations' shape; what lies outside the range lies outside 0 ... 1.

    Raises:
        ValueError: if the lengths differ, or a range is infinite, empty or upside down; the message names the
            dimensions.
    """
    bottom, top = demand_ranges(low, high)
    x = demand_rows(observations, len(bottom))
    return (x - bottom) / (top - bottom)


class RunningNetwork(QNetwork):
    """A QNetwork that subtracts the mean of all observations seen so far, and divides by their deviation.

    The statistics are buffers: saved with the network, copied to the target network, untouched by the optimiser.
    Only `watch` moves them.

    Args:
        n_observations, n_actions, hidden, generator: as in `QNetwork`.
    """

    count: torch.Tensor
    mean: torch.Tensor
    variance: torch.Tensor

    def __init__(self, n_observations: int = 4, n_actions: int = 2, hidden=(24, 24), generator=None) -> None:
        super().__init__(n_observations, n_actions, hidden, None, generator)
        self.register_buffer("count", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(n_observations))
        self.register_buffer("variance", torch.ones(n_observations))

    @torch.no_grad()
    def watch(self, observation: np.ndarray) -> None:
        """Count one more observation, shape (n_observations,), in: Welford's update (1962) of mean and variance.

        One observation has no deviation: the variance is 1 until there are two.
        """
        x = torch.as_tensor(observation, dtype=torch.float32, device=self.mean.device)
        self.count += 1
        away = x - self.mean
        self.mean += away / self.count
        if self.count > 1:
            if self.count == 2:
                self.variance.zero_()
            self.variance += (away * (x - self.mean) - self.variance) / self.count

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Map observations (B, n_observations) to action values (B, n_actions), float32."""
        return self.layers((observations - self.mean) / (self.variance + 1e-8).sqrt())


class RunningAgent(QAgent):
    """A QAgent with a RunningNetwork, whose statistics see each observation once: when it is remembered.

    Args:
        settings: `observation_scale` must be None, `network` "plain".
        seed: as in `QAgent`.

    Raises:
        ValueError: if the settings scale already.
    """

    online: RunningNetwork

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        if settings.observation_scale is not None or settings.network != "plain":
            raise ValueError(
                f"observation_scale={settings.observation_scale!r}, network={settings.network!r}: this agent scales by "
                "what it has seen, and once is enough. Use observation_scale=None and network='plain'."
            )
        super().__init__(settings, seed)
        generator = torch.Generator().manual_seed(seed)
        network = RunningNetwork(self.n_observations, self.n_actions, settings.hidden, generator)
        self.online = network.to(self.device)
        self.target = None if self.target is None else copy.deepcopy(self.online).eval()
        self.optimizer = build_optimizer(self.online, settings)

    def remember(self, observation, action, reward, next_observation, terminated, truncated=False) -> None:
        super().remember(observation, action, reward, next_observation, terminated, truncated)
        self.online.watch(observation)
