"""Every notebook as it is saved, opened in one JupyterLab: no answer is told, and saving it changes nothing."""

import json
import time

import pytest
from test_questions import NOTEBOOKS, all_that_can_be_read, answers
from test_walks import wait

NAMES = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
OPEN = """([path, kernel]) => jupyterapp.commands.execute("docmanager:open", { path, kernel })"""
WIDER = """() => [...document.querySelectorAll(".jp-CodeCell .cm-scroller")]
  .filter((code) => code.scrollWidth > code.clientWidth + 1).map((code) => code.innerText.slice(0, 80))"""


@pytest.fixture(scope="module")
def one_lab(lab, browser):
    """Open the notebooks in one page with one kernel, which all of them share: one_lab(name) is the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 3200})  # so tall that four screens are one look
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(lab("").replace("/lab/tree/.ipynb", "/lab"))
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => jupyterapp.restored")
    kernel = page.evaluate("() => jupyterapp.serviceManager.kernels.startNew({ name: 'python3' }).then((k) => k.model)")

    def open_(name: str):
        page.evaluate("() => jupyterapp.commands.execute('application:close-all')")
        page.evaluate(OPEN, [f"{name}.ipynb", {"id": kernel["id"], "name": "python3"}])
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
        return page

    yield open_
    context.close()


def contents(path):
    """Return what a notebook holds, however its JSON is laid out; the setting that saves widgets adds an empty list."""
    notebook = json.loads(path.read_text())
    widgets = notebook["metadata"].pop("widgets", {"application/vnd.jupyter.widget-state+json": {"state": {}}})
    assert not widgets["application/vnd.jupyter.widget-state+json"]["state"]
    return notebook


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_opens_as_it_was_saved_and_tells_no_answer(lab, one_lab, name):
    page = one_lab(name)
    text = all_that_can_be_read(page)
    known = answers(NOTEBOOKS / f"{name}.ipynb")
    assert not known or "Guess first" in text, "the questions are there, folded"
    assert not [answer for answer in known if " ".join(answer.split()) in text]
    assert not page.evaluate(WIDER), "code that scrolls sideways"
    assert page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty").count() == 0, "Lab would ask to save it"
    saved = lab.notebooks / f"{name}.ipynb"
    before = saved.stat().st_mtime_ns
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    wait(lambda: saved.stat().st_mtime_ns > before, "it is saved", 20)
    time.sleep(0.1)
    assert contents(saved) == contents(NOTEBOOKS / f"{name}.ipynb")
