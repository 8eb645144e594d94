"""A lesson's own classes and functions, so that a test is about what the learner reads."""

import ast
from pathlib import Path

import numpy as np
import torch

import qlib

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def defined(stem: str, *names: str, **given) -> dict:
    """Return by name what a lesson's cells define under these names; `given` is what they need beside."""
    source = NOTEBOOKS / f"{stem}.py"
    wanted = [node for node in ast.parse(source.read_text()).body if getattr(node, "name", None) in names]
    assert {node.name for node in wanted} == set(names), f"{stem} does not define all of {names}"
    space = {"qlib": qlib, "np": np, "torch": torch, **given}
    exec(compile(ast.Module(wanted, []), str(source), "exec"), space)
    return space
