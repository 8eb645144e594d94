"""Each faulty agent trains without an error, and is found by the words for its fault."""

import pytest

import qlib
from qlib.lessons.debugging import faults


def test_each_of_them_trains_without_an_error():
    for kind in faults.FAULTS:
        agent = kind(faults.SETTINGS, 0)
        assert len(list(qlib.train(agent, episodes=10))) == 10 and agent.updates > 0, kind


def test_the_one_that_stops_storing_stops_late():
    agent = faults.StopsStoring(faults.SETTINGS)
    agent.steps = 4_999
    for _ in range(3):
        agent.remember([0.0] * 4, 0, 1.0, [0.0] * 4, False)
    assert len(agent.memory) == 1 and agent.steps == 5_002


@pytest.mark.parametrize("words", faults.FAULTS.values())
def test_a_fault_is_found_by_its_words(words):
    assert faults.FAULTS[faults.named(words)] == words
