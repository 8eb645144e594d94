"""How long a lesson takes to read: words and code lines of its main road.

python tests/minutes.py [NN_name ...]        one line a lesson

The main road is the text, its questions and its code: everything but the exercises, which say their minutes
themselves, the two sections at the end, and what is folded (`<details>`, and cells that only set up a widget). A reader
takes 200 words a minute, and 15 s for a code line. With a class come half a minute for each guess and two for each
picture that answers: an estimate, which nobody has timed.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import jupytext

from qlib.lessons.lesson import questions

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WORDS, LINES = 200, 4  # a minute
ANSWERS = re.compile(r"^(?:\w+ = )?(?:Explorer|Playground|\w*Panel|Drawer)\(", re.MULTILINE)
ASIDE = ("Exercises", "If you see this", "What to remember")  # sections with minutes of their own, or to look up


@dataclass(frozen=True)
class Road:
    """What a lesson's main road is made of."""

    words: int
    cells: list[int]  # code lines of each code cell that has any
    guesses: int
    pictures: int = 0  # with sliders, or to train in

    @property
    def minutes(self) -> int:
        """Whole minutes of honest reading."""
        return round(self.words / WORDS + sum(self.cells) / LINES)

    @property
    def in_class(self) -> float:
        """Minutes with a class that guesses and moves the sliders."""
        return self.minutes + self.guesses / 2 + 2 * self.pictures


def road(path: Path) -> Road:
    """Count a lesson's main road, from its .py."""
    words, lines, guesses, pictures, on = 0, [], 0, 0, True
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "markdown":
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                title = re.match(r"## (?:\d+\. )?(.*)", part)
                on = title[1] not in ASIDE if title else on
                words += on * len(re.sub(r"<details>.*?</details>", "", part, flags=re.DOTALL).split())
        elif cell.cell_type == "code" and on:
            pictures += bool(ANSWERS.search(cell.source))
            if cell.metadata.get("jupyter", {}).get("source_hidden"):
                continue
            code = [row for row in cell.source.splitlines() if not re.match(r"\s*(#|$)|(from|import) ", row)]
            lines += [len(code)] * bool(code)
            asked = re.findall(r'^lesson\.ask\(\s*"([^"]*)"', cell.source, re.MULTILINE)
            words += sum(len(questions(path.stem[3:])[name]["question"].split()) for name in asked)
            guesses += len(asked)
    return Road(words, lines, guesses, pictures)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(path.stem for path in NOTEBOOKS.glob("*.py")):
        found = road(NOTEBOOKS / f"{name}.py")
        cells = sorted(found.cells) or [0]
        print(
            f"{name:26} {found.minutes:3} minutes: {found.words:5} words, {sum(cells):4} lines in {len(cells)} cells "
            f"(median {cells[len(cells) // 2]}, most {cells[-1]}), {found.guesses} guesses, {found.pictures} pictures: "
            f"{found.in_class:.0f} minutes with a class"
        )
