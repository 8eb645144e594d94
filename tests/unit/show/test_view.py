"""The one script that a widget's files are joined to, and what a page needs to bring a widget to life."""

import json
import re

import pytest

from qlib.show.drawing import DrawingView
from qlib.show.explorer import ExplorerView
from qlib.show.guess import GuessView
from qlib.show.stage import Stage
from qlib.show.view import STATIC, embedded, look, module


@pytest.mark.parametrize("kind", [DrawingView, ExplorerView, GuessView, Stage])
def test_a_widget_is_one_module_that_imports_nothing_and_holds_each_file_it_uses_before_its_user(kind):
    script = kind._esm
    assert not re.search(r"^import ", script, re.MULTILINE)
    assert script.count("export default") == 1
    first = {path.stem: script.find(module(path.stem).strip()) for path in STATIC.glob("*.js")}
    for part, at in first.items():
        if at >= 0:
            wanted = re.findall(r'from "\./(\w+)\.js"', (STATIC / f"{part}.js").read_text())
            assert all(0 <= first[name] < at for name in wanted), part


def test_files_that_are_joined_lose_their_imports_only():
    assert module("dom") == (STATIC / "dom.js").read_text()
    joined = module("dom", "shades", "marks", "panel")
    assert joined.startswith(module("dom")) and "export function makeCanvas" in joined
    assert look("tokens", "marks") == (STATIC / "tokens.css").read_text() + "\n" + (STATIC / "marks.css").read_text()


def test_what_is_embedded_is_json_that_ends_no_script():
    html = embedded("drawing", {"a": b"\x01", "b": ["</script>"]}, "still")
    told = html.split('<script type="application/json">')[1].split("</script>")[0]
    assert json.loads(told) == {"a": {"base64": "AQ=="}, "b": ["</script>"]} and "still" in html
