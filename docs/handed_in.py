"""What a student handed in, read as JSON and as text: here nothing of a student's runs."""

from __future__ import annotations

import ast
import functools
import itertools
import json
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from exercises import CHECK, Exercise, exercises

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LARGEST = 50 << 20  # bytes of a file that is handed in
PAUSE = 10  # minutes without running a cell that are no work
FREE = {"Batch"}  # what any answer may take from qlib


class Answer(NamedTuple):
    """What a student wrote for an exercise, "" where there is nothing, and for the exercises before it."""

    exercise: Exercise
    text: str
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandIn:
    """One notebook of one student, read."""

    student: str
    lesson: str
    answers: tuple[Answer, ...] = ()
    minutes: int | None = None
    guesses: str = ""
    trouble: str = ""  # why it could not be read


def opened(path: Path) -> HandIn:
    """Read a notebook that was handed in; whatever is wrong with it is said in `trouble`."""
    student, lesson = path.parent.name, path.stem
    try:
        _, found = lesson_of(lesson)
        cells = _cells(_read(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return HandIn(student, lesson, trouble=f"This notebook cannot be read: {error}")
    sources = [cell["source"] for cell in cells]
    texts = [answer(one, sources) for one in found]
    answers = [Answer(one, texts[i], tuple(texts[:i])) for i, one in enumerate(found)]
    return HandIn(student, lesson, tuple(answers), worked(cells), guessed(path.parent, lesson))


def answer(exercise: Exercise, sources: list[str]) -> str:
    """Find the answer to an exercise: the last cell that defines its name, without the call of the check; or ""."""
    defines = re.compile(rf"^(?:(?:def|class) {exercise.name}\b|{exercise.name} *=)", re.MULTILINE)
    return next((CHECK.sub("", source) for source in reversed(sources) if defines.search(source)), "")


def asks_qlib(text: str, exercise: Exercise, lesson: str) -> bool:
    """Say whether an answer takes from qlib, or from what its lesson has from there, more than stub and solution do.

    Args:
        text: an answer that is Python.
        exercise: what it answers.
        lesson: the lesson's name.
    """
    known = {"qlib"}
    for node in ast.parse(lesson_of(lesson)[0]).body:
        if isinstance(node, ast.ImportFrom) and _is_qlib(node.module):
            known |= {one.asname or one.name for one in node.names}
    allowed = FREE | _taken(exercise.stub, known) | _taken(exercise.solution, known)
    return bool(_taken(text, known) - allowed)


def _taken(text: str, known: set[str]) -> set[str]:
    """Name what Python takes from qlib: by an import, by a known name that it does not make itself, or in a string."""
    taken, used, made = set(), set(), set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                made.add(name)
            case ast.Import(names=names) if any(_is_qlib(one.name) for one in names):
                taken.add("qlib")
            case ast.ImportFrom(module=module, names=names) if _is_qlib(module):
                taken |= {one.name for one in names}
            case ast.Constant(value=str(words)) if "qlib" in words:
                taken.add("qlib")
    return taken | (used - made) & known


def _is_qlib(module: str | None) -> bool:
    return (module or "").partition(".")[0] == "qlib"


@functools.cache
def lesson_of(name: str) -> tuple[str, list[Exercise]]:
    """Give what answers may lean on, and the exercises, of the teacher's own lesson."""
    path = NOTEBOOKS / f"{name}.ipynb"
    if not re.fullmatch(r"\w+", name) or not path.is_file():
        raise ValueError(f"there is no lesson {name}")
    lesson = nbformat.read(path, as_version=4)
    found = exercises(lesson)
    code = [cell for cell in lesson.cells if cell.cell_type == "code" and not any(one.is_in(cell) for one in found)]
    source = re.sub(r"^[%!].*", "", "\n".join(cell.source for cell in code), flags=re.MULTILINE)
    kept = [node for node in ast.parse(source).body if _is_definition(node)]
    return ast.unparse(ast.Module(kept, [])), found


def _is_definition(node: ast.stmt) -> bool:
    """Say whether a statement defines something without computing: an import, a function, a class, a plain value."""
    if isinstance(node, ast.Assign):
        try:
            ast.literal_eval(node.value)
        except ValueError:
            return False
    return isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign)


def _read(path: Path) -> Any:
    """Read a plain file of a reasonable size as JSON; a link leads elsewhere, and a pipe never ends."""
    about = path.lstat()
    if path.parent.is_symlink() or not stat.S_ISREG(about.st_mode):
        raise ValueError("it is no plain file")
    if about.st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MB")
    return json.loads(path.read_text(encoding="utf-8"))


def _cells(notebook: Any) -> list[dict[str, Any]]:
    """List the code cells of a notebook, each with its source as one text."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [{"source": "".join(cell["source"]), "metadata": cell.get("metadata", {})} for cell in code]


def worked(cells: list[dict[str, Any]]) -> int | None:
    """Say how many minutes lie between the first cell that ran and the last, without pauses; None: no times."""
    times = []
    for cell in cells:
        try:
            times.append(datetime.fromisoformat(cell["metadata"]["execution"]["iopub.execute_input"]).timestamp() / 60)
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    times.sort()
    between = [after - before for before, after in itertools.pairwise(times)]
    return round(sum(minutes for minutes in between if minutes <= PAUSE)) if between else None


def guessed(folder: Path, lesson: str) -> str:
    """Say how many guesses of a lesson were right, from what the student's own file says; "" where there is none."""
    try:
        made = _read(folder / "my_agent" / "progress.json")["guesses"][lesson].values()
        return f"{sum(guess['right'] is True for guess in made)} of {len(made)} right"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
