"""What brings a page's recorded widgets to life, without a kernel."""

from __future__ import annotations

import re

from qlib.show.stage import PARTS
from qlib.show.view import look, module

EXPORTED = re.compile(r"^export default .*;$", re.MULTILINE)


def player() -> str:
    """Write the script and the looks that play every recorded widget of a page."""
    script = EXPORTED.sub("", module(*PARTS, "controls", "drawing", "explorer", "recorded"))
    return f'<style>{look("tokens", "marks", "controls", "stage")}</style><script type="module">{script}</script>'
