"""Gymnasium's environments with gymnasium's wrappers, and the stick."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import math
from collections.abc import Iterator
from typing import Any, Protocol, SupportsFloat

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import FrameStackObservation, RecordEpisodeStatistics

from qlib.core import accelerator, games
from qlib.core.images import Image, demand_observations
from qlib.core.rules import shaped
from qlib.core.settings import Settings

_checked: dict[str, EnvSpec] = {}  # by id; one that was registered anew is checked anew


class Stick(gym.Wrapper):
    """Replace the reward of the step that ends an episode: the stick to the environment's carrots.

    Args:
        env: the environment.
        reward: what the last step yields instead of its own reward; None leaves it alone. It may change at any time.
        at_time_limit: whether reaching the time limit (truncated) is punished too.
    """

    def __init__(self, env: gym.Env, reward: float | None, at_time_limit: bool = False) -> None:
        super().__init__(env)
        self.reward = reward
        self.at_time_limit = at_time_limit

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        reward = shaped(reward, terminated, truncated, self.reward, self.at_time_limit)
        return observation, float(reward), terminated, truncated, info


def make_env(settings: Settings, render_mode: str | None = None) -> gym.Env:
    """Make the environment that an agent trains in.

    The unshaped return of each episode stands in `info["episode"]["r"]` at its last step, stick or no stick.

    Args:
        settings: `env_id`, `frames`, `channels`, `stick`, `stick_at_time_limit`.
        render_mode: gymnasium's; None draws nothing.

    Returns:
        A gymnasium environment with a Box observation space, flat or of images, and a Discrete action space.

    Raises:
        ValueError: if the id is unknown, a package that it needs is missing, the environment's spaces are of another
            kind, or gymnasium's `check_env` finds a fault in it.
    """
    spec = _known(settings.env_id)
    # Not every environment knows the word render_mode.
    rendering: dict[str, Any] = {} if render_mode is None else {"render_mode": render_mode}
    with _naming(settings.env_id):
        env: gym.Env = RecordEpisodeStatistics(games.make(settings.env_id, **rendering))
    looked_at(env, settings)
    _demand_sound(env, spec, settings.env_id)
    if settings.frames > 1:
        env = FrameStackObservation(env, settings.frames)
    if settings.stick is not None:
        env = Stick(env, settings.stick, settings.stick_at_time_limit)
    return env


def make_vector_env(settings: Settings, n: int) -> gym.vector.VectorEnv:
    """Make n copies of the unshaped environment that step together: gymnasium's array version where it has one.

    Raises:
        ValueError: as `make_env`.
    """
    fast = _known(settings.env_id).vector_entry_point is not None
    with _naming(settings.env_id):
        envs = gym.make_vec(
            settings.env_id, num_envs=int(n), vectorization_mode="vector_entry_point" if fast else "sync"
        )
    demand_observations(envs.single_observation_space, envs.single_action_space, settings.env_id)
    return envs


def seen(settings: Settings) -> tuple[Image | None, int, int]:
    """Return what an observation is, if it is an image, the numbers in one, and the number of actions."""
    env = make_env(dataclasses.replace(settings, frames=1))
    image = looked_at(env, settings)
    n_observations, n_actions = math.prod(env.observation_space.shape), int(env.action_space.n)  # type: ignore[arg-type,attr-defined]
    env.close()
    return image, settings.frames * n_observations, n_actions


def looked_at(env: gym.Env, settings: Settings) -> Image | None:
    """Return what an environment's observations are, one frame each: an Image, or None for a row of numbers."""
    spaces = (env.observation_space, env.action_space)
    return demand_observations(*spaces, settings.env_id, settings.frames, settings.channels)


def sizes(settings: Settings) -> tuple[int, int]:
    """Return the numbers in one observation and the number of actions of an environment."""
    return seen(settings)[1:]


class Worlds(Protocol):
    """n unshaped copies of an environment that step together, none restarted by itself.

    What happens in one depends on its own seeds and actions only.
    """

    def restart(self, i: int, seed: int) -> np.ndarray:
        """Begin an episode in copy i where `env.reset(seed=seed)` does; return its first observation."""

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Step all; return observations (n, n_observations), rewards, terminated, truncated (n,)."""

    def park(self, i: int) -> None:
        """Step copy i no more until it is restarted; what `step` returns for it means nothing."""


class Separate:
    """Worlds of any environment, one object a copy."""

    def __init__(self, settings: Settings, n: int) -> None:
        self.envs = [make_env(dataclasses.replace(settings, stick=None)) for _ in range(n)]
        self.last: list[tuple] = [()] * n
        self.parked = [False] * n

    def restart(self, i: int, seed: int) -> np.ndarray:
        self.parked[i] = False
        return self.envs[i].reset(seed=seed)[0]

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        for i, (env, action) in enumerate(zip(self.envs, actions.tolist(), strict=True)):
            if not self.parked[i]:
                self.last[i] = env.step(action)[:4]
        observations, rewards, terminated, truncated = map(np.array, zip(*self.last, strict=True))
        return observations, rewards, terminated, truncated

    def park(self, i: int) -> None:
        self.parked[i] = True


def make_worlds(settings: Settings, n: int) -> Worlds:
    """Make n copies of a settings' environment: in arrays where the engine has them, else one by one."""
    arrays = None if accelerator.engine is None else accelerator.engine.worlds(settings, n)
    return Separate(settings, n) if arrays is None else arrays


@contextlib.contextmanager
def _naming(env_id: str) -> Iterator[None]:
    """Turn what gymnasium raises for a package that is not there into a ValueError."""
    try:
        yield
    except (gym.error.Error, ImportError) as error:
        if "box2d" in str(error).lower():  # gymnasium's own advice would put another pygame over ours
            raise ValueError(f'env_id={env_id!r} needs Box2D: pip install -e ".[box2d]" brings it.') from error
        raise ValueError(
            f"env_id={env_id!r} cannot be made here: {error} Install what is missing, or choose another environment."
        ) from error


def _known(env_id: str) -> EnvSpec:
    """Return what an environment was registered with, or raise a ValueError with the nearest ids."""
    games.register(env_id)
    try:
        return gym.spec(env_id)
    except (gym.error.Error, ImportError, ValueError) as error:  # "module:id" imports a module
        near = difflib.get_close_matches(env_id, gym.registry, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"env_id={env_id!r} is not an environment that gymnasium knows: {error}{hint}") from error


def _demand_sound(env: gym.Env, spec: EnvSpec, env_id: str) -> None:
    """Raise a ValueError with the words of gymnasium's `check_env` about an environment that is not a known package's.

    Each is checked once, on a copy. One that was registered with `disable_env_checker=True` is not.
    """
    own = type(env.unwrapped).__module__.startswith(("gymnasium.envs.", "minatar.", "ale_py."))
    if own or spec.disable_env_checker or _checked.get(env_id) is spec:
        return
    copy = gym.make(env_id, disable_env_checker=True).unwrapped
    try:
        check_env(copy, skip_render_check=True, skip_close_check=True)  # its warnings go out as they are
    except Exception as error:  # the environment's own code runs: it may be anything
        raise ValueError(
            f"env_id={env_id!r} does not do what gymnasium asks of an environment: {type(error).__name__}: {error} "
            "Mend it and register it again, or register it with disable_env_checker=True if it is meant."
        ) from error
    finally:
        copy.close()
    _checked[env_id] = spec
