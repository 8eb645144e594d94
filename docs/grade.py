"""Check what a class handed in, safely, and write one table: `make grade FOLDER=...`.

python docs/grade.py FOLDER [--to build/grades] [--seconds 20] [--memory 1000]

FOLDER holds a folder for each student, with `NN_name.ipynb` and, if handed in, `my_agent/progress.json`. Here these are
read as text, and nothing of them runs. `trial.py` runs each answer beside the teacher's own lesson and own check.
"""

from __future__ import annotations

import argparse
import csv
import functools
import html
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from handed_in import Answer, HandIn, asks_qlib, lesson_of, opened
from pages import shell

ROOT = Path(__file__).parents[1]
FENCE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
WITHOUT = (
    "Answers ran with limits on time and memory, and Python refused them processes, connections and writing. The "
    "system did not: here is no <code>unshare</code> that works. Grade strangers' notebooks on a Linux machine."
)
ASKS = "asks qlib for it: read it"
ALL = "all"  # stands for the lesson in the row that sums a student's
ABOUT = (
    "An exercise is worth as many points as minutes, and the row <em>all</em> sums what a student handed in. An answer "
    "that passes and <em>asks qlib for it</em> calls what the lesson wants written. Minutes and guesses are what "
    "students' own files say."
)
CELL = '<td style="white-space:pre-line">{}</td>'  # a report has lines
WORDS = {"waits": "waiting"}


@dataclass(frozen=True)
class Limits:
    """What an answer may take."""

    seconds: int = 20  # of processor time; three times that on the clock
    memory: int = 1000  # MB beyond what its lesson holds


LIMITS = Limits()


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    student: str
    lesson: str
    exercise: str
    status: str  # passed, waiting or failed; "" in a sum
    message: str
    points: int = 0
    of: int = 0
    minutes: int | None = None  # at this lesson
    guesses: str = ""  # of this lesson


