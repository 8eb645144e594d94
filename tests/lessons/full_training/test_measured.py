"""What lesson 07 says of a high learning rate is what its record holds, at the rate of the panel's slider."""

import numpy as np
from definitions import record

from qlib.lessons.full_training import measured
from qlib.show.training_panel import TrainingPanel


def test_the_record_holds_16_agents_that_balanced_and_the_high_rate_ruins_them():
    scores = record("full_training", "ruined")
    assert scores["before"].shape == scores["after"].shape == (16,)
    count, numbers = measured.how_many(scores)
    assert count >= 12, "the lesson invites to ruin an agent with a high rate"
    assert numbers["before"] > 475 > numbers["after"]


def test_an_agent_that_did_not_balance_before_is_not_ruined():
    scores = {"before": np.array([500.0, 100.0, 500.0]), "after": np.array([9.0, 9.0, 480.0])}
    assert measured.how_many(scores)[0] == 1


def test_the_measured_rate_is_the_upper_end_of_the_slider():
    panel = TrainingPanel(controls=True, name="rate")
    assert panel.learning_rate.values[-1] == measured.RATE
    panel.close()


def test_the_high_rate_acts_from_where_the_agent_stands(monkeypatch):
    rates = []
    inner = measured.TrainingJob.set_learning_rate
    monkeypatch.setattr(
        measured.TrainingJob, "set_learning_rate", lambda job, rate: (rates.append(rate), inner(job, rate))
    )
    before, after = measured.before_and_after(0, budget=60, steps=60)
    assert rates == [0.1] and before > 0 and after > 0
