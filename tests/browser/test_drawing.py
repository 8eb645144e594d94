"""What static/plots.js draws of a chart, in a bare page with a model of a few lines: no JupyterLab, no kernel."""

import itertools

import numpy as np
import pytest

from qlib.show.chart import Chart
from qlib.show.view import LiveView, look, over_seeds
from qlib.study.result import Comparison
from qlib.study.statistics import mean_interval

LEFT, RIGHT, ABOVE, WIDTH, HEIGHT = 46, 108, 20, 900, 230  # of the first plot, in pixels

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
    """Draw a chart in a page of its own: draw(chart) is the page."""
    pages, errors = [], []

    def draw(chart: Chart | None, width=WIDTH, **state):
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_content(f'<body style="margin:0"><div id="view" style="width:{width}px"></div></body>')
        page.add_style_tag(content=look("tokens", "live"))
        page.add_script_tag(type="module", content=LiveView._esm + "\nwindow.render = render;")
        page.wait_for_function("!!window.render")
        numbers = plain(chart.numbers()) if chart else {}
        page.evaluate(MODEL, {"columns": 1, "label": "words", "state": ""} | {"chart": numbers} | state)
        return page

    yield draw
    for page in pages:
        page.close()
    assert not errors


def chart(values, last=None, limits=None):
    steps = np.arange(1, np.shape(values)[1] + 1) * 100
    runs = [None if run is None else Comparison(("run",), steps, np.array([run], float)) for run in (values, last)]
    return over_seeds(runs[0], runs[1], limits)


def points(page, kind):
    """Return the points of each curve of a kind, shape (n, 2)."""
    found = page.locator(kind).evaluate_all("nodes => nodes.map((node) => node.getAttribute('points'))")
    return [np.array([pair.split(",") for pair in points.split()], float) for points in found]


def test_the_drawing_is_the_numbers(draw):
    page = draw(chart([[0, 150, 500, np.nan], [0, 250, 500, np.nan], [0, 200, 500, np.nan]], limits=(0, 500)))
    [mean] = points(page, "polyline.line")
    width = WIDTH - LEFT - RIGHT
    np.testing.assert_allclose(mean[:, 0], [LEFT + width * i / 4 for i in (1, 2, 3)], atol=0.1)
    np.testing.assert_allclose(mean[:, 1], [ABOVE + HEIGHT, ABOVE + HEIGHT * 0.6, ABOVE], atol=0.1)
    seeds = points(page, "polyline.seed")
    np.testing.assert_allclose([seed[1, 1] for seed in seeds], ABOVE + HEIGHT * np.array([0.7, 0.5, 0.6]), atol=0.1)
    _, low, high = mean_interval([150, 250, 200])
    [band] = points(page, "polygon.band")
    np.testing.assert_allclose(band[:, 0], [*mean[:, 0], *mean[::-1, 0]])  # there and back
    np.testing.assert_allclose(band[[1, -2], 1], ABOVE + HEIGHT * (1 - np.array([low, high]) / 500), atol=0.1)
    texts = page.locator("svg text").all_text_contents()
    assert "mean 500" in texts and "environment steps" in texts and "last run" not in texts
    assert page.get_by_role("img").get_attribute("aria-label") == "words"


def test_one_wild_agent_stays_within_the_axis(draw):
    values = np.random.default_rng(0).uniform(0, 10, (16, 20))
    values[3, 7] = 1e9
    everything = np.vstack(points(draw(chart(values)), "polyline"))
    assert everything[:, 1].min() >= ABOVE
    assert everything[:, 1].max() <= ABOVE + HEIGHT


@pytest.mark.parametrize("value", [np.nan, 0.0, -3.5, 1e-12, 1e12])
def test_flat_and_missing_curves_are_drawn_without_an_error(draw, value):
    page = draw(chart(np.full((4, 3), value)))
    assert "NaN" not in page.locator("svg").inner_html()
    assert page.locator("polyline.line").count() == np.isfinite(value)


@pytest.mark.parametrize(("mean", "last"), [(500, 500), (499, 501), (200, 205), (205, 200), (0, 0)])
def test_labels_at_the_ends_do_not_overlap(draw, mean, last):
    page = draw(chart(np.full((4, 3), mean), np.full((4, 3), last), (0, 500)))
    heights = [float(page.get_by_text(words, exact=True).get_attribute("y")) for words in (f"mean {mean}", "last run")]
    assert abs(heights[0] - heights[1]) >= 12  # the letters are 11 pixels high


@pytest.mark.parametrize("width", [WIDTH, 270])
def test_no_text_is_cut_off_and_no_ticks_overlap(draw, width):
    page = draw(chart(np.full((4, 200), 0.000335)), width)
    boxes = page.locator("svg text").evaluate_all(
        "nodes => nodes.map((node) => { const box = node.getBoundingClientRect();"
        " return [node.textContent, box.left, box.right, box.top]; })"
    )
    assert "mean 0.000335" in [words for words, *_ in boxes]
    assert all(0 <= left and right <= width for words, left, right, _ in boxes if not words.startswith("thick"))
    bottom = next(top for words, _, _, top in boxes if words == "20,000")
    ticks = sorted([left, right] for _, left, right, top in boxes if top == bottom)
    assert len(ticks) >= 2
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ticks))


@pytest.mark.parametrize("end", [20_000, 2_000_000, 2e-5])
def test_the_longest_tick_has_room_left_of_the_axis(draw, end):
    page = draw(chart(np.linspace(-end, end, 12).reshape(4, 3)))
    ticks = page.locator("svg text.faint[text-anchor=end]").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().left)"
    )
    assert len(ticks) >= 3
    assert min(ticks) >= 0


def test_an_empty_view_takes_no_room_and_a_closed_one_listens_no_more(draw):
    page = draw(None, label="")
    assert page.locator("svg").count() == 0
    assert page.get_by_role("img").count() == 0
    for _ in range(2):
        page.evaluate("chart => window.model.set('chart', chart)", plain(chart([[1.0, 2.0]]).numbers()))
        assert page.locator("svg").count() == 1
    page.evaluate("window.end()")
    assert page.evaluate("window.model.listening()") == 0
