"""A lesson's own code, so that a test is about what the learner reads; and the seeds of every test that trains."""

import ast
import functools
import os
import re
from pathlib import Path

import jupytext
import numpy as np
import torch

import qlib
from qlib.study.records import kept

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FIRST = int(os.environ.get("QLIB_SEEDS", "0"))  # QLIB_SEEDS=100 asks whether the margins hold with other seeds


def seeds(n: int = 16) -> range:
    """Return the seeds of a test that trains n times."""
    return range(FIRST, FIRST + n)


def compare(variants: dict, **plan) -> qlib.Comparison:
    """Compare as `qlib.compare` does, on the seeds from FIRST on."""
    makers = {label: one if callable(one) else functools.partial(qlib.QAgent, one) for label, one in variants.items()}
    return qlib.compare({label: lambda seed, make=make: make(FIRST + seed) for label, make in makers.items()}, **plan)


def record(lesson: str, name: str):
    """Return a measurement that a lesson has recorded."""
    return kept(NOTEBOOKS / "records" / f"{lesson}.json", name)


def defined(stem: str, *names: str, **given) -> dict:
    """Return by name what a lesson last defines or assigns under these names; `given` is what that needs beside."""
    last = {_name(node): node for node in _statements(stem) if _name(node) in names}
    assert last.keys() == set(names), f"{stem} does not define all of {names}"
    wanted = [node for node in _statements(stem) if node in last.values()]  # in the lesson's order
    return _run(ast.Module(wanted, []), stem, _space(given))


def section(stem: str, title: str, **given) -> dict:
    """Run the cells under one of a lesson's headings, and return by name what they define; `given` as in `defined`."""
    space, level, ran = _space(given), 0, False  # level: of the heading that we are under; 0: not there
    for cell in jupytext.read(NOTEBOOKS / f"{stem}.py").cells:
        if cell.cell_type == "markdown":
            for marks, text in re.findall(r"^(#+) (.*)$", cell.source, re.MULTILINE):
                if text == title or len(marks) <= level:
                    level = len(marks) if text == title else 0
        elif level:
            _run(ast.parse(cell.source), stem, space)
            ran = True
    assert ran, f"{stem} has no cells under {title!r}"
    return space


@functools.cache
def _statements(stem: str) -> list[ast.stmt]:
    return ast.parse((NOTEBOOKS / f"{stem}.py").read_text()).body


def _name(node: ast.stmt) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else node
    return getattr(target, "name", None) or getattr(target, "id", None)


def _space(given: dict) -> dict:
    return {"qlib": qlib, "np": np, "torch": torch, **given}


def _run(tree: ast.Module, stem: str, space: dict) -> dict:
    exec(compile(tree, f"{stem}.py", "exec"), space)
    return space
