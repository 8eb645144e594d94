"""Agents that the compiled update does not know learn together what each learns alone, within rounding."""

import copy
import dataclasses
import os
import threading

import numpy as np
import pytest
import torch
from torch import nn

import qlib
from qlib.core.memory import ReplayMemory
from qlib.core.network import build_optimizer
from qlib.engine.ensemble import Ensemble
from qlib.engine.traced import _TRACING, TracedUpdate

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(16, 16), memory_size=500, learning_starts=50, batch_size=32)
NORMED = dataclasses.replace(SMALL, network="batch_norm", gamma=0.0, epsilon_end=1.0)  # why: see in_train_mode


class Through(qlib.QAgent):
    """The gradient flows through the target."""

    def td_target(self, batch):
        best = self.online(batch.next_observations).max(1).values
        return batch.rewards + self.settings.gamma * best * ~batch.terminated


class Residual(nn.Module):
    n_parameters = 0

    def __init__(self):
        super().__init__()
        self.first, self.middle, self.last = nn.Linear(4, 16), nn.Linear(16, 16), nn.Linear(16, 2)

    def forward(self, x):
        x = self.first(x).relu()
        return self.last(x + self.middle(x).relu())


def residual(seed):
    agent = qlib.QAgent(SMALL, seed)
    torch.manual_seed(seed)
    agent.online, agent.target = Residual(), Residual().eval()
    agent.target.load_state_dict(agent.online.state_dict())
    agent.optimizer = build_optimizer(agent.online, SMALL)
    return agent


VARIANTS = {
    "batch norm": lambda seed: qlib.QAgent(NORMED, seed),
    "batch norm, no target": lambda seed: qlib.QAgent(dataclasses.replace(NORMED, target_network="none"), seed),
    "batch norm, hard target": lambda seed: qlib.QAgent(
        dataclasses.replace(NORMED, target_network="hard", target_every=7), seed
    ),
    "batch norm, episodes": lambda seed: qlib.QAgent(dataclasses.replace(NORMED, updates_per_episode=3), seed),
    "through the target": lambda seed: Through(SMALL, seed),
    "residual": residual,
}


def everything(agent):
    networks = [agent.online] if agent.target is None else [agent.online, agent.target]
    tensors = [tensor for network in networks for tensor in network.state_dict().values()]
    return torch.cat([tensor.detach().reshape(-1).float() for tensor in tensors]).numpy()


def run(make, seeds, steps):
    ensemble = Ensemble([make(seed) for seed in seeds])
    for _ in range(steps):
        ensemble.step()
    return ensemble


STATES = torch.from_numpy(np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32))


def in_train_mode(agent):
    """Compute values, and the spreads that the target network has taken over.

    A bias before batch norm has no gradient but rounding, and Adam walks it at random. It cancels in train mode; in
    eval mode it does not quite, which is why the agents compared here do not bootstrap.
    """
    values = copy.deepcopy(agent.online).train()(STATES).detach()
    spreads = [] if agent.target is None else [m.running_var for m in agent.target.modules() if hasattr(m, "momentum")]
    return torch.cat([values.reshape(-1), *spreads])


@pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS.keys())
@pytest.mark.parametrize(("steps", "tolerance"), [(50, 1e-4), (90, 2e-3)])
def test_each_agent_is_nearly_the_agent_that_train_makes(make, steps, tolerance):
    alone, first = make(2), make(2)
    list(qlib.train(alone, steps=steps))
    together = run(make, range(3), alone.steps)
    assert isinstance(together.joint, TracedUpdate)
    member = together.agents[2]
    for count in ("steps", "updates", "episodes", "epsilon"):
        assert getattr(member, count) == getattr(alone, count), count
    learned = abs(in_train_mode(alone) - in_train_mode(first)).max()
    assert learned > 0.01
    assert abs(in_train_mode(member) - in_train_mode(alone)).max() < tolerance * learned
    assert np.isfinite(member.learn()), "and it may go on alone"


@pytest.mark.parametrize("make", [VARIANTS["batch norm"], VARIANTS["through the target"]], ids=["norm", "through"])
def test_the_number_of_agents_makes_no_difference(make):
    one = everything(run(make, [5], 300).agents[0])
    np.testing.assert_array_equal(everything(run(make, [3, 4, 5, 6], 300).agents[2]), one)
    np.testing.assert_array_equal(everything(run(make, range(18), 300).agents[5]), one)


