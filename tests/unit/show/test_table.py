"""A table of text: the same lines in a cell, on a page and in a question's answer."""

from qlib.lessons.question import Question
from qlib.show.table import Table


def test_a_table_is_its_lines_and_a_page_keeps_their_columns():
    table = Table("a   b", "1 < 2")
    assert repr(table) == "a   b\n1 < 2"
    assert table._repr_html_() == "<pre>a   b\n1 &lt; 2</pre>"


def test_a_question_shows_it_after_the_guess_only():
    question = Question("Which?", "a", choices=["a", "b"], show=Table("a   b"))
    assert "<pre>" not in question._result.value
    question.say("b")
    assert "<pre>a   b</pre>" in question._result.value
