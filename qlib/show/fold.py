"""Lines of text behind a summary: a table that not everybody needs, or that answers a question further up."""

from __future__ import annotations

import html
from collections.abc import Sequence


class Fold:
    """Text that a page folds away under a summary; its columns stay in line.

    Args:
        summary: what the reader clicks on.
        lines: one text a line, at most some 100 characters each.
    """

    def __init__(self, summary: str, lines: Sequence[str]) -> None:
        self.summary, self.lines = summary, list(lines)

    def __repr__(self) -> str:
        return "\n".join([f"{self.summary}:", *self.lines])

    def _repr_html_(self) -> str:
        text = html.escape("\n".join(self.lines))
        return f"<details><summary>{html.escape(self.summary)}</summary><pre>{text}</pre></details>"
