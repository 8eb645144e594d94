"""Games whose packages are extras: registered when one is asked for, with what their images need."""

from __future__ import annotations

import importlib
import logging
from typing import Any

import gymnasium as gym
import numpy as np

COLOURS = np.array(  # black, and one for each channel: what comes later lies on top
    [
        (0, 0, 0),
        (86, 180, 233),
        (240, 228, 66),
        (120, 120, 120),
        (213, 94, 0),
        (0, 158, 115),
        (204, 121, 167),
        (230, 159, 0),
        (0, 114, 178),
        (255, 255, 255),
        (160, 200, 160),
    ],
    np.uint8,
)
ENLARGED = 16  # pixels on the screen for each of MinAtar's


class MinAtar(gym.Wrapper):
    """One of MinAtar's games (Young and Tian 2019): seeded wholly by a reset, and drawn without further packages."""

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[Any, dict]:
        inner: Any = self.env.unwrapped
        inner.game.last_action = 0  # a sticky action would come out of the episode before
        return self.env.reset(seed=seed, options=options)

    def render(self) -> Any:
        if self.env.render_mode != "rgb_array":
            return self.env.render()
        inner: Any = self.env.unwrapped
        state = inner.game.state()
        tiles = COLOURS[(state * np.arange(1, state.shape[-1] + 1)).max(-1)]  # (H, W, 3)
        return tiles.repeat(ENLARGED, 0).repeat(ENLARGED, 1)


def register(env_id: str) -> None:
    """Register the games of the package that an id belongs to.

    Raises:
        ValueError: if that package is not here.
    """
    if env_id in gym.registry:
        return
    for namespace, package, extra in (("MinAtar/", "minatar.gym", "minatar"), ("ALE/", "ale_py", "atari")):
        if env_id.startswith(namespace):
            try:
                module = _imported(package)
            except ImportError as error:
                raise ValueError(
                    f'env_id={env_id!r} needs the extra [{extra}]: pip install -e ".[{extra}]" brings it ({error}).'
                ) from error
            if extra == "minatar":
                module.register_envs()
            else:
                gym.register_envs(module)


def make(env_id: str, **how: Any) -> gym.Env:
    """Make an environment by its id; of MinAtar's and Atari's with what they need.

    Atari's as Machado et al. (2018) have them, by gymnasium's own wrapper: grey, 84 x 84, each action four times, the
    maximum of the last two frames, up to 30 times no action at the start; a lost life is no end.
    """
    if env_id.startswith("ALE/"):
        return gym.wrappers.AtariPreprocessing(gym.make(env_id, frameskip=1, **how))
    env = gym.make(env_id, **how)
    return MinAtar(env) if env_id.startswith("MinAtar/") else env


def _imported(package: str) -> Any:
    """Import a package without its remarks about what else could be installed."""
    silent, disabled = logging.NullHandler(), logging.root.manager.disable
    logging.root.addHandler(silent)  # or a first remark would set up the logging of the whole process
    logging.disable(logging.WARNING)
    try:
        return importlib.import_module(package)
    finally:
        logging.disable(disabled)
        logging.root.removeHandler(silent)
