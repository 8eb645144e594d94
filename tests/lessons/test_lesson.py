"""A lesson asks, keeps what was guessed, and asks again what was guessed worst."""

import pytest
from questions import press, texts

from qlib.lessons import progress
from qlib.lessons.lesson import Lesson
from qlib.show.drawing import Drawing
from qlib.show.panel import Axis, Panel, lines

KNOWN = {
    "many": {"question": "How many?", "between": (0, 100, 1), "because": "so it is."},
    "dragged": {"question": "How high?", "between": (0, 100, 1), "drag": "y"},
    "which": {"question": "Which?", "choices": ["a", "b"], "answer": "b", "because": "it is {answer}, by {by:.1f}."},
    "more": {"question": "More?", "choices": ["more", "less"], "answer": {True: "more", False: "less"}},
    "open": {"question": "What?", "choices": ["a", "b"]},
    **{name: {"question": f"{name}?", "between": (0, 100, 1)} for name in ("exact", "near", "far", "off")},
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL")
    monkeypatch.setattr("qlib.lessons.lesson.questions", lambda topic: KNOWN)
    for name in ("03_a", "04_b", "05_c"):
        (tmp_path / f"{name}.py").write_text('lesson.ask("many", 40)\n')


def test_a_guess_is_kept_and_shown_again_when_the_cell_runs_again():
    Lesson("03_a").ask("many", 40).say(90)
    again = Lesson("03_a").ask("many", 40)
    assert again.guess == 90
    assert "You said 90. It is 40: so it is." in texts(again)
    assert Lesson("03_a").ask("many", 41).guess is None, "another answer is another question"


def test_an_answer_that_no_cell_computes_and_its_reason_stand_beside_the_lesson():
    asked = Lesson("03_a").ask("which", by=2.34)
    press(asked, "b")
    assert "Right. b: it is b, by 2.3." in texts(asked)


def test_a_dragged_guess_begins_from_the_axes_or_from_what_is_known():
    shown = Drawing(Panel(lines([0, 1], {"one": [0, 40]}), Axis("x"), Axis("y", 0, 100)), alt="shown")
    known = Drawing(Panel([], Axis("x"), Axis("y", 0, 100)), alt="known")
    without, beside = (Lesson("03_a").ask("dragged", 40, shown, known=part) for part in (None, known))
    assert without._figure.drawing["alt"] not in ("shown", "known") and beside._figure.drawing["alt"] == "known"
    assert not without._figure.drawing["panels"][0]["marks"]


def test_a_yes_or_no_is_put_in_words():
    assert [Lesson("03_a").ask("more", truth).answer for truth in (True, False)] == ["more", "less"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("open", "no answer to 'open'"), ("more", "no answer"), ("whose", "no question 'whose'. It has: ")],
)
def test_a_question_without_an_answer_and_a_name_without_a_question_are_refused(name, words):
    with pytest.raises(ValueError, match=words):
        Lesson("03_a").ask(name)


def test_the_end_says_what_was_furthest_off():
    lesson = Lesson("03_a")
    lesson.ask("many", 40).say(41)
    lesson.ask("open", "a").say("b")
    assert "2 of 1 questions answered, 1 of them right. You were furthest off at: What?" in repr(lesson.done())


def test_the_two_worst_come_again_two_lessons_later_and_no_exact_one():
    lesson = Lesson("03_a")
    for guess, name in ((40, "exact"), (41, "near"), (99, "far"), (60, "off")):
        lesson.ask(name, 40).say(guess)
    again = Lesson("05_c").again()
    assert [question.question for question in again.children[1:]] == ["far?", "off?"]
    assert "It is" not in texts(again)
    assert "Nothing to ask again." in texts(Lesson("04_b").again())
    assert progress.guesses("05_c") == {}
