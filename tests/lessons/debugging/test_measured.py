"""What was recorded about the instruments is of these agents, and says what the lesson says."""

import numpy as np
import pytest
from definitions import record

import qlib
from qlib.lessons.debugging import faults, measured
from qlib.study.instruments import LOOKS
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")


def most(each):
    """Say on how many faults, of 18, an instrument gave an alarm on most seeds."""
    return int((each[1:-1].mean(1) > 0.5).sum())


@pytest.fixture(scope="module")
def numbers():
    return {name: record("debugging", name) for name in measured.RECORDS.measurements}


def test_on_held_out_seeds_the_instruments_are_as_often_right(numbers):
    before, after = measured.right(measured.alarms(**numbers)), measured.held_out_right()
    assert {name for name in before if abs(before[name][0] - after[name][0]) > 0.05} == set()
    assert after["audit"][2] == 16 and after["audit"][1] == after["any probe"][1] == after[measured.COUNTED][1] == 0
    assert after["any probe"][2] == 11 and after[measured.COUNTED][2] == 5
    false = [round(32 * after[name][1]) for name in ("score", "gap between actions", "highest value / ceiling")]
    assert false == [3, 2, 6]
    assert len(measured.both_rows(measured.SYMPTOMS)) == 7


def test_the_record_is_of_all_agents_of_the_drawer_on_16_seeds(numbers):
    columns = {"symptoms": len(measured.SYMPTOMS), "probed": len(qlib.probes.PROBES), "audits": len(LOOKS)}
    for name, found in numbers.items():
        assert list(found) == measured.LABELS
        assert {values.shape for values in found.values()} == {(16, columns[name])}
        assert np.isfinite(list(found.values())).all()


def test_the_audit_finds_at_least_twelve_faults_and_condemns_no_sound_agent(numbers):
    right = measured.right(measured.alarms(**numbers))
    hits, false, faults = right["audit"]
    assert faults == 16 and hits > 0.8 and false == 0
    assert numbers["audits"][measured.SOUND].sum() == 0


def test_the_order_in_which_the_lesson_looks_is_that_of_the_record(numbers):
    right = measured.right(measured.alarms(**numbers))
    hits, false = ({name: each[i] for name, each in right.items()} for i in (0, 1))
    assert hits["audit"] > hits["any probe"] > max(hits["score"], hits["gap between actions"])
    assert min(hits["score"], hits["gap between actions"]) > 2 * max(hits["loss"], hits["gradient"])
    assert false["any probe"] == false["score"] == false["gap between actions"] == 0 < false["highest value / ceiling"]


def test_the_numbers_of_the_lessons_list_are_those_of_the_record(numbers):
    found = measured.alarms(**numbers)
    counted = found[measured.COUNTED][1:-1].mean(1)
    assert sorted(counted) == [0] * 13 + [1] * 5, "5 of 18, each on all seeds"
    assert len(LOOKS) == len(measured.COUNTS) + 16 and set(measured.COUNTS) < set(LOOKS)
    names = ("any probe", "score", "gap between actions", "highest value / ceiling", "loss", "gradient")
    assert [most(found[name]) for name in names] == [11, 9, 9, 9, 4, 2]
    assert not any(found[name][-1].any() for name in (measured.COUNTED, *names[:3]))
    assert found["highest value / ceiling"][-1].sum() == 5


def test_values_above_the_ceiling_are_rare_in_sound_agents_and_the_rule_without_a_cut(numbers):
    beside = {label: values[:, 1] for label, values in numbers["symptoms"].items()}
    sound = np.concatenate([beside[measured.SOUND], beside[measured.SPARE]])
    assert (sound > 1).sum() == 1 and sound.max() == pytest.approx(1.02, abs=0.005)
    assert beside[faults.FAULTS[faults.NoCut]].min() >= 1.7


def test_two_faults_do_not_show_in_the_scores(numbers):
    scores = {label: values[:, 0] for label, values in numbers["symptoms"].items()}
    sound = scores[measured.SOUND]
    assert round(sound.mean()) == 226
    for kind, mean in ((faults.TargetChooses, 205), (faults.OneSeed, 231)):
        its = scores[faults.FAULTS[kind]]
        assert round(its.mean()) == mean and mean_interval(its - sound).verdict() == "open"


def test_one_seed_of_the_record_comes_out_again(numbers):
    label = faults.FAULTS[faults.NextIsThis]
    report = qlib.audit(lambda k: measured.maker(label)(faults.SETTINGS, 300 + k), 20)
    assert [int(name in report.suspicious) for name in LOOKS] == numbers["audits"][label][3].tolist()


def test_alarms_are_what_lies_beyond_the_sound_agents():
    symptoms = {label: np.tile([100.0, 1.0, 2.0, 0.5, 3.0], (2, 1)) for label in measured.LABELS}
    symptoms[measured.SOUND][1] = [200.0, 1.5, 3.0, 1.0, 4.0]
    fault = measured.LABELS[1]
    symptoms[fault] = np.array([[99.0, 1.2, 2.5, 1.1, 3.5], [500.0, 1.6, 1.9, 0.7, 3.5]])
    none = {label: np.zeros((2, 6), int) for label in measured.LABELS}
    audits = {label: np.zeros((2, len(LOOKS)), int) for label in measured.LABELS}
    audits[fault][1, 3] = none[fault][0, 2] = 1
    found = measured.alarms(symptoms, none, audits)
    assert {name: each[1].tolist() for name, each in found.items()} == {
        "score": [True, False],  # a high one is no alarm
        "highest value / ceiling": [False, True],
        "gap between actions": [False, True],
        "loss": [True, False],
        "gradient": [False, False],
        measured.COUNTED: [False, True],
        "any probe": [True, False],
        "audit: rewards": [False, True],
        "audit": [False, True],
    }
    assert not any(each[-1].any() for each in found.values())
    assert measured.right(found)["audit"] == pytest.approx((1 / 36, 0.0, 0))


def test_the_gradient_of_an_agent_is_that_of_its_own_loss():
    agent = faults.Whole(faults.SETTINGS)
    for _ in qlib.train(agent, episodes=6):
        pass
    assert measured.gradient(agent) > 0
