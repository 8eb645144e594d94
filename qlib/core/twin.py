"""Marks the methods that are `compiled.py` computes once more, so that a redefined one is noticed and obeyed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable)


def compiled_twin(function: Function) -> Function:
    """Mark a method whose results the compiled update reproduces; a method put in its place has no mark."""
    function.has_twin = True  # type: ignore[attr-defined]
    return function


def has_twins(*methods: Callable) -> bool:
    """Say whether all of these methods are marked."""
    return all([hasattr(method, "has_twin") for method in methods])
