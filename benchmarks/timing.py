"""Timing side by side: what is compared takes turns, so that a busy minute hits all of it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

PACKAGES = ["torch", "numpy", "numba", "gymnasium", "scipy", "stable-baselines3", "jax", "cpprb"]


def turn_about(functions: Mapping[str, Callable[[], object]], number: int, rounds: int = 15) -> dict[str, np.ndarray]:
    """Time functions in turn, each `number` calls at a time, after one round that does not count.

    Returns:
        Seconds per call by name, shape (rounds,).
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            for _ in range(number):
                function()
            seconds[name].append((time.perf_counter() - start) / number)
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


def machine() -> str:
    """Describe the processor, the cores and the versions."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    cores = f"{os.cpu_count()} cores"
    return f"{_processor()}, {cores}, {platform.system()}, Python {platform.python_version()}; {', '.join(versions)}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
