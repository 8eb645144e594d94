"""The pieces as a QAgent: each of them is called, epsilon is theirs, and a file holds all that goes on."""

import dataclasses

import pytest

import qlib
from qlib.lessons.own_agent import OwnAgent
from qlib.lessons.own_run import EPISODES, OWN
from qlib.lessons.stand_ins import Pieces


@pytest.fixture
def agent():
    agent = OwnAgent(OWN, 0, Pieces())
    for _ in qlib.train(agent, episodes=4):
        pass
    return agent


def test_epsilon_falls_as_the_piece_says_and_can_be_held(agent):
    plan = Pieces().decay(EPISODES, 1.0, 0.05, 60 / EPISODES)
    assert agent.epsilon == pytest.approx(plan[4])
    agent.epsilon = 0.9
    assert agent.epsilon == 0.9


def test_an_epsilon_that_falls_by_steps_is_not_the_piece_s():
    by_steps = dataclasses.replace(OWN, epsilon_episodes=None, epsilon_steps=200)
    agent = OwnAgent(by_steps, 0, Pieces())
    for _ in qlib.train(agent, episodes=3):
        pass
    assert agent.epsilon == pytest.approx(max(0.05, 1 - 0.95 * agent.steps / 200))


def test_a_saved_agent_goes_on_as_if_it_had_never_stopped(agent, tmp_path):
    loaded = OwnAgent.load(agent.save(tmp_path / "own.safetensors"))
    episodes = [[e.steps for e in qlib.train(each, episodes=3)] for each in (agent, loaded)]
    assert episodes[0] == episodes[1]


def test_each_piece_is_called():
    called = set()

    def spy(name):
        piece = getattr(Pieces(), name)
        return lambda *given: (called.add(name), piece(*given))[1]

    names = ("make_network", "epsilon_greedy", "decay", "Ring", "update")
    my = Pieces(**{name: spy(name) for name in names})
    for _ in qlib.train(OwnAgent(OWN, 0, my), steps=80):
        pass
    assert called == set(names)
