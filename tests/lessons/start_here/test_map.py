"""Lesson 00's map: it has each lesson that is there, in order, and what it says of an untrained agent is so."""

import re
from pathlib import Path

import numpy as np

import qlib
from qlib.lessons.start_here.questions import QUESTIONS

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
TEXT = (NOTEBOOKS / "00_start_here.py").read_text()


def test_every_lesson_has_its_row_in_order():
    rows = re.findall(r"^# \| \[(\d\d) [^]]*\]\((\w+)\.ipynb\) \| .+ \|$", TEXT, re.MULTILINE)
    names = [name for _, name in rows]
    assert all(name.startswith(f"{number}_") for number, name in rows)
    assert names == sorted(set(names))
    assert {path.stem for path in NOTEBOOKS.glob("[0-9]*.py")} - {"00_start_here"} <= set(names)


def test_a_row_calls_its_lesson_as_the_lesson_calls_itself():
    rows = re.findall(r"^# \| \[(\d\d) ([^]]*)\]\((\w+)\.ipynb\)", TEXT, re.MULTILINE)
    for number, title, name in rows:
        assert f"# # {number} · {title}\n" in (NOTEBOOKS / f"{name}.py").read_text(), name


def test_an_untrained_agent_does_nearly_one_thing_all_the_time_and_falls_at_once():
    scores = qlib.evaluate(qlib.QAgent(qlib.RECOMMENDED), episodes=100)
    assert QUESTIONS["untrained"]["answer"] == "Under 20 steps" and scores.mean() < 15
    observations = np.random.default_rng(0).uniform(-0.05, 0.05, (1_000, 4)).astype(np.float32)
    left = (qlib.QAgent(qlib.RECOMMENDED).q_values(observations).argmax(1) == 0).float().mean().item()
    assert max(left, 1 - left) > 0.9, left
