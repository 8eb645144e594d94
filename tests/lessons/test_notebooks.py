"""What nbval cannot see: pairs in sync, every cell executed in order, every exercise with a solution that passes."""

import json
import re
from pathlib import Path

import jupytext
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
CHECK = re.compile(r"^(checks?\.\w+(?:\.\w+)*)\((\w+)\)", re.MULTILINE)

pytestmark = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[dict]:
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind and "".join(c["source"]).strip()]


def test_the_pair_tells_the_same_story(path):
    written = jupytext.writes(jupytext.read(path), fmt="py:percent")
    assert written == path.with_suffix(".py").read_text(), f"run: make refresh NB={path.stem}"


def test_every_code_cell_is_executed_in_order(path):
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1)), f"run: make refresh NB={path.stem}"


def test_no_error_is_saved_that_is_not_meant(path):
    for cell in cells(path, "code"):
        if "nbval-raises-exception" not in cell["metadata"].get("tags", []):
            assert not [o for o in cell["outputs"] if o["output_type"] == "error"], "".join(cell["source"])


def test_no_output_is_a_bare_address_or_a_warning(path):
    for cell in cells(path, "code"):
        outputs = json.dumps(cell["outputs"])
        assert not re.search(r" at 0x[0-9a-f]{6,}", outputs), "".join(cell["source"])
        assert "stderr" not in [o.get("name") for o in cell["outputs"]], "".join(cell["source"])


def test_every_picture_has_a_text_alternative(path):
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            html = "".join(output.get("data", {}).get("text/html", ""))
            assert all(re.search(r'alt="[^"]{15,}"', tag) for tag in re.findall(r"<img[^>]*>", html))
            assert "image/png" not in output.get("data", {}), "show a Picture: it has a text alternative"


def test_every_exercise_has_a_hint_and_a_solution_that_passes(path):
    """Run the lesson's imports, then each solution, then the check that the lesson calls on that name."""
    notebook = json.loads(path.read_text())
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    text = "\n\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    calls = [match.groups() for cell in code for match in CHECK.finditer(cell)]
    solutions = SOLUTION.findall(text)
    least = {"00_start_here": 0, "07_full_training": 2}.get(path.stem, 3)  # lesson 07 has a task to play with as well
    assert len(calls) >= least, f"a lesson has at least {least} exercises"
    assert len(solutions) == len(calls), f"{len(calls)} checks, {len(solutions)} solutions"
    assert text.count("<summary>Hint</summary>") >= len(calls)
    imports = "\n".join(
        line for cell in code for line in cell.splitlines() if re.match(r"(import|from) ", line) and "(" not in line
    )
    for (check, name), solution in zip(calls, solutions, strict=True):
        namespace: dict = {}
        exec(imports, namespace)  # the lesson's own words, not a stranger's
        exec(solution, namespace)
        assert name in namespace, f"the solution before {check} defines no {name}"
        report = eval(check, namespace)(namespace[name])
        assert report.status == "passed", report


def test_the_minutes_at_the_top_and_in_the_readme_are_those_of_the_exercises(path):
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    exercises = sum(map(int, re.findall(r"^### .* · (\d+) minutes", text, re.MULTILINE)))
    reading, said = re.search(r"\| Read \| (\d+) minutes(?:, and (\d+) for the exercises)? \|", text).groups()
    assert int(said or 0) == exercises
    row = re.search(rf"\({path.parent.name}/{path.name}\).*\|(.*)\|", (NOTEBOOKS.parent / "README.md").read_text())
    assert [int(n) for n in row[1].split(",")] == [int(n) for n in (reading, said) if n]


def test_a_check_bears_the_name_of_the_heading_above_it(path):
    heading, found = "", []
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = (re.findall(r"^### (.*?) · ", source, re.MULTILINE) or [heading])[-1]
        elif CHECK.search(source):
            found += [(heading, text) for output in cell["outputs"] for text in output["data"]["text/plain"]]
    for heading, text in found:
        assert text.startswith(f"… {heading}: "), (heading, text)


def test_every_lesson_leads_to_the_next(path):
    following = [lesson.name for lesson in LESSONS if lesson.name > path.name][:1]
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert all(f"]({name})" in text for name in following)
