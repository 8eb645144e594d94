"""Record what the lessons' playgrounds show at a grid of settings, for pages without a kernel: `make grids`.

python docs/grids.py [--most 60] [notebooks ...]
"""

from __future__ import annotations

import argparse
import ast
import base64
import itertools
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from qlib.show.control import Control, make_control
from qlib.show.drawing import Drawing
from qlib.show.explorer import pack, told
from qlib.show.marks import Line
from qlib.show.panel import Axis, Panel, tidy
from qlib.show.view import embedded
from qlib.study.compare import compare
from qlib.study.result import Comparison
from qlib.study.statistics import band

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
GRIDS = Path(__file__).parent / "grids"
SLIDER = 9  # values of a slider that are tried at most
FIGURES = 2  # of the diagnostics that are drawn beside the score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb")))
    parser.add_argument("--most", type=int, default=60, help="settings of a playground")
    options = parser.parse_args()
    GRIDS.mkdir(exist_ok=True)
    for path in options.notebooks:
        asked = playground(nbformat.read(path, as_version=4))
        if asked is not None:
            grid = record(*asked, most=options.most)
            (GRIDS / f"{path.stem}.json").write_text(json.dumps(grid), encoding="utf-8")
            print(f"{path.stem}: {grid['settings']} settings", flush=True)


def playground(notebook: nbformat.NotebookNode) -> tuple[Callable, dict[str, Any]] | None:
    """Return what a lesson's playground is called with; only the cells' lines that it needs are run."""
    lines = [line for cell in notebook.cells if cell.cell_type == "code" for line in parsed(cell.source)]
    calls = [line for line in lines if isinstance(line, ast.Expr) and _names(line) >= {"Playground"}]
    if not calls:
        return None
    asked: list[tuple[Callable, dict[str, Any]]] = []
    there: dict[str, Any] = {"__name__": "grids"}
    wanted, needed = _names(calls[-1]), []
    for line in reversed(lines[: lines.index(calls[-1])]):
        if _makes(line) & wanted:
            wanted |= _names(line)
            needed.append(line)
    exec(compile(ast.Module([*reversed(needed)], []), "<lesson>", "exec"), there)
    there["Playground"] = lambda build, **options: asked.append((build, options))
    exec(compile(ast.Module([calls[-1]], []), "<lesson>", "exec"), there)
    return asked[0]


def parsed(source: str) -> list[ast.stmt]:
    """Read a cell; one with Jupyter's own commands defines nothing that a playground needs."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _names(line: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(line) if isinstance(node, ast.Name)}


def _makes(line: ast.stmt) -> set[str]:
    """Return the names that a line defines: an import, a function, a class, or a value."""
    if isinstance(line, ast.Import | ast.ImportFrom):
        return {name.asname or name.name.split(".")[0] for name in line.names}
    if isinstance(line, ast.FunctionDef | ast.ClassDef):
        return {line.name}
    if isinstance(line, ast.Assign):
        return {node.id for target in line.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return set()


def record(build: Callable, options: dict[str, Any], most: int) -> dict[str, Any]:
    """Train the agents of each setting of a grid.

    Returns:
        The traits of an explorer, its bytes as base64, the number of settings, and what was asked.
    """
    controls = controls_of(options)
    recorded = {}
    for places in chosen(list(controls.values()), most):
        values = {name: control.values[i] for (name, control), i in zip(controls.items(), places, strict=True)}
        recorded[places] = told(*shown(build, values, options))
    start = tuple(control.place for control in controls.values())
    return {
        "specs": [control.spec() for control in controls.values()],
        "places": list(start),
        "shown": {"places": list(start)} | recorded[start],
        "recorded": base64.b64encode(pack({",".join(map(str, at)): one for at, one in recorded.items()})).decode(),
        "settings": len(recorded),
        "seeds": options.get("seeds", 16),
    }


def controls_of(options: dict[str, Any]) -> dict[str, Control]:
    """Make the controls that a playground is called with."""
    own = ("steps", "seeds", "diagnostics", "name")
    return {name: make_control(name, spec) for name, spec in options.items() if name not in own}


def chosen(controls: Sequence[Control], most: int) -> Iterator[tuple[int, ...]]:
    """Yield the places of all settings if they are few, else those that differ from the start in two controls."""
    rows = []
    for control in controls:
        n = len(control.values)
        few = np.unique(np.linspace(0, n - 1, min(n, SLIDER)).round().astype(int)).tolist()
        rows.append(sorted({*few, control.place}) if control.kind == "slider" else list(range(n)))
    start = [control.place for control in controls]
    every = sorted(itertools.product(*rows), key=lambda places: _changed(places, start)) if _few(rows) else []
    for changes in (len(rows), 2, 1):
        kept = [places for places in every if _changed(places, start) <= changes]
        if len(kept) <= most or changes == 1:
            yield from kept
            return


def _few(rows: Sequence[Sequence[int]]) -> bool:
    return math.prod(map(len, rows)) < 100_000


def _changed(places: Sequence[int], start: Sequence[int]) -> int:
    return sum(a != b for a, b in zip(places, start, strict=True))


def shown(build: Callable, values: dict[str, Any], options: dict[str, Any]) -> tuple[Drawing, str]:
    """Train the agents of one setting, and draw their curves; what cannot be built becomes its words."""
    try:
        variant = build(**values)
    except ValueError as error:
        return Drawing(alt=str(error), height=40), str(error)
    sized = {name: options[name] for name in ("steps", "seeds", "diagnostics") if name in options}
    return drawn(compare({"run": variant}, executor="here", **sized))


def drawn(result: Comparison) -> tuple[Drawing, str]:
    """Draw the mean of all agents with its interval: the score, and beside it what else was measured."""
    x = Axis("environment steps", 0)
    measured = {"greedy score": result.scores[0]} | {name: v[0] for name, v in result.diagnostics.items()}
    panels = []
    for name, values in list(measured.items())[: 1 + FIGURES]:
        mean, low, high = band(values)
        y = Axis("", 0, 500) if name == "greedy score" and np.nanmax(values) > 50 else Axis("")
        line = Line(result.steps, mean, low, high, colour="blue")
        panels.append(Panel([line], x, y, name, share=1.6 if name == "greedy score" else 1))
    ends = [f"{name} {said(values[:, -1])}" for name, values in measured.items()]
    words = f"After {result.steps[-1]:,} steps, means of {len(result.scores[0])} agents: {'; '.join(ends)}."
    return Drawing(*panels, alt=words, height=260, width=860), words


def said(values: np.ndarray) -> str:
    """Write the mean over seeds with its interval, or why there is none."""
    missing = int((~np.isfinite(values)).sum())
    if missing:
        return f"none ({missing} have no finite number)"
    mean, low, high = (tidy(float(x)) for x in band(values[:, np.newaxis])[:, 0])
    return f"{mean} [{low}, {high}]"


def playable(grid: dict[str, Any]) -> str:
    """Write a recorded playground as HTML that answers in a page with `player`."""
    traits = {name: grid[name] for name in ("specs", "places", "shown")} | {"recorded": {"base64": grid["recorded"]}}
    note = (
        f"<p>Recorded beforehand: {grid['seeds']} agents at each of {grid['settings']} settings, their mean with its "
        "95 % interval. At any other setting the nearest of these is shown and named. In JupyterLab you train more.</p>"
    )
    return note + embedded("explorer", traits, f'<p role="status">{grid["shown"]["words"]}</p>')


if __name__ == "__main__":
    main()
