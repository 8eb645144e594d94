"""What passed is kept with all that it leans on, and plays in the learner's place."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from qlib.lessons import pieces
from qlib.lessons.check import exercise
from qlib.lessons.expected import expect


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL")
    return tmp_path


def written(source, name, tmp_path):
    """Define what a learner defines in a notebook, and give it by name."""
    import linecache

    source = textwrap.dedent(source)
    file = f"<cell {len(linecache.cache)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]


SOURCE = """
import numpy as np
from math import sqrt as root
import qlib

SHARE = 0.5

def helper(x):
    return root(x) * SHARE

class Ring(list):
    def half(self):
        return helper(len(self))

def mine(values):
    ring = Ring(values)
    return float(np.sum(ring.half()))
"""


def test_a_class_is_kept_with_its_decorator(home):
    source = """
    from dataclasses import dataclass

    @dataclass
    class Ring:
        capacity: int

        def double(self):
            return 2 * self.capacity
    """
    pieces.keep("Ring", "5.4 Your ring", written(source, "Ring", home))
    assert pieces.mine("Ring", None)(4).double() == 8


def test_a_piece_stands_alone_with_all_it_leans_on(home):
    answer = written(SOURCE, "mine", home)
    pieces.keep("td_target", "6.2 The TD target", answer)
    read = pieces.mine("td_target", None)
    assert read([1] * 16) == answer([1] * 16) == 2.0
    assert pieces.is_mine(read) and not pieces.is_mine(answer)
    text = (home / "my_agent" / "td_target.py").read_text()
    assert text.startswith('"""td_target, as you wrote it for exercise 6.2 The TD target."""')
    alone = subprocess.run([sys.executable, "my_agent/td_target.py"], capture_output=True, text=True, cwd=home)
    assert (alone.returncode, alone.stderr) == (0, "")


def test_nothing_kept_means_that_qlibs_plays(home):
    otherwise = np.argmax
    assert pieces.mine("choose", otherwise) is otherwise
    assert pieces.whose(choose=otherwise) == "qlib's: choose"
    pieces.keep("choose", "4.1", written("def choose(v):\n    return 1\n", "choose", home))
    assert pieces.whose(choose=pieces.mine("choose", otherwise), memory=otherwise) == "yours: choose; qlib's: memory"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("held = [1]\ndef mine(v):\n    return held\n", "leans on held, which is a list"),
        ("mine = lambda v: v\n", "lambda"),
    ],
)
def test_what_cannot_stand_alone_is_said(home, source, words):
    with pytest.raises(pieces.CannotKeepError, match=words):
        pieces.keep("x", "1.1", written(source, "mine", home))
    assert not (home / "my_agent" / "x.py").exists()


def test_a_spoilt_file_is_named(home):
    (home / "my_agent").mkdir()
    (home / "my_agent" / "x.py").write_text("def x(:\n")
    with pytest.raises(ImportError, match=r"x\.py cannot be read: SyntaxError.*delete it"):
        pieces.mine("x", None)


def test_an_exercise_that_passes_says_that_it_was_kept_and_a_wrong_one_is_not(home):
    @exercise("4.1 One", piece="one")
    def one(answer):
        expect(answer(), 1, "one is asked for")

    assert one(written("def two():\n    return 2\n", "two", home)).status == "failed"
    assert not (home / "my_agent").exists()
    report = one(written("def uno():\n    return 1\n", "uno", home))
    assert report.message == "right. Kept as a piece of your own agent: my_agent/one.py."
    assert pieces.mine("one", None)() == 1
    report = one(lambda: 1)
    assert report.status == "passed" and "could not be kept" in report.message
