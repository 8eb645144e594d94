"""A guess in a figure: before it the page has the axes and nothing of the answer, after it both."""

import json

import pytest

from qlib.show.drawing import Drawing
from qlib.show.guess import GuessView, bare
from qlib.show.marks import Line
from qlib.show.panel import Axis, Panel

AXES = Axis("episode", 0, 10), Axis("score, steps", 0, 500)
ANSWER = Drawing(
    Panel([Line([0, 10], [0, 123.25], label="the answer's words")], *AXES, title="It is 123.25"),
    alt="It ends at 123.25.",
    key=[("123.25", "blue")],
)


def sent(view):
    return json.dumps(view.get_state(["drawing", "spec", "along", "place", "disabled"]))


def test_axes_alone_say_nothing_of_the_answer():
    before = bare(ANSWER)
    assert "123" not in json.dumps(before.numbers()) and "words" not in json.dumps(before.numbers())
    assert vars(before.panels[0].y) == vars(ANSWER.panels[0].y), "where the axes end stays as it is"
    assert "score, steps over episode" in before.alt


def test_the_answer_is_sent_after_the_guess_and_the_guess_stays():
    view = GuessView(bare(ANSWER), ANSWER, "y", (0, 500, 10), "steps")
    assert "123" not in sent(view) and not view.disabled
    assert view.value == 250 and view.spec["unit"] == " steps"
    room = view.drawing["panels"][0]["beside"]
    view.answer(400, ANSWER)
    assert "123.25" in sent(view) and view.disabled and view.value == 400
    assert view.drawing["panels"][0]["beside"] == room > 100, "the axes stay where they are"


def test_the_nearest_value_that_can_be_said_is_taken():
    view = GuessView(bare(ANSWER), ANSWER, "y", (0, 500, 10))
    view.value = 397
    assert (view.value, view.place) == (400, 40)


def test_a_guess_beyond_the_axis_is_refused():
    with pytest.raises(ValueError, match="goes from 0 to 500, and a guess from 0 to 600"):
        GuessView(bare(ANSWER), ANSWER, "y", (0, 600))
