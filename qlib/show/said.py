"""What a cell says in words: lines that break between words, and sentences without quotes."""

from __future__ import annotations

import html


def wrapped(text: str) -> str:
    """Write lines as HTML that is as wide as there is room, each as far in as its spaces say, and that is read out."""
    rows = []
    for line in text.splitlines():
        inward = 0.6 * (len(line) - len(line.lstrip()))
        style = f"padding-left:{inward + 1.2:.1f}em;text-indent:-1.2em"  # what is too long goes on under its words
        rows.append(f'<div style="{style}">{html.escape(line.strip())}</div>')
    return f'<div role="status">{"".join(rows)}</div>'


class Sentence(str):
    """A sentence that a cell shows without quotes."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f'<p role="status">{html.escape(self)}</p>'
