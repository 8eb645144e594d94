"""No lesson that ran shows an answer before its question was answered; test_saved.py opens all as they are saved."""

import json
import time
from pathlib import Path

from test_walks import ran_to_the_end, run_all, wait

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCROLL = """(down) => {
  const pane = document.querySelector(".jp-WindowedPanel-outer")
      || document.querySelector(".jp-NotebookPanel-notebook");
  const before = pane.scrollTop;
  pane.scrollTop = down ? before + Math.max(600, pane.clientHeight - 200) : 0;
  return pane.scrollTop > before;
}"""


def answers(path: Path) -> list[str]:
    """List what a lesson's questions say after a guess, as its saved outputs keep it."""
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    plain = ["".join(output.get("data", {}).get("text/plain", "")) for cell in cells for output in cell["outputs"]]
    return [text.split("\nAnswer: ")[1] for text in plain if text.startswith("Question: ")]


def all_that_can_be_read(page) -> str:
    """Scroll from top to bottom, and collect the text that is visible on the way."""
    page.evaluate(SCROLL, False)
    texts = []
    while True:
        time.sleep(0.15)
        texts.append(page.locator(".jp-Notebook").inner_text())  # what a closed fold holds is not in it
        if not page.evaluate(SCROLL, True):
            return " ".join(" ".join(texts).split())


def test_a_lesson_that_ran_shows_an_answer_after_the_guess_and_no_other(lesson):
    name = "04_choosing_actions"
    page = lesson(name)
    run_all(page)
    ran_to_the_end(page)
    known = [" ".join(answer.split()) for answer in answers(NOTEBOOKS / f"{name}.ipynb")]
    text = all_that_can_be_read(page)
    assert not [answer for answer in known if answer in text]
    page.evaluate(SCROLL, False)
    question = page.locator(".jp-OutputArea-output .widget-button:visible").first
    question.scroll_into_view_if_needed()
    question.click()
    wait(
        lambda: known[0][:60] in " ".join(page.locator(".jp-Notebook").inner_text().split()), "the answer is shown", 10
    )
    text = all_that_can_be_read(page)
    assert [answer for answer in known if answer in text] == known[:1]
