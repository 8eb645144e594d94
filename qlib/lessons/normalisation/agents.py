"""The agents of lesson 11: one base, five ways to bring observations to one size, and thirteen divisors."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.network import QNetwork, build_optimizer
from qlib.core.settings import Settings
from qlib.lessons.normalisation.pictures import RANGES
from qlib.lessons.normalisation.scaling import RunningAgent
from qlib.study import by_rate
from qlib.study.diagnostics import visited

LARGE, SMALL = 3e-3, 3e-4  # learning rates
BASE = Settings(gamma=0.99, learning_rate=LARGE, epsilon_episodes=30, target_network="soft", tau=0.05)
SCALED = dataclasses.replace(BASE, observation_scale=tuple(RANGES.tolist()))
NORMED = dataclasses.replace(BASE, network="batch_norm")
FACTORS = (0.25, 0.5, 1, 2, 4)
LIVED = np.array([0.55, 0.66, 0.073, 0.57])  # m, m/s, rad, rad/s: deviations in the memory of agents that learn
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
BY_RATE = "nothing", "x 4", "x 1", "x 0.25", "angle alone", "alike where it learns"  # of `parts`, at each of RATES
UNITS = {"as it is": (1, 1, 1, 1), "all in hundredths": (0.01,) * 4, "position in mm": (0.001, 1, 1, 1)}  # divisors

Variant = Settings | Callable[[int], QAgent]


class ZeroToOne(QNetwork):
    """A QNetwork that maps the declared ranges to 0 ... 1, as the original meant to."""

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Map observations (B, 4) to action values (B, 2), float32."""
        return self.layers((observations / torch.tensor(RANGES, dtype=torch.float32) + 1) / 2)


class ZeroToOneAgent(QAgent):
    """A QAgent with a ZeroToOne network."""

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        super().__init__(settings, seed)
        self.online = ZeroToOne(generator=torch.Generator().manual_seed(seed))  # the first weights of any other agent
        self.target = copy.deepcopy(self.online).eval()
        self.optimizer = build_optimizer(self.online, settings)


def ways(learning_rate: float) -> dict[str, Variant]:
    """Return the five ways at a learning rate: nothing, ranges, 0 to 1, running, batch norm."""
    settings = dataclasses.replace(BASE, learning_rate=learning_rate)
    return {
        "nothing": settings,
        "ranges": dataclasses.replace(settings, observation_scale=SCALED.observation_scale),
        "0 to 1": lambda seed: ZeroToOneAgent(settings, seed),
        "running": lambda seed: RunningAgent(settings, seed),
        "batch norm": dataclasses.replace(settings, network="batch_norm"),
    }


def parts() -> dict[str, np.ndarray]:
    """Return what each of section 5's thirteen agents divides its observations by, shape (4,) each."""
    return {
        "nothing": np.ones(4),
        **{f"x {factor:g}": factor * RANGES for factor in FACTORS},
        "all by one number": np.full(4, 0.2095),
        "angle alone": np.array([1, 1, 0.2095, 1]),
        "position alone": np.array([0.2095, 1, 1, 1]),
        "alike under random play": visited("CartPole-v1", 2_000).std(0),
        "alike where it learns": LIVED,
        "alike where it learns, x 2.5": 2.5 * LIVED,
        "angle alone, all 5 times as large": np.array([0.2, 0.2, 0.0419, 0.2]),
    }


def at_rates() -> dict[str, Settings]:
    """Return six of the divisors at each learning rate, by "x 4, rate 0.001"."""
    scales = {name: tuple(parts()[name]) for name in BY_RATE}
    return {
        by_rate.at(name, rate): dataclasses.replace(BASE, learning_rate=rate, observation_scale=scale)
        for name, scale in scales.items()
        for rate in RATES
    }


def in_units() -> dict[str, Settings]:
    """Return plain and batch norm agents in each of `UNITS`, by "batch_norm, position in mm"."""
    return {
        f"{kind}, {unit}": dataclasses.replace(BASE, network=kind, observation_scale=scale)
        for kind in ("plain", "batch_norm")
        for unit, scale in UNITS.items()
    }


def play(scaling: str, range_factor: float, batch_norm: bool, learning_rate: float) -> Variant:
    """Build what the playground trains.

    Raises:
        ValueError: if running statistics and batch norm are both asked for.
    """
    settings = dataclasses.replace(BASE, learning_rate=learning_rate, network="batch_norm" if batch_norm else "plain")
    if scaling == "running" and batch_norm:
        raise ValueError("Running statistics and batch norm both scale by what was seen: choose one of them.")
    if scaling == "running":
        return lambda seed: RunningAgent(settings, seed)
    scale = tuple(np.round(range_factor * RANGES, 6).tolist()) if scaling == "ranges" else None
    return dataclasses.replace(settings, observation_scale=scale)
