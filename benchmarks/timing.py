"""Timing side by side: what is compared takes turns, so that a busy minute hits all of it."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np


def turn_about(
    functions: Mapping[str, Callable[[], object]],
    number: int,
    rounds: int = 15,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, np.ndarray]:
    """Time functions in turn, each `number` calls at a time, after one round that does not count.

    Args:
        functions: by name.
        number: calls at a time.
        rounds: that count.
        clock: `time.process_time` counts the processor's seconds, where neighbours count less.

    Returns:
        Seconds per call by name, shape (rounds,).
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds + 1):
        for name, function in functions.items():
            start = clock()
            for _ in range(number):
                function()
            seconds[name].append((clock() - start) / number)
    return {name: np.array(values[1:]) for name, values in seconds.items()}


def spread(values: Sequence[float] | np.ndarray, digits: int = 1) -> str:
    """Write a median with its minimum and maximum."""
    return f"{np.median(values):,.{digits}f} ({np.min(values):,.{digits}f} to {np.max(values):,.{digits}f})"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
