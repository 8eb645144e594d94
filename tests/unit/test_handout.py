"""What a class gets holds no solutions, no answers and no outputs; what a teacher gets passes."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import for_students
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
    notebooks = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
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


def test_a_stub_and_its_check_are_one_cell_as_in_the_lesson(one, tmp_path):
    handout.student(tmp_path, notebooks=one)
    taught, given = read(one / f"{LESSON}.ipynb"), read(tmp_path / f"{LESSON}.ipynb")
    stubs = [cell.source for cell in taught.cells if any(each.is_in(cell) for each in exercises(taught))]
    assert len(stubs) == 5 and set(stubs) <= {cell.source for cell in given.cells}
    assert not [cell for cell in given.cells if "nbgrader" in cell.metadata]


def test_no_class_gets_the_page_that_gives_answers_away(tmp_path):
    handout.student(tmp_path, lessons="[0c][0l]*")
    assert [path.name for path in tmp_path.glob("*.ipynb")] == ["00_start_here.ipynb"]
    taught, given = text(read(ROOT / "notebooks" / "00_start_here.ipynb")), text(read(tmp_path / "00_start_here.ipynb"))
    assert "claims.ipynb" in taught and "claims" not in given and "[glossary](glossary.md).\n" in given
    handout.solutions(tmp_path / "solved", lessons="c*")
    assert (tmp_path / "solved" / "claims.ipynb").is_file()


def test_a_week_can_be_handed_out_alone_and_solved_alone(tmp_path):
    handout.student(tmp_path / "given", lessons="0[23]_*")
    handout.solutions(tmp_path / "solved", lessons="0[23]_*")
    week = ["02_network", "03_tensor_shapes"]
    for folder in (tmp_path / "given", tmp_path / "solved", tmp_path / "solved" / "nbgrader" / "source" / "*"):
        assert sorted(path.stem for path in tmp_path.glob(f"{folder.relative_to(tmp_path)}/*.ipynb")) == week
    with pytest.raises(ValueError, match="No lesson has a name like 77"):
        handout.student(tmp_path / "none", lessons="77*")


def test_the_solutions_stand_where_the_stubs_were_and_their_folds_stay(one, tmp_path):
    handout.solutions(tmp_path, notebooks=one)
    taught, solved = read(one / f"{LESSON}.ipynb"), read(tmp_path / f"{LESSON}.ipynb")
    for exercise in exercises(taught):
        (here,) = [cell.source for cell in solved.cells if exercise.is_in(cell)]
        assert here == f"{exercise.solution.strip()}\n\n\n{exercise.call}"
    assert "<summary>What you should find" in text(taught) == text(solved)


def test_a_class_gets_a_wheel_of_its_own_lessons_and_a_page_that_names_it(one, tmp_path):
    folder = handout.student(tmp_path / "given", notebooks=one)
    (folder / "qlib_lessons-0.0.9-py3-none-any.whl").write_text("of last year")
    built = for_students.provide(folder)
    assert list(folder.glob("*.whl")) == [built] and (folder / "constraints.txt").is_file()
    page = (folder / "README.md").read_text()
    assert page.count(f"constraints.txt {built.name}\n") == page.count(f"jupyter lab {LESSON}.ipynb\n") == 2
    with zipfile.ZipFile(built) as packed:
        packed.extractall(tmp_path / "installed")
    (lesson,) = (tmp_path / "installed").glob("*.data/data/share/qlib-lessons/*.ipynb")
    assert lesson.read_bytes() == (folder / f"{LESSON}.ipynb").read_bytes()
    asked = f"import qlib; assert qlib.__file__.startswith({str(tmp_path)!r}); print(qlib.RECOMMENDED.hidden)"
    own = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run([sys.executable, "-c", asked], cwd=folder, env=own, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr


def test_a_package_that_cannot_be_built_says_why(one, tmp_path, monkeypatch):
    folder = handout.student(tmp_path / "given", notebooks=one)
    monkeypatch.setattr(for_students, "BUILD", ("-c", "import sys; sys.exit('no setuptools')"))
    with pytest.raises(ValueError, match="cannot be built: no setuptools"):
        for_students.provide(folder)


def test_the_source_for_nbgrader_parts_stub_and_solution(one, tmp_path):
    handout.solutions(tmp_path, notebooks=one)
    course = tmp_path / "nbgrader"
    assert "code_stub" in (course / "nbgrader_config.py").read_text()
    source = read(course / "source" / LESSON / f"{LESSON}.ipynb")
    answer = next(c.source for c in source.cells if c.id == "check-4-1" or c.source.startswith("def epsilon_greedy"))
    stub, solution = answer.split("\n\n\n### BEGIN SOLUTION\n")
    assert stub.endswith("return ...") and solution.endswith("\n### END SOLUTION")
    marked = {c.metadata.nbgrader.grade_id: c.metadata.nbgrader for c in source.cells if "nbgrader" in c.metadata}
    shared = {"schema_version": 3, "task": False}
    assert len(marked) == 2 * 5 and marked["answer-4-1"] == shared | {
        "grade_id": "answer-4-1", "grade": False, "locked": False, "solution": True
    }  # fmt: skip
    assert marked["check-4-1"] == shared | {
        "grade_id": "check-4-1", "grade": True, "locked": True, "solution": False, "points": 6
    }  # fmt: skip
    hidden = next(c.source for c in source.cells if c.id == "check-4-1")
    assert '### BEGIN HIDDEN TESTS\nassert check.epsilon_greedy(epsilon_greedy).status == "passed"' in hidden
    assert "<summary>Solution" not in text(source)


def test_a_lesson_whose_exercises_lack_something_is_refused():
    cells = [nbformat.v4.new_markdown_cell("### 4.1 A · ●○○ · 6 minutes"), nbformat.v4.new_code_cell("check.a(a)")]
    with pytest.raises(ValueError, match="1 headings of exercises, 1 cells with a check and 0 solutions"):
        exercises(nbformat.v4.new_notebook(cells=cells))
