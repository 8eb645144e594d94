"""The compiled update is the readable update: same batches, same weights."""

import dataclasses

import numpy as np
import pytest
import torch

import qlib
from qlib.engine.flat import FlatUpdate

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(24, 24), memory_size=2_000, learning_starts=0, batch_size=32)
VARIANTS = {
    "recommended": SMALL,
    "original": dataclasses.replace(qlib.ORIGINAL, memory_size=2_000),
    "hard target": dataclasses.replace(SMALL, target_network="hard", target_every=7),
    "no target": dataclasses.replace(SMALL, target_network="none"),
    "no double": dataclasses.replace(SMALL, double=False),
    "huber": dataclasses.replace(SMALL, loss="huber", reward_scale=5.0),
    "clipped": dataclasses.replace(SMALL, max_gradient_norm=0.01),
    "one layer": dataclasses.replace(SMALL, hidden=(16,)),
    "three layers": dataclasses.replace(SMALL, hidden=(16, 8, 12)),
    "no hidden layer": dataclasses.replace(SMALL, hidden=()),
    "six observations, three actions": dataclasses.replace(SMALL, env_id="Acrobot-v1", observation_scale=None),
}


def filled(settings: qlib.Settings, seed: int = 0) -> qlib.QAgent:
    agent = qlib.QAgent(settings, seed)
    rng = np.random.default_rng(seed)
    for _ in range(500):
        now, then = rng.normal(size=(2, agent.n_observations)).astype(np.float32)
        action = int(rng.integers(agent.n_actions))
        agent.remember(now, action, float(rng.normal()), then, bool(rng.random() < 0.2))
    return agent


def weights(agent: qlib.QAgent) -> np.ndarray:
    networks = [agent.online] + ([] if agent.target is None else [agent.target])
    return torch.cat([p.detach().reshape(-1) for network in networks for p in network.parameters()]).numpy()


def pair(settings: qlib.Settings) -> tuple[qlib.QAgent, qlib.QAgent]:
    readable = filled(dataclasses.replace(settings, compiled=False))
    compiled = filled(settings)
    assert FlatUpdate.applies(compiled) and not FlatUpdate.applies(readable)
    return readable, compiled


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS.keys())
def test_one_update_gives_the_same_weights(settings):
    readable, compiled = pair(settings)
    assert compiled.learn() == pytest.approx(readable.learn(), rel=1e-5)
    np.testing.assert_allclose(weights(compiled), weights(readable), atol=2e-6)


# A thousand updates where it matters most; the other variants differ in one branch, and a hundred take less time.
LONG = [(name, 1_000 if name in ("recommended", "original") else 100) for name in VARIANTS]


@pytest.mark.parametrize(("name", "updates"), LONG)
def test_many_updates_give_the_same_weights(name, updates):
    settings = VARIANTS[name]
    # A gentle learning rate: Adam divides small gradients by their size, which makes rounding grow at a steep one.
    readable, compiled = pair(dataclasses.replace(settings, learning_rate=1e-4, learning_rate_end=None))
    before = weights(compiled).copy()
    for _ in range(updates):
        readable.learn()
        compiled.learn()
    difference = np.abs(weights(compiled) - weights(readable))
    moved = np.abs(weights(readable) - before)
    assert moved.mean() > 1e-6 * updates, "something was learned"
    assert difference.mean() < 1e-6
    assert difference.max() < 1e-2 * moved.max()


def test_both_choose_the_same_actions():
    readable, compiled = pair(SMALL)
    for _ in range(300):
        readable.learn()
        compiled.learn()
    observations = 5 * np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    greedy = compiled._taken.greedy(observations[np.newaxis])[0]
    np.testing.assert_array_equal(greedy, compiled.q_values(observations).argmax(1))
    assert [readable.act(o) for o in observations] == [compiled.act(o) for o in observations]
    assert len({compiled.act(o) for o in observations}) == 2


def test_the_two_updates_may_take_turns():
    readable, mixed = pair(SMALL)
    for i in range(30):
        readable.learn()
        mixed.settings = dataclasses.replace(mixed.settings, compiled=i % 2 == 0)
        mixed._taken = None
        mixed.learn()
    np.testing.assert_allclose(weights(mixed), weights(readable), atol=2e-5)


