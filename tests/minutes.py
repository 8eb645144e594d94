"""How long a lesson takes to read: words and code lines of its main road.

python tests/minutes.py [NN_name ...]        one line a lesson

The main road is everything but the exercises, which say their minutes themselves, the two sections at the end, what is
folded (`<details>`) and cells tagged "side-road". A reader takes 200 words a minute, 15 s for a code line that must be
understood, and 15 s to make a guess.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import jupytext

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WORDS = 200  # a minute
LINE = GUESS = 15  # seconds
ASIDE = ("Exercises", "If you see this", "What to remember")  # sections with minutes of their own, or to look up


@dataclass(frozen=True)
class Road:
    """What a lesson's main road is made of."""

    words: int
    cells: list[int]  # code lines that must be understood, of each code cell that has any
    guesses: int

    @property
    def minutes(self) -> int:
        """Whole minutes of honest reading."""
        return round(self.words / WORDS + (sum(self.cells) * LINE + self.guesses * GUESS) / 60)


def road(path: Path) -> Road:
    """Count a lesson's main road, from its .py."""
    words, lines, guesses, on = 0, [], 0, True
    for cell in jupytext.read(path).cells:
        if "side-road" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                title = re.match(r"## (?:\d+\. )?(.*)", part)
                on = title[1] not in ASIDE if title else on
                prose = re.sub(r"<details>.*?</details>", "", part, flags=re.DOTALL)
                words += on * len(re.findall(r"\w[\w'’.,-]*", prose))
        elif cell.cell_type == "code" and on:
            spoken, understood, asked = _code(cell.source)
            words, guesses = words + spoken, guesses + asked
            lines += [understood] * bool(understood)
    return Road(words, lines, guesses)


def _code(source: str) -> tuple[int, int, int]:
    """Count, in a code cell, words that a question asks with, lines to understand, and guesses."""
    words = understood = guesses = 0
    for node in ast.parse(re.sub(r"^(\s*)[%!]", r"\1# ", source, flags=re.MULTILINE)).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        call = node.value if isinstance(node, (ast.Expr, ast.Assign)) else None
        asks = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "ask"
        if asks:
            guesses += 1
            texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            words += len(" ".join(texts).split())
        else:
            rows = source.splitlines()[node.lineno - 1 : node.end_lineno]
            understood += sum(bool(re.search(r"\w", row.partition("#")[0])) for row in rows)
    return words, understood, guesses


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(path.stem for path in NOTEBOOKS.glob("*.py")):
        found = road(NOTEBOOKS / f"{name}.py")
        cells = sorted(found.cells) or [0]
        print(
            f"{name:26} {found.minutes:3} minutes: {found.words:5} words, {sum(cells):4} lines in {len(cells)} cells "
            f"(median {cells[len(cells) // 2]}, most {cells[-1]}), {found.guesses} guesses"
        )
