"""What `make solutions` writes is the source of an nbgrader course: its command line grades three students by it."""

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import handout
import nbformat
import pytest
from exercises import exercises

ROOT = Path(__file__).parents[2]
NAME = "04_choosing_actions"

if importlib.util.find_spec("nbgrader") is None:
    pytest.skip('nbgrader is not installed: pip install -c constraints.txt -e ".[nbgrader]"', allow_module_level=True)


def nbgrader(course: Path, *words: str) -> subprocess.CompletedProcess:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls alembic by name
    own = os.environ | {"PATH": path, "QLIB_STILL": "1", "HOME": str(course), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nbgrader", *words]
    return subprocess.run(command, cwd=course, env=own, capture_output=True, text=True)


def short_lesson(folder: Path) -> Path:
    """Write a lesson's exercises, and the imports that they need."""
    lesson = nbformat.read(ROOT / "notebooks" / f"{NAME}.ipynb", as_version=4)
    first = next(i for i, cell in enumerate(lesson.cells) if "## 7. Exercises" in cell.source)
    imports = "import numpy as np\nfrom qlib.lessons.choosing_actions import checks as check"
    lesson.cells = [nbformat.v4.new_code_cell(imports), *lesson.cells[first:-2]]
    (folder / "records").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / "glossary.md", folder)
    nbformat.write(lesson, folder / f"{NAME}.ipynb")
    return folder


def hand_in(course: Path, student: str, answers: dict[str, str]) -> None:
    taken = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in taken.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = answers.get(grade_id, cell.source)
    folder = course / "submitted" / student / NAME
    folder.mkdir(parents=True)
    nbformat.write(taken, folder / f"{NAME}.ipynb")


def test_three_students_of_whom_one_is_hostile(tmp_path):
    notebooks = short_lesson(tmp_path / "notebooks")
    course = handout.solutions(tmp_path / "solutions", notebooks=notebooks) / "nbgrader"
    made = nbgrader(course, "generate_assignment", NAME)
    assert made.returncode == 0, made.stderr
    given = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in given.cells if "nbgrader" in cell.metadata}
    found = exercises(nbformat.read(notebooks / f"{NAME}.ipynb", as_version=4))
    for one in found:
        key = one.number.replace(".", "-")
        assert cells[f"answer-{key}"].strip() == one.stub and cells[f"check-{key}"].strip() == one.call

    solved = {f"answer-{one.number.replace('.', '-')}": one.solution for one in found}
    hand_in(course, "ada", solved)
    hand_in(course, "bob", {"answer-4-1": solved["answer-4-1"], "answer-4-4": "def chances():\n    return 0"})
    forged = "check.chances = lambda answer: type('Report', (), {'status': 'passed'})()\ndef chances(): return 0"
    hand_in(course, "eve", {"answer-4-1": "def epsilon_greedy(*given):\n    while True: pass", "answer-4-4": forged})
    graded = nbgrader(course, "autograde", NAME)
    assert graded.returncode == 0, graded.stderr[-3000:]
    table = nbgrader(course, "export")
    assert table.returncode == 0, table.stderr
    with (course / "grades.csv").open(newline="") as file:
        scores = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    points, all_points = {one.number: one.minutes for one in found}, sum(one.minutes for one in found)
    assert scores["ada"] == (all_points, all_points)
    assert scores["bob"] == (points["4.1"], all_points)
    assert scores["eve"][0] == points["4.4"], (
        "nbgrader ends her loop, and believes what she forged: make grade does not"
    )
