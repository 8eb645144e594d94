"""Explorers in a real JupyterLab: they answer at once, and go on answering without a kernel."""

import time

from test_walks import ran_to_the_end, run_all


def the_explorer(page):
    """Scroll to the lesson's first explorer, which JupyterLab draws only when it is in sight."""
    explorer = page.locator(".qlib-explorer").first
    for _ in range(80):
        if explorer.count() and explorer.locator("svg").count():
            break
        page.mouse.move(800, 500)
        page.mouse.wheel(0, 500)
        time.sleep(0.2)
    explorer.scroll_into_view_if_needed()
    return explorer


ANSWERS = """async (explorer) => {
  const slider = explorer.querySelector("input[type=range]"), picture = explorer.querySelector(".qlib-marks");
  const words = explorer.querySelector(".readout"), times = [];
  for (let place = 0; place < 60; place++) {
    const before = words.textContent, from = performance.now();
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    while (words.textContent === before && performance.now() - from < 2000) await new Promise(requestAnimationFrame);
    picture.getBoundingClientRect();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b);
}"""


def test_a_slider_answers_at_once_and_when_the_kernel_is_gone_as_well(lesson):
    page = lesson("01_action_values")
    run_all(page)
    ran_to_the_end(page)
    explorer = the_explorer(page)
    slider = explorer.locator("input[type=range]").first
    slider.press("ArrowRight")  # which JupyterLab would take for itself
    assert explorer.locator(".number").first.inner_text() == "0.51"
    assert slider.get_attribute("data-lm-suppress-shortcuts") == "", "Notebook 7 takes it before it arrives, but here"
    times = explorer.evaluate(ANSWERS)
    assert times[56] < 100
    page.keyboard.press("Control+s")
    assert slider.get_attribute("data-lm-suppress-shortcuts") is None, "what is not plain stays with JupyterLab"
    page.locator(".jp-Document.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty").wait_for(state="detached")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    page.locator("#jp-main-statusbar").get_by_text("No Kernel").wait_for()
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    explorer = the_explorer(page)
    assert explorer.locator(".number").inner_text() == "0.59"
    assert "gamma 0.59" in explorer.locator(".readout").inner_text()
    assert page.get_by_text("model not found").count() == 0
    times = explorer.evaluate(ANSWERS)
    assert times[56] < 100
