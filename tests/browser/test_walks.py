"""Walks through the lessons in a real JupyterLab, as a learner would take them."""

import json
import re
import time
import urllib.request

ERROR = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'


def run_all(page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def run_cells(page, last: int) -> None:
    """Run the code cells down to number `last`, counted from 0, each with a click and Shift+Enter."""
    for number in range(last + 1):
        page.locator(".jp-CodeCell .cm-content").nth(number).click()
        page.keyboard.press("Shift+Enter")


def wait(condition, what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s in vain until {what}"
        time.sleep(0.05)


def the_panel(page):
    """Scroll to the panel of lesson 00, which JupyterLab draws only when it is in sight."""
    page.locator(".jp-CodeCell .cm-content").nth(1).scroll_into_view_if_needed()
    page.mouse.move(800, 500)
    page.mouse.wheel(0, 500)
    stage = page.locator(".qlib-stage")
    stage.wait_for()
    return stage


def ran_to_the_end(page) -> None:
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    wait(lambda: "[*]:" in prompts.all_inner_texts(), "a cell runs")
    wait(lambda: "[*]:" not in prompts.all_inner_texts(), "every cell has run", 120)
    assert page.locator(ERROR).count() == 0, page.locator(ERROR).first.inner_text()


def test_train_pause_stop_and_an_agent_that_balances(lesson):
    page = lesson("00_start_here")
    run_cells(page, 1)  # the first guess, and the panel
    the_panel(page)
    panel = page.locator(".jp-OutputArea-output", has=page.locator(".qlib-stage"))
    line = panel.locator(".widget-html-content").first
    curve = page.locator(".qlib-stage .qlib-marks path[style*='--blue']").first
    plots = page.locator(".qlib-stage").get_by_role("img", name="Each training episode's score")
    page.get_by_role("button", name="Train").click()
    curve.wait_for()
    before = curve.get_attribute("d")
    wait(lambda: curve.get_attribute("d") != before, "the curve moves")
    assert "steps now" in plots.get_attribute("aria-label")

    page.get_by_role("button", name="Pause").click()
    wait(lambda: line.inner_text().endswith("paused"), "the training pauses", 20)

    def stands_still() -> bool:  # the last picture may come after the word
        before = curve.get_attribute("d")
        time.sleep(0.7)
        return curve.get_attribute("d") == before

    wait(stands_still, "the curve stands still", 20)
    before = curve.get_attribute("d")

    page.get_by_role("button", name="Go on").click()
    wait(lambda: curve.get_attribute("d") != before, "the curve moves on")
    page.get_by_role("button", name="Stop").click()
    wait(lambda: line.inner_text().startswith("stopped"), "the training stops", 20)
    caption = page.locator(".qlib-stage .caption")
    now = re.compile(r"The agent after [1-9][\d,]* training steps")
    wait(lambda: now.match(caption.inner_text()), "the agent of now is shown", 20)

    page.get_by_role("button", name="Reset").click()
    wait(lambda: caption.inner_text().startswith("The agent after 0 training steps"), "the agent is untrained", 20)
    assert page.locator(".machine input").is_disabled()
    page.get_by_role("combobox", name="speed").first.select_option("as fast as it can")

    run_all(page)  # a new panel takes the place of this one
    text = page.locator(".jp-OutputArea-output")
    guess = page.get_by_role("button", name="This is my guess")
    wait(lambda: guess.count() == 2, "the lesson asks when it overtook you, and how well it balances", 180)
    guess.last.click()
    said = re.compile(r"It is (\d+): in the worst .* The untrained agent lasted ([\d.]+)")
    wait(lambda: said.search(" ".join(text.all_inner_texts())), "the answer comes after the guess", 20)
    trained, untrained = map(float, said.search(" ".join(text.all_inner_texts())).groups())
    assert trained >= 5 * untrained
    assert page.locator(".qlib-stage").count() == 1
    assert page.locator(ERROR).count() == 0


def test_a_panel_comes_back_after_a_reload_and_after_a_restart(lesson, lab):
    page = lesson("00_start_here")
    run_cells(page, 1)
    the_panel(page)
    page.get_by_role("button", name="Train").click()
    moment = page.locator(".machine .faint")
    wait(lambda: "of" in moment.inner_text(), "there are two moments")
    time.sleep(3)  # the panel saves the notebook when the training begins
    page.goto(lab("00_start_here").removesuffix("&reset"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    stage, moment = the_panel(page), page.locator(".machine .faint")
    wait(lambda: "of" in moment.inner_text(), "its moments are there again", 20)
    before = moment.inner_text()
    wait(lambda: moment.inner_text() != before, "it goes on", 20)
    page.get_by_role("button", name="Stop").click()
    wait(lambda: page.get_by_role("button", name="Stop").is_disabled(), "it obeys", 20)
    time.sleep(3)  # and when it ends
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel…").first.click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.goto(lab("00_start_here").removesuffix("&reset"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    stage = the_panel(page)
    stage.locator(".machine input").press("Home")
    assert stage.locator(".caption").inner_text().startswith("The agent after 0 training steps")
    stage.locator(".machine input").press("End")
    assert not stage.locator(".caption").inner_text().startswith("The agent after 0 training steps")
    assert page.get_by_text("model not found").count() == 0


def test_all_of_lesson_02_runs_without_an_error(lesson):
    page = lesson("02_network")
    run_all(page)
    ran_to_the_end(page)


def test_the_files_that_mirror_the_lessons_are_not_listed(lab):
    home, _, token = lab("").removesuffix("&reset").partition("/lab/tree/.ipynb")
    with urllib.request.urlopen(f"{home}/api/contents{token}", timeout=20) as answer:
        listed = {each["name"] for each in json.load(answer)["content"]}
    assert {"00_start_here.ipynb", "claims.ipynb", "glossary.md"} <= listed
    assert not {"00_start_here.py", "claims.py", "records", "originals"} & listed
