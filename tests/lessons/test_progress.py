"""What a learner has done is kept in their folder, survives a spoilt file, and can begin again."""

import json

import pytest

from qlib.lessons import progress
from qlib.lessons.check import exercise
from qlib.lessons.expected import expect


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL")
    return tmp_path


GUESS = {"guess": 3, "right": True, "off": 0.0}


@exercise("4.1 One")
def one(answer):
    expect(answer(), 1, "one is asked for")


def test_what_passed_is_kept_and_what_failed_is_not(home):
    one(lambda: 2)
    assert progress.exercises("04") == []
    one(lambda: 1)
    one(lambda: 2)  # who passed once has passed
    assert progress.exercises("04") == ["4.1 One"]
    assert json.loads((home / "my_agent" / "progress.json").read_text())["passed"] == {"4.1 One": True}


def test_an_exercise_of_another_title_takes_the_place_of_the_former_one(home):
    for name in ("7.2 A moving mean", "7.20 Far on", "7.2 One line is wrong"):
        progress.passed(name)
    assert progress.exercises("07") == ["7.20 Far on", "7.2 One line is wrong"]


def test_exercises_of_lesson_14_are_not_those_of_lesson_4(home):
    progress.passed("14.1 Another")
    assert (progress.exercises("04"), progress.exercises("14")) == ([], ["14.1 Another"])


def test_a_lesson_is_counted_from_its_text(home):
    (home / "04_x.py").write_text('check.one(a)\nlesson.ask(\n    "?", 1)\nlesson.ask("!", 1)\n')
    assert progress.done("04_x") == "0 of 1 exercises passed; 0 of 2 questions answered"
    progress.guessed("04_x", "?", GUESS)
    progress.passed("4.1 One")
    assert progress.done("04_x") == "1 of 1 exercises passed; 1 of 2 questions answered, 1 of them right"
    assert "1 of 2 questions answered" in progress.Overview()._repr_html_()
    assert repr(progress.Overview()).startswith("04_x")


def test_beginning_again_forgets_one_lesson_or_all_and_keeps_the_former_file(home):
    for exercise_name in ("4.1 One", "5.1 Two"):
        progress.passed(exercise_name)
    progress.guessed("04_x", "?", GUESS)
    progress.guessed("05_y", "?", GUESS)
    assert "04_x begins again" in progress.begin_again("04_x")
    assert (progress.exercises("04"), progress.guesses("04_x")) == ([], {})
    assert (progress.exercises("05"), progress.guesses("05_y")) == (["5.1 Two"], {"?": GUESS})
    before = json.loads((home / "my_agent" / "progress.before.json").read_text())
    assert list(before["passed"]) == ["4.1 One", "5.1 Two"]
    progress.begin_again()
    assert (progress.exercises("05"), progress.guesses("05_y")) == ([], {})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"passed": 3, "guesses": {}}', "\x00"])
def test_a_spoilt_file_is_put_aside(home, text):
    progress.passed("4.1 One")
    (home / "my_agent" / "progress.json").write_text(text)
    assert progress.exercises("04") == []
    assert (home / "my_agent" / "progress.unreadable.json").read_text() == text
    progress.passed("4.1 One")
    assert progress.exercises("04") == ["4.1 One"]


def test_a_checked_notebook_reads_and_writes_no_file(home, monkeypatch):
    progress.passed("4.1 One")
    monkeypatch.setenv("QLIB_STILL", "1")
    monkeypatch.setattr(progress, "_here", {"passed": {}, "guesses": {}})
    assert progress.exercises("04") == []
    before = (home / "my_agent" / "progress.json").read_bytes()
    progress.passed("4.2 Two")
    assert progress.exercises("04") == ["4.2 Two"]
    assert (home / "my_agent" / "progress.json").read_bytes() == before


def test_what_else_is_kept_stands_in_the_same_file_and_an_older_file_has_none_of_it(home):
    progress.passed("4.1 Epsilon-greedy")
    path = progress.folder() / "progress.json"
    path.write_text(json.dumps({"passed": {"4.1 Epsilon-greedy": True}, "guesses": {}}))
    assert progress.noted("hunted") == {} == progress.noted("experiments")
    progress.note("experiments", "a claim", [[5000, 5032]])
    assert progress.noted("experiments") == {"a claim": [[5000, 5032]]} and progress.exercises("04")
    progress.begin_again()
    assert not progress.exercises("04") and progress.noted("experiments"), "seeds that were looked at stay so"
