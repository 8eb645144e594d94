"""What is replaced halfway is obeyed: by one agent's compiled update, and by many in lock-step."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from torch.nn.utils import prune

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.engine.takeover import take

SMALL = qlib.Settings(
    hidden=(8,), batch_size=8, memory_size=300, target_network="hard", target_every=10**6, epsilon_episodes=20
)


def weights(agent):
    return torch.cat([p.detach().reshape(-1) for p in agent.online.parameters()]).numpy()


def reset_averages(agent):
    state = copy.deepcopy(agent.optimizer.state_dict())
    for each in state["state"].values():
        each["exp_avg"].zero_()
    agent.optimizer.load_state_dict(state)


def halve(agent):
    for parameter in agent.online.parameters():
        parameter.data = parameter.data * 0.5


def copy_target(agent):
    agent.target = copy.deepcopy(agent.online)


def data_of_target(agent):
    for slow, quick in zip(agent.target.parameters(), agent.online.parameters(), strict=True):
        slow.data = quick.data.clone()


CHANGES = {
    "the target network": copy_target,
    "the target's numbers": data_of_target,
    "the online network's numbers": halve,
    "Adam's averages": lambda agent: agent.optimizer.state.clear(),
    "Adam's averages, loaded": reset_averages,
    "the optimiser": lambda agent: setattr(agent, "optimizer", torch.optim.SGD(agent.online.parameters(), lr=0.0)),
    "betas": lambda agent: agent.optimizer.param_groups[0].update(betas=(0.5, 0.9)),
    "settings": lambda agent: setattr(agent, "settings", dataclasses.replace(agent.settings, gamma=0.0)),
    "a method": lambda agent: setattr(agent, "td_target", lambda batch: batch.rewards * 0),
}


class Halfway(qlib.QAgent):
    """Changes something of itself at its hundredth step."""

    def __init__(self, settings, seed, change):
        super().__init__(settings, seed)
        self.change = change

    def remember(self, *transition):
        super().remember(*transition)
        if self.steps == 100:
            self.change(self)


def alone(change, seed, compiled=True):
    agent = Halfway(dataclasses.replace(SMALL, compiled=compiled), seed, change)
    for _ in qlib.train(agent, steps=160):
        pass
    return agent


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_halfway_is_obeyed_as_the_readable_agent_obeys_it(name):
    readable, compiled = (alone(CHANGES[name], 0, kind) for kind in (False, True))
    assert readable.steps == compiled.steps and readable.updates == compiled.updates
    np.testing.assert_allclose(weights(compiled), weights(readable), rtol=1e-3, atol=1e-4)
    untouched = alone(lambda agent: None, 0, compiled=False)
    assert abs(weights(untouched) - weights(readable)).max() > 1e-3, "the change is one that is seen"


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_halfway_is_obeyed_among_many(name):
    expected = [alone(CHANGES[name], seed) for seed in range(2)]
    together = Ensemble([Halfway(SMALL, seed, CHANGES[name]) for seed in range(2)])
    for _ in range(min(agent.steps for agent in expected)):
        together.step()
    for member, own in zip(together.agents, expected, strict=True):
        if member.steps == own.steps:
            np.testing.assert_allclose(weights(member), weights(own), rtol=1e-3, atol=1e-4)
            assert member.updates == own.updates
    assert together.steps == together.agents[0].steps


def test_a_pruned_layer_leaves_the_agent_to_itself_and_trains():
    agent = alone(lambda agent: prune.l1_unstructured(agent.online.layers[0], "weight", 0.5), 0)
    assert take(agent) is None and agent.updates > 100
    assert (agent.online.layers[0].weight == 0).sum() == 16


def test_memories_filled_differently_learn_when_each_may():
    def make(seed):
        agent = qlib.QAgent(SMALL, seed)
        for _ in range(20 * seed):
            agent.memory.push(np.zeros(4), 0, 1.0, np.zeros(4), False)
        return agent

    together = Ensemble([make(seed) for seed in range(2)])
    for _ in range(4):
        together.step()
    assert [agent.updates for agent in together.agents] == [0, 4]
