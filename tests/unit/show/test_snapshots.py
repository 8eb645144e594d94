"""Moments of a training: what the page can play, how many are kept, and what rounding them costs."""

import dataclasses

import numpy as np
import pytest
import torch

import qlib
from qlib.lessons.own_agent import OwnAgent
from qlib.lessons.own_run import OWN
from qlib.show.snapshots import FEWEST, ROOM, Snapshots


def rebuilt(agent, moment):
    """Return an agent with the rounded weights of a moment."""
    other = qlib.QAgent(agent.settings, agent.seed)
    numbers = torch.from_numpy(np.frombuffer(moment.numbers, "<f2").astype(np.float32))
    torch.nn.utils.vector_to_parameters(numbers, other.online.parameters())
    return other


@pytest.fixture(scope="module")
def trained():
    agent = qlib.QAgent(qlib.RECOMMENDED)
    snapshots = Snapshots(agent)
    for _ in qlib.train(agent, steps=6_000, before_step=lambda step: snapshots.take(agent)):
        pass
    snapshots.take(agent, now=True)
    return agent, snapshots


def test_a_run_keeps_sixty_moments_at_least_within_a_megabyte(trained):
    agent, snapshots = trained
    kept = snapshots.moments()
    assert len(kept) >= 60
    assert sum(len(moment.numbers) for moment in kept) <= ROOM < 1_000_000 * 3 / 4
    assert (kept[0].step, kept[-1].step, kept[-1].episode) == (0, agent.steps, agent.episodes)
    gaps = np.diff([moment.step for moment in kept])
    assert gaps.min() >= 1 and gaps[:-1].min() >= FEWEST
    assert gaps.max() <= 6_000 / 30, "no long stretch is missing"


def test_a_moment_is_the_network_in_half_precision(trained):
    agent, snapshots = trained
    last = rebuilt(agent, snapshots.moments()[-1])
    for rounded, exact in zip(last.online.parameters(), agent.online.parameters(), strict=True):
        torch.testing.assert_close(rounded, exact, rtol=2**-11, atol=2**-24)


def test_rounding_changes_few_actions(trained):
    agent, snapshots = trained
    observations = np.random.default_rng(0).uniform(-1, 1, (5_000, 4)) * [2.4, 2, 0.2, 2]
    same = rebuilt(agent, snapshots.moments()[-1]).greedy(observations) == agent.greedy(observations)
    assert same.mean() >= 0.99


def test_a_long_run_thins_itself_evenly(small):
    agent = qlib.QAgent(dataclasses.replace(small, hidden=(64, 64)))
    snapshots = Snapshots(agent)
    for agent.steps in range(0, 200_000, 25):
        snapshots.take(agent)
    steps = [moment.step for moment in snapshots.moments()]
    assert 60 <= len(steps) <= ROOM // len(snapshots.moments()[0].numbers)
    assert np.diff(steps).max() <= 200_000 / 20


def test_nothing_of_the_agents_training_is_changed(small):
    one, other = qlib.QAgent(small), qlib.QAgent(small)
    snapshots = Snapshots(one)
    for agent, watch in ((one, lambda step: snapshots.take(one, now=True)), (other, lambda step: None)):
        for _ in qlib.train(agent, steps=400, before_step=watch):
            pass
    assert all(map(torch.equal, one.online.parameters(), other.online.parameters()))
    assert torch.equal(one.generator.get_state(), other.generator.get_state())


def test_the_learners_own_network_can_be_played_in_the_page():
    network = Snapshots(OwnAgent(OWN)).network
    assert network["sizes"][0] == 4 and network["sizes"][-1] == 2


class Hesitant(qlib.QAgent):
    def greedy(self, observations):
        return 1 - super().greedy(observations)


@pytest.mark.parametrize(
    "make",
    [
        lambda small: qlib.QAgent(dataclasses.replace(small, network="batch_norm")),
        lambda small: qlib.QAgent(dataclasses.replace(small, env_id="Acrobot-v1")),
        Hesitant,
        lambda small: OwnAgent(OWN, greedy_epsilon=0.05),
    ],
    ids=["batch norm", "another environment", "another choice", "epsilon left on"],
)
def test_what_the_page_would_play_otherwise_is_not_sent(make, small):
    agent = make(small)
    snapshots = Snapshots(agent)
    snapshots.take(agent, now=True)
    assert snapshots.network == {} and snapshots.moments() == []


def test_a_network_that_changes_its_values_in_another_way_is_not_sent(small):
    agent = qlib.QAgent(small)
    agent.online.layers.append(torch.nn.Tanh())
    assert Snapshots(agent).network == {}