def test_evaluate_scores_each_agent_by_its_own_values():
    ensemble = run(VARIANTS["batch norm"], range(3), 600)
    scores = ensemble.evaluate(starts=7)
    assert len(set(scores)) > 1
    ensemble.joint = None
    np.testing.assert_allclose(ensemble.evaluate(starts=7), scores)


def test_an_agent_that_diverges_keeps_its_last_good_networks_and_the_others_go_on():
    ensemble = run(VARIANTS["batch norm"], range(3), 100)
    before = everything(ensemble.agents[1])
    ensemble.joint.memory.rewards[1] = np.inf
    for _ in range(20):
        ensemble.step()
    assert ensemble.alive.tolist() == [True, False, True]
    assert np.isfinite(everything(ensemble.agents[1])).all()
    assert abs(everything(ensemble.agents[1]) - before).max() < 1
    assert ensemble.agents[0].updates > ensemble.agents[1].updates


class OwnUpdate(qlib.QAgent):
    def update(self, batch):
        return super().update(batch)


class OwnLearn(qlib.QAgent):
    def learn(self):
        return super().learn()


class Noisy(qlib.QAgent):
    def td_target(self, batch):
        target = super().td_target(batch)
        return target + 0.1 * torch.randn(target.shape, generator=self.generator)


class Counting(qlib.QAgent):
    def loss(self, batch):
        self.calls = getattr(self, "calls", 0) + 1
        return super().loss(batch)


class Looking(qlib.QAgent):
    def loss(self, batch):
        loss = super().loss(batch)
        return loss if loss.item() < 1e9 else loss * 0


class ByAge(qlib.QAgent):
    def td_target(self, batch):
        return super().td_target(batch) if self.updates < 10 else batch.rewards


class Closure(qlib.QAgent):
    def __init__(self, settings, seed):
        super().__init__(settings, seed)
        self.bonus = seed

    def td_target(self, batch):
        return super().td_target(batch) + self.bonus


@pytest.mark.parametrize("kind", [OwnUpdate, OwnLearn, Noisy, Counting, Looking, ByAge, Closure])
def test_what_may_differ_between_agents_is_left_to_each(kind):
    alone = kind(SMALL, 1)
    list(qlib.train(alone, steps=70))
    together = run(lambda seed: kind(SMALL, seed), range(2), alone.steps)
    assert together.joint is None
    np.testing.assert_array_equal(everything(together.agents[1]), everything(alone))


def test_agents_of_two_classes_are_left_to_each():
    def either(seed):
        return Through(SMALL, seed) if seed else qlib.QAgent(NORMED, seed)

    with pytest.raises(ValueError, match="different settings"):
        Ensemble([either(seed) for seed in range(2)])
    assert Ensemble([Through(SMALL, 0), Closure(SMALL, 1)]).joint is None


class Shaped(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        super().remember(observation, action, reward - abs(next_observation[2]), next_observation, terminated)


class Bold(qlib.QAgent):
    def act(self, observation, epsilon=0.0):
        return super().act(observation, 0.0)


class Sparing(ReplayMemory):
    """Never overwrites slot 0."""

    def next_slot(self):
        return 1 + self.pushed % (self.capacity - 1) if self.pushed else 0


def sparing(seed):
    agent = qlib.QAgent(SMALL, seed)
    agent.memory = Sparing(SMALL.memory_size, 4)
    return agent


@pytest.mark.parametrize(
    "make",
    [lambda seed: Shaped(SMALL, seed), lambda seed: Bold(SMALL, seed), sparing],
    ids=["remember", "act", "next_slot"],
)
def test_what_is_redefined_beside_the_update_is_obeyed(make):
    """These keep the compiled update, so they are bit for bit the agent alone."""
    alone, plain = make(2), qlib.QAgent(SMALL, 2)
    for agent in (alone, plain):
        list(qlib.train(agent, steps=700))
    together = run(make, range(3), alone.steps)
    np.testing.assert_array_equal(everything(together.agents[2]), everything(alone))
    assert not np.array_equal(everything(alone), everything(plain))


def test_a_process_forked_while_another_thread_traces_can_trace():
    began, go_on = threading.Event(), threading.Event()

    def trace():
        with _TRACING:
            began.set()
            go_on.wait(0.5)

    thread = threading.Thread(target=trace)
    thread.start()
    began.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if _TRACING.acquire(timeout=5) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    thread.join()
    assert _TRACING.acquire(timeout=5), "and so can this one"
    _TRACING.release()
