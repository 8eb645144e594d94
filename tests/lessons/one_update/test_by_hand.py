"""Three ways to one update: the learner's pieces, qlib's agent, and NumPy without autograd."""

import copy

import pytest
import torch

import qlib
from qlib.lessons import stand_ins
from qlib.lessons.one_update.by_hand import loss_and_gradient


@pytest.fixture
def agent():
    agent = qlib.QAgent(qlib.Settings(gamma=0.8, updates_per_step=0, target_network="hard"), seed=0)
    for _ in qlib.train(agent, steps=300):
        pass
    return agent


def test_the_pieces_update_as_the_agent_does(agent):
    network, state = copy.deepcopy(agent.online), agent.generator.get_state()
    optimizer = torch.optim.AdamW(network.parameters(), agent.settings.learning_rate, weight_decay=0.0)
    batch = agent.memory.sample(agent.settings.batch_size, agent.generator)
    agent.generator.set_state(state)  # so that both draw the same batch
    mine = stand_ins.update(network, agent.target, optimizer, batch, 0.8)
    assert mine == pytest.approx(agent.learn(), rel=1e-5)
    for a, b in zip(network.parameters(), agent.online.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_numpy_finds_the_same_loss_and_gradient(agent):
    batch = agent.memory.sample(64, agent.generator)
    parameters = list(agent.online.parameters())
    arrays = [p.detach().numpy() for p in parameters]
    found, gradient = loss_and_gradient(list(zip(arrays[::2], arrays[1::2], strict=True)), batch, 0.8)
    y = stand_ins.td_target(batch.rewards, agent.online(batch.next_observations).detach(), batch.terminated, 0.8)
    loss = stand_ins.q_loss(agent.online(batch.observations), batch.actions, y)
    assert found == pytest.approx(loss.item(), rel=1e-5)
    for mine, theirs in zip(gradient, torch.autograd.grad(loss, parameters), strict=True):
        assert mine == pytest.approx(theirs.numpy(), abs=1e-5)
