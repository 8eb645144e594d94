"""Walks through the shell around the lessons: from one to the next, the cards, the column, and Lab without it."""

import json
import re
import statistics
import urllib.error
import urllib.request
from pathlib import Path

from test_walks import wait

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
CARD = '.jp-LauncherCard[data-category="Lessons"]'


def contents(lab, path: str, model: dict | None = None):
    """Read a file of the lab's folder, or write it."""
    home, _, token = lab("").removesuffix("&reset").partition("/lab/tree/.ipynb")
    body = json.dumps(model).encode() if model else None
    ask = urllib.request.Request(f"{home}/api/contents/{path}{token}", body, method="PUT" if model else "GET")
    with urllib.request.urlopen(ask, timeout=20) as answer:
        return json.load(answer)["content"]


def in_front(page, name: str) -> None:
    page.locator(".lm-TabBar-tab.jp-mod-current", has_text=name).wait_for()


def menu(page, of: str, name: str) -> None:
    page.get_by_role("menuitem", name=of, exact=True).click()
    page.get_by_role("menuitem", name=name).first.click()


def button(page, name: str):
    return page.locator(f".jp-NotebookPanel:not(.lm-mod-hidden) [data-jp-item-name={name}-lesson] jp-button")


def test_next_and_previous_lead_through_the_lessons(lesson):
    page = lesson("00_start_here")
    button(page, "next").click()
    in_front(page, "01_action_values")
    wait(lambda: "02 network" in button(page, "next").get_attribute("title"), "the second lesson knows its place")
    button(page, "previous").click()
    in_front(page, "00_start_here")
    wait(
        lambda: button(page, "previous").get_attribute("aria-disabled") == "true",
        "nothing comes before the first lesson",
    )
    assert page.locator("#table-of-contents:not(.lm-mod-hidden)").get_by_text("1. What you see").is_visible()


def test_prose_stands_in_a_column_and_no_line_of_code_is_too_long(lesson):
    page = lesson("04_choosing_actions")
    page.locator(".qlib-lesson .jp-MarkdownCell p").first.wait_for()
    lines = page.evaluate(
        """() => {
          const lengths = [];
          for (const p of document.querySelectorAll(".qlib-lesson .jp-MarkdownCell p")) {
            const range = document.createRange();
            let top = null, count = 0;
            const walk = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
            for (let node = walk.nextNode(); node; node = walk.nextNode())
              for (let i = 0; i < node.length; i++) {
                range.setStart(node, i);
                range.setEnd(node, i + 1);
                const box = range.getBoundingClientRect();
                if (box.width === 0) continue;
                if (top !== null && box.top > top + 8) (lengths.push(count), (count = 0));
                top = top === null || box.top > top + 8 ? box.top : top;
                count++;
              }
          }
          return lengths;
        }"""
    )
    assert 70 <= statistics.median(lines) <= 80, lines  # full lines; they end at a word
    room = page.evaluate(
        """() => {
          const line = document.querySelector(".qlib-lesson .jp-CodeCell .cm-line");
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = getComputedStyle(line).font;
          const wide = pen.measureText("m".repeat(105)).width + 2 * parseFloat(getComputedStyle(line).paddingLeft);
          return line.closest(".cm-scroller").clientWidth - wide;
        }"""
    )
    assert room >= 0  # test_notebooks.py lets no line be longer than 105 characters


def test_the_launcher_shows_the_lessons_and_how_far_the_learner_is(lesson, lab):
    page = lesson("16_results")
    menu(page, "File", "New Launcher")
    cards = page.locator(CARD)
    wait(lambda: cards.count() == len(NAMES), "every lesson has a card")
    minutes = re.search(r"\| Read \| (\d+) minutes", (NOTEBOOKS / "16_results.py").read_text())[1]
    card = cards.filter(has_text="16 Results")
    assert f"16 Results\n{minutes} min" in card.inner_text()
    contents(lab, "my_agent", {"type": "directory"})
    try:
        before = contents(lab, "my_agent/progress.json")
    except urllib.error.HTTPError:
        before = '{"passed": {}, "guesses": {}}'
    file = {"type": "file", "format": "text"}
    passed = json.loads(before) | {"passed": {f"16.{n} Title": True for n in range(1, 50)}}
    contents(lab, "my_agent/progress.json", file | {"content": json.dumps(passed)})
    in_front(page, "Launcher")
    page.locator(".lm-TabBar-tab", has_text="16_results").first.click()
    page.locator(".lm-TabBar-tab", has_text="Launcher").first.click()
    wait(lambda: card.inner_text().endswith("✓"), "the card has its tick")
    contents(lab, "my_agent/progress.json", file | {"content": before})
    cards.first.click()
    in_front(page, "00_start_here")


def test_a_solution_can_be_copied(lesson):
    page = lesson("04_choosing_actions")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#table-of-contents").get_by_text("4.1 Epsilon-greedy").click()
    fold = page.locator("details", has=page.locator("summary", has_text="Solution")).first
    fold.locator("summary").click()
    fold.get_by_role("button", name="Copy").click()
    fold.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("def ") and "Copy" not in copied


def test_a_lesson_is_brought_back_and_the_learners_own_is_kept(lesson, lab):
    page = lesson("16_results")
    first = page.locator(".jp-CodeCell .cm-content").first
    original = first.inner_text()
    first.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("mine = 1\n")
    menu(page, "Edit", "Reset This Lesson…")
    page.locator(".jp-Dialog").get_by_role("button", name="Reset").click()
    wait(lambda: page.locator(".jp-CodeCell .cm-content").first.inner_text() == original, "the lesson is back")
    source = "".join(cell["source"] for cell in contents(lab, "my_agent/16_results.ipynb")["cells"])
    assert "mine = 1" in source
    assert "mine = 1" not in contents(lab, "16_results.py")  # the text that mirrors it is back, too


def test_lab_opens_a_lesson_where_the_shell_does_not_load(lab, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.route("**/qlib-lessons/static/**", lambda route: route.abort())
    page.goto(lab("04_choosing_actions"))
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)
    page.locator(".jp-Notebook h1", has_text="04 · Choosing actions").wait_for()
    assert page.locator(".qlib-lesson").count() == 0
    context.close()
