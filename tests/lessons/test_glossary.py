"""The glossary: every link to it arrives, no term stands there twice, and each names the lesson that builds it."""

import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TEXTS = {path.stem: path.read_text() for path in sorted(NOTEBOOKS.glob("*.py"))}
_, *ENTRIES = re.split(r"^## ", (NOTEBOOKS / "glossary.md").read_text(), flags=re.MULTILINE)
TERMS = {entry.partition("\n")[0]: entry.partition("\n")[2] for entry in ENTRIES}


def anchor(term: str) -> str:
    return term.lower().replace(" ", "-")


@pytest.mark.parametrize("lesson", TEXTS)
def test_every_link_to_the_glossary_has_its_heading(lesson):
    links = re.findall(r"glossary\.md(?:#([^)\s]*))?", TEXTS[lesson])
    assert set(links) <= {"", *map(anchor, TERMS)}, f"{lesson} links to what the glossary does not hold"


@pytest.mark.parametrize("term", TERMS)
def test_a_link_arrives_in_jupyterlab_as_on_github(term):
    """A heading's anchor is in lower case on GitHub, and in JupyterLab as it is written."""
    own = f'<a id="{anchor(term)}"></a>\n\n## {term}\n'
    assert term == term.lower() or own in (NOTEBOOKS / "glossary.md").read_text()


def test_no_term_stands_there_twice_and_they_are_in_order():
    terms = [entry.partition("\n")[0] for entry in ENTRIES]
    assert [term.lower() for term in terms] == sorted({term.lower() for term in terms})
    assert len(terms) > 30


@pytest.mark.parametrize("term", TERMS)
def test_a_term_has_one_to_three_sentences_and_a_lesson_that_is_there(term):
    meaning, _, where = re.split(r"\b(Lessons?\s)(?=\[)", " ".join(TERMS[term].split()))
    assert 1 <= len(re.findall(r"[.?] ", meaning)) <= 3 and len(meaning.split()) >= 10
    lessons = re.findall(r"\[(\d\d)\]\((\1_\w+)\.ipynb\)", where)
    assert lessons and len(lessons) == where.count("[")
    assert all(name in TEXTS for _, name in lessons), lessons


@pytest.mark.parametrize("term", TERMS)
def test_a_lesson_that_a_term_names_uses_it(term):
    names = re.findall(r"\((\d\d_\w+)\.ipynb\)", TERMS[term])
    prose = " ".join(re.sub(r"^# ?", "", "\n".join(TEXTS[name] for name in names), flags=re.MULTILINE).split())
    assert re.search(term.replace(" ", "[ -]"), prose, re.IGNORECASE), f"none of {names} says {term!r}"
