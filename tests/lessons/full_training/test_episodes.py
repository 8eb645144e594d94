"""Lesson 07's episode is the training loop's own, and a difference is named only where the interval says so."""

import numpy as np
import pytest
import torch

import qlib
from qlib.lessons.full_training.episodes import QUICK, against_the_first, one_episode


def test_an_episode_that_learns_and_remembers_trains_as_qlib_does():
    mine, theirs = qlib.QAgent(QUICK), qlib.QAgent(QUICK)
    lengths = []
    while len(lengths) < 15:
        lengths.append(len(one_episode(mine, qlib.make_env(QUICK), learn=True, remember=True)))
        mine.epsilon = qlib.core.rules.next_epsilon(QUICK, mine.epsilon)
        mine.episodes += 1
    assert lengths == [record.steps for record in qlib.train(theirs, episodes=15)]
    assert mine.updates == theirs.updates > 0
    assert all(map(torch.equal, mine.online.parameters(), theirs.online.parameters()))


@pytest.mark.parametrize("remember", [True, False])
def test_it_stores_only_what_it_is_asked_to(remember):
    agent = qlib.QAgent(QUICK)
    transitions = one_episode(agent, qlib.make_env(QUICK), learn=False, remember=remember)
    assert len(agent.memory) == len(transitions) * remember
    assert transitions[-1][4] and not transitions[0][4]


@pytest.mark.parametrize(
    ("gains", "words"), [((0, 0), "None of them"), ((40, 0), "b"), ((0, -40), "c"), ((40, -40), "Several")]
)
def test_what_is_told_apart_is_named(gains, words):
    noise = np.tile([-10.0, 10.0], 8)
    scores = {"a": np.zeros(16), "b": noise + gains[0], "c": noise + gains[1]}
    said, changes = against_the_first(scores)
    assert said == words
    assert [change.value for change in changes] == list(gains)
