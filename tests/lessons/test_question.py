"""A question shows its answer after a guess and not before; a page without a kernel folds it."""

import pytest
from questions import press, texts

from qlib.lessons.question import Question
from qlib.show.drawing import Drawing
from qlib.show.marks import Line
from qlib.show.panel import Axis, Panel
from qlib.show.picture import Picture, figure

FIGURE = Drawing(Panel([Line([0, 1], [0, 40])], Axis("x", 0, 1), Axis("y", 0, 100)), alt="It ends at 40.")


def test_the_answer_is_nowhere_before_the_guess_and_there_after_it():
    question = Question("How many?", 7_654, choices=[10, 7_654, 99], because="that is how it is")
    assert "that is how" not in texts(question) and "It is" not in texts(question)
    press(question, "99")
    assert "You said 99. It is 7,654: that is how it is" in texts(question)
    assert all(control.disabled for control in question._controls)


def test_a_whole_number_is_spelt_with_all_its_digits():
    question = Question("How many?", 10_000, choices=[40, 10_000])
    assert [control.description for control in question._controls] == ["40", "10,000"]
    assert "It is 10,000." in question._still()["text/html"]


@pytest.mark.parametrize(
    ("answer", "said"), [(8.6667, "8.67"), (0.22981, "0.23"), (999.6, "1,000"), (12_345.6, "12,346")]
)
def test_a_measured_number_is_spelt_with_three_digits_or_all_before_the_point(answer, said):
    assert f"It is {said}." in Question("How many?", answer, between=(0, 20_000))._still()["text/html"]


def test_a_right_guess_is_said_to_be_right():
    question = Question("Which?", "left", choices=["left", "right"])
    press(question, "left")
    assert "Right. left." in texts(question)


@pytest.mark.parametrize(("guess", "right"), [(40, True), (50, True), (51, False), (30, True), (29, False)])
def test_a_number_is_right_within_a_tenth_of_the_slider(guess, right):
    question = Question("How many?", 40, between=(0, 100))
    slider, sure = question._controls
    assert slider.specs[0]["label"] == "your guess" and slider.value == 0 and not slider.disabled
    slider.value = guess
    sure.click()
    assert slider.disabled
    assert question.is_right(question.guess) == right
    verdict = "Right." if guess == 40 else f"You said {guess}{', near enough' if right else ''}."
    assert f"{verdict} It is 40." in texts(question)


def test_among_numbers_the_nearest_choice_is_right():
    question = Question("How often?", 51.7, choices=[10, 50, 100])
    assert [question.is_right(choice) for choice in question.choices] == [False, True, False]


def test_the_guess_is_drawn_into_the_picture_and_nothing_is_drawn_before():
    drawn = []

    def show(guess):
        drawn.append(guess)
        return Picture(figure()[0], f"The guess is {guess}.")

    question = Question("How many?", 40, between=(0, 100), show=show)
    assert drawn == []
    question.say(70)
    assert drawn == [70]
    assert 'alt="The guess is 70."' in texts(question)


def test_a_page_without_a_kernel_folds_the_answer():
    still = Question("Is 1 < 2?", "yes", choices=["yes", "no"], because="it & that")._still()
    head, _, body = still["text/html"].partition("</summary>")
    assert head.startswith("<details><summary><b>Is 1 &lt; 2?</b> Guess first (yes, no)")
    assert "it &amp; that" in body and "it &amp; that" not in head
    assert still["text/plain"] == "Question: Is 1 < 2? [yes, no]\nAnswer: yes: it & that"


@pytest.mark.parametrize("look", [{}, {"choices": [1, 2], "between": (0, 1)}, {"choices": ["a", "b"]}])
def test_a_question_that_cannot_be_answered_is_refused(look):
    with pytest.raises(ValueError, match=r"Give choices|none of the choices"):
        Question("How many?", 40, **look)


@pytest.mark.parametrize(("answer", "unit", "words"), [(1, "seeds", "It is 1 seed."), (2, "seeds", "It is 2 seeds.")])
def test_one_is_no_plural(answer, unit, words):
    assert words in Question("How many?", answer, between=(0, 9, 1), unit=unit)._said()


def test_a_dragged_guess_stands_in_the_figure_and_the_answer_comes_into_the_same_one():
    question = Question("How many?", 40, between=(0, 100), show=FIGURE, drag="y", unit="steps")
    figure, sure = question._controls
    assert figure in question.children and len(sure.description) and not figure.drawing["panels"][0]["marks"]
    figure.value = 70
    sure.click()
    assert question.guess == 70 and "You said 70 steps. It is 40 steps." in texts(question)
    assert figure.disabled and figure.drawing["panels"][0]["marks"] and figure.drawing["alt"] == FIGURE.alt
    assert [child for child in question.children if hasattr(child, "drawing")] == [figure], "drawn once"


def test_what_is_known_before_may_stand_in_the_figure_and_a_former_guess_comes_back():
    known = Drawing(FIGURE.panels[0], alt="known")
    question = Question("How many?", 40, between=(0, 100), show=FIGURE, drag="y", known=known)
    assert question._controls[0].drawing["alt"] == "known"
    again = Question("How many?", 40, between=(0, 100), show=FIGURE, drag="y", former=20)
    assert again._controls[0].value == 20 and again._controls[0].disabled


def test_a_page_without_a_kernel_folds_a_dragged_question_as_any_other():
    dragged, plain = (Question("How many?", 40, between=(0, 100), show=FIGURE, drag=drag) for drag in ("y", ""))
    assert dragged._still() == plain._still()


def test_a_guess_is_dragged_in_a_drawing_only():
    with pytest.raises(ValueError, match="dragged along y of a Drawing"):
        Question("How many?", 40, between=(0, 100), drag="y")
