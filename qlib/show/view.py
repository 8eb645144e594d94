"""The scripts and looks of what is drawn in the page: static/*.js, joined into one module a widget."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from qlib.show.tokens import STATIC


def module(*names: str) -> str:
    """Join files of static/ into one ES module, each before those that import it.

    A widget's script comes to the browser as text without an address, so it can import nothing beside it.
    """
    files = [(STATIC / f"{name}.js").read_text(encoding="utf-8") for name in dict.fromkeys(names)]
    return "\n".join(re.sub(r'^import .* from "\./\w+\.js";$', "", text, flags=re.MULTILINE) for text in files)


def look(*names: str) -> str:
    """Join style sheets of static/ into one."""
    return "\n".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in names)


def embedded(part: str, traits: dict[str, Any], still: str) -> str:
    """Write what a page needs to bring a widget to life without a kernel, around what it shows until then.

    Args:
        part: which script plays it: see static/recorded.js.
        traits: the widget's, as it sends them.
        still: HTML.
    """
    told = json.dumps({name: _as_text(value) for name, value in traits.items()}, separators=(",", ":"))
    told = told.replace("</", "<\\/")
    script = f'<script type="application/json">{told}</script>'
    return f'<div class="qlib-recorded" data-part="{part}">{still}{script}</div>'


def _as_text(value: Any) -> Any:
    """Turn bytes, wherever they are, into what JSON can hold."""
    if isinstance(value, dict):
        return {name: _as_text(x) for name, x in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(x) for x in value]
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value
