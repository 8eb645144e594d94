"""Lesson 16's records are read as they were written, and measured anew only where that is asked for."""

from pathlib import Path

import numpy as np
import pytest

from qlib.lessons.results import measured
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


def test_the_records_are_read():
    assert measured.measured("recipes").labels == ("original", "lecture", "paper", "recommended")
    assert {label: rows.shape for label, rows in measured.measured("returns").items()} == dict.fromkeys(
        ("DQN", "+ Double", "+ dueling", "+ prioritized"), (16, 300)
    )
    assert [run["score"] for run in measured.whole_runs()] == [438.8, 39.5]


def test_a_new_measurement_has_every_recipe_at_every_examination(monkeypatch):
    monkeypatch.setattr(measured, "STEPS", 600)
    monkeypatch.setattr(measured, "AT", np.array([300, 600]))
    found = measured.RECORDS.measurements["recipes"].measure(range(5000, 5002))
    assert found.labels == measured.measured("recipes").labels
    assert found.scores.shape == (4, 2, 2) and np.isfinite(found.scores).all()


def test_the_profiles_of_recommended_and_original_part_and_those_of_the_paper_do_not():
    ends = measured.measured("recipes").final()
    apart = measured.where_they_part(ends["recommended"], ends["original"])
    assert (apart[0], apart[-1], len(apart)) == (100, 500, 401), "from 100 on, and without a gap"
    assert not len(measured.where_they_part(ends["recommended"], ends["paper"]))
    shares = [measured.solved(ends[label]) for label in ("recommended", "paper")]
    assert [share.value for share in shares] == [15 / 16, 5 / 16] and shares[0].low > shares[1].high


def test_sixteen_seeds_miss_an_effect_of_42_steps_two_times_in_three():
    effect = measured.stick_effect()
    assert f"{mean_interval(effect):.0f}" == "42 [23, 60]" and len(effect) == 128
    assert measured.chance_to_find(effect, 16) == pytest.approx(1 / 3, abs=0.04)
    rows = measured.power_rows(effect)
    assert [row.split()[0] for row in rows] == ["seeds", "4", "16", "64", "128"]
    steps = [int(row.split()[2]) for row in rows[1:]]
    assert steps == [216, 78, 37, 26] and steps[1] / steps[2] == pytest.approx(2, abs=0.15)
    assert measured.chance_to_find(-effect, 64) == pytest.approx(measured.chance_to_find(effect, 64), abs=0.05)
