"""Measurements that take too long for a lesson: kept in a file, with the date, the machine and the versions."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

PACKAGES = ("torch", "numpy", "numba", "gymnasium")


def recorded(
    path: Path, name: str, measure: Callable[[], Mapping[str, Sequence[float] | np.ndarray]], again: bool
) -> dict[str, np.ndarray]:
    """Read a measurement from a file of records, or measure it again and keep it there.

    Args:
        path: a JSON file.
        name: of the measurement, within the file.
        measure: gives label to one number a seed; called only if `again`.
        again: whether to measure.

    Returns:
        Label to numbers, each of shape (seeds,); three digits behind the point are kept.

    Raises:
        ValueError: if there is no such measurement in the file, and `again` is False.
    """
    record = json.loads(path.read_text()) if path.is_file() else {}
    if again:
        found = {label: np.round(values, 3).tolist() for label, values in measure().items()}
        record |= {**stamp(), name: found}
        path.write_text(json.dumps(record) + "\n")
    if name not in record:
        raise ValueError(f"{path} holds no measurement {name!r}. Measure it first: RUN_IT = True.")
    return {label: np.array(values) for label, values in record[name].items()}


def stamp() -> dict[str, str]:
    """Say when and on what a measurement was made: what a record in `notebooks/records` begins with."""
    return {"date": datetime.date.today().isoformat(), "machine": machine()}


def machine(packages: Sequence[str] = PACKAGES) -> str:
    """Describe the processor, the cores, and the versions of Python and of some packages."""
    versions = []
    for package in packages:
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
