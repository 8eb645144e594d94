"""An explorer in a bare page without a kernel: it answers at once, and its words neither overlap nor are cut off."""

import itertools
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


def lay_out(browser, window, *panels, **look):
    """Return where each panel of a drawing stands in a page, (left, top, right, bottom), and where its axis begins."""
    page = browser.new_page(viewport={"width": window, "height": 900})
    body = Drawing(*panels, alt="Some panels.", **look)._repr_html_() + player()
    page.set_content(f'<!doctype html><body data-jp-theme-light="true" style="margin:20px">{body}</body>')
    page.wait_for_selector(".qlib-marks svg")
    found = page.evaluate("""() => [...document.querySelectorAll(".qlib-marks svg")].map((svg) => {
      const b = svg.getBoundingClientRect(), clip = svg.querySelector("clipPath rect");
      return [b.left, b.top, b.right, b.bottom, Number(clip.getAttribute("x")), Number(clip.getAttribute("width"))];
    })""")
    page.close()
    return np.array(found)


@pytest.mark.parametrize(("width", "rows"), [(1280, [2, 2]), (700, [2, 2]), (400, [1, 1, 1, 1])])
def test_panels_without_room_side_by_side_stand_in_rows_of_equal_length(browser, width, rows):
    found = lay_out(browser, width, *[Panel([Bars([1, 2], [1, 2])])] * 4, width=860)
    tops = np.unique(found[:, 1])
    assert [int((found[:, 1] == top).sum()) for top in tops] == rows
    assert np.ptp(found[:, 2] - found[:, 0]) < 1 and found[:, 2].max() <= width - 20
    for first, second in itertools.pairwise(found):
        assert second[0] >= first[2] or second[1] >= first[3], "they do not overlap"


@pytest.mark.parametrize("width", [1280, 400])
def test_the_sides_of_a_column_are_in_line_and_its_heights_are_shares(browser, width):
    x, unit = np.arange(3.0), Axis("steps", 0, 10_000_000)
    panels = Panel(lines(x, {"a long name": x})), Panel(lines(x, {"b": 1e6 * x}), y=unit, share=2)
    above, below = lay_out(browser, width, *panels, height=390, column=True)
    assert above[0] == below[0] and below[1] >= above[3]
    assert (above[3] - above[1], below[3] - below[1]) == (130, 260)
    assert tuple(above[4:]) == tuple(below[4:]) and above[4] > 40


def test_a_slider_says_no_minus_before_a_zero(browser):
    explorer = Explorer(lambda x: Drawing(alt=f"{x} is drawn here."), x=(-2.4, 2.4, 0.4, 0.0))
    page = browser.new_page()
    page.set_content(explorer._still()["text/html"] + player())
    page.wait_for_selector("input[type=range]")
    assert page.evaluate("document.querySelector('input[type=range]').parentElement.innerText").split()[-1] == "0.0"
    explorer.close()
    page.close()
