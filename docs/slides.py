"""The main road of a lesson as slides, to talk along: `make slides NB=04_*`.

python docs/slides.py [--to build/slides] [notebooks ...]

A heading begins a slide, and each cell under it comes with a step down; a single line of text has no page of its own.
Folds, exercises and what is to be looked up are left out, and so is code that only sets up a widget. A question is
shown without the code that answers it. The slides need a network: reveal.js, which turns the pages, is not in them.
"""

from __future__ import annotations

import argparse
import itertools
import re
from pathlib import Path

import nbformat
from handout import WithoutFolds
from nbconvert import SlidesExporter
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ASIDE = ("Exercises", "If you see this", "What to remember")  # as tests/minutes.py has them; the last one stays
SETS_UP = re.compile(r"(import|from) |lesson\.(again|done)\(\)")  # nothing to talk about
AGAIN, ASKS = "lesson.again()", "lesson.ask("
HEADING = re.compile(r"^#{1,2} (?:\d+\. )?(.*)", re.MULTILINE)


def slides(lesson: NotebookNode) -> NotebookNode:
    """Return a lesson's main road with nbconvert's marks for slides.

    Args:
        lesson: a lesson as the project holds it, with its outputs.
    """
    road, _ = WithoutFolds(summaries=[""]).preprocess(lesson, {})
    cells, aside = [], False
    for cell in road.cells:
        for part in _parts(cell):
            title = HEADING.match(part.source)[1].strip() if _begins(part) else None
            aside = title.startswith(ASIDE[:2]) if title else aside
            hidden = part.metadata.get("jupyter", {}).get("source_hidden") and not part.get("outputs")
            if part.source == AGAIN and not _begins(cells[-1]):
                cells.pop()  # it announces the questions that are asked again
            if aside or hidden or _sets_up(part):
                continue
            if part.cell_type == "code" and ASKS in part.source:
                part.metadata["transient"] = {"remove_source": True}  # its output stays
            cells.append(part)
    return nbformat.v4.new_notebook(cells=_paged(cells), metadata=road.metadata)


def _paged(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Mark where pages begin: none for a single line of text, and no slide for a heading with nothing under it."""
    ends = [after is None or _begins(after) for after in [*cells[1:], None]]
    kept = [
        (cell, last) for cell, last in zip(cells, ends, strict=True) if not (_begins(cell) and _is_line(cell) and last)
    ]
    before = None
    for cell, last in kept:
        joins = before and (_is_line(before) or (_is_line(cell) and last))
        cell.metadata["slideshow"] = {"slide_type": "slide" if _begins(cell) else "-" if joins else "subslide"}
        before = cell
    return [cell for cell, _ in kept]


def _begins(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and bool(HEADING.match(cell.source))


def _is_line(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and "\n" not in cell.source


def _sets_up(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(SETS_UP.match(cell.source)) and ASKS not in cell.source


def _parts(cell: NotebookNode) -> list[NotebookNode]:
    """Part a cell of text at its headings."""
    if cell.cell_type != "markdown":
        return [cell]
    starts = [found.start() for found in HEADING.finditer(cell.source)]
    ends = sorted({0, *starts, len(cell.source)})
    texts = [cell.source[a:b].strip() for a, b in itertools.pairwise(ends)]
    return [nbformat.v4.new_markdown_cell(text) for text in texts if text]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("[0-9]*.ipynb")))
    parser.add_argument("--to", type=Path, default=Path("build/slides"))
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    exporter = SlidesExporter(exclude_input_prompt=True, exclude_output_prompt=True)
    for path in options.notebooks:
        body, _ = exporter.from_notebook_node(slides(nbformat.read(path, as_version=4)))
        (options.to / f"{path.stem}.html").write_text(body, encoding="utf-8")
        print(options.to / f"{path.stem}.html")


if __name__ == "__main__":
    main()
