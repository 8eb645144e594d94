"""The drawer of lesson 08 in a real JupyterLab: take an agent, look at it, accuse it, and see the score."""

import re
import time

import pytest
from test_questions import SCROLL
from test_walks import ERROR, run_cells, wait

from qlib.lessons.debugging import drawer, faults


def number_of(kind):
    return next(n for n in drawer.NUMBERS if drawer._kind(n) is kind)


@pytest.fixture
def opened(lesson):
    """The lesson with its drawer open, and the cell that it lies in."""
    page = lesson("08_debugging")
    run_cells(page, 0)
    cell = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=re.compile(r"^\s*Drawer\(\)\s*$")))
    page.evaluate(SCROLL, False)
    while not cell.count():  # a long notebook holds only the cells that are near
        assert page.evaluate(SCROLL, True), "there is no cell with the drawer"
        time.sleep(0.15)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.get_by_role("button", name="Look").wait_for()
    return page, cell


def test_look_at_a_broken_agent_accuse_it_and_see_the_score(opened):
    page, cell = opened
    agent, instrument, fault = (cell.get_by_label(name, exact=True) for name in ("agent", "look at", "it is"))
    said = cell.locator('[role="status"]').last
    assert said.inner_text() == "You have found 0 of 0 guessed, of 19 in the drawer, in 0 runs."
    assert cell.locator("text=suspicious").count() == 0, "nothing is shown before a look"

    agent.select_option(str(number_of(faults.RewardBefore)))
    looks = {"curve and values": "greedy score", "rows of the memory": "stored", "probes": "failed"}
    for runs, (name, words) in enumerate((looks | {"the audit": "suspicious"}).items(), 1):
        instrument.select_option(name)
        cell.get_by_role("button", name="Look").click()
        wait(lambda runs=runs: said.inner_text().endswith(f"in {runs} runs."), f"{name} has looked", 90)
        assert words in cell.inner_text()
        assert cell.get_by_role("button", name="Look").is_enabled()

    fault.select_option("no terminal cut")
    cell.get_by_role("button", name="Guess").click()
    wait(lambda: said.inner_text().startswith("No:"), "a wrong guess is told", 10)
    assert "the reward stored is that of the step before" in said.inner_text()
    assert "found 0 of 1 guessed, of 19 in the drawer, in 4 runs" in said.inner_text()

    agent.select_option(str(number_of(faults.OneSeed)))
    fault.select_option(faults.FAULTS[faults.OneSeed])
    cell.get_by_role("button", name="Guess").click()
    wait(lambda: said.inner_text().startswith("Right"), "a right guess is told", 10)
    assert "found 1 of 2 guessed, of 19 in the drawer, in 4 runs" in said.inner_text()
    assert page.locator(ERROR).count() == 0
