"""A fair trial: a learner's function may not change what it was given, nor what the whole process shares.

What it changes is put back, so that neither the check's own numbers nor the next exercise are spoilt.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch


class ChangedInput(Exception):
    """The learner's function changed an argument that it was given.

    Args:
        name: the argument's name, or its place.
        was, became: its value before and after.
    """

    def __init__(self, name: str, was: Any, became: Any) -> None:
        super().__init__(name)
        self.name, self.was, self.became = name, was, became


def watched(answer: Callable) -> Callable:
    """Wrap a function so that it raises `ChangedInput`, and its arguments are put back, when it changes one.

    Tensors, arrays, lists and dictionaries are watched, also within tuples; networks, optimisers, memories and
    generators are there to be changed.
    """
    if isinstance(answer, type):
        return answer

    names = _names(answer)

    @functools.wraps(answer)
    def call(*given: Any, **named: Any) -> Any:
        beyond = [f"argument {i + 1}" for i in range(len(names), len(given))]
        everything = {**dict(zip([*names[: len(given)], *beyond], given, strict=True)), **named}
        before = {name: _kept(value) for name, value in everything.items()}
        asked = {name: _asks_gradient(value) for name, value in everything.items()}
        try:
            got = answer(*given, **named)
            call.gave = call.gave or got is not None  # type: ignore[attr-defined]
            return got
        finally:
            for name, value in everything.items():
                if not _same(value, before[name]):
                    became = _kept(value)
                    _put_back(value, before[name])
                    raise ChangedInput(name, before[name], became)
                if _asks_gradient(value) != asked[name]:
                    value.requires_grad_(asked[name])
                    raise ChangedInput(name, f"requires_grad={asked[name]}", f"requires_grad={not asked[name]}")

    call.gave = False  # type: ignore[attr-defined]  # whether anything but None ever came
    return call


@contextlib.contextmanager
def as_it_was() -> Iterator[None]:
    """Put back the random states and the settings of NumPy and PyTorch that belong to the whole process."""
    python, numpy, floats = random.getstate(), np.random.get_state(), np.geterr()  # noqa: NPY002 learners use it
    generator, dtype, threads = torch.get_rng_state(), torch.get_default_dtype(), torch.get_num_threads()
    gradients = torch.is_grad_enabled()
    try:
        with contextlib.redirect_stdout(_FewLines(sys.stdout)):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        np.seterr(**floats)
        torch.set_rng_state(generator)
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
        torch.set_grad_enabled(gradients)


class _FewLines(io.TextIOBase):
    """Print the first lines, and of the rest only that they are left out: a check may call a function 10,000 times."""

    def __init__(self, to: Any, lines: int = 40) -> None:
        self.to, self.left = to, lines

    def write(self, text: str) -> int:
        if self.left > 0:
            self.left -= text.count("\n")
            self.to.write(
                text if self.left > 0 else f"{text.rstrip()}\n... what your function prints further is left out.\n"
            )
        return len(text)

    def flush(self) -> None:
        self.to.flush()


def _asks_gradient(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad


def _names(answer: Callable) -> list[str]:
    try:
        return [p.name for p in inspect.signature(answer).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except (TypeError, ValueError):  # a builtin
        return []


def _kept(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _kept(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_kept(item) for item in value]
    return value


def _same(value: Any, kept: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return value.shape == kept.shape and torch.equal(torch.nan_to_num(value.detach()), torch.nan_to_num(kept))
    if isinstance(value, np.ndarray):
        return value.shape == kept.shape and value.tobytes() == kept.tobytes()  # NaN, too, is the same as before
    if isinstance(value, dict):
        return value.keys() == kept.keys() and all(_same(value[key], kept[key]) for key in value)
    if isinstance(value, (list, tuple)):
        return len(value) == len(kept) and all(map(_same, value, kept))
    if isinstance(kept, (int, float, str)):  # within a list; one by itself cannot be changed
        return bool(value is kept or value == kept or kept != kept)
    return True  # a network, a generator: there to be changed


def _put_back(value: Any, kept: Any) -> None:
    if isinstance(value, torch.Tensor):
        with torch.no_grad():
            value.resize_(kept.shape) if value.shape != kept.shape and not value.requires_grad else None
            value.data.copy_(kept)
    elif isinstance(value, np.ndarray):
        value[...] = kept
    elif isinstance(value, dict):
        value.clear()
        value.update(kept)
    elif isinstance(value, list):
        value[:] = kept
    elif isinstance(value, tuple):
        for item, before in zip(value, kept, strict=True):
            _put_back(item, before)
