"""Every hyperparameter in one place, with its meaning, its unit and the values it may take."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Settings:
    """The hyperparameters of one deep Q-learning run.

    A frozen dataclass: make a changed copy with `dataclasses.replace(settings, gamma=0.95)`.

    Raises:
        ValueError: if a value is outside its range; the message names the field, the value and the range.
    """

    env_id: str = "CartPole-v1"
    """The gymnasium environment: flat Box observations, Discrete actions."""
    stick: float | None = None
    """The reward that replaces the environment's when the episode terminates; None leaves rewards alone."""
    stick_at_time_limit: bool = False
    """Whether the stick also falls on an agent that reaches the time limit (truncated), as in the original."""
    reward_scale: float = 1.0
    """What rewards are multiplied by before they are stored, above 0; scores are always unscaled."""
    observation_scale: tuple[float, ...] | None = None
    """What each observation is divided by at the network's door, in the observation's units; None: nothing."""

    network: Literal["plain", "batch_norm"] = "plain"
    """The kind of network: QNetwork or QNetworkBN."""
    hidden: tuple[int, ...] = (24, 24)
    """The number of units in each hidden layer."""

    learning_rate: float = 1e-3
    """Adam's step size at the start, above 0."""
    learning_rate_end: float | None = None
    """Adam's step size after `learning_rate_steps`, reached in a straight line; None: it stays the same."""
    learning_rate_steps: int = 30_000
    """Environment steps until `learning_rate_end`."""
    weight_decay: float = 0.0
    """AdamW's decoupled weight decay, 0 or above; 0 is Adam."""
    loss: Literal["mse", "huber"] = "mse"
    """The error that is minimised: mean squared, or Huber with its corner at 1."""
    max_gradient_norm: float | None = None
    """The norm that the gradient is clipped to; None: no clipping."""

    gamma: float = 0.99
    """The discount, in [0, 1]: what a reward one step later is worth now."""
    bootstrap_ends_at: Literal["termination", "termination or truncation", "nothing"] = "termination"
    """Where the TD target stops looking ahead. Only "termination" is right; the others are known mistakes."""
    target_network: Literal["none", "hard", "soft"] = "none"
    """Who values the next state: the online network itself, a copy, or a slow average."""
    target_every: int = 500
    """Updates between two copies ("hard")."""
    tau: float = 0.01
    """The share of the online network mixed in at each update ("soft"), in (0, 1]."""
    double: bool = False
    """Double DQN: the online network chooses the next action, the target network values it."""

    batch_size: int = 64
    """Transitions in one update."""
    memory_size: int = 10_000
    """Transitions that the replay memory holds."""
    learning_starts: int = 0
    """Transitions to collect before the first update (never fewer than one batch)."""
    updates_per_step: int = 1
    """Updates after each environment step."""
    updates_per_episode: int = 0
    """Further updates at the end of each episode."""

    epsilon_start: float = 1.0
    """The chance of a random action in the first episode, in [0, 1]."""
    epsilon_end: float = 0.05
    """The chance of a random action that the decay aims at, in [0, 1]."""
    epsilon_decay: Literal["linear", "original"] = "linear"
    """"linear" falls in a straight line and stays; "original" multiplies, and does not stop at epsilon_end."""
    epsilon_episodes: int | None = None
    """Episodes until `epsilon_end`; None: 60 % of the run's episodes, as in the original."""
    episodes: int = 1_000
    """The run's planned length in episodes, where `train` is not told one."""

    compiled: bool = True
    """Whether to use the compiled update where it applies: the same numbers, sooner."""
    device: str = "cpu"
    """Where the networks and the memory live: "cpu", "cuda", "cuda:1", "mps"."""

    def __post_init__(self) -> None:
        for name in ("observation_scale", "hidden"):  # a list reads well in a cell, a tuple can be compared
            value = getattr(self, name)
            if isinstance(value, Iterable):
                object.__setattr__(self, name, tuple(value))
        for name in ("gamma", "epsilon_start", "epsilon_end"):
            self._demand(name, lambda x: 0 <= x <= 1, "a number from 0 to 1")
        for name in ("learning_rate", "reward_scale"):
            self._demand(name, lambda x: 0 < x < math.inf, "a number above 0")
        self._demand("tau", lambda x: 0 < x <= 1, "a number above 0, at most 1")
        self._demand("weight_decay", lambda x: 0 <= x < math.inf, "0 or a number above 0")
        for name in ("learning_rate_end", "max_gradient_norm"):
            self._demand(name, lambda x: x is None or 0 < x < math.inf, "None or a number above 0")
        self._demand("stick", lambda x: x is None or math.isfinite(x), "None or a finite number")
        whole_from_1 = ("batch_size", "memory_size", "learning_rate_steps", "target_every", "episodes")
        for name in whole_from_1:
            self._demand(name, lambda x: is_whole(x) and x >= 1, "a whole number from 1 up")
        for name in ("learning_starts", "updates_per_step", "updates_per_episode"):
            self._demand(name, lambda x: is_whole(x) and x >= 0, "a whole number from 0 up")
        self._demand(
            "epsilon_episodes", lambda x: x is None or (is_whole(x) and x >= 1), "None or a whole number from 1 up"
        )
        self._demand("hidden", lambda x: all(is_whole(n) and n >= 1 for n in x), "whole numbers from 1 up")
        self._demand(
            "observation_scale",
            lambda x: x is None or all(0 < s < math.inf for s in x),
            "None or one finite number above 0 for each dimension",
        )
        for name, allowed in _CHOICES.items():
            self._demand(name, allowed.__contains__, "one of " + ", ".join(map(repr, allowed)))
        if self.batch_size > self.memory_size:
            raise ValueError(
                f"batch_size={self.batch_size} is larger than memory_size={self.memory_size}: a batch is drawn "
                "from the memory. Lower batch_size or raise memory_size."
            )
        if self.epsilon_end > self.epsilon_start:
            raise ValueError(
                f"epsilon_end={self.epsilon_end} is above epsilon_start={self.epsilon_start}: epsilon falls as the "
                "agent learns. Swap them."
            )
        if self.epsilon_decay == "original" and not 0 < self.epsilon_end:
            raise ValueError(
                "epsilon_end=0 with epsilon_decay='original': the original's factor holds the logarithm of "
                "epsilon_end, so it must be above 0. Raise epsilon_end, or use epsilon_decay='linear'."
            )

    def _demand(self, name: str, is_allowed, allowed: str) -> None:
        value = getattr(self, name)
        try:
            fine = is_allowed(value)
        except TypeError:
            fine = False
        if not fine:
            raise ValueError(f"{name}={value!r} is not allowed: {name} must be {allowed}.")


