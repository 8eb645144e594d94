"""A lesson asks, keeps what was guessed, and asks again what was guessed worst."""

import pytest
from questions import press, texts

from qlib.lessons import progress
from qlib.lessons.lesson import Lesson


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL")
    for name in ("03_a", "04_b", "05_c"):
        (tmp_path / f"{name}.py").write_text('lesson.ask("How many?", 40)\n')
    return tmp_path


def test_a_guess_is_kept_and_shown_again_when_the_cell_runs_again(home):
    Lesson("03_a").ask("How many?", 40, between=(0, 100)).say(90)
    again = Lesson("03_a").ask("How many?", 40, between=(0, 100))
    assert again.guess == 90
    assert "You said 90. It is 40." in texts(again)
    assert Lesson("03_a").ask("How many?", 41, between=(0, 100)).guess is None, "another answer is another question"


def test_what_a_cell_must_not_give_away_stands_beside_the_lesson(home, monkeypatch):
    known = {
        "Which?": {"answer": "b", "because": "it is {answer}, by {by:.1f}."},
        "How many?": {"because": "so it is."},
    }
    monkeypatch.setattr("qlib.lessons.lesson._answers", lambda topic: known if topic == "a" else {})
    lesson = Lesson("03_a")
    asked = lesson.ask("Which?", choices=["a", "b"], numbers={"by": 2.34})
    press(asked, "b")
    assert "Right. b: it is b, by 2.3." in texts(asked)
    assert lesson.ask("How many?", 40, between=(0, 100)).because == "so it is."
    with pytest.raises(ValueError, match=r"no answer to 'What\?'"):
        lesson.ask("What?", choices=["a", "b"])


def test_the_end_says_what_was_furthest_off(home):
    lesson = Lesson("03_a")
    lesson.ask("How many?", 40, between=(0, 100)).say(41)
    lesson.ask("Which?", "a", choices=["a", "b"]).say("b")
    assert "2 of 1 questions answered, 1 of them right. You were furthest off at: Which?" in repr(lesson.done())


def test_the_two_worst_come_again_two_lessons_later_and_no_exact_one(home):
    lesson = Lesson("03_a")
    for guess, question in ((40, "exact?"), (41, "near?"), (99, "far?"), (60, "off?")):
        lesson.ask(question, 40, between=(0, 100)).say(guess)
    again = Lesson("05_c").again()
    assert [question.question for question in again.children[1:]] == ["far?", "off?"]
    assert "It is" not in texts(again)
    assert "Nothing to ask again." in texts(Lesson("04_b").again())
    assert progress.guesses("05_c") == {}
