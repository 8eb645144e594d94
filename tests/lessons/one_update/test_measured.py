"""What lesson 06 says of many seeds is what its record holds, and a difference is named only where it is sure."""

import numpy as np
import pytest
from definitions import record

from qlib.lessons.one_update import measured, mistakes
from qlib.lessons.own_run import Run


def test_the_record_holds_every_mistake_and_the_stand_ins_on_16_seeds():
    found = record("one_update", "mistakes")
    assert list(found) == list(mistakes.MISTAKES)
    assert {values.shape for values in found.values()} == {(16,)}
    theirs = record("one_update", "stand-ins")
    assert theirs["score"].shape == theirs["steps"].shape == (16,)
    assert (theirs["score"] >= 475).sum() >= 12


def test_a_mistake_is_counted_only_where_its_interval_lies_below():
    noise = np.tile([-10.0, 10.0], 8)
    found = {"none": np.full(16, 200.0), "a": 200 + noise, "b": 150 + noise, "c": 260 + noise, "d": 199 + 9 * noise}
    assert measured.told_apart(found) == (1, {"mildest": "c", "gain": pytest.approx((60, 55, 65), abs=1)})


def test_the_learners_runs_stand_beside_the_others_seed_by_seed():
    runs = [Run(None, 500.0 if seed % 4 else 100.0, 1_000 + seed, []) for seed in range(16)]
    yours = measured.of_runs(runs)
    theirs = {"score": np.full(16, 500.0), "steps": yours["steps"] - 50}
    enough, numbers = measured.beside(yours, theirs)
    assert enough and (numbers["yours"], numbers["theirs"]) == (12, 16)
    assert numbers["change"].value == pytest.approx(50)
    assert not measured.beside(measured.of_runs([runs[0], *runs[:15]]), theirs)[0]
