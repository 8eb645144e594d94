"""A walk through a playground in a real JupyterLab: run, watch, change, run again, stop, copy the line."""

import time

from test_walks import ERROR, wait

CELL = """\
import dataclasses
import qlib
from qlib.show.playground import Playground

def build(gamma):
    return dataclasses.replace(qlib.RECOMMENDED, hidden=(24, 24), gamma=gamma)

Playground(build, steps={steps}, seeds=4, gamma=(0.0, 1.0, 0.1, 0.9))"""


def run_in_first_cell(page, code: str) -> None:
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def test_run_change_run_again_copy_and_stop(lesson):
    page = lesson("00_start_here")
    output = page.locator(".jp-CodeCell").first.locator(".jp-OutputArea-output")
    run, stop = (output.locator("button", has_text=text) for text in ("Run", "Stop"))
    picture = output.get_by_role("img")
    curve = output.locator(".qlib-marks path[style*='--blue'][style*='stroke-width:2px']")
    readout = output.get_by_role("status")

    run_in_first_cell(page, CELL.format(steps=1_000))
    run.wait_for()
    assert readout.inner_text() == "Press Run to train 4 agents for 1,000 steps."
    run.click()
    picture.wait_for()
    curve.wait_for()
    before = curve.get_attribute("d")
    wait(lambda: curve.get_attribute("d") != before or run.is_enabled(), "the curve grows, or is whole at once")
    wait(run.is_enabled, "the run ends")
    wait(lambda: curve.get_attribute("d").count("L") > 5, "the whole curve is there", 5)
    assert readout.inner_text().startswith("After 1,000 steps: greedy score")
    assert picture.get_attribute("aria-label") == readout.inner_text()
    assert not output.get_by_text("last run", exact=True).count()

    output.locator("input[type=range]").press("ArrowLeft")
    run.click()
    output.get_by_text("last run", exact=True).wait_for()
    wait(run.is_enabled, "the second run ends")
    assert "Against the last run" in readout.inner_text()
    line = output.locator("code").inner_text()
    assert "gamma=0.8)" in line

    output.get_by_role("button", name="Copy").click()
    cell = page.locator(".jp-CodeCell .cm-content").nth(1)
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")
    wait(lambda: line in cell.inner_text(), "the line is pasted", 5)
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output .qlib-marks svg").wait_for()
    assert page.locator(ERROR).count() == 0

    run_in_first_cell(page, CELL.format(steps=1_000_000))
    wait(lambda: "1,000,000" in readout.inner_text(), "the new playground is there")
    run.click()
    wait(lambda: readout.inner_text().startswith("Step "), "the steps are counted")
    clicked = time.monotonic()
    stop.click()
    wait(run.is_enabled, "the run stops", 5)
    assert time.monotonic() - clicked < 2
    assert page.locator(ERROR).count() == 0
