"""The lessons for a class: `make student` without what gives answers away, `make solutions` with every stub filled in.

python docs/handout.py student [--to build/student] [--lessons "0[0-2]_*"] [--without-hints]
python docs/handout.py solutions [--to build/solutions] [--lessons "0[0-2]_*"]

`student` puts what a class needs to run them beside the lessons, and `solutions` the source of a course for nbgrader.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

import jupytext
import nbformat
from exercises import Exercise, exercises
from for_students import provide
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import ClearOutputPreprocessor, Preprocessor
from nbformat import NotebookNode
from traitlets import List, Unicode

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ANSWERS = ("Solution", "What you should find")  # folds that nobody gets before they have tried
FOLD = re.compile(r"\n*<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)
CLAIMS = "claims"  # this page gives answers away, so no class gets it, nor the sentence that leads there
TO_CLAIMS = re.compile(r"[^.]*\(claims\.ipynb\)[^.]*\.")
SOLVED = "{stub}\n\n\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
JUDGED = '{call}\n### BEGIN HIDDEN TESTS\nassert {call}.status == "passed"\n### END HIDDEN TESTS'
# nbgrader puts `code_stub` where a solution was. It is empty, since the lesson's own stub stands above.
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "qlib-lessons"
c.ClearSolutions.code_stub = {"python": ""}
c.ExecutePreprocessor.timeout = 60
"""


class WithoutFolds(Preprocessor):
    """Take folds whose words begin so out of the text."""

    summaries = List(Unicode())

    def preprocess(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        notebook, resources = super().preprocess(notebook, resources)
        notebook.cells = [cell for cell in notebook.cells if cell.source]
        return notebook, resources

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        if cell.cell_type == "markdown":
            kept = FOLD.sub(lambda found: "" if found[1].startswith(tuple(self.summaries)) else found[0], cell.source)
            cell.source = kept.strip()
        return cell, resources


class Solved(Preprocessor):
    """Put each solution where its stub was."""

    def __init__(self, found: list[Exercise], **options: object) -> None:
        super().__init__(**options)
        self.found = found

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        for one in self.found:
            if one.is_in(cell):
                cell.source = cell.source.replace(one.stub, one.solution.strip())
        return cell, resources


class Graded(Solved):
    """Part each exercise into the answer and its check, as nbgrader wants them, and mark both for it."""

    def preprocess(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        notebook.cells = [part for cell in notebook.cells for part in self._parts(cell)]
        return notebook, resources

    def _parts(self, cell: NotebookNode) -> list[NotebookNode]:
        for one in self.found:
            if one.is_in(cell):
                key = one.number.replace(".", "-")
                check = nbformat.v4.new_code_cell(JUDGED.format(call=one.call), id=f"check-{key}")
                cell.source = SOLVED.format(stub=one.stub, solution=one.solution.strip())
                cell.metadata["nbgrader"] = _marks(f"answer-{key}", solution=True)
                check.metadata["nbgrader"] = _marks(f"check-{key}", grade=True, locked=True, points=one.minutes)
                return [cell, check]
        return [cell]


def _marks(grade_id: str, **different: object) -> dict:
    """Give nbgrader's metadata of a cell, schema 3; an exercise is worth as many points as minutes."""
    plain = {"grade": False, "locked": False, "schema_version": 3, "solution": False, "task": False}
    return plain | {"grade_id": grade_id} | different


def student(folder: Path, hints: bool = True, notebooks: Path = NOTEBOOKS, lessons: str = "*") -> Path:
    """Write the folder that a class gets: no solutions, no answers, no outputs.

    Args:
        folder: where to; it is made.
        hints: whether the folds with hints stay.
        notebooks: where the lessons are.
        lessons: which of them, as a pattern of names such as "0[0-2]_*".

    Returns:
        The folder.

    Raises:
        ValueError: if no lesson has such a name.
    """
    gone = WithoutFolds(summaries=[*ANSWERS, *["Hint"] * (not hints)])
    for path in _beside(notebooks, folder, lessons):
        lesson = nbformat.read(path, as_version=4)
        for cell in lesson.cells:
            cell.source = TO_CLAIMS.sub("", cell.source)
        if path.stem != CLAIMS:
            _write(lesson, [gone], folder / path.name)
    return folder


def solutions(folder: Path, notebooks: Path = NOTEBOOKS, lessons: str = "*") -> Path:
    """Write the lessons with each stub replaced by its solution, and beside them a course for nbgrader.

    Args:
        folder: where to; it is made, and `nbgrader` in it.
        notebooks: where the lessons are.
        lessons: which of them, as a pattern of names such as "0[0-2]_*".

    Returns:
        The folder.

    Raises:
        ValueError: if no lesson has such a name.
    """
    course = folder / "nbgrader"
    gone = WithoutFolds(summaries=list(ANSWERS))
    for path in _beside(notebooks, folder, lessons):
        lesson = nbformat.read(path, as_version=4)
        found = exercises(lesson)
        _write(lesson, [Solved(found)], folder / path.name)
        if found:
            source = course / "source" / path.stem
            _beside(notebooks, source)
            _write(lesson, [gone, Graded(found)], source / path.name, twin=False)
    course.mkdir(exist_ok=True)
    (course / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    return folder


def _beside(notebooks: Path, folder: Path, lessons: str = "*") -> list[Path]:
    """Copy what the lessons read beside them, and list the notebooks of such names."""
    found = sorted(notebooks.glob(f"{lessons}.ipynb"))
    if not found:
        raise ValueError(f"No lesson has a name like {lessons}. Give a pattern such as 0[0-2]_*.")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(notebooks / "glossary.md", folder / "glossary.md")
    shutil.copytree(notebooks / "records", folder / "records", dirs_exist_ok=True)
    return found


def _write(lesson: NotebookNode, steps: list[Preprocessor], path: Path, twin: bool = True) -> None:
    """Write a lesson after these steps and, from its text, the twin in which progress counts what there is to do."""
    exporter = NotebookExporter()
    exporter.register_preprocessor(ClearOutputPreprocessor(), enabled=True)
    for step in steps:
        exporter.register_preprocessor(step, enabled=True)
    body, _ = exporter.from_notebook_node(lesson)  # of a copy
    notebook = nbformat.reads(body, as_version=4)
    notebook.metadata.pop("jupytext", None)  # two files that follow each other are for those who write lessons
    nbformat.write(notebook, path)
    if twin:
        notebook.metadata["jupytext"] = {"cell_metadata_filter": "-all"}
        path.with_suffix(".py").write_text(jupytext.writes(notebook, fmt="py:percent"), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("student", "solutions"))
    parser.add_argument("--to", type=Path)
    parser.add_argument("--lessons", default="*", help="which, as a pattern of their names")
    parser.add_argument("--without-hints", action="store_true")
    options = parser.parse_args()
    folder = options.to or Path("build") / options.what
    try:
        if options.what == "student":
            provide(student(folder, not options.without_hints, lessons=options.lessons))
        else:
            solutions(folder, lessons=options.lessons)
    except ValueError as error:
        parser.error(str(error))
    print(folder)


if __name__ == "__main__":
    main()
