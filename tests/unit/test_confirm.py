"""`make confirm` says of every claim whether other seeds say the same, of those that nobody confirmed, too."""

import sys
from pathlib import Path

import numpy as np
import pytest

from qlib.study.held_out import Measurement, Records

sys.path.insert(0, str(Path(__file__).parents[1]))
import confirm


def by_seed(seeds):
    """Give "up" one more than "base" on each seed, but below seed 7,000 only."""
    noise = np.array([seed % 5 / 10 for seed in seeds])
    return {"base": 2 * noise, "up": 2 * noise + noise + (1 if seeds.start < 7_000 else -9)}


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "x.json", {"mine": Measurement(by_seed, 16, "by hand")})


@pytest.mark.parametrize(("seeds", "verdict"), [(range(6000, 6032), "above"), (range(7000, 7032), "below")])
def test_a_claim_is_asked_again_on_the_seeds_that_are_named(records, seeds, verdict):
    records.measured("mine", again=True)
    ((label, twice, now),) = confirm.said(records, "mine", seeds)
    assert (label, twice.verdict(), now.verdict()) == ("up minus base", "above", verdict)


def test_what_was_not_confirmed_yet_was_said_to_be_open(records):
    records.measured("mine", again=True)
    kept = records.path.read_text().replace("mine, held out", "another")
    records.path.write_text(kept)
    ((_, twice, now),) = confirm.said(records, "mine", range(6000, 6032))
    assert twice.chosen.above() and twice.verdict() == "open" and now.verdict() == "above"


def test_seeds_to_choose_on_are_refused(records):
    one = records.measurements["mine"]
    assert confirm._seeds(None, one) == range(5000, 5032) and confirm._seeds("7000:7032", one) == range(7000, 7032)
    with pytest.raises(SystemExit, match="there to choose on"):
        confirm._seeds("16:48", one)


def test_every_lesson_that_has_records_is_asked(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2] / "notebooks")
    found = confirm.lessons()
    assert {"catastrophe", "normalisation", "debugging"} <= set(found)
    for lesson, records in found.items():
        for name in records.measurements:
            assert records.measured(name), (lesson, name)
    assert found["catastrophe"].is_confirmed("batch norm")
