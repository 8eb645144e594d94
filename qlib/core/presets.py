"""Networks of the papers by name, and settings for images that were found here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from qlib.core.settings import Settings

MNIH_2013: Mapping[str, Any] = MappingProxyType(
    {"network": "conv", "filters": ((16, 8, 4), (32, 4, 2)), "hidden": (256,), "frames": 4}
)
"""The network of Mnih et al. 2013 for four grey images of 84 x 84: `Settings("ALE/Pong-v5", **MNIH_2013)`."""

MNIH_2015: Mapping[str, Any] = MappingProxyType(
    {"network": "conv", "filters": ((32, 8, 4), (64, 4, 2), (64, 3, 1)), "hidden": (512,), "frames": 4}
)
"""The network of Mnih et al. 2015 for the same images: `dataclasses.replace(settings, **MNIH_2015)`."""

MINATAR = Settings(
    env_id="MinAtar/Breakout-v1",
    channels="last",
    network="conv",
    filters=((16, 3, 1),),
    hidden=(128,),
    learning_rate=5e-4,
    target_network="hard",
    target_every=500,
    double=True,
    batch_size=32,
    memory_size=100_000,
    learning_starts=1_000,
    epsilon_end=0.01,
    epsilon_steps=10_000,
)
"""For MinAtar's games, on Breakout: the network of Young and Tian 2019 and Double DQN.

After 100,000 steps the mean return of the last 100 episodes is 7.6 [7.2, 8.1] over seeds 0 to 15, of which seed 0 was
chosen on; `benchmarks/SEARCH.md` has the log.
"""
