"""The colours that everything drawn here shares, read from the one file that names them: static/tokens.css."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"


def _themes() -> dict[str, dict[str, str]]:
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r"\{([^{}]*--paper[^{}]*)\}", text)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return {"light": light, "dark": dark}


THEMES = _themes()
"""Theme to a colour's name to its value, "#rrggbb"."""
NAMES = ("blue", "vermilion", "green", "purple", "gold", "faint")
"""The colours of lines, in the order in which they are given out."""
DASHES = ((), (5, 2), (1, 1.2), (6, 1.5, 1, 1.5), (3, 1), (8, 3))
"""Their dashes, in widths of the line, in the same order."""


def colour(name: str) -> str:
    """Return the value of a colour on white paper.

    Raises:
        ValueError: if there is no such colour.
    """
    if name not in THEMES["light"]:
        raise ValueError(f"There is no colour {name!r}. Choose one of {', '.join(THEMES['light'])}.")
    return THEMES["light"][name]
