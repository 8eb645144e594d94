"""A class is graded by the teacher's own checks; no answer harms, hides or changes another one, or fakes a report."""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import grade
import handed_in
import nbformat
import pytest
from exercises import exercises

ROOT = Path(__file__).parents[2]
NAME = "04_choosing_actions"
SOURCE = ROOT / "notebooks" / f"{NAME}.ipynb"
LESSON = nbformat.read(SOURCE, as_version=4)
FOUND = {exercise.number: exercise for exercise in exercises(LESSON)}
IMPORTS = "import numpy as np\nfrom qlib.lessons.choosing_actions import checks as check"
RIGHT = "def chances():\n    return [[0.05, 0.85, 0.05, 0.05], [0.05, 0.45, 0.45, 0.05]]\n"
WRONG = "def chances():\n    return [[1, 0, 0, 0], [1, 0, 0, 0]]\n"

REFUSED = "PermissionError|Read-only|FileNotFound"

# What an answer does before or instead of answering, and what the table says of it.
HOSTILE = {
    "an endless loop": ("def chances():\n    while True: pass", "an endless loop?"),
    "waiting": ("import time\ndef chances():\n    time.sleep(99)", "an endless loop?"),
    "memory": ("def chances():\n    return [0.0] * 10**9", "MemoryError"),
    "writing": ("def chances():\n    open('PRECIOUS', 'w').write('gone')", REFUSED),
    "deleting": ("import os\ndef chances():\n    os.remove('PRECIOUS')", REFUSED),
    "deleting a folder": (
        "import shutil\ndef chances():\n    shutil.rmtree('FOLDER')",
        "PermissionError|Read-only|FileNot",
    ),
    "filling the disk": (
        "def chances():\n    open('big', 'wb').write(bytes(100 << 20))",
        "OSError|file too large|ended",
    ),
    "network": ("import socket\ndef chances():\n    socket.create_connection(('127.0.0.1', 9))", "not allowed.*socket"),
    "fork": ("import os\ndef chances():\n    while True: os.fork()", "not allowed.*os.fork"),
    "a program": ("import subprocess\ndef chances():\n    subprocess.run(['true'])", "not allowed.*subprocess"),
    "a thread": ("import threading\nthreading.Thread(target=print).start()\n" + WRONG, "not allowed.*thread"),
    "leaving": ("import os\ndef chances():\n    os._exit(0)", "ended before its check"),
    "killing": ("import os\ndef chances():\n    os.kill(os.getppid(), 9)", "not allowed.*os.kill"),
    "a crash": ("import ctypes\ndef chances():\n    ctypes.string_at(0)", "not allowed.*ctypes|ended before"),
    "a cell that raises": ("1 / 0\n" + RIGHT, "your cell raised ZeroDivisionError"),
    "no Python": ("def chances(:", "your cell raised SyntaxError"),
}
FAKES = {
    "a replaced check": (
        "from qlib.lessons.check import Report\ncheck.chances = lambda answer: Report('4.4', 'passed', 'right.')\n"
        + WRONG,
        "not allowed.*changing chances",
    ),
    "a lenient expectation": (
        "import qlib.lessons.expected as e\nfrom qlib.lessons.choosing_actions import checks\n"
        "e.expect = checks.expect = lambda *given, **named: None\n" + WRONG,
        "not allowed.*changing expect",
    ),
    "a lenient NumPy": ("np.allclose = lambda *given, **named: True\n" + WRONG, "not allowed.*changing allclose"),
    "a lenient Python": ("import builtins\nbuiltins.bool = lambda given: True\n" + WRONG, "not allowed.*Python's bool"),
    "a report that always passes": (
        "from qlib.lessons.check import Report\n"
        "def make(self, *given): vars(self).update(exercise='4.4', status='passed', message='right.')\n"
        "Report.__init__ = make\n" + WRONG,
        "not allowed.*changing __init__",
    ),
    "other code in the check": (
        "def nothing(answer): pass\ncheck.chances.__wrapped__.__code__ = nothing.__code__\n" + WRONG,
        "not allowed.*object.__",
    ),
    "a printed report": (
        "import os\nprint('✓ 4.4 Chances, with a pencil: right.')\nfor pipe in range(3, 60):\n    try:\n"
        "        os.write(pipe, b'passed\\0passed\\0right.\\n')\n    except OSError: pass\n" + WRONG,
        "Expected|ended before",
    ),
    "a look at the check": (
        "import sys\ndef chances():\n    return sys._getframe(1).f_locals",
        "not allowed.*_getframe",
    ),
    "another look": (
        "import inspect\ndef chances():\n    return inspect.currentframe().f_back",
        "not allowed.*_getframe",
    ),
    "a look by an exception": (
        "def chances():\n    try: 1 / 0\n"
        "    except ZeroDivisionError as e: return e.__traceback__.tb_frame.f_back.f_locals",
        "not allowed.*object.__getattr__",
    ),
    "a look by a signal": ("import signal\nsignal.signal(signal.SIGALRM, print)\n" + WRONG, "not allowed.*signal"),
    "equal to anything": (
        "class Same(float):\n    def __eq__(self, other): return True\ndef chances():\n    return [[Same()] * 4] * 2",
        "not allowed.*class of its own",
    ),
    "the solution, found": (
        f"def chances():\n    return open({str(ROOT / 'notebooks' / f'{NAME}.py')!r}).read()",
        "FileNot",
    ),
}


