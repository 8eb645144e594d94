"""The minutes are counted as they say, and README's sums are sums."""

import re
from pathlib import Path

import minutes

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
    assert found.guesses == 1
    assert minutes.Road(400, [4, 4], 2).minutes == 4


def test_the_readme_adds_up():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    rows = re.findall(r"^\| \[\d\d .*\| (\d+)(?:, (\d+))? \|$", readme, re.MULTILINE)
    reading, exercises = sum(int(row[0]) for row in rows), sum(int(row[1] or 0) for row in rows)
    said = re.search(r"All together: (\d+) hours of reading and running, and (\d+) of exercises", readme)
    assert [int(said[1]), int(said[2])] == [round(reading / 60), round(exercises / 60)]
    low, high = map(int, re.search(r"A lesson is (\d+) to (\d+) minutes\s+of\s+reading", readme).groups())
    each = [int(row[0]) for row in rows[1:-1]]  # 00 and 17 are the ways in and out
    assert (min(each), max(each)) == (low, high)
