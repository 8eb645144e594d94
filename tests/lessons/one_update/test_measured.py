"""What lesson 06 says of many seeds is what its record holds, and a difference is named only where it is shown."""

import re

import numpy as np
import pytest
from definitions import record

from qlib.lessons.one_update import measured, mistakes
from qlib.lessons.one_update.questions import QUESTIONS
from qlib.lessons.own_run import Run
from qlib.study.held_out import Twice
from qlib.study.statistics import Interval


def test_the_record_holds_every_mistake_and_the_stand_ins_on_16_seeds():
    found = record("one_update", "mistakes")
    assert list(found) == list(mistakes.MISTAKES)
    assert {values.shape for values in found.values()} == {(16,)}
    theirs = record("one_update", "stand-ins")
    assert theirs["score"].shape == theirs["steps"].shape == (16,)
    assert (theirs["score"] >= 475).sum() >= 12


def test_a_mistake_is_counted_only_where_its_interval_lies_below():
    low, level = Interval(-50, -60, -40), Interval(1, -9, 11)
    claims = {"a minus none": Twice(low, low), "b minus none": Twice(low, level), "c minus none": Twice(level, low)}
    count, told = measured.told_apart(claims)
    others = r"'c', \+1 steps, and -50 on the held-out seeds; 'b', -50 steps, and \+1 on the held-out seeds"
    assert count == 1 and re.fullmatch(others, re.sub(r" \[.*?\]", "", told["others"]))
    assert measured.told_apart({"a minus none": Twice(low, low)}) == (1, {"others": "none"})


def test_the_learners_runs_stand_beside_the_others_seed_by_seed():
    runs = [Run(None, 500.0 if seed % 4 else 100.0, 1_000 + seed, []) for seed in range(16)]
    yours = measured.of_runs(runs)
    theirs = {"score": np.full(16, 500.0), "steps": yours["steps"] - 50 + np.tile([-10.0, 10.0], 8)}
    reached, numbers = measured.beside(yours, theirs)
    assert reached == "12 or more" and (numbers["yours"], numbers["theirs"]) == (12, 16)
    assert re.match(r"\+50 \[\+4\d, \+5\d\]\. An interval that holds 0 is open", numbers["change"])
    alike = {"score": theirs["score"], "steps": yours["steps"] - 50.0 * (np.arange(16) < 2)}
    assert measured.beside(yours, alike)[1]["change"] == "+6, and too many seeds are alike for an interval"
    assert measured.beside(measured.of_runs([runs[0], *runs[:15]]), theirs)[0] == "4 to 11"


@pytest.mark.parametrize(
    ("good", "said"),
    [(0, 0), (3, 0), (4, 1), (11, 1), (12, 2), (16, 2)],
    ids="none three four eleven twelve all".split(),
)
def test_a_count_of_seeds_is_one_of_the_choices(good, said):
    runs = {"score": np.repeat([500.0, 100.0], [good, 16 - good]), "steps": np.arange(16.0)}
    reached, numbers = measured.beside(runs, runs)
    assert reached == QUESTIONS["sixteen seeds"]["choices"][said] and numbers["yours"] == good
    assert numbers["change"].startswith("0 throughout"), "two sides of the same code have no interval"
