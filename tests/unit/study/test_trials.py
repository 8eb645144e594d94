"""The trials leave the agent alone, and their tests of chance see what they are made for."""

import copy

import numpy as np
import pytest
import torch

import qlib
from qlib.study import trials, witness
from qlib.study.instruments import LOOKS
from qlib.study.verdict import SOUND, SUSPICIOUS

ASKING = ("learning rate", "update", "who values", "target's lag", "draws", "exploring", "greedy", "acting", "output")


@pytest.fixture(scope="module")
def account():
    settings = qlib.Settings(hidden=(8,), target_network="hard", target_every=30, replay="prioritized", double=True)
    return witness.watch(qlib.QAgent(settings, 1), 8)


def test_a_whole_agent_passes_all_and_is_left_alone(account):
    before = copy.deepcopy(account.agent)
    assert {name: LOOKS[name](account, None)[0] for name in ASKING} == dict.fromkeys(ASKING, SOUND)
    assert account.agent.steps == before.steps and account.agent.updates == before.updates
    for a, b in zip(account.agent._state(), before._state(), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(account.agent.memory.storage.rewards, before.memory.storage.rewards)
    assert torch.equal(account.agent.generator.get_state(), before.generator.get_state())


class LastNeverDrawn(qlib.ReplayMemory):
    def draw(self, batch_size, generator=None):
        return torch.randint(len(self) - 1, (batch_size,), generator=generator)


class TheSameEachTime(qlib.ReplayMemory):
    def draw(self, batch_size, generator=None):
        return torch.randint(len(self), (batch_size,), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", [LastNeverDrawn, TheSameEachTime])
def test_uneven_draws_are_seen(kind):
    agent = qlib.QAgent(qlib.Settings(hidden=(8,)), 1)
    agent.memory = kind(10_000, 4, 2)
    assert trials.draws(witness.watch(agent, 8), None)[0] == SUSPICIOUS


def test_uniform_draws_from_a_memory_that_should_be_prioritized_are_seen(account):
    spoilt = copy.deepcopy(account)
    spoilt.agent.memory.draw = lambda n, generator: _uniform(spoilt.agent.memory, n)
    spoilt.agent.memory.prioritize(np.arange(20), np.full(20, 50.0))
    assert trials.draws(account, None)[0] == SOUND
    assert trials.draws(spoilt, None)[0] == SUSPICIOUS


def _uniform(memory, n):
    memory._drawn = np.random.default_rng().integers(len(memory), size=n)
    return torch.from_numpy(memory._drawn)


class Reversed(qlib.QAgent):
    def learn(self):
        before = None if self.target is None else copy.deepcopy(self.target)
        loss = super().learn()
        if before is not None:
            for target, old, online in zip(
                self.target.parameters(), before.parameters(), self.online.parameters(), strict=True
            ):
                target.data = 0.05 * old + 0.95 * online.detach()
        return loss


def test_a_share_that_is_the_wrong_way_round_is_seen():
    agent = Reversed(qlib.Settings(hidden=(8,), target_network="soft", tau=0.05), 1)
    assert trials.target(witness.watch(agent, 8), None)[0] == SUSPICIOUS


def test_a_target_that_is_the_online_network_itself_is_seen():
    agent = qlib.QAgent(qlib.Settings(hidden=(8,), target_network="soft"), 1)
    agent.target = agent.online
    verdict, measured, _ = trials.target(witness.watch(agent, 8), None)
    assert verdict == SUSPICIOUS and "share their weights" in measured
