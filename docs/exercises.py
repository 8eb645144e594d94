"""The exercises of a lesson, as its own text has them: what is asked, what checks an answer, and the solution."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nbformat

HEADING = re.compile(r"^### (\d+\.\d+) (.*?) · [●○]+ · (\d+) minutes", re.MULTILINE)
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
CHECK = re.compile(r"^(checks?\.\w+(?:\.\w+)*)\((\w+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson.

    Args:
        number: its number, such as "4.1".
        title: its name, without number, difficulty and minutes.
        minutes: how long it is said to take.
        check: what the lesson calls, such as "check.decay".
        name: what the answer defines.
        stub: the source of the answer's cell, without the call of the check.
        solution: Python that passes.
    """

    number: str
    title: str
    minutes: int
    check: str
    name: str
    stub: str
    solution: str

    @property
    def call(self) -> str:
        """The line that checks an answer."""
        return f"{self.check}({self.name})"

    def is_in(self, cell: nbformat.NotebookNode) -> bool:
        """Say whether a cell is the one that holds this exercise."""
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        return bool(found) and found[0] == self.call


def exercises(notebook: nbformat.NotebookNode) -> list[Exercise]:
    """List the exercises of a lesson, in its order.

    Args:
        notebook: a lesson with its folds, as the project holds it.

    Raises:
        ValueError: if headings, checks and solutions do not belong together one by one.
    """
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code" and CHECK.search(cell.source)]
    headings, solutions = HEADING.findall(text), SOLUTION.findall(text)
    if not len(headings) == len(code) == len(solutions):
        raise ValueError(
            f"{len(headings)} headings of exercises, {len(code)} cells with a check and {len(solutions)} solutions: "
            "give each exercise one of each."
        )
    return [
        Exercise(number, title, int(minutes), *CHECK.search(source).groups(), CHECK.sub("", source).strip(), solution)
        for (number, title, minutes), source, solution in zip(headings, code, solutions, strict=True)
    ]
