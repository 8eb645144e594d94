"""What lesson 05 says of full online learning is what its record holds, each way at the rate that other seeds chose."""

import pytest
from definitions import record

from qlib.lessons.replay_memory import measured
from qlib.study import by_rate

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")


def test_each_way_has_its_best_rate_within_the_grid_and_the_newest_alone_is_far_below():
    found = record("replay_memory", "online")
    best = by_rate.best(found, measured.WAYS, measured.RATES)
    assert best == {"everything so far": 0.01, "the last 64 only": 0.003, "the newest alone": 0.01}
    means = {name: round(found[by_rate.at(name, best[name])].mean()) for name in measured.WAYS}
    assert means["everything so far"] == 268 and means["the newest alone"] == 84
    own = measured.at_their_best()
    assert f"{own['the newest alone']:.0f}" == "-174 [-201, -148]"
    assert own["the last 64 only"].verdict() == "open"


def test_the_last_64_is_shown_to_be_lower_at_every_rate_but_one():
    claims = measured.RECORDS.claims("online")
    verdicts = [claims[by_rate.at("the last 64 only", rate)].verdict() for rate in measured.RATES]
    assert verdicts == ["below", "below", "below", "open", "below", "below", "below"]
    assert {claims[by_rate.at("the newest alone", rate)].verdict() for rate in measured.RATES} == {"below"}


def test_the_record_is_of_every_way_at_every_rate_and_so_is_a_new_measurement(monkeypatch):
    labels = [by_rate.at(name, rate) for name in measured.WAYS for rate in measured.RATES]
    assert [*record("replay_memory", "online")] == labels
    assert "the newest alone highest at 0.01" in measured.draw(record("replay_memory", "online")).alt
    monkeypatch.setattr(measured, "STEPS", 100)
    found = measured.RECORDS.measurements["online"].measure(range(5000, 5002))
    assert [*found] == labels and found[labels[-1]].shape == (2,)
