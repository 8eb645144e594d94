"""Lesson 16's records are read as they were written, and measured anew only where that is asked for."""

from pathlib import Path

import numpy as np
import pytest

from qlib.lessons.results import measured

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
