"""What a class gets holds no solutions, no answers and no outputs; what a teacher gets passes."""

import re
import shutil
from pathlib import Path

import handout
import nbformat
import pytest
from exercises import CHECK, SOLUTION, exercises

ROOT = Path(__file__).parents[2]
LESSON = "04_choosing_actions"


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def text(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def one(tmp_path_factory) -> Path:
    """A folder with one lesson, and what lies beside it."""
    folder = tmp_path_factory.mktemp("notebooks")
    for name in (f"{LESSON}.ipynb", "glossary.md"):
        shutil.copy(ROOT / "notebooks" / name, folder)
    (folder / "records").mkdir()
    (folder / "records" / "choosing_actions.json").write_text("{}")
    (folder / "my_agent").mkdir()
    return folder


def test_every_lesson_is_handed_out_without_what_gives_answers_away(tmp_path):
    handout.student(tmp_path)
    notebooks = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(path.name for path in tmp_path.glob("*.ipynb")) == notebooks
    for name in notebooks:
        taught, given = read(ROOT / "notebooks" / name), read(tmp_path / name)
        nbformat.validate(given)
        everything = (tmp_path / name).read_text() + (tmp_path / name).with_suffix(".py").read_text()
        assert "<summary>Solution" not in everything and "<summary>What you should find" not in everything
        for fold in re.findall(r"<summary>(?:Hint|Dig deeper).*?</details>", text(taught), re.DOTALL):
            assert fold in text(given)
        for solution in SOLUTION.findall(text(taught)):
            assert solution not in text(given)
        code = [cell for cell in given.cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code)
        assert sum(bool(CHECK.search(cell.source)) for cell in code) == len(exercises(taught))
        assert not re.search(r"</details>\n#", text(given)), "a heading needs a free line before it"


def test_a_handed_out_lesson_lies_beside_what_it_reads(one, tmp_path):
    handout.student(tmp_path, notebooks=one)
    assert (tmp_path / "glossary.md").is_file() and (tmp_path / "records" / "choosing_actions.json").is_file()
    assert not (tmp_path / "my_agent").exists()


def test_the_twin_counts_as_many_exercises_and_questions_as_the_lessons_own(one, tmp_path, monkeypatch):
    from qlib.lessons import progress

    handout.student(tmp_path, notebooks=one)
    monkeypatch.chdir(tmp_path)
    counted = progress.totals(LESSON)
    monkeypatch.chdir(ROOT / "notebooks")
    assert counted == progress.totals(LESSON) != (0, 0)


def test_hints_can_go_as_well(one, tmp_path):
    handout.student(tmp_path / "with", notebooks=one)
    handout.student(tmp_path / "without", hints=False, notebooks=one)
    name = f"{LESSON}.ipynb"
    assert "<summary>Hint" in (tmp_path / "with" / name).read_text()
    assert "<summary>Hint" not in (tmp_path / "without" / name).read_text()


def test_an_exercise_is_two_cells_that_nbgrader_knows(one, tmp_path):
    handout.student(tmp_path, notebooks=one)
    marked = {
        c.metadata.nbgrader.grade_id: c for c in read(tmp_path / f"{LESSON}.ipynb").cells if "nbgrader" in c.metadata
    }
    answer, check = marked["answer-4-1"], marked["check-4-1"]
    assert answer.source == "def epsilon_greedy(q_values, epsilon, rng):\n    return ..."
    assert check.source == "check.epsilon_greedy(epsilon_greedy)"
    shared = {"schema_version": 3, "task": False}
    assert answer.metadata.nbgrader == shared | {
        "grade_id": "answer-4-1", "grade": False, "locked": False, "solution": True
    }  # fmt: skip
    assert check.metadata.nbgrader == shared | {
        "grade_id": "check-4-1", "grade": True, "locked": True, "solution": False, "points": 6
    }  # fmt: skip
    assert len(marked) == 2 * 5


def test_the_solutions_stand_where_the_stubs_were_and_define_what_is_checked(one, tmp_path):
    handout.solutions(tmp_path, notebooks=one)
    cells = read(tmp_path / f"{LESSON}.ipynb").cells
    for exercise in exercises(read(one / f"{LESSON}.ipynb")):
        here = [i for i, cell in enumerate(cells) if cell.source == exercise.solution.strip()]
        assert len(here) == 1 and cells[here[0] + 1].source == exercise.call
        assert exercise.stub not in [cell.source for cell in cells]


def test_the_source_for_nbgrader_parts_stub_and_solution(one, tmp_path):
    handout.solutions(tmp_path, notebooks=one)
    course = tmp_path / "nbgrader"
    assert "code_stub" in (course / "nbgrader_config.py").read_text()
    source = read(course / "source" / LESSON / f"{LESSON}.ipynb")
    answer = next(c.source for c in source.cells if c.id == "check-4-1" or c.source.startswith("def epsilon_greedy"))
    stub, solution = answer.split("\n\n\n### BEGIN SOLUTION\n")
    assert stub.endswith("return ...") and solution.endswith("\n### END SOLUTION")
    hidden = next(c.source for c in source.cells if c.id == "check-4-1")
    assert '### BEGIN HIDDEN TESTS\nassert check.epsilon_greedy(epsilon_greedy).status == "passed"' in hidden
    assert "<summary>Solution" not in text(source)


def test_a_lesson_whose_exercises_lack_something_is_refused():
    cells = [nbformat.v4.new_markdown_cell("### 4.1 A · ●○○ · 6 minutes"), nbformat.v4.new_code_cell("check.a(a)")]
    with pytest.raises(ValueError, match="1 headings of exercises, 1 cells with a check and 0 solutions"):
        exercises(nbformat.v4.new_notebook(cells=cells))
