"""Lesson 16's records are read as they were written, and measured anew only where that is asked for."""

from pathlib import Path

import numpy as np
import pytest

from qlib.lessons.results import measured

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


@pytest.fixture(autouse=True)
def beside_the_notebooks(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)


def test_the_records_are_read():
    assert measured.recipes().labels == ("original", "lecture", "paper", "recommended")
    assert {label: rows.shape for label, rows in measured.returns().items()} == dict.fromkeys(
        ("DQN", "+ Double", "+ dueling", "+ prioritized"), (16, 300)
    )
    assert [run["score"] for run in measured.whole_runs()] == [438.8, 39.5]


def test_a_new_measurement_has_every_recipe_at_every_examination(monkeypatch, tmp_path):
    monkeypatch.setattr(measured, "RECORD", tmp_path / "results.json")
    monkeypatch.setattr(measured, "SEEDS", 1)
    monkeypatch.setattr(measured, "STEPS", 600)
    monkeypatch.setattr(measured, "AT", np.array([300, 600]))
    found = measured.recipes(again=True)
    assert found.scores.shape == (4, 1, 2) and np.isfinite(found.scores).all()
    assert np.array_equal(measured.recipes().scores, found.scores)
