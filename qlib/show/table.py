"""Text in columns that a question can show with its answer, as it shows a picture."""

from __future__ import annotations

import html


class Table:
    """Lines of text whose columns stand in line.

    Args:
        lines: one a row; the first names the columns.
    """

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"
