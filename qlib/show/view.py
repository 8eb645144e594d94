"""A chart that moves in the page, and the scripts that draw it: static/*.js, joined into one module a widget."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import anywidget
import numpy as np
import traitlets

from qlib.show.chart import Chart, Plot, agents, finite, tidy
from qlib.show.tokens import STATIC
from qlib.study.result import Comparison
from qlib.study.statistics import band


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


class LiveView(anywidget.AnyWidget):
    """A chart that moves.

    Args:
        columns: of plots.
    """

    _esm = module("dom", "plots", "live")
    _css = look("tokens", "live")
    columns = traitlets.Int(1).tag(sync=True)
    chart = traitlets.Dict().tag(sync=True)  # see Chart.numbers
    label = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode().tag(sync=True)

    def show(self, chart: Chart, label: str, state: str = "") -> None:
        """Send a picture, in one message.

        Args:
            chart: the numbers.
            label: the picture in words, for screen readers.
            state: the job's.
        """
        with self.hold_sync():
            self.chart, self.label, self.state = chart.numbers(), label, state


def over_seeds(result: Comparison, last: Comparison | None, limits: tuple[float, float] | None) -> Chart:
    """Chart a comparison's first variant over the run before: its score, and its diagnostics below.

    Args:
        result: NaN where nothing is measured yet.
        last: the run before, of the same shape, or None.
        limits: of the score, or None.
    """
    n = result.scores.shape[1]

    def plot(title: str, values: np.ndarray, last: np.ndarray | None, **look: Any) -> Plot:
        line = band(values)
        ends = finite(line[0])[-1:]
        label = f"mean {tidy(ends[0])}" if len(ends) else ""
        return Plot(title, line, label, seeds=values, last=None if last is None else band(last), **look)

    key = f"thick: mean of {agents(n)}, with its 95 % interval · thin: each agent"
    before = last.scores[0] if last else None
    plots = [plot("greedy score", result.scores[0], before, height=230, limits=limits, key=key)]
    for name, values in result.diagnostics.items():
        plots.append(plot(name, values[0], last.diagnostics[name][0] if last else None, height=84))
    return Chart(result.steps, (0, int(result.steps[-1])), "environment steps", plots)
