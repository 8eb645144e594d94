"""The static pages in Chromium: axe-core finds nothing serious, a telephone is wide enough, and paper is white."""

import re
from importlib.resources import files
from pathlib import Path

import pages
import pytest

from qlib.show.drawing import Drawing
from qlib.show.explorer import Explorer
from qlib.show.marks import Line
from qlib.show.panel import Panel

ROOT = Path(__file__).parents[2]
LESSONS = ("07_full_training", "claims")  # a panel, pictures, questions, exercises; an explorer, findings, tables
NAMES = [*LESSONS, "glossary", "index"]
QUICK = "resultTypes: ['violations'], selectors: false"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Write some lessons, their panels trained for a moment only."""
    folder = tmp_path_factory.mktemp("site")
    for name in LESSONS:
        text = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
        (folder / f"{name}.ipynb").write_text(re.sub(r"(&quot;steps&quot;: )\d+", r"\g<1>300", text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QLIB_STILL", "1")
        pages.write([folder / f"{name}.ipynb" for name in LESSONS], folder / "html")
    return folder / "html"


@pytest.fixture
def look_at(site, browser):
    """Open a page: look_at("index", width=400)."""
    opened, errors = [], []

    def look_at(name, width=1280, **kind):
        opened.append(browser.new_page(viewport={"width": width, "height": 900}, **kind))
        opened[-1].on("pageerror", lambda error: errors.append(str(error)))
        opened[-1].on(
            "request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or errors.append(asked.url)
        )
        opened[-1].goto((site / f"{name}.html").as_uri())
        opened[-1].wait_for_timeout(300)  # what was recorded is unpacked
        return opened[-1]

    yield look_at
    for page in opened:
        page.close()
    assert not errors


def serious(page, options=QUICK):
    found = page.evaluate(f"axe.run(document, {{{options}}})")["violations"]
    grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    return [(rule["id"], node["html"], node["failureSummary"]) for rule in grave for node in rule["nodes"]]


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_serious_in_light_and_dark(look_at, name):
    axe = files("axe_playwright_python") / "axe.min.js"
    page = look_at(name, color_scheme="light")
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.evaluate(
        "for (const svg of document.querySelectorAll('svg[aria-hidden]')) svg.replaceChildren()"
    )  # much to read
    page.evaluate(axe.read_text())
    assert not serious(page)
    page.emulate_media(color_scheme="dark")
    page.locator("[data-jp-theme-light=false]").first.wait_for()
    assert not serious(page, f"{QUICK}, runOnly: ['color-contrast']")


WIDER = """() => {
  const wider = (node) => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest("pre, .wide, math, svg");
  const found = [...document.querySelectorAll("body *")].filter(wider).map((node) => node.outerHTML.slice(0, 99));
  return [document.documentElement.scrollWidth - innerWidth, found];
}"""
BROKEN = """() => {
  const found = [], words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode, range = document.createRange();
    if (node.parentElement.closest("script, style, svg, math, [style*=display]")) continue;
    for (const word of node.data.matchAll(/[\\p{L}\\p{N}_]+/gu)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("name", NAMES)
def test_at_400_pixels_nothing_is_wider_than_the_page_and_no_word_breaks(look_at, name):
    page = look_at(name, width=400)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.wait_for_timeout(100)
    assert page.evaluate(WIDER) == [0, []]
    assert page.evaluate(BROKEN) == []


def test_a_page_follows_the_theme_of_the_reader_and_prints_on_white_with_all_folds_open(look_at):
    page = look_at("07_full_training", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(17, 17, 17)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 900})
    boxes = "[...document.querySelectorAll('main :is(pre, svg, img, .wide)')]"
    cut = page.evaluate(
        f"{boxes}.filter((x) => x.scrollWidth > x.clientWidth + 1).map((x) => x.outerHTML.slice(0, 99))"
    )
    assert cut == []
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{paper} === 'rgb(255, 255, 255)'", timeout=5_000)


def test_a_solution_has_a_button_that_copies_it(look_at):
    page = look_at("07_full_training")
    fold = page.locator("details", has_text="Solution").first
    fold.locator("summary").click()
    fold.get_by_role("button", name="Copy").click()
    fold.get_by_role("button", name="Copied").wait_for(timeout=5_000)


def test_prose_is_a_column_of_75_characters_and_figures_have_one_width(look_at):
    page = look_at("claims", width=1920)
    paragraph = page.locator("main p").first
    column = paragraph.evaluate("(node) => getComputedStyle(node).maxWidth")
    paragraph.evaluate("""(node) => { node.innerHTML = '<i style="display:inline-block;width:1ch"></i>'; }""")
    letter = paragraph.locator("i").evaluate("(node) => node.getBoundingClientRect().width")
    assert float(column.removesuffix("px")) == pytest.approx(75 * letter, rel=0.01)
    wide = page.locator(":is(.input, .qlib-explorer)").evaluate_all("(all) => all.map((one) => one.clientWidth)")
    assert set(wide) == {860}


def test_wherever_a_control_is_moved_nothing_below_moves(site, look_at):
    def draw(n):
        if n == 3:
            raise ValueError("There is no drawing of 3.")
        return Drawing(Panel([Line([0, 1], [0, n])]), alt="A line."), "word " * (1 + 60 * (n % 2))

    explorer = Explorer(draw, n=(0, 5))
    below = '<p id="below">below</p>'
    (site / "explorer.html").write_text(pages.shell("explorer", explorer._still()["text/html"] + below))
    explorer.close()
    page, tops = look_at("explorer"), []
    for place in range(6):
        assert page.locator(".qlib-explorer .number").inner_text() == str(place)
        tops.append(page.locator("#below").bounding_box()["y"])
        page.locator("input[type=range]").press("ArrowRight")
    assert len(set(tops)) == 1


def test_without_a_kernel_and_without_a_record_an_explorer_says_where_it_answers(site, look_at):
    explorer = Explorer(lambda n: Drawing(alt=f"{n} it is."), record=0, n=(0, 5))
    (site / "explorer.html").write_text(pages.shell("explorer", explorer._still()["text/html"]))
    explorer.close()
    page = look_at("explorer")
    page.locator("input[type=range]").press("ArrowRight")
    assert "open the lesson in JupyterLab" in page.locator(".qlib-explorer .readout").inner_text()
    page.wait_for_timeout(500)
    assert page.locator(".qlib-explorer.old").count() == 0, "it waits for nobody"
