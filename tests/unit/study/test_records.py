"""A record is read, or measured again and kept with where it comes from."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from qlib.study.records import capability, read, recorded, stamp
from qlib.study.result import Comparison

RECORDS = sorted((Path(__file__).parents[3] / "notebooks" / "records").glob("*.json"))


def refuse():
    raise AssertionError("nobody asked to measure")


def test_what_is_measured_is_kept_beside_the_rest_and_read_without_measuring(tmp_path):
    path = tmp_path / "record.json"
    other = {"date": "2026-01-01", "machine": "another", "how": "", "values": {"a": [1.0]}}
    path.write_text(json.dumps({"other": other}))
    measured = recorded(path, "mine", lambda: {"x": np.array([1.000049, 2.0]), "y": [3]}, again=True, how="by hand")
    np.testing.assert_array_equal(measured["x"], [1.0, 2.0])
    again = recorded(path, "mine", refuse, again=False)
    assert list(again) == ["x", "y"] and again["y"].tolist() == [3]
    kept = read(path)
    assert kept["other"] == other, "with its own date"
    assert kept["mine"]["date"] == stamp()["date"] and kept["mine"]["how"] == "by hand"
    assert "cores" in kept["mine"]["machine"] and "torch" in kept["mine"]["machine"]
    assert kept["mine"]["capability"] == torch.backends.cpu.get_cpu_capability() == capability()
    assert recorded(path, "other", refuse, again=False)["a"] == [1.0], "a record from before capabilities were kept"


def test_what_another_measurement_kept_meanwhile_stays(tmp_path):
    path = tmp_path / "record.json"

    def slow():
        recorded(path, "quick", lambda: {"x": [1]}, again=True)
        return {"x": [2]}

    recorded(path, "slow", slow, again=True)
    assert set(read(path)) == {"quick", "slow"}


def test_values_may_have_any_shape_and_be_numpys_whole_numbers(tmp_path):
    path = tmp_path / "record.json"
    values = {"count": np.int64(7), "rows": np.array([[1.5, np.nan], [np.inf, -np.inf]]), "−1": 0.25}
    measured, again = (recorded(path, "mine", lambda: values, again) for again in (True, False))
    for found in (measured, again):
        assert found["count"] == 7 and found["count"].dtype.kind == "i" and found["−1"] == 0.25
        np.testing.assert_array_equal(found["rows"], values["rows"])


def test_a_comparison_is_kept_whole(tmp_path):
    path = tmp_path / "record.json"
    scores = np.round(np.random.default_rng(0).normal(100, 50, (2, 3, 4)), 2)
    scores[1, 2, 3] = np.nan
    first = np.where(scores > 100, 17.0, np.inf)
    result = Comparison(
        ("a", "b, −1"), np.arange(1, 5), scores, ("b lost a seed",), {"first": first, "loss": scores / 10}
    )
    measured, again = (recorded(path, "mine", lambda: result, again) for again in (True, False))
    for found in (measured, again):
        assert isinstance(found, Comparison)
        assert found.labels == result.labels and found.notes == result.notes
        np.testing.assert_array_equal(found.steps, result.steps)
        np.testing.assert_array_equal(found.scores, scores)
        assert list(found.diagnostics) == ["first", "loss"]
        np.testing.assert_array_equal(found.diagnostics["first"], first)
        np.testing.assert_array_equal(found.diagnostics["loss"], (scores / 10).round(4))
    assert again.table() == measured.table() == result.table()


def test_a_diagnostic_that_was_kept_for_the_end_only_is_nan_before(tmp_path):
    path = tmp_path / "record.json"
    kept = {"labels": ["a"], "steps": [10, 20, 30], "scores": [[[1, 2, 3], [4, 5, 6]]], "notes": []}
    path.write_text(json.dumps({"mine": kept | {"diagnostics": {"loss": [[[0.5], [0.25]]]}}}))
    loss = recorded(path, "mine", refuse, again=False).diagnostics["loss"]
    assert loss.shape == (1, 2, 3) and np.isnan(loss[:, :, :2]).all() and loss[0, :, 2].tolist() == [0.5, 0.25]


def test_a_file_that_is_not_there_is_made_and_a_missing_name_is_said(tmp_path):
    path = tmp_path / "new.json"
    assert read(path) == {}
    with pytest.raises(ValueError, match=r"holds no measurement 'mine'.*RUN_IT"):
        recorded(path, "mine", refuse, again=False)
    assert not path.exists()
    assert recorded(path, "mine", lambda: {"x": [0.5]}, again=True)["x"].tolist() == [0.5]


def test_every_record_of_a_lesson_can_be_read_and_says_when_and_on_what_it_was_measured():
    assert len(RECORDS) >= 7
    for path in RECORDS:
        for name, record in read(path).items():
            assert record["date"] >= "2026" and "core" in record["machine"], (path, name)
            assert record["how"] or "scores" in record, f"{path}, {name}: bare numbers do not say how"
            assert recorded(path, name, refuse, again=False), (path, name)