def grade(folder: Path, limits: Limits = LIMITS, workers: int | None = None) -> list[Row]:
    """Check all that is in a class's folder, and sum it for each student.

    Args:
        folder: a folder for each student, with notebooks.
        limits: what each answer may take.
        workers: how many lessons, or parts of a class, at once; None: one a processor.

    Returns:
        A row for each exercise of each notebook, in the order of students and lessons, and one more for each student.
    """
    workers = workers or os.cpu_count() or 1
    handed_in = [opened(path) for path in sorted(folder.glob("*/*.ipynb")) if not path.parent.name.startswith(".")]
    given = [(one, answer) for one in handed_in for answer in one.answers if answer.text]
    given.sort(key=lambda each: each[0].lesson)
    parts = []
    for _, of_lesson in itertools.groupby(given, key=lambda each: each[0].lesson):
        answers = list(of_lesson)
        size = max(10, -(-len(answers) // workers))  # to load a lesson takes longer than to check ten answers
        parts += [answers[i : i + size] for i in range(0, len(answers), size)]

    def judged(part: list[tuple[HandIn, Answer]]) -> list[tuple[str, str]]:
        own, _ = lesson_of(part[0][0].lesson)
        return trial(own, [answer for _, answer in part], limits, folder)

    with ThreadPoolExecutor(workers) as pool:
        said = itertools.chain.from_iterable(pool.map(judged, parts))
        keys = [(one.student, one.lesson, answer.exercise.number) for one, answer in given]
        known = dict(zip(keys, said, strict=True))
    rows = []
    for student, theirs in itertools.groupby(handed_in, key=lambda one: one.student):
        found = [row for one in theirs for row in _rows(one, known)]
        rows += [*found, _sum(student, found)]
    return rows


def _rows(one: HandIn, known: dict[tuple[str, str, str], tuple[str, str]]) -> list[Row]:
    if one.trouble:
        return [Row(one.student, one.lesson, "", "failed", one.trouble)]
    if not one.answers:
        told = "This lesson has no checks. Its judges, if it has any, are for you to run."
        return [Row(one.student, one.lesson, "", "waiting", told, minutes=one.minutes, guesses=one.guesses)]
    rows = []
    for exercise, text, _ in one.answers:
        nothing = "waiting", f"No cell of this notebook defines {exercise.name}."
        status, message = known.get((one.student, one.lesson, exercise.number), nothing)
        points, words = 0, message
        if status == "passed":
            points, words = exercise.minutes, ASKS * asks_qlib(text, exercise, one.lesson)
        name = f"{exercise.number} {exercise.title}"
        rows.append(
            Row(one.student, one.lesson, name, status, words, points, exercise.minutes, one.minutes, one.guesses)
        )
    return rows


def _sum(student: str, rows: list[Row]) -> Row:
    """Sum a student's rows: what passed, what is to be read, points, and the minutes of each lesson."""
    passed = sum(row.status == "passed" for row in rows)
    asking = sum(row.message == ASKS for row in rows)
    words = f"{passed} of {sum(row.of > 0 for row in rows)} passed" + f", {asking} to read" * bool(asking)
    minutes = {row.lesson: row.minutes for row in rows if row.minutes is not None}
    worked = sum(minutes.values()) if minutes else None
    return Row(student, ALL, "", "", words, sum(row.points for row in rows), sum(row.of for row in rows), worked)


def trial(
    lesson: str, asked: list[Answer], limits: Limits = LIMITS, folder: Path | None = None
) -> list[tuple[str, str]]:
    """Run answers to one lesson in a process apart, each in a child of that, and give what their checks say.

    Args:
        lesson: Python that an answer may lean on: the lesson's imports and definitions.
        asked: the answers.
        limits: what each answer may take.
        folder: what no answer may see, beside the solutions; None: nothing more.

    Returns:
        Status and message for each of them.
    """
    kept = [folder, *(ROOT / name for name in ("notebooks", "docs", "tests", "build"))]
    hidden = [str(path.resolve()) for path in kept if path and path.is_dir()]
    with tempfile.TemporaryDirectory(prefix="answers-") as work:
        job = {
            "work": str(Path(work).resolve()),
            "hidden": hidden,
            "fenced": fenced(),
            "lesson": lesson,
            "limits": asdict(limits),
            "exercises": [asdict(one) | {"answer": text, "earlier": earlier} for one, text, earlier in asked],
        }
        passed_on = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
        own = {"HOME": work, "TMPDIR": work, "QLIB_STILL": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [*(FENCE * fenced()), sys.executable, str(Path(__file__).with_name("trial.py"))]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=passed_on | own) as process:
            try:
                out, wrong = process.communicate(json.dumps(job).encode(), 300 + 4 * limits.seconds * len(asked))
            except subprocess.TimeoutExpired:
                process.kill()  # and with it, by --kill-child, all that it started
                out, wrong = process.communicate()
    said = [json.loads(line) for line in out.splitlines()]
    lost = "failed", f"The grader itself stopped here. {wrong.decode(errors='replace').strip()[-300:]}"
    known = [(WORDS.get(one["status"], one["status"]), one["message"]) for one in said]
    return known + [lost] * (len(asked) - len(said))


@functools.cache
def fenced() -> bool:
    """Say whether answers run without a network, with files that they cannot change: where Linux lets `unshare`."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*FENCE, "true"], capture_output=True).returncode == 0


def write(rows: Iterable[Row], folder: Path) -> Path:
    """Write the table as grades.csv, for a spreadsheet, and as grades.html, to be read.

    Returns:
        The path of grades.html.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [field.name for field in fields(Row)]
    rows = [["" if value is None else value for value in asdict(row).values()] for row in rows]
    with (folder / "grades.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(names)
        sheet.writerows([[_inert(value) for value in row] for row in rows])
    around = "Answers ran without a network, and could change no file." if fenced() else WITHOUT
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(CELL.format(html.escape(str(value))) for value in row) + "</tr>" for row in rows)
    text = f"<h1>Grades</h1><p>{around}</p><p>{ABOUT}</p>"
    page = folder / "grades.html"
    table = f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    page.write_text(shell("Grades", text + table), encoding="utf-8", errors="replace")
    return page


def _inert(value: object) -> object:
    """Keep a spreadsheet from taking a student's words for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=Path("build/grades"))
    parser.add_argument("--seconds", type=int, default=LIMITS.seconds)
    parser.add_argument("--memory", type=int, default=LIMITS.memory)
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder. Give one that holds a folder for each student.")
    for needed in (sys.prefix, ROOT, tempfile.gettempdir()):
        if Path(needed).resolve().is_relative_to(options.folder.resolve()):
            parser.error(f"{options.folder} holds {needed}. Give a folder with nothing but the students' folders.")
    print(write(grade(options.folder, Limits(options.seconds, options.memory)), options.to))


if __name__ == "__main__":
    main()
