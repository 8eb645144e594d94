"""Which cells are folded in the notebook: those that only set up a widget, and take more than a glance."""

from __future__ import annotations

import ast

WIDGETS = {"Explorer", "Playground", "TrainingPanel"}
LINES = 4  # what fits in a glance stays open


def only_sets_up(source: str) -> bool:
    """Say whether a code cell assigns a few names at most and ends in a widget, over more than a few lines."""
    if len(source.splitlines()) <= LINES or "\n%" in f"\n{source}":
        return False
    *before, last = ast.parse(source).body
    call = last.value if isinstance(last, ast.Expr) else None
    made = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in WIDGETS
    return made and all(isinstance(each, ast.Assign) for each in before)
