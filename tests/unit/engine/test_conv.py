"""The compiled update of images is the readable one: same batches, same weights; elsewhere it stays away."""

import dataclasses

import numpy as np
import pytest
import torch

import qlib
from qlib.core.network import Convolution
from qlib.engine.conv import LARGEST, ConvUpdate
from qlib.engine.takeover import is_compiled

SMALL = dataclasses.replace(
    qlib.MINATAR, filters=((8, 3, 1),), hidden=(24,), memory_size=400, learning_starts=0, learning_rate=1e-4
)
VARIANTS = {
    "as in the lesson": SMALL,
    "no double": dataclasses.replace(SMALL, double=False),
    "no target network": dataclasses.replace(SMALL, target_network="none"),
    "neither": dataclasses.replace(SMALL, target_network="none", double=False),
    "soft target, huber, clipped": dataclasses.replace(
        SMALL, target_network="soft", loss="huber", max_gradient_norm=0.01
    ),
    "residual blocks": dataclasses.replace(
        SMALL, filters=((6, 3, 1), (6, 3, 1), (6, 3, 1)), padded=True, residual=True
    ),
    "strides that leave a border out": dataclasses.replace(SMALL, filters=((6, 4, 2), (5, 2, 1)), hidden=(12, 10)),
    "no hidden layer": dataclasses.replace(SMALL, hidden=()),
    "two frames": dataclasses.replace(SMALL, frames=2),
    "prioritized": dataclasses.replace(SMALL, replay="prioritized"),
    "weight decay": dataclasses.replace(SMALL, weight_decay=0.01),
}


def filled(settings: qlib.Settings) -> qlib.QAgent:
    agent = qlib.QAgent(dataclasses.replace(settings, learning_starts=10**6))
    for _ in qlib.train(agent, steps=120):
        pass
    agent.settings = settings
    return agent


def weights(agent: qlib.QAgent) -> np.ndarray:
    networks = [agent.online] + ([] if agent.target is None else [agent.target])
    return torch.cat([p.detach().reshape(-1) for network in networks for p in network.parameters()]).numpy()


def seen(agent: qlib.QAgent) -> np.ndarray:
    return agent.memory.at(torch.from_numpy(agent.memory.slots())).observations.numpy()


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS.keys())
def test_updates_give_the_same_weights(settings):
    readable, compiled = filled(dataclasses.replace(settings, compiled=False)), filled(settings)
    before = weights(compiled).copy()
    losses = [(compiled.learn(), readable.learn()) for _ in range(25)]
    assert isinstance(compiled._taken, ConvUpdate) and readable._taken is None
    np.testing.assert_allclose(*zip(*losses, strict=True), rtol=1e-3)
    difference, moved = np.abs(weights(compiled) - weights(readable)), np.abs(weights(readable) - before)
    assert moved.max() > 1e-4, "something was learned"
    assert difference.mean() < 1e-6
    assert difference.max() < 1e-2 * moved.max()


def test_what_was_compiled_is_known_for_the_next_start(monkeypatch):
    filled(SMALL).learn()
    assert is_compiled(images=True)
    monkeypatch.setattr("qlib.engine.takeover.Path.glob", lambda path, pattern: iter(()))
    assert not is_compiled(images=True)


def test_both_choose_the_same_actions():
    agent = filled(SMALL)
    for _ in range(50):
        agent.learn()
    observations = seen(agent)
    best = agent.q_values(observations).argmax(1).numpy()
    np.testing.assert_array_equal(agent.greedy(observations), best)
    assert [agent.act(o) for o in observations[:20]] == best[:20].tolist()


@pytest.mark.parametrize("name", ["loss", "td_target", "update", "q_values"])
def test_a_redefined_method_is_obeyed(name):
    agent = filled(SMALL)
    assert ConvUpdate.applies(agent)
    setattr(agent, name, lambda *args: None)
    assert not ConvUpdate.applies(agent)


def test_another_forward_of_the_network_or_of_a_convolution_is_obeyed(monkeypatch):
    agent = filled(SMALL)
    block = agent.online.filters[0]
    block.forward = lambda planes: torch.zeros(len(planes), 8, 8, 8)
    assert not ConvUpdate.applies(agent)
    del block.forward
    assert ConvUpdate.applies(agent)
    handle = block.register_forward_hook(lambda *_: None)
    assert not ConvUpdate.applies(agent)
    handle.remove()
    monkeypatch.setattr(Convolution, "forward", lambda self, planes: planes)
    assert not ConvUpdate.applies(agent)


def test_a_convolution_put_in_halfway_is_seen():
    agent = filled(SMALL)
    agent.learn()
    agent.online.filters[0] = Convolution(4, 8, 3, 1, 0, False)
    agent.learn()
    assert agent._taken is None, "the optimiser does not train the new one"


def test_large_images_are_left_to_pytorch():
    fits = dataclasses.replace(SMALL, filters=((8, 3, 1), (8, 3, 1), (8, 3, 1)), padded=True)
    too_large = dataclasses.replace(SMALL, filters=((64, 3, 1), (8, 3, 1)), padded=True)
    assert (4 + 8 + 8) * 9 * 100 <= LARGEST < (4 + 64) * 9 * 100
    assert ConvUpdate.applies(filled(fits))
    assert not ConvUpdate.applies(filled(too_large))


def test_dense_layers_alone_are_left_to_pytorch():
    agent = filled(dataclasses.replace(SMALL, network="plain"))
    assert not ConvUpdate.applies(agent)
    assert np.isfinite(agent.learn())


def test_a_loss_that_is_not_finite_leaves_the_last_good_weights():
    agent = filled(SMALL)
    agent.learn()
    good = weights(agent).copy()
    agent.learn()
    agent.memory.storage.rewards[:] = 3e38
    with pytest.raises(qlib.DivergedError, match="update 3"):
        agent.learn()
    np.testing.assert_array_equal(weights(agent), good)
    assert np.isfinite(weights(agent)).all()


def test_an_action_out_of_range_is_refused_and_nothing_is_learned():
    agent = filled(SMALL)
    agent.learn()
    before = weights(agent).copy()
    agent.memory.storage.actions[:] = 7
    with pytest.raises(ValueError, match="out of range; nothing was learned"):
        agent.learn()
    np.testing.assert_array_equal(weights(agent), before)


def test_a_saved_agent_goes_on_as_if_it_had_never_stopped(tmp_path):
    agent = filled(SMALL)
    for _ in range(5):
        agent.learn()
    again = qlib.QAgent.load(agent.save(tmp_path / "agent.safetensors"))
    for _ in range(5):
        assert agent.learn() == again.learn()
    np.testing.assert_array_equal(weights(again), weights(agent))
