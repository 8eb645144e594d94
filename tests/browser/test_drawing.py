"""What the page draws of curves that grow, in a bare page with a model of a few lines: no JupyterLab, no kernel."""

import itertools
import re

import numpy as np
import pytest

from qlib.show.curves import over_seeds
from qlib.show.drawing import Drawing, DrawingView
from qlib.show.sheet import sheet
from qlib.show.view import look
from qlib.study.result import Comparison
from qlib.study.statistics import mean_interval

WIDTH, TOP, HEIGHT = 860, 24, 230  # of the first panel, in pixels

MODEL = """
(state) => {
  const bytes = (x) => x && x.bytes ? new DataView(new Uint8Array(x.bytes).buffer)
    : Array.isArray(x) ? x.map(bytes)
    : x && typeof x === "object" ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, bytes(v)])) : x;
  const listeners = {}, there = bytes(state);
  window.model = {
    get: (name) => (name in there ? there[name] : undefined),
    on: (name, act) => (listeners[name] ||= []).push(act),
    off: (name, act) => { listeners[name] = listeners[name].filter((one) => one !== act); },
    set: (name, value) => { there[name] = bytes(value); (listeners[`change:${name}`] || []).forEach((act) => act()); },
    save_changes: () => {},
    send: () => {},
    listening: () => Object.values(listeners).flat().length,
  };
  window.end = window.render({ model: window.model, el: document.getElementById("view") });
}
"""


def plain(value):
    """Write bytes so that they travel as JSON."""
    if isinstance(value, dict):
        return {name: plain(x) for name, x in value.items()}
    if isinstance(value, list | tuple):
        return [plain(x) for x in value]
    return {"bytes": list(value)} if isinstance(value, bytes) else value


@pytest.fixture
def draw(browser):
    """Draw in a page of its own: draw(drawing) is the page."""
    pages, errors = [], []

    def draw(drawing: Drawing | None, width=WIDTH):
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_content(f'<body style="margin:0"><div id="view" style="width:{width}px"></div></body>')
        page.add_style_tag(content=look("tokens", "marks"))
        page.add_script_tag(type="module", content=DrawingView._esm + "\nwindow.render = hang;")
        page.wait_for_function("!!window.render")
        page.evaluate(MODEL, {"drawing": drawing.numbers() if drawing else {}})
        return page

    yield draw
    for page in pages:
        page.close()
    assert not errors


def growing(values, last=None, limits=()):
    steps = np.arange(1, np.shape(values)[1] + 1) * 100
    runs = [None if run is None else Comparison(("run",), steps, np.array([run], float)) for run in (values, last)]
    return over_seeds(runs[0], runs[1], limits, "words")


def paths(page, wanted):
    """Return the points of each path of a look: a list of shape (n, 2) for each run without a gap."""
    every = page.locator("svg g path").evaluate_all(
        "nodes => nodes.map((node) => [node.getAttribute('d'), node.getAttribute('style')])"
    )
    found = [d for d, style in every if wanted in style]
    return [
        [np.array([pair.split() for pair in run.strip("Z").split("L")], float) for run in d.split("M")[1:]]
        for d in found
    ]


def room(page):
    """Return where the first panel's axes lie: left, right, top, bottom."""
    box = page.locator("svg rect.room").first
    x, y, wide, tall = (float(box.get_attribute(name)) for name in ("x", "y", "width", "height"))
    return x, x + wide, y, y + tall


def test_the_drawing_is_the_numbers(draw):
    page = draw(growing([[0, 150, 500, np.nan], [0, 250, 500, np.nan], [0, 200, 500, np.nan]], limits=(0, 500)))
    left, right, top, bottom = room(page)
    assert (top, bottom) == (TOP, TOP + HEIGHT)
    [[mean]] = paths(page, "stroke-width:2px")
    np.testing.assert_allclose(mean[:, 0], [left + (right - left) * i / 4 for i in (1, 2, 3)], atol=0.1)
    np.testing.assert_allclose(mean[:, 1], [bottom, TOP + HEIGHT * 0.6, TOP], atol=0.1)
    [seeds] = paths(page, "stroke-width:1px")
    np.testing.assert_allclose([seed[1, 1] for seed in seeds], TOP + HEIGHT * np.array([0.7, 0.5, 0.6]), atol=0.1)
    _, low, high = mean_interval([150, 250, 200])
    [[band]] = paths(page, "opacity:.2")
    np.testing.assert_allclose(band[:, 0], [*mean[:, 0], *mean[::-1, 0]])  # there and back
    np.testing.assert_allclose(band[[1, -2], 1], TOP + HEIGHT * (1 - np.array([high, low]) / 500), atol=0.1)
    texts = page.locator("svg text").all_text_contents()
    assert "mean 500" in texts and "environment steps" in texts and "last run" not in texts
    assert page.get_by_role("img").get_attribute("aria-label") == "words"


