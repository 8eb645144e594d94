"""Every interval that the prose names stands in an output of its notebook, or is held to its record by a test."""

import json
import re

import jupytext
import pytest
from definitions import NOTEBOOKS

LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.py"))
NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?"
INTERVAL = re.compile(rf"({NUMBER})(?: steps)? \[\s*({NUMBER}),\s+({NUMBER})\]")
NEAR = re.compile(rf"near\(.+, ({NUMBER}), ({NUMBER}), ({NUMBER})\)")  # how lesson 12's tests hold one
TESTS = "\n".join(path.read_text() for path in (NOTEBOOKS.parent / "tests" / "lessons").glob("*/test_*.py"))


def intervals(text: str) -> set[tuple[float, ...]]:
    """Find intervals, without regard to the sign: a loss is said without its minus."""
    text = text.replace("−", "-").replace("\\u2212", "-")
    found = INTERVAL.findall(text) + NEAR.findall(text)
    return {tuple(sorted(abs(float(n.replace(",", ""))) for n in each)) for each in found}


def prose(stem: str) -> str:
    """Return a lesson's text, in one line a cell."""
    cells = jupytext.read(NOTEBOOKS / f"{stem}.py").cells
    return "\n".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown")


def outputs(stem: str) -> str:
    """Return all that the cells of a saved notebook put out."""
    notebook = json.loads((NOTEBOOKS / f"{stem}.ipynb").read_text())
    return json.dumps([cell.get("outputs") for cell in notebook["cells"]], ensure_ascii=False)


@pytest.mark.parametrize("stem", LESSONS)
def test_an_interval_of_the_prose_is_an_outputs_or_a_tests(stem):
    known = intervals(outputs(stem)) | intervals(TESTS)
    near = [each for each in intervals(prose(stem)) if each not in known]
    assert not [each for each in near if not any(_rounds(each, other) for other in known)], near


def _rounds(said: tuple[float, ...], printed: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= 0.5 for a, b in zip(said, printed, strict=True))


def test_an_interval_that_nobody_computed_is_found():
    assert intervals("it loses 19 [2, 37] steps, −4 [−28, 19]") == {(2, 19, 37), (4, 19, 28)}
    assert intervals("a plain list [1, 2] and a shape (1, 2)") == set()
