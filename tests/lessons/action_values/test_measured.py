"""What lesson 01 says of SARSA and Q-learning is what its record holds, on both sets of seeds."""

import numpy as np
import pytest
from definitions import record

from qlib.lessons.action_values import bins, measured, tables
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")


def near(found, value, low, high):
    assert tuple(mean_interval(found)) == pytest.approx((value, low, high), abs=0.5)


def changes(found, how):
    return found[f"SARSA, {how}"] - found[f"Q-learning, {how}"]


def test_the_prose_says_what_was_measured():
    found, fresh = record("action_values", "sarsa"), measured.RECORDS.held_out("sarsa")
    near(changes(found, "exploring"), -100, -139, -60)
    near(changes(fresh, "exploring"), -134, -189, -80)
    for name, words in (("SARSA", "37.8 [37.2, 38.4]"), ("Q-learning", "43.8 [43.2, 44.4]")):
        assert f"{mean_interval(found[f'{name}, best value at the start']):.1f}" == words
    assert measured.winner() == "Q-learning"
    assert [claim.verdict() for claim in measured.RECORDS.claims("sarsa").values()] == ["below"] * 3
    assert measured.told(found)["greedy"].value == pytest.approx(changes(found, "greedy").mean())
    assert "SARSA" in measured.draw(found).alt


def test_sarsa_looks_up_the_action_taken_and_q_learning_the_best():
    ours, theirs = tables.MADE_UP.copy(), tables.MADE_UP.copy()
    bins.sarsa_update(ours, 0, 1, 1.0, 1, 1, False, 1.0, 0.9)
    bins.update(theirs, 0, 1, 1.0, 1, False, 1.0, 0.9)
    assert ours[0, 1] == pytest.approx(1.9) and theirs[0, 1] == pytest.approx(3.7)
    bins.sarsa_update(ours, 1, 1, 2.0, 1, 0, True, 1.0, 0.9)
    assert ours[1, 1] == 2.0, "nothing follows an end"


def test_without_random_actions_both_are_one():
    both = [bins.learn(5, 2_000, 2, 2, epsilon=(0.0, 0.0), sarsa=sarsa) for sarsa in (False, True)]
    assert both[0].visits.sum() == both[1].visits.sum() and np.isfinite(both[1].tables).all()
    again = bins.learn(5, 2_000, range(1, 2), 2, sarsa=True)
    assert (again.tables[0] == bins.learn(5, 2_000, 2, 2, sarsa=True).tables[1]).all(), "a range names its seeds"


def test_a_table_is_examined_with_random_actions_too():
    table = bins.learn(10, 60_000, 1, 1).tables[0]
    scores = [bins.examine(table, 10, 50, np.random.default_rng(0), epsilon) for epsilon in (0.0, 1.0)]
    assert scores[0] > 2 * scores[1] and 15 < scores[1] < 30
