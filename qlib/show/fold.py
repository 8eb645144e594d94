"""What stands behind a summary: lines or a drawing that not everybody needs, or that answers a question further up."""

from __future__ import annotations

import html
from collections.abc import Sequence

from qlib.show.drawing import Drawing


class Fold:
    """What a page folds away under a summary.

    Args:
        summary: what the reader clicks on.
        inside: a drawing, or one text a line, at most some 100 characters each; their columns stay in line.
    """

    def __init__(self, summary: str, inside: Sequence[str] | Drawing) -> None:
        self.summary, self.inside = summary, inside

    def __repr__(self) -> str:
        lines = [repr(self.inside)] if isinstance(self.inside, Drawing) else self.inside
        return "\n".join([f"{self.summary}:", *lines])

    def _repr_html_(self) -> str:
        if isinstance(self.inside, Drawing):
            shown = self.inside._repr_html_()
        else:
            shown = f"<pre>{html.escape(chr(10).join(self.inside))}</pre>"
        return f"<details><summary>{html.escape(self.summary)}</summary>{shown}</details>"
