"""What each hyperparameter may be, alone and beside the others."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np

from qlib.core.demands import LARGEST, LEAST, MOST, demand_whole, is_number, is_whole, plain, shown


def tidy(settings: Any) -> None:
    """Turn what reads well in a cell into what can be compared: numpy's numbers into Python's, lists into tuples."""
    for name in settings.__dataclass_fields__:  # from a sweep over an array come numpy's numbers
        object.__setattr__(settings, name, plain(getattr(settings, name)))
    for name in ("observation_scale", "hidden", "filters"):
        value = getattr(settings, name)
        value = value.tolist() if isinstance(value, np.ndarray) else value
        if isinstance(value, Iterable) and not isinstance(value, str):
            object.__setattr__(settings, name, tuple(map(_plain, value)))


def demand_allowed(settings: Any) -> None:
    """Raise a ValueError that names the field, its value and what is allowed, unless settings can be."""
    for name in ("env_id", "device"):
        _demand(settings, name, lambda x: isinstance(x, str), f"text, such as {getattr(type(settings), name)!r}")
    for name in ("stick_at_time_limit", "double", "compiled", "padded", "residual"):
        _demand(settings, name, lambda x: isinstance(x, bool), "True or False")
    for name in ("gamma", "epsilon_start", "epsilon_end", "priority_beta"):
        _demand(settings, name, lambda x: is_number(x) and 0 <= x <= 1, "a number from 0 to 1")
    for name in ("learning_rate", "reward_scale"):
        _demand(settings, name, lambda x: is_number(x) and x > 0, "a number above 0")
    _demand(settings, "tau", lambda x: is_number(x) and 0 < x <= 1, "a number above 0, at most 1")
    for name in ("weight_decay", "priority_alpha"):
        _demand(settings, name, lambda x: is_number(x) and x >= 0, "0 or a number above 0")
    for name in ("learning_rate_end", "max_gradient_norm"):
        _demand(settings, name, lambda x: x is None or (is_number(x) and x > 0), "None or a number above 0")
    _demand(settings, "stick", lambda x: x is None or is_number(x), "None or a finite number")
    for name in (
        "batch_size",
        "memory_size",
        "learning_rate_steps",
        "target_every",
        "episodes",
        "priority_beta_steps",
        "steps_per_update",
    ):
        demand_whole(name, getattr(settings, name))
    for name in ("learning_starts", "updates_per_step", "updates_per_episode"):
        demand_whole(name, getattr(settings, name), least=0)
    for name in ("epsilon_episodes", "epsilon_steps"):
        if getattr(settings, name) is not None:
            demand_whole(name, getattr(settings, name))
    _demand(settings, "frames", lambda x: is_whole(x) and 0 < x < 256, "a whole number from 1 to 255")
    _demand(settings, "hidden", lambda x: all(map(_counts, x)), "whole numbers from 1 up that fit 64 bits")
    _demand(
        settings,
        "filters",
        lambda x: all(isinstance(f, tuple) and len(f) == 3 and all(map(_counts, f)) for f in x),
        "triples of whole numbers from 1 up: channels out, rows and columns of the window, stride",
    )
    scales = "None or one finite number above 0 for each dimension, from 1.2e-38 to 3.4e38 as float32 has it"
    _demand(settings, "observation_scale", lambda x: x is None or all(map(_divides, x)), scales)
    for name, allowed in _choices(settings.__class__).items():
        _demand(settings, name, lambda x, a=allowed: isinstance(x, str) and x in a, "one of " + str(allowed)[1:-1])
    _demand_together(settings)


def _demand_together(settings: Any) -> None:
    """Raise a ValueError that names both of two values that contradict each other."""
    if settings.batch_size > settings.memory_size:
        raise ValueError(
            f"batch_size={settings.batch_size} is larger than memory_size={settings.memory_size}: a batch is drawn "
            "from the memory. Lower batch_size or raise memory_size."
        )
    if settings.batch_size == 1 and settings.network == "batch_norm":
        raise ValueError(
            "batch_size=1 with network='batch_norm': batch normalisation divides by the deviation in a batch, "
            "and one transition has none. Raise batch_size, or use network='plain'."
        )
    if settings.epsilon_end > settings.epsilon_start:
        raise ValueError(
            f"epsilon_end={settings.epsilon_end} is above epsilon_start={settings.epsilon_start}: epsilon falls as the "
            "agent learns. Swap them."
        )
    if None not in (settings.epsilon_episodes, settings.epsilon_steps):
        raise ValueError(
            f"epsilon_episodes={settings.epsilon_episodes} and epsilon_steps={settings.epsilon_steps}: epsilon falls "
            "by episodes or by steps. Set one of them to None."
        )
    if settings.epsilon_decay == "original" and not 0 < settings.epsilon_end:
        raise ValueError(
            "epsilon_end=0 with epsilon_decay='original': the original's factor holds the logarithm of "
            "epsilon_end, so it must be above 0. Raise epsilon_end, or use epsilon_decay='linear'."
        )


def _demand(settings: Any, name: str, is_allowed, allowed: str) -> None:
    value = getattr(settings, name)
    try:
        fine = is_allowed(value)
    except TypeError:
        fine = False
    if not fine:
        raise ValueError(f"{name}={shown(value)} is not allowed: {name} must be {allowed}.")


def _plain(value: Any) -> Any:
    """Return an entry of a tuple as `tidy` keeps it: a list in a list, as JSON has it, is a tuple in a tuple."""
    return tuple(map(plain, value)) if isinstance(value, (list, tuple, np.ndarray)) else plain(value)


def _counts(n: Any) -> bool:
    return is_whole(n) and 0 < n <= MOST


def _divides(scale: Any) -> bool:
    return is_number(scale) and LEAST <= scale <= LARGEST


@cache
def _choices(kind: Any) -> dict[str, tuple]:
    """List what a dataclass's fields of a few values may be."""
    return {name: get_args(hint) for name, hint in get_type_hints(kind).items() if get_origin(hint) is Literal}
