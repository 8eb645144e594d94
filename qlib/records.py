"""Where a saved measurement comes from: the date, the machine, the versions."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("torch", "numpy", "numba", "gymnasium")


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
