"""What a slider draws from keeps its meaning: no later cell gives one of its names to something else."""

import ast

import pytest
from definitions import NOTEBOOKS

LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.py"))
LIVING = {"Explorer", "Playground", "Drawer"}  # called again whenever somebody moves a control


def names(node: ast.AST, context: type) -> set[str]:
    """Return the names that stand anywhere in a node, read (ast.Load) or given (ast.Store)."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, context)}


def given(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives to something."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(each.asname or each.name).split(".")[0] for each in statement.names}
    return names(statement, ast.Store)


def read_by(functions: list[ast.AST]) -> set[str]:
    """Return the names that functions read when they are called, and do not make themselves."""
    own = {each.arg for node in functions for each in ast.walk(node) if isinstance(each, ast.arg)}
    return set().union(*(names(node, ast.Load) - names(node, ast.Store) for node in functions)) - own


def read_later(statement: ast.AST, functions: dict[str, ast.AST]) -> set[str]:
    """Return the names that a statement's functions read when they are called, those that they call included."""
    inside = [node for node in ast.walk(statement) if isinstance(node, ast.Lambda)]
    read = read_by(inside + [functions[name] for name in names(statement, ast.Load) & functions.keys()])
    return read | read_by([functions[name] for name in read & functions.keys()])


def taken_away(source: str) -> list[tuple[int, str]]:
    """Return the line and the name of each thing that a living picture reads and a later statement replaces."""
    statements = ast.parse(source).body
    functions = {each.name: each for each in statements if isinstance(each, ast.FunctionDef)}
    found = []
    for i, statement in enumerate(statements):
        if names(statement, ast.Load) & LIVING:
            needed = read_later(statement, functions)
            found += [(later.lineno, name) for later in statements[i + 1 :] for name in sorted(needed & given(later))]
    return found


@pytest.mark.parametrize("stem", LESSONS)
def test_no_later_cell_takes_away_what_a_slider_draws_from(stem):
    assert not taken_away((NOTEBOOKS / f"{stem}.py").read_text())


def test_a_name_that_is_taken_away_is_found():
    lesson = (
        "leaks = 3\nExplorer(lambda gamma: draw(leaks, gamma), gamma=[1])\n\n\ndef leaks(agent):\n    return agent\n"
    )
    assert taken_away(lesson) == [(5, "leaks")]
    assert taken_away(lesson.replace("def leaks", "def other")) == []
    through = "record = 1\n\n\ndef both(x):\n    return record + x\n\n\nExplorer(both, x=[1])\nrecord = 2\n"
    assert taken_away(through) == [(9, "record")]
