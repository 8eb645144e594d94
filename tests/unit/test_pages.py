"""The static pages: they need no network, their links lead somewhere, their pictures have words."""

import json
import re
from pathlib import Path

import pages
import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("00_start_here", "01_action_values", "05_replay_memory", "06_one_update")

LONG, SHORT = (
    "&quot;steps&quot;: 12000,",
    "&quot;steps&quot;: 600,",
)  # of lesson 06's panel, as its saved picture has them


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Write some lessons; lesson 06's agent, of the learner's pieces, takes 35 s to train, and here trains less."""
    folder = tmp_path_factory.mktemp("site")
    for name in NAMES:
        text = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
        assert text.count(LONG) == (name == "06_one_update")
        (folder / f"{name}.ipynb").write_text(text.replace(LONG, SHORT))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QLIB_STILL", "1")
        pages.write([folder / f"{name}.ipynb" for name in NAMES], folder / "html")
    return folder / "html"


@pytest.mark.parametrize("name", [*NAMES, "index", "glossary"])
def test_a_page_loads_nothing_from_elsewhere(site, name):
    text = (site / f"{name}.html").read_text()
    assert not re.findall(r'<(?:script|img|iframe)[^>]*\ssrc="(?!data:)[^"]*"|<link[^>]*\shref="http[^"]*"', text)
    assert not re.findall(r"@import|\bimport *\(?[^;\n]*[\"'](?:https?:|//|\./)", text)
    assert not re.findall(r"url\((?![\"']?(?:data:|#))", text)
    assert not re.findall(r"mermaid|mathjax|cdnjs|unpkg|jsdelivr", text, re.IGNORECASE)


def test_links_between_lessons_lead_to_pages(site):
    found = set()
    for path in site.glob("*.html"):
        for link in re.findall(r'href="([\w.-]+\.(?:html|ipynb))[#"]', path.read_text()):
            assert link.endswith(".html"), link
            found.add(link)
    assert {f"{name}.html" for name in NAMES} | {"index.html"} <= found
    assert 'rel="next" href="01_action_values.html"' in (site / "00_start_here.html").read_text()
    assert 'rel="prev" href="05_replay_memory.html"' in (site / "06_one_update.html").read_text()


def test_links_into_the_glossary_arrive_and_its_links_lead_to_lessons(site):
    glossary = (site / "glossary.html").read_text()
    anchors = re.findall(r'<h2 id="([^"]*)"', glossary)
    assert len(anchors) == len(set(anchors)) > 30
    linked = {
        link for name in NAMES for link in re.findall(r'glossary\.html#([^"]*)"', (site / f"{name}.html").read_text())
    }
    assert {"td-target", "action-value"} <= linked <= set(anchors)
    assert 'href="01_action_values.html"' in glossary
    assert not [path for path in site.glob("*.html") if re.search(r'href="\w+\.(md|ipynb)', path.read_text())]
    assert all('href="glossary.html"' in path.read_text() for path in site.glob("*.html"))


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_there_with_their_words(site, name):
    images = re.findall(r"<img[^>]*>", (site / f"{name}.html").read_text())
    assert images
    assert all(re.search(r'alt="[^"]{15,}"', image) for image in images)


def test_formulas_are_drawn_without_a_script(site):
    text = (site / "06_one_update.html").read_text()
    assert re.search(r'<math [^>]*display="block"', text)
    assert "$$y" not in text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("costs $5 and $6", "costs $5 and $6"), ("`$x$`", "`$x$`"), ("```\n$x$\n```", "```\n$x$\n```")],
)
def test_what_is_no_formula_stays(text, kept):
    assert pages.without_dollars(text) == kept
    assert "<math" in pages.without_dollars("where $x$ is")


def test_the_first_page_lists_each_lesson_with_its_promise(site):
    text = (site / "index.html").read_text()
    assert text.count("<li>") == len(NAMES)
    assert "You will write the DQN update, put it together with the pieces that you wrote before" in text


@pytest.mark.parametrize(("name", "moments", "steps"), [("00_start_here", 60, 15_000), ("06_one_update", 4, 600)])
def test_a_panel_is_trained_and_plays_in_its_page(site, name, moments, steps):
    text = (site / f"{name}.html").read_text()
    assert "qlib-run" not in text
    [recorded] = re.findall(
        r'<div class="qlib-recorded" data-part="stage"><script type="application/json">(.*?)</script></div>',
        text,
        re.DOTALL,
    )
    told = json.loads(recorded)
    assert len(told["moments"]["steps"]) >= moments and told["moments"]["steps"][-1] >= steps
    assert told["network"]["sizes"] == [4, 64, 64, 2]
    assert text.count('for (const el of document.querySelectorAll(".qlib-recorded"))') == 1
    assert "qlib-recorded" not in (site / "glossary.html").read_text()
