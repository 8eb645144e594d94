"""What a learner redefines is obeyed, wherever they put it: alone and among many, the patched class included."""

import dataclasses

import numpy as np
import pytest
import torch

import qlib
from qlib.core.memory import ReplayMemory
from qlib.engine.redefined import redefined
from qlib.engine.takeover import take

SMALL = qlib.Settings(hidden=(8,), batch_size=8, memory_size=300, target_network="soft", epsilon_episodes=20)
SIZE = {"seeds": 2, "steps": 150, "checkpoints": 3, "starts": 5, "executor": "here"}


def no_reward(self, observation, action, reward, next_observation, terminated, truncated=False):
    return REMEMBER(self, observation, action, 0.0, next_observation, terminated, truncated)


def always_left(self, observation, epsilon=0.0):
    return 0


def never_random(self, epsilon):
    return None


def blind(self):
    return float("nan")


def forgets_rewards(self, observation, action, reward, next_observation, terminated):
    return PUSH(self, observation, action, 0.0, next_observation, terminated)


def writes_no_reward(self, slot, transition):
    return WRITE(self, slot, (*transition[:2], 0.0, *transition[3:]))


def the_first(self, batch_size, generator=None):
    return torch.arange(batch_size)


def twice(self, batch):
    return 2 * LOSS(self, batch)


REMEMBER, PUSH, LOSS = qlib.QAgent.remember, ReplayMemory.push, qlib.QAgent.loss
WRITE = ReplayMemory._write
CHANGES = {
    "remember": (qlib.QAgent, no_reward),
    "act": (qlib.QAgent, always_left),
    "explore": (qlib.QAgent, never_random),
    "learn": (qlib.QAgent, blind),
    "loss": (qlib.QAgent, twice),
    "memory.push": (ReplayMemory, forgets_rewards),
    "memory._write": (ReplayMemory, writes_no_reward),
    "memory.draw": (ReplayMemory, the_first),
}


def weights(agent):
    return torch.cat([p.detach().reshape(-1) for p in agent.online.parameters()]).numpy()


def alone(make, seed):
    """Train an agent by the readable code only, and return it after as many steps as in SIZE."""
    agent = make(seed)
    agent.settings = dataclasses.replace(agent.settings, compiled=False)
    for _ in qlib.train(agent, steps=SIZE["steps"]):
        pass
    return agent


def by_class(monkeypatch, name):
    kind, function = CHANGES[name]
    monkeypatch.setattr(kind, name.split(".")[-1], function)
    return lambda seed: qlib.QAgent(SMALL, seed)


def by_subclass(monkeypatch, name):
    kind, function = CHANGES[name]
    changed = type("Changed", (kind,), {name.split(".")[-1]: function})
    if kind is qlib.QAgent:
        return lambda seed: changed(SMALL, seed)

    def make(seed):
        agent = qlib.QAgent(SMALL, seed)
        agent.memory = changed(SMALL.memory_size, 4)
        return agent

    return make


def by_instance(monkeypatch, name):
    _, function = CHANGES[name]

    def make(seed):
        agent = qlib.QAgent(SMALL, seed)
        thing = agent.memory if name.startswith("memory.") else agent
        setattr(thing, name.split(".")[-1], function.__get__(thing))
        return agent

    return make


WAYS = {"class": by_class, "subclass": by_subclass, "instance": by_instance}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CHANGES)
def test_it_is_named_and_obeyed_by_train_and_by_many(monkeypatch, name, way):
    assert redefined(qlib.QAgent(SMALL)) == frozenset()
    make = WAYS[way](monkeypatch, name)
    assert name in redefined(make(0))
    from qlib.engine.ensemble import Ensemble

    together = Ensemble([make(seed) for seed in range(2)])
    expected = [alone(make, seed) for seed in range(2)]
    for _ in range(min(agent.steps for agent in expected)):
        together.step()
    member, own = together.agents[0], expected[0]
    n = min(len(member.memory), len(own.memory))
    np.testing.assert_array_equal(member.memory.storage.rewards[:n], own.memory.storage.rewards[:n])
    np.testing.assert_array_equal(member.memory.storage.actions[:n], own.memory.storage.actions[:n])
    if member.steps == own.steps:
        assert member.updates == own.updates
        np.testing.assert_allclose(weights(member), weights(own), rtol=1e-3, atol=1e-4)


def test_a_patched_class_changes_the_scores_of_compare(monkeypatch):
    before = qlib.compare({"a": SMALL}, **SIZE)
    monkeypatch.setattr(qlib.QAgent, "act", always_left)
    monkeypatch.setattr(qlib.QAgent, "greedy", lambda self, rows: np.zeros(len(rows), np.int64))
    after = qlib.compare({"a": SMALL}, **SIZE)
    assert (after.scores < 11).all() and not np.array_equal(before.scores, after.scores)


def test_a_forward_of_ones_own_and_a_hook_are_found():
    agent = qlib.QAgent(SMALL)
    assert take(agent) is not None
    handle = agent.target.register_forward_hook(lambda module, given, out: out * 0)
    assert redefined(agent) == {"network.forward"} and take(agent) is None
    handle.remove()
    assert take(agent) is not None
    agent.online.forward = lambda x: agent.online.layers(x) * 0
    assert "network.forward" in redefined(agent) and take(agent) is None
