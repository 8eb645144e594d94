"""Measurements that take too long for a lesson: kept in a file, with the date, the machine and the versions.

A file of records is JSON as Python writes it, NaN and infinity included: by name what was measured, and when, where and
how. Where is the machine and, in the newer records, the processor's `capability`: which vector instructions PyTorch
uses on it, and so in which order it adds up. Beside these a record has either the fields of a `Comparison`, or
`values`: label to numbers.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from qlib.study.result import Comparison

PACKAGES = ("torch", "numpy", "numba", "gymnasium")

Values = Mapping[str, Any]
"""Label to numbers: an array of any shape, or what becomes one."""
Measured = TypeVar("Measured", Comparison, Values)


def recorded(path: Path, name: str, measure: Callable[[], Measured], again: bool, how: str = "") -> Measured:
    """Read a measurement from a file of records, or measure it again and keep it there.

    Args:
        path: a JSON file.
        name: of the measurement, within the file.
        measure: gives a Comparison, or label to numbers; called only if `again`.
        again: whether to measure.
        how: in words, what the numbers themselves do not say; kept beside them.

    Returns:
        What `measure` gave, of its kind; four digits behind the point are kept.

    Raises:
        ValueError: if there is no such measurement in the file, and `again` is False.
    """
    if again:
        found = {**stamp(), "how": how, **_plain(measure())}
        records = read(path) | {name: found}  # read now: another measurement may have ended meanwhile
        path.write_text(json.dumps(records, ensure_ascii=False) + "\n", encoding="utf-8")
    return kept(path, name)


def kept(path: Path, name: str) -> Any:
    """Return a measurement that a file of records holds: a Comparison, or label to numbers.

    Raises:
        ValueError: if there is no such measurement in the file.
    """
    records = read(path)
    if name not in records:
        raise ValueError(f"{path} holds no measurement {name!r}. Measure it first: RUN_IT = True.")
    return _measured(records[name])


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Return all that a file of records holds: by name the date, the machine, how, and the numbers as lists."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _plain(measured: Comparison | Values) -> dict[str, Any]:
    if not isinstance(measured, Comparison):
        return {"values": {label: np.round(values, 4).tolist() for label, values in measured.items()}}
    return {
        "labels": measured.labels,
        "steps": measured.steps.tolist(),
        "scores": measured.scores.round(4).tolist(),
        "notes": measured.notes,
        "diagnostics": {name: np.round(values, 4).tolist() for name, values in measured.diagnostics.items()},
    }


def _measured(record: Mapping[str, Any]) -> Any:
    if "values" in record:
        return {label: np.array(values) for label, values in record["values"].items()}
    steps = np.array(record["steps"])
    return Comparison(
        tuple(record["labels"]),
        steps,
        np.array(record["scores"], float),
        tuple(record["notes"]),
        {name: _padded(np.array(values, float), len(steps)) for name, values in record["diagnostics"].items()},
    )


def _padded(values: np.ndarray, checkpoints: int) -> np.ndarray:
    """Return a diagnostic that was kept for the last checkpoints only with NaN before, shape (..., checkpoints)."""
    missing = checkpoints - values.shape[-1]
    return np.pad(values, [(0, 0), (0, 0), (missing, 0)], constant_values=np.nan)


def stamp() -> dict[str, str]:
    """Say when and on what a measurement was made: what a record in `notebooks/records` begins with."""
    return {"date": datetime.date.today().isoformat(), "machine": machine(), "capability": capability()}


def capability() -> str:
    """Name the vector instructions that PyTorch uses on this processor, such as AVX2 or AVX512."""
    return torch.backends.cpu.get_cpu_capability()


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
