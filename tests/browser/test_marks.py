"""An explorer in a bare page without a kernel: it answers at once, and its words neither overlap nor are cut off."""

import statistics

import numpy as np
import pytest

from qlib.show.drawing import Drawing
from qlib.show.explorer import Explorer
from qlib.show.marks import Bars, Heat
from qlib.show.panel import Axis, Panel, lines
from qlib.show.player import player


def draw(slope, kind):
    x = np.arange(11)
    curves = Panel(lines(x, {"one": slope * x, "other": slope * x + 0.1}), Axis("steps"), Axis("score", 0, 110))
    bars = Bars([slope, 9], [0, -1], along="x", words=[f"{slope} %", "9 %"], hatched=True)
    rows = Axis("", -1.5, 0.5, ticks={0: "first of them", -1: "second of them"})
    level = Panel([bars], Axis("share of the whole time (%)", 0, 10), rows, "A title " * 12, beside=50)
    if kind == "map":
        level = Panel([Heat(np.eye(4) * slope, 0, 1, 0, 1, label="cost (steps)")], title="map")
    return Drawing(curves, level, alt=f"Two lines of slope {slope}."), f"slope {slope}, {kind}"


@pytest.fixture
def open_page(browser):
    pages, errors = [], []

    def open_page(width=900, light="true", record=400):
        explorer = Explorer(draw, record=record, slope=(0, 10, 1, 5), kind=["bars", "map"])
        pages.append(browser.new_page(viewport={"width": width, "height": 700}))
        page = pages[-1]
        page.on("pageerror", lambda error: errors.append(str(error)))
        body = explorer._still()["text/html"] + player()
        page.set_content(f'<!doctype html><body data-jp-theme-light="{light}" style="margin:20px">{body}</body>')
        page.wait_for_selector(".qlib-marks svg")
        page.wait_for_timeout(300)  # what was recorded is unpacked
        explorer.close()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not errors


MOVE = """(place) => new Promise((done) => {
  const slider = document.querySelector("input[type=range]"), from = performance.now();
  slider.value = place;
  slider.dispatchEvent(new Event("input"));
  document.querySelector(".qlib-marks svg").getBoundingClientRect();
  done(performance.now() - from);
})"""
BOXES = """() => [...document.querySelectorAll(".qlib-marks svg")].map((svg) => {
  const box = (node) => { const b = node.getBoundingClientRect(); return [b.left, b.right, b.top, b.bottom]; };
  const words = [...svg.querySelectorAll("text")].filter((t) => t.textContent);
  return [box(svg), words.map((t) => [t.textContent, ...box(t)])];
})"""


def test_a_slider_and_buttons_answer_without_a_kernel(open_page):
    page = open_page()
    before = page.locator(".qlib-marks").inner_html()
    page.evaluate(MOVE, 7)
    assert page.get_by_role("status").inner_text() == "slope 7, bars"
    assert page.locator(".qlib-marks").inner_html() != before
    assert page.locator(".qlib-marks").get_attribute("aria-label") == "Two lines of slope 7."
    page.get_by_role("button", name="map").click()
    assert page.get_by_role("status").inner_text() == "slope 7, map"
    pressed = page.get_by_role("button").evaluate_all("all => all.map((one) => one.getAttribute('aria-pressed'))")
    assert pressed == ["false", "true"]


def test_where_nothing_was_recorded_the_nearest_stands_for_it_and_is_named(open_page):
    page = open_page(record=12)  # eleven slopes with bars, and one map
    page.get_by_role("button", name="map").click()
    assert page.get_by_role("status").inner_text() == "slope 5, map"
    page.evaluate(MOVE, 6)
    assert page.get_by_role("status").inner_text() == "Recorded nearest to this: slope 5, kind map. slope 5, map"
    page.get_by_role("button", name="bars").click()
    assert page.get_by_role("status").inner_text() == "slope 6, bars"
    assert page.locator(".qlib-explorer.old").count() == 0


@pytest.mark.parametrize("kind", ["bars", "map"])
@pytest.mark.parametrize("width", [900, 400])
def test_words_lie_within_the_drawing_and_do_not_overlap(open_page, width, kind):
    page = open_page(width)
    page.get_by_role("button", name=kind).click()
    for place in (0, 5, 10):
        page.evaluate(MOVE, place)
        for (left, right, top, bottom), words in page.evaluate(BOXES):
            for text, a, b, c, d in words:
                assert left - 1 <= a and b <= right + 1 and top - 1 <= c and d <= bottom + 1, text
            for i, (text, a, b, c, d) in enumerate(words):
                for other, e, f, g, h in words[:i]:
                    assert min(b, f) - max(a, e) < 1 or min(d, h) - max(c, g) < 3, (text, other)


def test_a_dark_page_has_colours_of_its_own(open_page):
    ask = "() => getComputedStyle(document.querySelector('.qlib-marks svg path[style*=blue]')).stroke"
    assert open_page().evaluate(ask) == "rgb(0, 114, 178)"
    assert open_page(light="false").evaluate(ask) == "rgb(86, 180, 233)"


def test_a_move_is_drawn_within_50_milliseconds(open_page):
    page = open_page()
    times = sorted(page.evaluate(MOVE, i % 11) for i in range(90))
    assert statistics.median(times) < 50 and times[85] < 50