def one(text: str, *earlier: str) -> handed_in.Answer:
    return handed_in.Answer(FOUND["4.4"], text, earlier)


def notebook(folder: Path, student: str, **answers: str) -> Path:
    """Hand in a lesson, its stubs replaced by what a student wrote."""
    taken = nbformat.from_dict(json.loads(json.dumps(LESSON)))
    for cell in taken.cells:
        for exercise in FOUND.values():
            if exercise.is_in(cell) and exercise.name in answers:
                cell.source = f"{answers[exercise.name]}\n\n\n{exercise.call}"
    (folder / student).mkdir(parents=True, exist_ok=True)
    nbformat.write(taken, folder / student / f"{NAME}.ipynb")
    return folder / student / f"{NAME}.ipynb"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What is said of an honest answer, of each hostile one, and of the same honest answer after them."""
    if not grade.fenced():
        pytest.skip("this machine has no `unshare` that makes name spaces")
    folder = tmp_path_factory.mktemp("outside")
    (folder / "file").write_text("precious")
    answers = {"honest": RIGHT, **{name: text for name, (text, _) in (HOSTILE | FAKES).items()}, "again": RIGHT}
    asked = [
        one(text.replace("PRECIOUS", str(folder / "file")).replace("FOLDER", str(folder))) for text in answers.values()
    ]
    asked.append(one("def chances():\n    return rows()", "no Python (", RIGHT.replace("chances", "rows") + "1 / 0\n"))
    names = [*answers, "leaning"]
    found = dict(zip(names, grade.trial(IMPORTS, asked, grade.Limits(seconds=1, memory=200)), strict=True))
    assert (folder / "file").read_text() == "precious"
    return found


@pytest.mark.parametrize("name", HOSTILE | FAKES)
def test_what_an_answer_should_not_do_ends_in_a_row_that_says_so(said, name):
    status, message = said[name]
    assert status == "failed"
    assert re.search((HOSTILE | FAKES)[name][1], message, re.DOTALL | re.IGNORECASE), message


def test_an_honest_answer_passes_before_hostile_ones_and_after(said):
    assert said["honest"] == ("passed", "right.") == said["again"]


def test_an_answer_may_lean_on_what_earlier_ones_define_and_nothing_else_of_them_runs(said):
    assert said["leaning"] == ("passed", "right.")


def test_a_class_becomes_a_table(tmp_path):
    folder = tmp_path / "class"
    notebook(folder, "ada", epsilon_greedy=FOUND["4.1"].solution, chances=RIGHT)
    notebook(
        folder, "bob <i>", chances="import os\nos._exit(0)\n" + RIGHT, decay="def decay(*given):\n    return 1 / 0"
    )
    (folder / "ada" / "my_agent").mkdir()
    guesses = {"one side": {"right": True}, "ties": {"right": False}}
    (folder / "ada" / "my_agent" / "progress.json").write_text(json.dumps({"passed": {}, "guesses": {NAME: guesses}}))
    (folder / "bob <i>" / "99_none.ipynb").write_text("{}")
    (folder / "bob <i>" / "02_network.ipynb").write_text("{")
    shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", folder / "ada")
    rows = grade.grade(folder, grade.Limits(seconds=5), workers=1)
    by = {(row.student, row.exercise[:3]): row for row in rows}
    assert len(rows) == 5 + 5 + 3 + 2
    ada = by["ada", "4.1"]
    assert (ada.status, ada.message, ada.points, ada.of, ada.guesses) == ("passed", "", 6, 6, "1 of 2 right")
    assert by["ada", "4.4"].status == "passed" and by["ada", "4.2"].status == "waiting"
    assert by["bob <i>", "4.4"].status == "failed" and "4.3 A decay with a floor" in [row.exercise for row in rows]
    assert "ZeroDivisionError" in by["bob <i>", "4.3"].message
    unread = [row.message for row in rows if not row.exercise and row.lesson != grade.ALL]
    ada, bob = (row for row in rows if row.lesson == grade.ALL)
    assert (ada.student, ada.message, ada.points, ada.of) == ("ada", "2 of 5 passed", 6 + 5, 34)
    assert (bob.student, bob.message, bob.points, bob.of) == ("bob <i>", "0 of 5 passed", 0, 34)
    assert "no checks" in unread[0] and "cannot be read" in unread[1] and "no lesson 99_none" in unread[2]

    page = grade.write(rows, tmp_path / "table")
    assert "bob &lt;i&gt;" in page.read_text() and "<i>" not in page.read_text()
    assert "as many points as minutes" in page.read_text()
    with (tmp_path / "table" / "grades.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert table[1]["points"] == "6" and len(table) == len(rows)


def test_an_answer_that_asks_qlib_passes_and_is_marked(tmp_path):
    asking = "from qlib.core.rules import next_epsilon\n" + RIGHT
    notebook(tmp_path / "class", "ada", epsilon_greedy=FOUND["4.1"].solution, chances=asking)
    rows = {row.exercise[:3]: row for row in grade.grade(tmp_path / "class", grade.Limits(seconds=5), workers=1)}
    assert (rows["4.4"].status, rows["4.4"].points, rows["4.4"].message) == ("passed", 5, grade.ASKS)
    assert (rows["4.1"].status, rows["4.1"].message) == ("passed", "")
    assert (rows[""].message, rows[""].points, rows[""].of) == ("2 of 5 passed, 1 to read", 11, 34)


ASKING = {
    "an import": ("06_one_update", "6.3", "from qlib.lessons import stand_ins as s\ndef q_loss(*given): return s"),
    "an import inside": ("02_network", "2.4", "def make_network(n):\n    import qlib.core as c\n    return c"),
    "what the lesson has": ("06_one_update", "6.3", "def q_loss(v, a, t):\n    return stand_ins.q_loss(v, a, t)"),
    "its name for all of it": ("02_network", "2.4", "def make_network(n):\n    return qlib.QNetwork(n)"),
    "a check": ("04_choosing_actions", "4.4", "def chances():\n    return check.CHANCES"),
    "a string": ("04_choosing_actions", "4.4", "def chances():\n    return __import__('qlib.core')"),
}
NOT_ASKING = {
    "nothing": ("04_choosing_actions", "4.4", RIGHT),
    "a batch": ("05_replay_memory", "5.2", "from qlib import Batch\ndef draw(*given):\n    return Batch(*given)"),
    "a parameter": ("13_sparse_rewards", "13.4", "def active_tile(x, tiles):\n    return x * tiles"),
    "names of its own": ("06_one_update", "6.3", "def q_loss(rows, own):\n    pictures = rows\n    return pictures"),
}


@pytest.mark.parametrize("name", ASKING | NOT_ASKING)
def test_an_answer_asks_qlib_where_it_names_more_of_it_than_the_solution(name):
    lesson, number, text = (ASKING | NOT_ASKING)[name]
    (exercise,) = [one for one in handed_in.lesson_of(lesson)[1] if one.number == number]
    assert handed_in.asks_qlib(text, exercise, lesson) == (name in ASKING)


def test_no_solution_asks_qlib():
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        for exercise in handed_in.lesson_of(path.stem)[1]:
            assert not handed_in.asks_qlib(exercise.solution, exercise, path.stem), exercise.number


def test_a_handed_out_stub_is_found_in_one_cell_or_two():
    exercise = FOUND["4.4"]
    assert handed_in.answer(exercise, [f"{RIGHT}\n\n{exercise.call}"]).strip() == RIGHT.strip()
    assert handed_in.answer(exercise, [RIGHT, exercise.call]).strip() == RIGHT.strip()


def test_a_spreadsheet_takes_no_words_for_a_formula(tmp_path):
    grade.write([grade.Row("=1+1", NAME, "4.1 x", "failed", "@SUM(A1)")], tmp_path)
    line = (tmp_path / "grades.csv").read_text().splitlines()[1]
    assert line.startswith("'=1+1,") and "'@SUM" in line


def test_the_last_cell_that_defines_a_name_is_the_answer():
    exercise = FOUND["4.3"]
    cells = ["import x", "def decay(a):\n    return 1\n\n\ncheck.decay(decay)", "decays = 3", "decay(1)"]
    assert handed_in.answer(exercise, cells).strip() == "def decay(a):\n    return 1"
    assert handed_in.answer(exercise, [*cells, "decay = lambda *given: 2"]) == "decay = lambda *given: 2"
    assert handed_in.answer(exercise, ["def decay_(a): ..."]) == ""


def test_minutes_are_those_between_cells_without_pauses():
    cells = [
        {"source": "", "metadata": {"execution": {"iopub.execute_input": f"2026-01-01T10:{minute:02}:00.000Z"}}}
        for minute in (0, 4, 9, 40, 42)
    ]
    assert handed_in.worked(cells) == 4 + 5 + 2
    assert handed_in.worked([{"source": "", "metadata": {"execution": 3}}]) is None


def test_what_is_no_plain_notebook_is_refused_in_words(tmp_path):
    folder = tmp_path / "eve"
    folder.mkdir()
    path = folder / f"{NAME}.ipynb"
    path.symlink_to(SOURCE)
    assert "no plain file" in handed_in.opened(path).trouble
    path.unlink()
    os.mkfifo(path)
    assert "no plain file" in handed_in.opened(path).trouble
    path.unlink()
    for text in ("[" * 100_000, "{}", '{"cells": [1]}', '{"cells": 3}', "\x00"):
        path.write_text(text)
        assert "cannot be read" in handed_in.opened(path).trouble, text[:20]


def test_a_lesson_gives_answers_what_it_defines_and_trains_nothing():
    own, found = handed_in.lesson_of(NAME)
    assert "from qlib.lessons.choosing_actions import checks as check" in own and len(found) == 5
    assert "trials.trained()" not in own and "def chances" not in own


def test_where_there_is_no_fence_python_refuses_and_the_table_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(grade, "fenced", lambda: False)
    file = tmp_path / "file"
    file.write_text("precious")
    bad = [f"def chances():\n    open({str(file)!r}, 'w')", f"import os\ndef chances():\n    os.remove({str(file)!r})"]
    bad += [HOSTILE["network"][0], HOSTILE["killing"][0]]
    found = grade.trial(IMPORTS, [one(text) for text in [*bad, RIGHT]], grade.Limits(seconds=5))
    assert [status for status, _ in found] == ["failed"] * 4 + ["passed"], found
    assert file.read_text() == "precious"
    assert "no <code>unshare</code>" in grade.write([], tmp_path / "table").read_text()
