"""A run written as one line of Python, so that it can be copied, repeated and changed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from qlib.core.settings import ORIGINAL, RECOMMENDED, Settings
from qlib.study.diagnostics import DIAGNOSTICS, Diagnostic


def spell_settings(settings: Settings) -> str:
    """Write settings as an expression: the nearest of the ready ones, with what differs."""
    ready = {"qlib.RECOMMENDED": RECOMMENDED, "qlib.ORIGINAL": ORIGINAL, "qlib.Settings()": Settings()}
    changes = {
        name: {field: value for field, value in vars(settings).items() if value != getattr(base, field)}
        for name, base in ready.items()
    }
    name = min(changes, key=lambda name: len(changes[name]))
    if not changes[name]:
        return name
    if name == "qlib.Settings()":
        return f"qlib.Settings({_arguments(changes[name])})"
    return f"dataclasses.replace({name}, {_arguments(changes[name])})"


def spell_build(build: Callable, values: Mapping[str, Any]) -> str:
    """Write the call of a function by its name.

    Raises:
        ValueError: if it has no name to be called by.
    """
    return f"{_name(build)}({_arguments(values)})"


def spell_run(variant: str, seeds: int, steps: int, diagnostics: Mapping[str, Diagnostic]) -> str:
    """Write the line that measures one variant and draws it.

    Args:
        variant: an expression.
        seeds, steps, diagnostics: as `compare` takes them, the diagnostics by name.

    Raises:
        ValueError: if a diagnostic has no name to be called by.
    """
    imports = "dataclasses, qlib" if variant.startswith("dataclasses.") else "qlib"
    size = f"seeds={seeds}, steps={steps:_}"
    if diagnostics:
        asked = [repr(name) if DIAGNOSTICS.get(name) is one else _name(one) for name, one in diagnostics.items()]
        size += f", diagnostics=[{', '.join(asked)}]"
    return f'import {imports}; qlib.compare({{"run": {variant}}}, {size}).plot()'


def _name(function: Callable) -> str:
    name = getattr(function, "__qualname__", "").rpartition(".")[2]  # a picture may call it something else by __name__
    if not name.isidentifier():
        raise ValueError(f"{function!r} has no name by which a line could call it again: define it with def.")
    return name


def _arguments(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)!r}" for name, value in values.items())


def _plain(value: Any) -> Any:
    """Turn numpy's numbers into Python's, whose spelling is shorter."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value.item() if isinstance(value, np.generic) else value
