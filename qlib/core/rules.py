"""What the settings mean at each moment of training, each rule in one function.

`train` and an ensemble of many agents both ask here. Rewards, ends and the like may be numbers of one environment or
arrays of many.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qlib.core.demands import demand_whole
from qlib.core.settings import Settings


def shaped(reward: Any, terminated: Any, truncated: Any, stick: float | None, at_time_limit: bool) -> Any:
    """Return the reward that training sees: the stick's where it falls, the environment's elsewhere."""
    if stick is None:
        return reward
    return np.where(terminated | (truncated & at_time_limit), stick, reward)


def stored(settings: Settings, reward: Any, terminated: Any, truncated: Any) -> tuple[Any, Any]:
    """Return what the memory keeps of an outcome: the scaled reward, and whether the TD target stops looking ahead."""
    ends = terminated
    if settings.bootstrap_ends_at == "termination or truncation":
        ends = terminated | truncated
    return reward * settings.reward_scale, ends


def may_learn(settings: Settings, held: int, pushed: int) -> bool:
    """Say whether a memory that holds so many transitions, of so many ever pushed, is enough to learn from."""
    return held >= settings.batch_size and pushed >= settings.learning_starts


def updates_due(settings: Settings, steps: int, ended: Any) -> Any:
    """Return how many updates follow environment step number `steps`; `ended`: whether it was its episode's last."""
    now = settings.updates_per_step if steps % settings.steps_per_update == 0 else 0
    return now + settings.updates_per_episode * ended


def learning_rate(settings: Settings, steps: int) -> float:
    """Return Adam's step size after so many environment steps."""
    start, end = settings.learning_rate, settings.learning_rate_end
    if end is None:
        return float(start)  # a whole number would have the update compiled once more
    return float(start + min(1.0, steps / settings.learning_rate_steps) * (end - start))


def target_share(settings: Settings, updates: Any) -> Any:
    """Return the share of the online network that the target network takes over after update number `updates`.

    0 leaves the target network alone, 1 makes it a copy ("hard"), tau mixes ("soft").
    """
    if settings.target_network == "soft":
        return settings.tau
    if settings.target_network == "hard":
        return (updates % settings.target_every == 0) * 1.0
    return 0.0


def next_epsilon(settings: Settings, epsilon: float, episodes: int | None = None) -> float:
    """Decay epsilon once, at the end of an episode; with `epsilon_steps` it has fallen already.

    Args:
        settings: `epsilon_decay` says how, `epsilon_episodes` how fast.
        epsilon: the chance of a random action in the episode that ended.
        episodes: the run's planned length; None: `settings.episodes`.

    Returns:
        The chance of a random action in the next episode.
    """
    if settings.epsilon_steps is not None:
        return epsilon
    return _decayed(settings, epsilon, settings.epsilon_episodes or 0.6 * (episodes or settings.episodes))


def stepped_epsilon(settings: Settings, epsilon: float) -> float:
    """Decay epsilon once, after an environment step; without `epsilon_steps` it waits for the episode's end."""
    return epsilon if settings.epsilon_steps is None else _decayed(settings, epsilon, settings.epsilon_steps)


def _decayed(settings: Settings, epsilon: float, horizon: float) -> float:
    """Take one of the `horizon` falls that lead from `epsilon_start` to `epsilon_end`."""
    if settings.epsilon_decay == "original":
        return max(0.0, float(epsilon * (1 + np.log(settings.epsilon_end) / horizon)))  # below 0 in a run of a few
    fall = (settings.epsilon_start - settings.epsilon_end) / horizon
    return min(epsilon, max(settings.epsilon_end, epsilon - fall))  # one set lower by hand stays where it is


def epsilon_schedule(settings: Settings, episodes: int) -> np.ndarray:
    """List the epsilon of each episode of a run.

    Args:
        settings: the decay.
        episodes: the run's length, from 1 up.

    Returns:
        Epsilon per episode, shape (episodes,), float64.

    Raises:
        ValueError: if `episodes` is not a whole number from 1 up, or epsilon falls by steps.
    """
    demand_whole("episodes", episodes)
    if settings.epsilon_steps is not None:
        raise ValueError(
            f"epsilon_steps={settings.epsilon_steps}: epsilon falls by steps, and how many an episode will have "
            "is not known. Set epsilon_steps=None for a schedule by episodes, or read the epsilon of the episodes that "
            "`train` yields."
        )
    schedule = [settings.epsilon_start]
    for _ in range(episodes - 1):
        schedule.append(next_epsilon(settings, schedule[-1], episodes))
    return np.array(schedule)