@pytest.mark.parametrize("name", ["loss", "td_target", "update", "q_values"])
def test_a_redefined_method_is_obeyed(name):
    kind = type("Mine", (qlib.QAgent,), {name: lambda self, *args: getattr(qlib.QAgent, name)(self, *args)})
    assert FlatUpdate.applies(qlib.QAgent(SMALL))
    assert not FlatUpdate.applies(kind(SMALL))
    agent = qlib.QAgent(SMALL)
    setattr(agent, name, lambda *args: None)
    assert not FlatUpdate.applies(agent)


def test_batch_norm_falls_back():
    agent = filled(dataclasses.replace(SMALL, network="batch_norm"))
    assert not FlatUpdate.applies(agent)
    assert np.isfinite(agent.learn())


def test_a_replaced_network_optimiser_or_memory_is_seen():
    agent = filled(SMALL)
    agent.learn()
    first = agent._taken
    agent.memory = filled(SMALL, seed=1).memory
    agent.learn()
    assert agent._taken is not first
    agent.online = qlib.QNetworkBN(4, 2, (24, 24))
    agent.optimizer = torch.optim.Adam(agent.online.parameters())
    agent.target = None
    agent.learn()
    assert agent._taken is None


def test_a_loss_that_is_not_finite_leaves_the_last_good_weights():
    agent = filled(SMALL)
    agent.learn()
    good = weights(agent).copy()
    agent.learn()
    agent.memory.storage.rewards[:] = 3e38
    with pytest.raises(qlib.DivergedError, match="update 3"):
        agent.learn()
    assert np.isfinite(weights(agent)).all()
    np.testing.assert_array_equal(weights(agent), good)
    assert agent.updates == 2


def test_saved_and_loaded_it_goes_on_as_before(tmp_path):
    agent = filled(SMALL)
    for _ in range(10):
        agent.learn()
    other = qlib.QAgent.load(agent.save(tmp_path / "a.safetensors"))
    assert [agent.learn() for _ in range(20)] == [other.learn() for _ in range(20)]


def test_a_method_redefined_on_a_class_is_obeyed(monkeypatch):
    agent = filled(SMALL)
    agent.learn()
    for kind, name in ((qlib.QAgent, "td_target"), (qlib.QNetwork, "forward"), (qlib.ReplayMemory, "sample")):
        with monkeypatch.context() as patch:
            original = getattr(kind, name)
            patch.setattr(kind, name, lambda self, *args, original=original: original(self, *args))
            assert not FlatUpdate.applies(agent), name
        assert FlatUpdate.applies(agent)


def test_a_subclass_with_a_mixin_is_understood():
    class Mixin:
        pass

    class Mine(qlib.QAgent, Mixin):
        def loss(self, batch):
            return super().loss(batch)

    assert not FlatUpdate.applies(Mine(SMALL))


@pytest.mark.parametrize(
    "change",
    [
        lambda a: setattr(a, "optimizer", torch.optim.SGD(a.online.parameters(), 0.1)),
        lambda a: setattr(a, "optimizer", torch.optim.AdamW(a.online.parameters(), betas=(0.5, 0.9))),
        lambda a: a.online.layers.__setitem__(1, torch.nn.Tanh()),
        lambda a: a.target.layers.__setitem__(1, torch.nn.Tanh()),
        lambda a: setattr(a.memory, "sample", lambda *args: None),
    ],
)
def test_another_optimiser_layer_or_sampling_falls_back(change):
    agent = filled(SMALL)
    agent.learn()
    change(agent)
    assert not FlatUpdate.applies(agent)


def test_a_layer_put_in_later_is_trained():
    agent = filled(dataclasses.replace(SMALL, target_network="none"))
    agent.learn()
    agent.online.layers[-1] = head = torch.nn.Linear(24, 2)
    agent.optimizer = torch.optim.AdamW(agent.online.parameters(), weight_decay=SMALL.weight_decay)
    before = head.weight.detach().clone()
    agent.learn()
    assert not torch.equal(head.weight, before)
    assert agent._taken is not None


def test_the_last_good_weights_are_the_last_ones_whichever_update_made_them():
    agent = filled(SMALL)
    agent.learn()
    for _ in range(50):
        agent.update(agent.memory.sample(32, agent.generator))
    good = weights(agent).copy()
    agent.memory.storage.rewards[:] = 3e38
    with pytest.raises(qlib.DivergedError):
        agent.learn()
    np.testing.assert_array_equal(weights(agent), good)
