"""What a moving chart sends, and the one script that its files are joined to."""

import re

import numpy as np
import pytest

from qlib.show.chart import Chart
from qlib.show.stage import Stage
from qlib.show.view import STATIC, LiveView, module

EMPTY = Chart(np.array([]), (0, 1), "steps", [])


def test_a_view_sends_one_picture_at_a_time():
    view, seen = LiveView(), []
    view.observe(lambda change: seen.append(change.name), ["chart", "label", "state"])
    view.show(EMPTY, "words", "running")
    assert (view.label, view.state) == ("words", "running")
    seen.clear()
    view.show(EMPTY, "words", "running")
    assert not seen, "the same picture again sends nothing"
    view.close()


@pytest.mark.parametrize("kind", [LiveView, Stage])
def test_a_widget_is_one_module_that_imports_nothing_and_defines_what_it_uses(kind):
    script = kind._esm
    assert not re.search(r"^import ", script, re.MULTILINE)
    assert script.count("export default") == 1
    parts = [path.stem for path in STATIC.glob("*.js") if path.read_text().strip() in script]
    wanted = {
        name for part in parts for name in re.findall(r'from "\./(\w+)\.js"', (STATIC / f"{part}.js").read_text())
    }
    assert wanted <= {path.stem for path in STATIC.glob("*.js")}


def test_files_that_are_joined_lose_their_imports_only():
    assert module("dom") == (STATIC / "dom.js").read_text()
    joined = module("dom", "plots")
    assert joined.startswith(module("dom")) and "export function makePlots" in joined
