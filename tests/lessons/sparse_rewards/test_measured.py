"""Every number of lesson 13's prose that a record holds is the record's."""

import numpy as np
import pytest
from definitions import NOTEBOOKS, record

from qlib.lessons.sparse_rewards import measured, questions
from qlib.lessons.sparse_rewards.measured import first_flags, replay_changes

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

TEXT = " ".join(
    line.removeprefix("# ").strip() for line in (NOTEBOOKS / "13_sparse_rewards.py").read_text().splitlines()
).replace("−", "-")
CARS, OTHERS = record("sparse_rewards", "mountain car"), record("sparse_rewards", "other seeds")


def test_the_table_says_what_the_prose_says():
    reached = {label: np.isfinite(first).sum() for label, first in first_flags(CARS).items()}
    assert list(reached.values()) == [12, 6, 16, 16, 0]
    assert "uniform found it on 12 of 16 seeds, prioritized on 6" in TEXT
    assert "Uniform found the flag on 12 of 16 seeds" in questions.QUESTIONS["by replay"]["question"]
    rows = measured.car_rows(CARS)
    assert rows[1].startswith("uniform           12 of 16    38,758     64%") and rows[1].endswith("8 of 16")
    assert (CARS["tiles"][:, -1] >= -110).all() and "solved it on all of its sixteen" in TEXT
    told = f"{CARS.difference('tiles', 'uniform'):.0f}"
    assert told == "33 [11, 54]" and "33 steps [11, 54]" in TEXT


def test_sixteen_seeds_say_another_thing_than_sixteen_others():
    first, second = replay_changes(CARS), replay_changes(OTHERS)
    assert first["score"].below() and {change.verdict() for change in second.values()} == {"open"}
    said = f"{first['score']:.0f}".replace("-", "−")
    assert said == "−33 [−62, −4]" and said in questions.QUESTIONS["sixteen others"]["question"]
    solved = {label: sum((each[label][:, -1] >= -110).sum() for each in (CARS, OTHERS)) for label in OTHERS.labels}
    assert solved == {"uniform": 11, "prioritized": 4} and "on 4 of 32 seeds, uniform on 11" in TEXT
    fresh = replay_changes(measured.RECORDS.held_out("other seeds"))
    assert {change.verdict() for change in fresh.values()} == {"open"}
    told = f"{fresh['score']:.0f}"
    assert told == "1 [-19, 20]" and "ones: 1 step better [-19, 20]" in TEXT
    rows = measured.replay_rows()
    assert len(rows) == 4 and all(row.endswith("open") for row in rows[1:])


def test_on_cartpole_none_of_the_six_differences_is_shown():
    claims = measured.RECORDS.claims("dense")
    assert len(claims) == 6 and {claim.verdict() for claim in claims.values()} == {"open"}
    control = claims["control, α = 0 minus uniform, at the end"]
    assert control.chosen.below() and control.held_out.value > 0, "there the control lies above uniform"
    assert claims["prioritized minus uniform, at the end"].chosen.below()


def test_what_is_asked_of_a_memory_is_when_the_flag_came_and_what_was_seen():
    from qlib.core.agent import QAgent
    from qlib.lessons.sparse_rewards.cars import CLIMB

    agent = QAgent(CLIMB, seed=0)
    assert measured.first_flag(agent) == np.inf
    for k in range(4):
        agent.remember(np.array([-0.5, 0.01 * k], np.float32), 0, -1.0, np.zeros(2, np.float32), terminated=k == 2)
    assert measured.first_flag(agent) == 3 and 0 < measured.plane_seen(agent) <= 4 / 400
    assert set(measured.RECORDS.measurements) == {"mountain car", "other seeds", "tiles on CartPole", "dense"}


def test_tiles_learn_cartpole_on_both_sets_of_seeds_and_most_do_not_end_solved():
    said = measured.poles_said(measured.RECORDS.measured("tiles on CartPole")["tiles"])
    assert f"{said['mean']:.0f}" == "340 [273, 408]" and f"{said['fresh']:.0f}" == "366 [328, 403]"
    assert said["solved"] < 8 and said["fresh_solved"] < 16
