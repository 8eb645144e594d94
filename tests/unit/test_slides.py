"""Slides hold a lesson's main road: no exercise, no fold, a slide for each heading."""

import re

import nbformat
import pytest
from nbconvert import SlidesExporter
from slides import HEADING, NOTEBOOKS, slides

LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def pages(found: nbformat.NotebookNode) -> list[list[nbformat.NotebookNode]]:
    """Part the cells of slides at each new page."""
    made: list[list[nbformat.NotebookNode]] = []
    for cell in found.cells:
        if cell.metadata.slideshow.slide_type == "-":
            made[-1].append(cell)
        else:
            made.append([cell])
    return made


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_its_headings_and_nothing_that_is_aside(path):
    lesson = nbformat.read(path, as_version=4)
    found = slides(lesson)
    text = "\n".join(cell.source for cell in found.cells if cell.cell_type == "markdown")
    assert "<details>" not in text and "## If you see" not in text
    silent = [cell for cell in found.cells if "lesson.ask" not in cell.source and cell.cell_type == "code"]
    assert not [cell for cell in silent if cell.source.startswith(("check", "import", "lesson.again"))]
    kinds = [cell.metadata.slideshow.slide_type for cell in found.cells]
    for page in pages(found):
        assert len(page) > 1 or page[0].cell_type == "code" or "\n" in page[0].source, page[0].source
    headings = [bool(HEADING.match(cell.source)) and cell.cell_type == "markdown" for cell in found.cells]
    assert [kind == "slide" for kind in kinds] == headings and kinds[0] == "slide" and sum(headings) >= 3
    titles = [cell.source.split("\n")[0] for cell in found.cells if HEADING.match(cell.source)]
    assert not [title for title in titles if "Exercises" in title] and "What to remember" in titles[-1]


def test_a_question_shows_no_code_and_what_is_asked_again_no_word():
    found = slides(nbformat.read(NOTEBOOKS / "02_network.ipynb", as_version=4))
    page, _ = SlidesExporter().from_notebook_node(found)
    assert "two lessons ago" not in page and "lesson.ask(" not in page
    assert "observation, _ = " in re.sub(r"<[^>]+>", "", page), "other code stays"
    asked = [cell for cell in found.cells if "lesson.ask(" in cell.source]
    assert len(asked) == 10 and all(cell.outputs for cell in asked)


def test_a_line_stands_on_the_page_of_what_it_announces():
    found = slides(nbformat.read(NOTEBOOKS / "02_network.ipynb", as_version=4))
    (page,) = [page for page in pages(found) if page[0].source.startswith("Move the sliders")]
    assert [cell.source[:24] for cell in page[1:]] == ["Explorer(pictures.count,"]


def test_a_heading_with_nothing_left_under_it_is_no_slide():
    found = slides(nbformat.read(NOTEBOOKS / "00_start_here.ipynb", as_version=4))
    assert not [cell for cell in found.cells if "Is everything installed?" in cell.source]