def test_one_wild_agent_is_cut_off_at_the_axis(draw):
    values = np.random.default_rng(0).uniform(0, 10, (16, 20))
    values[3, 7] = 1e9
    page = draw(growing(values))
    assert page.locator("svg g path").evaluate_all("nodes => nodes.every((node) => node.closest('[clip-path]'))")
    assert page.locator("svg text").all_text_contents().count("10")


@pytest.mark.parametrize("value", [np.nan, 0.0, -3.5, 1e-12, 1e12])
def test_flat_and_missing_curves_are_drawn_without_an_error(draw, value):
    page = draw(growing(np.full((4, 3), value)))
    assert not re.search("NaN|Infinity|undefined", page.locator("svg").inner_html())
    [mean] = paths(page, "stroke-width:2px")
    assert len(mean) == np.isfinite(value)


@pytest.mark.parametrize(("mean", "last"), [(500, 500), (499, 501), (200, 205), (205, 200), (0, 0)])
def test_labels_at_the_ends_do_not_overlap(draw, mean, last):
    page = draw(growing(np.full((4, 3), mean), np.full((4, 3), last), (0, 500)))
    heights = [float(page.get_by_text(words, exact=True).get_attribute("y")) for words in (f"mean {mean}", "last run")]
    assert abs(heights[0] - heights[1]) >= 12  # the letters are 11 pixels high


def test_a_label_far_from_another_one_stays_at_its_line(draw):
    values = np.where(np.arange(6) < 2, 300.0, np.nan) * np.ones((4, 1))
    page = draw(growing(values, np.full((4, 6), 300.0), (0, 500)))
    heights = [page.get_by_text(words, exact=True).get_attribute("y") for words in ("mean 300", "last run")]
    assert heights[0] == heights[1]


@pytest.mark.parametrize("width", [WIDTH, 270])
def test_no_text_is_cut_off_and_no_ticks_overlap(draw, width):
    page = draw(growing(np.full((4, 200), 0.000335)), width)
    boxes = page.locator("svg text").evaluate_all(
        "nodes => nodes.map((node) => { const box = node.getBoundingClientRect();"
        " return [node.textContent, box.left, box.right, box.top]; })"
    )
    assert "mean 0.000335" in [words for words, *_ in boxes]
    assert all(0 <= left and right <= width for _, left, right, _ in boxes)
    bottom = max(top for words, _, _, top in boxes if words == "0")
    ticks = sorted([left, right] for _, left, right, top in boxes if top == bottom)
    assert len(ticks) >= 2
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ticks))


@pytest.mark.parametrize("end", [20_000, 2_000_000, 2e-5])
def test_the_longest_tick_has_room_left_of_the_axis(draw, end):
    page = draw(growing(np.linspace(-end, end, 12).reshape(4, 3)))
    ticks = page.locator("svg text[text-anchor=end]").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().left)"
    )
    assert len(ticks) >= 3
    assert min(ticks) >= 0


def test_an_empty_view_takes_no_room_and_a_closed_one_listens_no_more(draw):
    page = draw(None)
    assert page.locator("svg").count() == 0
    assert page.get_by_role("img").count() == 0
    for _ in range(2):
        page.evaluate("drawing => window.model.set('drawing', drawing)", growing([[1.0, 2.0]]).numbers())
        assert page.locator("svg").count() == 1
    page.evaluate("window.end()")
    assert page.evaluate("window.model.listening()") == 0


def test_a_canvas_without_room_scrolls_sideways_and_keys_can_do_it(draw):
    page = draw(sheet(["a head", "another head"] * 4, [["1", "2"] * 4], "A table."), width=300)
    box = page.locator(".qlib-marks")
    wide, across = box.evaluate("(node) => [node.scrollWidth, node.clientWidth]")
    assert across == 300 < wide and box.get_attribute("tabindex") == "0"
    page.evaluate("document.getElementById('view').style.width = '900px'")
    page.wait_for_function("!document.querySelector('.qlib-marks').hasAttribute('tabindex')")
    assert box.evaluate("(node) => node.scrollWidth - node.clientWidth") == 0
