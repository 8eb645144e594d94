"""Each broken update still shows its symptom, and the probes still name what they name."""

import numpy as np
import pytest
from definitions import FIRST

import qlib
from qlib.lessons.debugging import checks, updates
from qlib.study.statistics import mean_interval


@pytest.fixture(scope="module")
def found():
    return {name: updates.symptoms(loss) for name, loss in updates.LOSSES.items()}


def column(values, name):
    return values[:, updates.SYMPTOMS.index(name)]


def test_the_whole_update_is_right_in_order_and_a_little_high(found):
    doomed, fresh = column(found["whole"], "value of doomed"), column(found["whole"], "value of fresh")
    assert mean_interval(fresh - doomed).above(0)
    assert mean_interval(doomed - 2).above(0), "more than twice the truth"
    assert mean_interval(fresh - updates.CEILING).above(0) and abs(fresh.mean() - updates.CEILING) < 1


def test_without_the_cut_doomed_states_look_best_and_the_loss_is_lower_than_the_whole_ones(found):
    doomed, fresh = (column(found["no cut"], f"value of {which}") for which in ("doomed", "fresh"))
    assert mean_interval(doomed - fresh).above(0) and mean_interval(doomed - updates.CEILING).above(0)
    loss = column(found["no cut"], "loss")
    assert min(found, key=lambda name: column(found[name], "loss").mean()) == "no cut"
    assert mean_interval(column(found["whole"], "loss") - loss).above(0)


@pytest.mark.parametrize("name", ["all actions", "broadcast", "through target"])
def test_the_gap_is_less_than_half_of_the_whole_ones(found, name):
    assert mean_interval(column(found["whole"], "gap") / 2 - column(found[name], "gap")).above(0)


def test_through_the_target_doomed_states_are_nearer_to_the_truth(found):
    whole, through = (column(found[name], "value of doomed") for name in ("whole", "through target"))
    assert mean_interval(abs(whole - 1) - abs(through - 1)).above(0)


def test_the_same_observation_looks_almost_whole(found):
    for name in ("value of doomed", "value of fresh", "loss", "gradient"):
        whole, same = (column(found[which], name).mean() for which in ("whole", "same observation"))
        assert 0.7 < same / whole < 1.4, name
    assert column(found["same observation"], "gap").mean() < column(found["whole"], "gap").mean()


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("whole", None),
        ("all actions", "ProbeAction"),
        ("no cut", "ProbeEnd"),
        ("broadcast", "ProbeObservation"),
        ("through target", None),
        ("same observation", "ProbeDelay"),
    ],
)
def test_the_first_probe_that_fails_is_the_one_that_needs_the_broken_part(name, first):
    failed = [v.probe for v in qlib.probes.examine(updates.agent_with(updates.LOSSES[name])) if not v.passed]
    assert (failed[0] if failed else None) == first


def test_the_table_of_the_first_exercise_is_of_these_updates(found):
    for letter, name in {"A": "whole", "B": "no cut", "C": "all actions", "D": "broadcast"}.items():
        for part, value in checks.SYMPTOMS[letter].items():
            mean = column(found[name], f"value of {part}" if part in ("doomed", "fresh") else part).mean()
            assert mean == pytest.approx(value, rel=0.1), (letter, part)


def test_an_update_is_the_one_that_an_agent_makes():
    settings = qlib.Settings(gamma=0.8)
    memory, agent = updates.random_steps(), qlib.QAgent(settings, FIRST)
    batch = memory.sample(64)
    twin = qlib.QAgent(settings, FIRST)
    mine = updates.update(agent.online, agent.optimizer, batch, 0.8)
    assert mine == pytest.approx(twin.update(batch), rel=1e-5)
    for a, b in zip(agent.online.parameters(), twin.online.parameters(), strict=True):
        assert np.allclose(a.detach(), b.detach(), atol=1e-5)
