"""Slides hold a lesson's main road: no exercise, no fold, a slide for each heading."""

import nbformat
import pytest
from slides import HEADING, NOTEBOOKS, slides

LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_its_headings_and_nothing_that_is_aside(path):
    lesson = nbformat.read(path, as_version=4)
    found = slides(lesson)
    text = "\n".join(cell.source for cell in found.cells if cell.cell_type == "markdown")
    assert "<details>" not in text and "## If you see" not in text
    silent = [cell for cell in found.cells if "lesson.ask" not in cell.source and cell.cell_type == "code"]
    assert not [cell for cell in silent if cell.source.startswith(("check", "import", "lesson.again"))]
    kinds = [cell.metadata.slideshow.slide_type for cell in found.cells]
    headings = [bool(HEADING.match(cell.source)) and cell.cell_type == "markdown" for cell in found.cells]
    assert [kind == "slide" for kind in kinds] == headings and kinds[0] == "slide" and sum(headings) >= 3
    titles = [cell.source.split("\n")[0] for cell in found.cells if HEADING.match(cell.source)]
    assert not [title for title in titles if "Exercises" in title] and "What to remember" in titles[-1]