_CHOICES = {
    "network": ("plain", "batch_norm"),
    "loss": ("mse", "huber"),
    "bootstrap_ends_at": ("termination", "termination or truncation", "nothing"),
    "target_network": ("none", "hard", "soft"),
    "epsilon_decay": ("linear", "original"),
}


def is_whole(value) -> bool:
    """Say whether a value is a whole number, Python's or numpy's."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def next_epsilon(settings: Settings, epsilon: float, episodes: int | None = None) -> float:
    """Decay epsilon once, at the end of an episode.

    Args:
        settings: `epsilon_decay` says how, `epsilon_episodes` how fast.
        epsilon: the chance of a random action in the episode that ended.
        episodes: the run's planned length; None: `settings.episodes`.

    Returns:
        The chance of a random action in the next episode.
    """
    horizon = settings.epsilon_episodes or 0.6 * (episodes or settings.episodes)
    if settings.epsilon_decay == "original":
        return max(0.0, float(epsilon * (1 + np.log(settings.epsilon_end) / horizon)))  # below 0 in a run of a few
    fall = (settings.epsilon_start - settings.epsilon_end) / horizon
    return min(epsilon, max(settings.epsilon_end, epsilon - fall))  # one set lower by hand stays where it is


def learning_rate(settings: Settings, steps: int) -> float:
    """Return Adam's step size after so many environment steps."""
    start, end = settings.learning_rate, settings.learning_rate_end
    if end is None:
        return start
    return start + min(1.0, steps / settings.learning_rate_steps) * (end - start)


def epsilon_schedule(settings: Settings, episodes: int) -> np.ndarray:
    """List the epsilon of each episode of a run.

    Args:
        settings: the decay.
        episodes: the run's length, from 1 up.

    Returns:
        Epsilon per episode, shape (episodes,), float64.

    Raises:
        ValueError: if `episodes` is not a whole number from 1 up.
    """
    if not is_whole(episodes) or episodes < 1:
        raise ValueError(f"episodes={episodes!r} is not allowed: episodes must be a whole number from 1 up.")
    schedule = [settings.epsilon_start]
    for _ in range(episodes - 1):
        schedule.append(next_epsilon(settings, schedule[-1], episodes))
    return np.array(schedule)


ORIGINAL = Settings(
    stick=-10.0,
    stick_at_time_limit=True,
    gamma=0.8,
    bootstrap_ends_at="nothing",
    updates_per_step=40,
    epsilon_decay="original",
)
"""The notebook that this tutorial grew from, with its mistakes: 1,000 episodes took it 2 h 13 min."""

RECOMMENDED = Settings(
    observation_scale=(
        4.8,
        4.0,
        0.4189,
        4.0,
    ),  # m, m/s, rad, rad/s: CartPole's declared ranges, and twice a usual speed
    reward_scale=0.1,
    hidden=(64, 64),
    learning_rate=2e-3,
    learning_rate_end=4e-5,
    weight_decay=0.01,
    gamma=0.997,
    target_network="soft",
    tau=0.05,
    double=True,
    memory_size=50_000,
    learning_starts=500,
    epsilon_episodes=60,
)
"""Solves CartPole-v1 and stays solved; `benchmarks/learning.py` measures it."""
