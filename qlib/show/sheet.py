"""A table on a canvas, some of its cells boxed: where what is marked in a table is what it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Mark
from qlib.show.panel import Panel
from qlib.show.shapes import Box, Words

LETTER, LINE = 8.0, 30.0  # pixels across a letter with its share of the gaps, and from row to row


def sheet(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    alt: str,
    colours: Mapping[int, str] | None = None,
    boxes: Mapping[tuple[int, int], str] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw a table.

    Args:
        heads: of the columns.
        rows: as many words each.
        alt: what there is to see.
        colours: column to the colour of its words.
        boxes: (row, column) to the colour of a box around it; one of "vermilion" is dashed.
        notes: colour of a box to what it means, below the table.
    """
    columns = np.array([max(map(len, column)) + 2 for column in zip(heads, *rows, strict=True)])
    middles, total, high = np.cumsum(columns) - columns / 2, float(columns.sum()), LINE / LETTER
    marks: list[Mark] = []
    for i, row in enumerate([heads, *rows]):
        for k, words in enumerate(row):
            look = (colours or {}).get(k, "ink")
            if words:
                marks.append(Words(middles[k], (i + 0.5) * high, words, look, "middle", size=13, bold=i == 0))
    for (i, k), colour in (boxes or {}).items():
        at = (middles[k], (i + 1.5) * high, columns[k] - 1.0, 0.82 * high)
        marks.append(Box(*at, colour=colour, edge=1.8, dash=int(colour == "vermilion")))
    for k, (colour, words) in enumerate((notes or {}).items()):
        marks.append(Words(0.5 + k * total / 2, (len(rows) + 1.5) * high, words, colour))
    lines = len(rows) + 1 + bool(notes)
    panel = Panel(marks, frame=(0.0, 0.0, total, lines * high))
    width = round(LETTER * total)
    return Drawing(panel, alt=alt, height=round(12 + LINE * lines), width=width, least=width)
