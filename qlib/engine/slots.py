"""Memories, compiled: a lock-step's transitions written in one call, and the core's own tree of priorities."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from qlib.core import sumtree

_jit: Any = numba.njit(cache=True, nogil=True)
write, find = _jit(sumtree.write), _jit(sumtree.find)


@_jit
def store(
    observations: np.ndarray,
    actions: np.ndarray,
    rewards: np.ndarray,
    next_observations: np.ndarray,
    terminated: np.ndarray,
    slots: np.ndarray,
    seen: np.ndarray,
    done: np.ndarray,
    got: np.ndarray,
    following: np.ndarray,
    ends: np.ndarray,
) -> bool:
    """Write one transition an agent (agents, ...) into the slots of the memories (agents, capacity, ...).

    Returns:
        Whether all numbers are finite; nothing is written otherwise.
    """
    for i in range(len(slots)):
        if not np.isfinite(np.float32(got[i])):
            return False
        for x in seen[i]:
            if not np.isfinite(np.float32(x)):
                return False
        for x in following[i]:
            if not np.isfinite(np.float32(x)):
                return False
    for i in range(len(slots)):
        observations[i, slots[i]] = seen[i]
        actions[i, slots[i]] = done[i]
        rewards[i, slots[i]] = got[i]
        next_observations[i, slots[i]] = following[i]
        terminated[i, slots[i]] = ends[i]
    return True
