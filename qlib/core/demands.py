"""Every check of an argument: what was given, what is allowed, what to do."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import psutil
import torch

LEAST, LARGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)  # memories and networks hold float32
MOST = 2**63 - 1  # the largest whole number of 64 bits


def is_whole(value) -> bool:
    """Say whether a value is a whole number, Python's or numpy's."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value) -> bool:
    """Say whether a value is a finite number, Python's or numpy's; True and False are none."""
    if is_whole(value):
        return abs(int(value)) < 2**1023  # math.isfinite raises an OverflowError at larger ones
    return isinstance(value, (float, np.floating)) and math.isfinite(value)


def fits_float32(values) -> bool:
    """Say whether one or more numbers are finite, also as float32."""
    return bool((np.abs(np.asarray(values, np.float64)) <= LARGEST).all())  # False for NaN, too


def plain(value):
    """Turn numpy's number into Python's, and leave all else."""
    return value.item() if isinstance(value, np.generic) else value


def shown(value) -> str:
    """Write a value for a message, at most some 100 characters of it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists a thousand deep
        text = f"{type(value).__name__} that is too long to print"
    return text if len(text) <= 100 else f"{text[:97]}..."


def demand_whole(name: str, value, least: int = 1) -> None:
    """Raise a ValueError that names a value unless it is a whole number from `least` up that fits 64 bits."""
    if not is_whole(value) or not least <= value <= MOST:
        end = " and fit 64 bits" if is_whole(value) and value > MOST else ""
        raise ValueError(f"{name}={shown(value)} is not allowed: {name} must be a whole number from {least} up{end}.")


def demand_action(action, n_actions: int | None) -> int:
    """Return an action as a whole number, or raise a ValueError unless it is one from 0 to n_actions - 1.

    Args:
        action: Python's or numpy's number, or an array or tensor without dimensions.
        n_actions: None: it is not known, and any number from 0 up will do.
    """
    try:
        number = -1 if isinstance(action, bool) else operator.index(action)
    except TypeError:  # also for 1.0, and for an array of several
        number = -1
    if not 0 <= number <= (MOST if n_actions is None else n_actions - 1):
        allowed = "0 up" if n_actions is None else f"0 to {n_actions - 1}"
        raise ValueError(f"action={shown(action)} is not allowed: action must be a whole number from {allowed}.")
    return number


def demand_room(name: str, value, nbytes: int, device: str | torch.device = "cpu") -> None:
    """Raise a ValueError that names a value for which a device has too little free memory."""
    device = torch.device(device)
    if device.type == "cpu":
        free = psutil.virtual_memory().available
    elif device.type == "cuda":
        free = torch.cuda.mem_get_info(device)[0]
    else:  # "meta" holds nothing, and others do not say
        return
    if nbytes > free:
        raise ValueError(
            f"{name}={shown(value)} is not allowed: it would take {nbytes / 1e9:,.1f} GB, and {device} has "
            f"{free / 1e9:,.1f} GB free. Lower it."
        )


def is_present(device: str) -> bool:
    """Say whether a tensor can be made and read on a device, such as "cpu", "cuda" or "mps"."""
    try:
        torch.zeros((), device=torch.device(device)).item()  # "meta" makes tensors that nobody can read
    except (RuntimeError, AssertionError, TypeError):
        return False
    return True


def demand_present(device: str) -> torch.device:
    """Return the device, or raise a ValueError that lists the devices of this machine."""
    if not is_present(device):
        here = [name for name in ("cpu", "cuda", "mps") if is_present(name)]
        raise ValueError(
            f"device={device!r} is not on this machine, which has {' and '.join(here)}. Everything here runs on 'cpu'."
        )
    return torch.device(device)


def as_float32(observations: np.ndarray) -> np.ndarray:
    """Return observations as float32, or raise a ValueError unless all are finite as such."""
    if not fits_float32(observations):
        raise ValueError(
            f"An observation is not finite as float32: {observations}. No action can be chosen; look at the "
            "environment, or scale what it yields."
        )
    return np.asarray(observations, np.float32)


def demand_finite(observation: np.ndarray, reward: float | np.ndarray, step: int) -> None:
    """Raise a ValueError that names the step if one or more observations or rewards are not finite as float32."""
    for name, values in (("observation", observation), ("reward", reward)):
        if not fits_float32(values):
            why = " as float32, which ends at 3.4e38" if np.isfinite(values).all() else ""
            raise ValueError(f"The {name} at step {step:,} is not finite{why}: {values}. Nothing was stored.")


def demand_ranges(
    lower: Sequence[float] | np.ndarray, upper: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends as float64 arrays, or raise a ValueError that names each dimension without a usable range."""
    low, high = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    if low.ndim != 1 or low.shape != high.shape:
        raise ValueError(f"low has shape {low.shape}, high {high.shape}: give one number for each dimension in both.")
    with np.errstate(all="ignore"):
        # Old versions of gym wrote the largest float32 where they meant infinity.
        endless = ~(np.isfinite(low) & np.isfinite(high)) | (np.maximum(abs(low), abs(high)) > 1e30)
        empty = ~endless & ~(high > low)
    for wrong, what in ((endless, "no finite range"), (empty, "a range that is empty or upside down")):
        if wrong.any():
            named = ", ".join(f"{i} ({low[i]:g} to {high[i]:g})" for i in np.flatnonzero(wrong))
            raise ValueError(
                f"Min-max cannot scale dimension {named}: {what}. Declare a range that you know from the task, for "
                "example with Settings(observation_scale=...), or use the mean and deviation of what was seen."
            )
    return low, high


def demand_rows(observations: np.ndarray, n: int) -> np.ndarray:
    """Return observations as a float64 array, or raise a ValueError unless their last dimension has n numbers."""
    x = np.asarray(observations, np.float64)
    if x.ndim == 0 or x.shape[-1] != n:
        raise ValueError(f"There are ranges for {n} numbers; these observations have shape {x.shape}.")
    return x


def demand_independent(agents: Sequence[Any], name: str) -> None:
    """Raise a ValueError unless all agents are new, and no two have one seed: these would count as one seed more."""
    seeds, steps = [agent.seed for agent in agents], [agent.steps for agent in agents]
    if any(steps):
        raise ValueError(
            f"{name} has an agent that was trained already, for {max(steps):,} steps. Make a new one for each seed: "
            "lambda seed: QAgent(settings, seed)."
        )
    if len(set(seeds)) < len(seeds):
        raise ValueError(
            f"{name} has agents of the seeds {seeds}, and two of one seed are one agent measured twice. Hand the seed "
            "on, and make a new agent for each: lambda seed: QAgent(settings, seed)."
        )
