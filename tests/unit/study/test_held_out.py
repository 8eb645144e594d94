"""A claim is chosen on one set of seeds and confirmed on another, by construction."""

import dataclasses
import math

import numpy as np
import pytest

from qlib.study.held_out import CHOOSING, CONFIRMING, Measurement, Records, Twice, against, against_the_first, no_claims
from qlib.study.records import read
from qlib.study.result import Comparison
from qlib.study.statistics import Interval


def by_seed(seeds):
    """Give "up" one more than "base" on each seed, and "down" less on the seeds that are chosen on only."""
    base = np.array([hash(seed) % 7 for seed in seeds], float)
    noise = np.array([seed % 5 / 10 for seed in seeds])
    down = base - (1 if seeds.start < CHOOSING else 0) - noise + 0.2
    return {"base": base, "up": base + 1 + noise, "down": down}


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "x.json", {"mine": Measurement(by_seed, 16, "by hand")})


def test_measuring_is_measuring_on_both_sets_and_each_says_its_seeds(records):
    with pytest.raises(ValueError, match="holds no measurement 'mine'"):
        records.measured("mine")
    assert not records.is_confirmed("mine")
    chosen = records.measured("mine", again=True)
    held_out = records.held_out("mine")
    assert records.is_confirmed("mine")
    np.testing.assert_array_equal(chosen["up"], by_seed(range(16))["up"])
    np.testing.assert_array_equal(held_out["up"], by_seed(range(5000, 5032))["up"])
    kept = read(records.path)
    assert kept["mine"]["how"] == "seeds 0 to 15, by hand"
    assert kept["mine, held out"]["how"] == "seeds 5000 to 5031, by hand"


def test_reading_measures_nothing(records, monkeypatch):
    records.measured("mine", again=True)
    frozen = Records(records.path, {"mine": dataclasses.replace(records.measurements["mine"], measure=pytest.fail)})
    assert len(frozen.measured("mine")["up"]) == 16 and len(frozen.held_out("mine")["up"]) == 32


@pytest.mark.parametrize("kind", ["values", "comparison"])
def test_what_is_interrupted_goes_on_and_gives_what_it_would_have_given(tmp_path, kind):
    asked = []

    def measure(seeds, ends=5015):
        asked.append(seeds)
        found = by_seed(seeds)
        if seeds.stop > ends:
            found["up"][-1] = math.nan  # so ends a comparison that is interrupted
        if kind == "values":
            return found
        rows = np.array(list(found.values()))[:, :, None]
        return Comparison(tuple(found), [10], rows, ("seen",), {"twice": 2 * rows})

    def records(measure):
        return Records(tmp_path / "x.json", {"mine": Measurement(measure, 16, "by hand")})

    with pytest.raises(RuntimeError, match="Numbers are missing, so this part is not kept"):
        records(measure).confirm("mine")
    assert not records(measure).is_confirmed("mine")
    asked.clear()
    found = records(lambda seeds: measure(seeds, math.inf)).confirm("mine")
    assert asked == [range(5008, 5016), range(5016, 5024), range(5024, 5032)], "the first eight seeds were there"
    for label, expected in by_seed(range(5000, 5032)).items():
        got = found[label] if kind == "values" else found[label][:, 0]
        np.testing.assert_array_equal(got, expected.round(4))
    if kind == "comparison":
        assert found.notes == ("seen",) * 4
        np.testing.assert_array_equal(found.diagnostics["twice"], 2 * found.scores)
    assert not list((tmp_path / "unfinished").iterdir()), "what is whole leaves no parts"


def test_a_claim_is_shown_if_both_sets_show_it(records):
    records.measured("mine", again=True)
    claims = records.claims("mine")
    assert {label: claim.verdict() for label, claim in claims.items()} == {
        "up minus base": "above",
        "down minus base": "open",
    }
    assert claims["down minus base"].chosen.verdict() == "below", "on the seeds that were chosen on it was shown"
    (one,) = records.twice("mine", against({"up": "base"})).values()
    assert one.chosen == claims["up minus base"].chosen
    assert str(one) == f"{one.chosen}, and {one.held_out} on held-out seeds"


def test_what_is_one_of_many_is_corrected_for_that():
    up, other = Interval(3, 1, 5), Interval(2, 0.5, 4)
    assert Twice(up, other).verdict() == "above"
    assert Twice(up, other, survives=False).verdict() == "open"
    assert Twice(up, Interval(2, -1, 4)).verdict() == Twice(up, Interval(-2, -4, -1)).verdict() == "open"
    assert Twice(Interval(500, math.nan, math.nan), Interval(500, math.nan, math.nan)).verdict() == "open"


@pytest.mark.parametrize(
    ("seeds", "held_out", "words"), [(1, 32, "seeds=1"), (1001, 32, "1,000 seeds"), (16, 31, "least 32")]
)
def test_the_sets_are_large_enough_and_apart(seeds, held_out, words):
    assert CHOOSING < CONFIRMING
    with pytest.raises(ValueError, match=words):
        Measurement(by_seed, seeds, "", held_out)


def test_an_unknown_name_lists_the_known_ones(records):
    for ask in (records.measured, records.held_out, records.confirm, records.claims):
        with pytest.raises(ValueError, match=r"no measurement 'yours' here\. There are: mine"):
            ask("yours")


def test_a_comparison_is_told_at_the_end_and_over_training():
    scores = np.array([[[1, 3], [2, 6]], [[2, 5], [2, 8]]], float)
    found = against_the_first(Comparison(("a", "b"), [10, 20], scores))
    assert {label: values.tolist() for label, values in found.items()} == {
        "b minus a, at the end": [2, 2],
        "b minus a, over training": [1.5, 1],
    }
    assert against({"b": "a"})({"a": np.ones(2), "b": np.zeros(2)})["b minus a"].tolist() == [-1, -1]
    assert no_claims(found) == {}
