"""A record is read, or measured again and kept with where it comes from."""

import json
from pathlib import Path

import numpy as np
import pytest

from qlib.study.records import recorded, stamp


def refuse():
    raise AssertionError("nobody asked to measure")


def test_what_is_measured_is_kept_beside_the_rest_and_read_without_measuring(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"other": {"a": [1.0]}}))
    measured = recorded(path, "mine", lambda: {"x": np.array([1.00049, 2.0]), "y": [3.0]}, again=True)
    np.testing.assert_array_equal(measured["x"], [1.0, 2.0])
    again = recorded(path, "mine", refuse, again=False)
    assert list(again) == ["x", "y"] and again["y"].tolist() == [3.0]
    kept = json.loads(path.read_text())
    assert kept["other"] == {"a": [1.0]}
    assert kept["date"] == stamp()["date"] and "cores" in kept["machine"] and "torch" in kept["machine"]


def test_a_file_that_is_not_there_is_made_and_a_missing_name_is_said(tmp_path):
    path = tmp_path / "new.json"
    with pytest.raises(ValueError, match=r"holds no measurement 'mine'.*RUN_IT"):
        recorded(path, "mine", refuse, again=False)
    assert not path.exists()
    assert recorded(path, "mine", lambda: {"x": [0.5]}, again=True)["x"].tolist() == [0.5]


def test_every_record_of_a_lesson_says_when_and_on_what_it_was_measured():
    records = sorted((Path(__file__).parents[3] / "notebooks" / "records").glob("*.json"))
    assert len(records) >= 7
    for path in records:
        record = json.loads(path.read_text())
        for run in record if isinstance(record, list) else [record]:
            assert run["date"] >= "2026" and "core" in run["machine"], path
