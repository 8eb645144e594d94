"""What nbval cannot see: pairs in sync, every cell executed in order, every exercise with a solution that passes."""

import ast
import html
import itertools
import json
import re
import statistics
from pathlib import Path

import jupytext
import pytest
from exercises import CHECK, SOLUTION
from folded import only_sets_up
from minutes import road

from qlib.lessons import lesson

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))

every_notebook = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[dict]:
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind and "".join(c["source"]).strip()]


def _asks(cell: dict) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(_python(cell))) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "ask"]


def _python(cell: dict) -> str:
    return re.sub(r"^(\s*)[%!]", r"\1# ", "".join(cell["source"]), flags=re.MULTILINE)


@every_notebook
def test_the_pair_tells_the_same_story(path):
    written = jupytext.writes(jupytext.read(path), fmt="py:percent")
    assert written == path.with_suffix(".py").read_text(), f"run: make refresh NB={path.stem}"


@every_notebook
def test_every_code_cell_is_executed_in_order(path):
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1)), f"run: make refresh NB={path.stem}"


@every_notebook
def test_what_only_sets_up_a_widget_is_folded_and_nothing_else_is(path):
    for cell in cells(path, "code"):
        hidden = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
        assert hidden == only_sets_up(_python(cell)), "".join(cell["source"]) + f"\nrun: make refresh NB={path.stem}"


@every_notebook
def test_no_error_is_saved_that_is_not_meant(path):
    for cell in cells(path, "code"):
        if "nbval-raises-exception" not in cell["metadata"].get("tags", []):
            assert not [o for o in cell["outputs"] if o["output_type"] == "error"], "".join(cell["source"])


@every_notebook
def test_no_output_is_a_bare_address_or_a_warning(path):
    for cell in cells(path, "code"):
        outputs = json.dumps(cell["outputs"])
        assert not re.search(r" at 0x[0-9a-f]{6,}", outputs), "".join(cell["source"])
        assert "stderr" not in [o.get("name") for o in cell["outputs"]], "".join(cell["source"])
        assert not re.search(r"\d+%\|", outputs), "a bar that stays where it was saved"


@every_notebook
def test_every_file_that_the_text_names_is_there(path):
    for cell in cells(path, "markdown"):
        for name in re.findall(r"`((?:qlib|tests|notebooks|benchmarks|docs)/[\w/.]+)", "".join(cell["source"])):
            assert (NOTEBOOKS.parent / name).exists(), f"the text names {name}, which is not there"


@every_notebook
def test_every_picture_has_a_text_alternative(path):
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            html = "".join(output.get("data", {}).get("text/html", ""))
            assert all(re.search(r'alt="[^"]{15,}"', tag) for tag in re.findall(r"<img[^>]*>", html))
            assert "image/png" not in output.get("data", {}), "show a Picture: it has a text alternative"


@every_lesson
def test_every_exercise_has_a_hint_and_a_solution_that_passes(path):
    """Run the lesson's imports, then each solution, then the check that the lesson calls on that name."""
    notebook = json.loads(path.read_text())
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    text = "\n\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    calls = [match.groups() for cell in code for match in CHECK.finditer(cell)]
    solutions = SOLUTION.findall(text)
    least = 0 if path.stem in ("00_start_here", "17_on_your_own") else 3  # its commissions have judges of their own
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


@every_lesson
def test_the_main_road_is_as_long_as_it_says_and_no_cell_is_long(path):
    text = path.with_suffix(".py").read_text()
    main = road(path.with_suffix(".py"))
    assert main.minutes <= 45, main
    assert int(re.search(r"\| Read \| (\d+) minutes", text)[1]) == main.minutes, main
    assert statistics.median(main.cells) <= 4, sorted(main.cells)
    assert max(main.cells) <= 15, sorted(main.cells)
    wide = [line for cell in cells(path, "code") for line in "".join(cell["source"]).splitlines() if len(line) > 105]
    assert not wide, "these lines scroll sideways at 1280 pixels"


@every_notebook
def test_what_a_cell_asks_is_folded_with_its_answer(path):
    for cell in cells(path, "code"):
        for _ in _asks(cell):
            (output,) = cell["outputs"]
            still = "".join(output["data"]["text/html"])
            assert re.fullmatch(r"<details><summary>.*</summary>.*</details>", still, re.DOTALL), still[:300]
            answer = "".join(output["data"]["text/plain"]).split("\nAnswer: ")[1]
            assert html.escape(answer) not in still.partition("</summary>")[0]


@every_lesson
def test_every_question_is_asked_once_and_no_cell_knows_its_answer(path):
    asked = [call for cell in cells(path, "code") for call in _asks(cell)]
    if asked:
        names = [ast.literal_eval(call.args[0]) for call in asked]
        assert sorted(names) == sorted(lesson.questions(path.stem[3:]))
        for spec in lesson.questions(path.stem[3:]).values():
            assert spec["because"].endswith((".", "?", "!", ".)")), spec["because"]
            assert not re.search(r"(?<![\w*])\*[A-Za-z]", spec["question"] + " " + spec["because"]), "no Markdown here"
        assert not [
            ast.unparse(call) for call in asked if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
        ]


@every_lesson
def test_a_lesson_asks_again_and_says_what_is_done(path):
    source = path.with_suffix(".py").read_text()
    assert f'lesson = Lesson("{path.stem}")' in source
    assert len(re.findall(r"^lesson\.done\(\)", source, re.MULTILINE)) == 1
    assert len(re.findall(r"^lesson\.again\(\)", source, re.MULTILINE)) == (path.stem[:2] > "01")
    assert len(re.findall(r"^lesson\.ask\(", source, re.MULTILINE)) >= {"00": 1, "17": 0}.get(path.stem[:2], 3)


@every_notebook
def test_no_wrapped_line_of_prose_becomes_a_list_or_a_heading(path):
    for cell in cells(path, "markdown"):
        text = re.sub(r"```.*?```", "", "".join(cell["source"]), flags=re.DOTALL)
        for line in text.splitlines():
            number = re.match(r"(\d+)[.)] ", line)
            if number and int(number[1]) != 1:
                assert re.search(rf"^ *{int(number[1]) - 1}[.)] ", text, re.MULTILINE), line
        for before, line in itertools.pairwise(text.splitlines()):
            begins = r"(\+|#+) " if before.endswith(":") else r"(\+|#+|1[.)]) "
            assert not (re.match(r"\w", before) and re.match(begins, line)), (before, line)


@every_lesson
def test_the_minutes_at_the_top_and_in_the_readme_are_those_of_the_exercises(path):
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    exercises = sum(map(int, re.findall(r"^### .* · (\d+) minutes", text, re.MULTILINE)))
    reading, said = re.search(r"\| Read \| (\d+) minutes(?:, and (\d+) for the exercises)? \|", text).groups()
    assert int(said or 0) == exercises
    row = re.search(rf"\({path.parent.name}/{path.name}\).*\|(.*)\|", (NOTEBOOKS.parent / "README.md").read_text())
    assert [int(n) for n in row[1].split(",")] == [int(n) for n in (reading, said) if n]


@every_lesson
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


@every_lesson
def test_every_lesson_leads_to_the_next(path):
    following = [lesson.name for lesson in LESSONS if lesson.name > path.name][:1]
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert all(f"]({name})" in text for name in following)
