"""The minutes are counted as they say, and README's sums are sums."""

import re
from pathlib import Path

import jupytext
import minutes
import pytest
from exercises import exercises

README = (Path(__file__).parents[2] / "README.md").read_text()

LESSON = """# %% [markdown]
# # 04 · A lesson
#
# one two three four
#
# <details><summary>Fold</summary>
#
# folded words that nobody must read
# </details>

# %%
import numpy

x = 1  # a comment
y = [
    2,
]

# %% jupyter={"source_hidden": true}
folded = 1
Explorer(folded)

# %%
lesson.ask(
    "five",
    x,
)

# %% [markdown]
# ## 2. Exercises
# these words have minutes of their own

# %%
answer = None

# %% [markdown]
# ## 3. Behind them
# two words

# %% [markdown]
# ## 4. If you see this
# and so on
"""


def test_a_main_road_is_words_and_lines_without_folds_and_exercises(tmp_path, monkeypatch):
    monkeypatch.setattr(minutes, "questions", lambda topic: {"five": {"question": "five words are asked here"}})
    path = tmp_path / "04_x.py"
    path.write_text(LESSON)
    found = minutes.road(path)
    title, prose, behind = len("# 04 · A lesson".split()), 4, len("## 3. Behind them two words".split())
    assert found.words == title + prose + 5 + behind
    assert found.cells == [4, 4]  # neither the import nor a comment
    assert found.guesses == 1 and found.pictures == 1
    assert minutes.Road(400, [4, 4], 2, 3).in_class == 4 + 2 / 2 + 3 * 2
    assert minutes.Road(400, [4, 4], 2).minutes == 4


def test_the_readme_adds_up():
    rows = re.findall(r"^\| \[\d\d .*\| (\d+)(?:, (\d+))? \|$", README, re.MULTILINE)
    reading, exercises = [int(row[0]) for row in rows], [int(row[1]) for row in rows if row[1]]
    said = re.search(r"All together: (\d+) hours of reading, and (\d+) of exercises", README)
    assert [int(said[1]), int(said[2])] == [round(sum(reading) / 60), round(sum(exercises) / 60)]
    ranges = re.search(
        r"A lesson is (\d+) to (\d+) minutes of reading.*?and\s+(\d+) to (\d+) of\s+exercises", README, re.DOTALL
    )
    each = reading[1:-1]  # 00 and 17 are the ways in and out
    assert [int(said) for said in ranges.groups()] == [min(each), max(each), min(exercises), max(exercises)]


def taken(lessons: str, listed: str) -> float:
    """Sum a part of a plan: its lessons with a class, and the exercises that it lists, or two of mean length each."""
    total = 0.0
    for first, last in re.findall(r"\b(\d\d)\b(?: to (\d\d))?", lessons):
        for number in range(int(first), int(last or first) + 1):
            (path,) = minutes.NOTEBOOKS.glob(f"{number:02}_*.py")
            each = {one.number: one.minutes for one in exercises(jupytext.read(path))}
            named = re.findall(rf"\b{number}\.(\d)(?: to {number}\.(\d))?", listed)
            chosen = [f"{number}.{i}" for a, b in named for i in range(int(a), int(b or a) + 1)]
            two = 2 * sum(each.values()) / len(each) if each and "two a lesson" in listed else 0
            total += minutes.road(path).in_class + (sum(each[one] for one in chosen) if chosen else two)
    return total


@pytest.mark.parametrize("plan", ["two hours", "one day", "six weeks"])
def test_a_plan_fits_into_its_time(plan):
    _, _, lessons, listed, said, *_ = re.search(rf"^\| {plan}.*", README, re.MULTILINE)[0].split("|")
    parts = [part for part in lessons.split(";") if "then" not in part]
    needed, there = map(int, re.search(r"(\d+) of (\d+)", said).groups())
    fullest = max(taken(part, listed) for part in parts)
    assert abs(needed - fullest) <= 5 and fullest <= there
