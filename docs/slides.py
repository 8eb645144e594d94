"""The main road of a lesson as slides, to talk along: `make slides NB=04_*`.

python docs/slides.py [--to build/slides] [notebooks ...]

A heading begins a slide, and each cell under it comes with a step down. Folds, exercises and what is to be looked up
are left out, and so is code that only sets up a widget. The slides need a network: reveal.js, which turns the pages, is
not in them.
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
            if aside or hidden or _sets_up(part):
                continue
            part.metadata["slideshow"] = {"slide_type": "slide" if title else "subslide"}
            cells.append(part)
    return nbformat.v4.new_notebook(cells=cells, metadata=road.metadata)


def _begins(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and bool(HEADING.match(cell.source))


def _sets_up(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(SETS_UP.match(cell.source)) and "lesson.ask(" not in cell.source


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
