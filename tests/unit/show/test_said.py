"""Lines break between words, stand as far in as they are written, and hold no markup of a stranger's."""

from qlib.show.said import Sentence, wrapped


def test_each_line_has_its_place_and_is_escaped():
    page = wrapped("✗ not yet\n  seed 1: <b>no</b> score\n    more")
    assert page.startswith('<div role="status">') and page.count("text-indent") == 3
    assert "&lt;b&gt;no&lt;/b&gt; score" in page and "<pre" not in page
    assert [page.count(f"padding-left:{inward}em") for inward in (1.2, 2.4, 3.6)] == [1, 1, 1]


def test_a_sentence_is_text_without_quotes():
    said = Sentence("It is there.")
    assert repr(said) == said == "It is there." and "It is there." in said._repr_html_()
