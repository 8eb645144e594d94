"""Every number of lesson 13's prose that a record holds is the record's."""

import numpy as np
import pytest
from definitions import NOTEBOOKS, record

from qlib.lessons.sparse_rewards import measured, questions
from qlib.lessons.sparse_rewards.measured import first_flags, replay_changes
from qlib.study.statistics import mean_interval

TEXT = " ".join(
    line.removeprefix("# ").strip() for line in (NOTEBOOKS / "13_sparse_rewards.py").read_text().splitlines()
).replace("−", "-")
CARS, OTHERS = record("sparse_rewards", "mountain car"), record("sparse_rewards", "other seeds")
CHANGES = replay_changes(CARS, OTHERS)


def test_the_table_says_what_the_prose_says():
    reached = {label: np.isfinite(first).sum() for label, first in first_flags(CARS).items()}
    assert list(reached.values()) == [12, 6, 16, 16, 0]
    assert "uniform found it on 12 of 16 seeds, prioritized on 6" in TEXT
    assert "Uniform found the flag on 12 of 16 seeds" in questions.QUESTIONS["by replay"]["question"]
    rows = measured.car_rows(CARS)
    assert rows[1].startswith("uniform           12 of 16    38,758     64%") and rows[1].endswith("8 of 16")
    assert (CARS["tiles"][:, -1] >= -110).all() and "solved it on all of its sixteen" in TEXT
    assert f"{CARS.difference('tiles', 'uniform'):.0f}" == "33 [14, 53]" and "33 steps [14, 53]" in TEXT


def test_sixteen_seeds_say_another_thing_than_sixteen_others():
    first, second, every = (
        {name: mean_interval(change[part]) for name, change in CHANGES.items()}
        for part in (slice(16), slice(16, 32), slice(32))
    )
    assert first["score"].below() and first["share that found the flag"].below()
    assert {change.verdict() for change in second.values()} == {"open"}
    assert [change.verdict() for change in every.values()] == ["open", "open", "below"]
    said = f"{first['score']:.0f}".replace("-", "−")
    assert said == "−33 [−59, −6]" and said in questions.QUESTIONS["sixteen others"]["question"]
    solved = {label: sum((each[label][:, -1] >= -110).sum() for each in (CARS, OTHERS)) for label in OTHERS.labels}
    assert solved == {"uniform": 11, "prioritized": 4} and "4 of 32 in place of 11" in TEXT
    assert len(measured.replay_rows(CHANGES)) == 4


@pytest.mark.parametrize(
    ("ours", "theirs", "end", "way"),
    [
        ("prioritized", "uniform", "below", "open"),
        ("control, α = 0", "uniform", "below", "open"),
        ("prioritized", "control, α = 0", "open", "open"),
    ],
)
def test_on_cartpole_the_control_is_as_far_below_as_prioritized_replay(ours, theirs, end, way):
    many = record("sparse_rewards", "dense")
    assert measured.dense_change(many, ours, theirs, "at the end").verdict() == end
    assert measured.dense_change(many, ours, theirs, "along the way").verdict() == way
    assert len(measured.dense_rows(many)) == 4


def test_what_is_asked_of_a_memory_is_when_the_flag_came_and_what_was_seen():
    from qlib.core.agent import QAgent
    from qlib.lessons.sparse_rewards.cars import CLIMB

    agent = QAgent(CLIMB, seed=0)
    assert measured.first_flag(agent) == np.inf
    for k in range(4):
        agent.remember(np.array([-0.5, 0.01 * k], np.float32), 0, -1.0, np.zeros(2, np.float32), terminated=k == 2)
    assert measured.first_flag(agent) == 3 and 0 < measured.plane_seen(agent) <= 4 / 400
    assert set(measured.MEASUREMENTS) == {"mountain car", "other seeds", "tiles on CartPole", "dense"}
