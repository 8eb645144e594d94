"""Prioritized replay: drawn as often as the paper says, weighted as the paper says, nothing lost at the edges."""

import copy
import dataclasses
import math
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import qlib
from qlib.core import accelerator, sumtree
from qlib.core.prioritized import LEAST, PrioritizedReplayMemory, beta_at
from qlib.engine.ensemble import Ensemble

SMALL = dataclasses.replace(
    qlib.RECOMMENDED, hidden=(16, 16), memory_size=300, learning_starts=100, batch_size=32, replay="prioritized"
)


def filled(n, capacity=None, **options):
    """Make a memory of n transitions; the reward is the transition's number."""
    memory = PrioritizedReplayMemory(capacity or n, n_observations=2, **options)
    for i in range(n):
        memory.push([i, 0], 0, i, [i, 1], False)
    return memory


@pytest.mark.parametrize("n", [1, 2, 5, 8, 13])
def test_every_slot_is_drawn_as_often_as_its_priority_says(n):
    memory = filled(n, alpha=0.7)
    errors = np.linspace(0.5, 3, n)
    memory.prioritize(np.arange(n), errors)
    exact = (errors + LEAST) ** 0.7
    generator = torch.Generator().manual_seed(0)
    drawn = np.concatenate([memory.draw(n, generator).numpy() for _ in range(4_000)])
    counts = np.bincount(drawn, minlength=n)
    assert (counts > 0).all(), "the last one, too"
    if n > 1:
        assert chisquare(counts, exact / exact.sum() * len(drawn)).pvalue > 0.001
        assert chisquare(counts, np.full(n, len(drawn) / n)).pvalue < 1e-9, "the test could tell"


def test_both_ends_of_the_sum_fall_on_transitions():
    memory = filled(5, capacity=8)
    ends = [sumtree.find(memory._sums, np.array([x]))[0] for x in (0.0, 1.0, np.nextafter(1, 0), np.nextafter(1, 2))]
    assert ends == [0, 4, 4, 4]
    sumtree.write(memory._sums, memory._minima, np.arange(5), np.array([1e-9, 0, 1e12, 0, 1e-9]))
    assert {sumtree.find(memory._sums, np.array([x]))[0] for x in np.linspace(0, 1, 1_001)} <= {0, 2, 4}


def test_weights_are_the_papers():
    """w_i = (1/N · 1/P(i))^β, divided by the largest: here in numbers, p = 1, 2, 3, 4 and α = β = 0.5."""
    memory = filled(4, alpha=0.5, beta=0.5)
    memory.prioritize(np.arange(4), np.array([1.0, 2.0, 3.0, 4.0]) - LEAST)
    chance = np.sqrt([1, 2, 3, 4]) / np.sqrt([1, 2, 3, 4]).sum()
    expected = (4 * chance) ** -0.5
    np.testing.assert_allclose(memory.weights(np.arange(4)), expected / expected.max())
    memory.beta = 0
    np.testing.assert_array_equal(memory.weights(np.arange(4)), 1)
    memory.beta = 1
    np.testing.assert_allclose(memory.weights(np.array([3])), chance[0] / chance[3])


@pytest.mark.parametrize("least", range(4))
def test_the_largest_weight_is_the_memorys_not_the_batchs(least):
    memory, others = filled(4, beta=1), np.delete(np.arange(4), least)
    memory.prioritize(np.arange(4), np.where(np.arange(4) == least, 0.01, 4))
    assert memory.weights(others).max() < 0.1
    assert memory.weights(np.array([least])) == 1


def test_alpha_0_draws_uniformly():
    memory = filled(4, alpha=0)
    memory.prioritize(np.arange(4), [0, 1, 10, 1e300])
    np.testing.assert_array_equal(memory.priorities, 1)


def test_beta_rises_in_a_straight_line_and_does_not_compound():
    assert [beta_at(0.4, progress) for progress in (0, 0.5, 1, 7)] == [0.4, 0.7, 1, 1]
    agent = qlib.QAgent(dataclasses.replace(SMALL, priority_beta=0.4, priority_beta_steps=1_000), seed=0)
    list(qlib.train(agent, steps=400))
    assert agent.memory.beta == pytest.approx(0.4 + 0.6 * agent.steps / 1_000)


def test_a_new_transition_has_the_highest_priority_so_far():
    memory = filled(3, capacity=4, alpha=1)
    memory.prioritize([1], [7.0])
    memory.prioritize([1], [0.1])
    memory.push([0, 0], 0, 0, [0, 0], False)
    np.testing.assert_allclose(memory.priorities, [1, 0.1, 1, 7], rtol=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    capacity=st.integers(1, 20),
    actions=st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.integers(0, 99), st.floats(0, 1e6)),
            st.lists(st.floats(1e-3, 1e6), max_size=20),  # restore as many
        ),
        max_size=60,
    ),
)
def test_the_ring_and_the_tree_agree_with_a_list(capacity, actions):
    memory = PrioritizedReplayMemory(capacity, 1, alpha=1)
    rewards, priorities, pushed, highest = [0.0] * capacity, [0.0] * capacity, 0, 1.0
    for action in actions:
        if action is None:
            memory.push([pushed], 0, pushed, [pushed], False)
            rewards[pushed % capacity], priorities[pushed % capacity] = pushed, highest
            pushed += 1
        elif isinstance(action, list):
            pushed = min(len(action), capacity)
            numbers = torch.arange(pushed, dtype=torch.float32)
            flags = torch.zeros(pushed, dtype=torch.bool)
            saved = qlib.Batch(numbers[:, None], flags.long(), numbers, numbers[:, None], flags)
            memory.restore(saved, pushed, np.array(action[:pushed]))
            rewards[:pushed], priorities = list(range(pushed)), action[:pushed] + [0.0] * (capacity - pushed)
            highest = max([highest, *priorities])
        elif pushed:
            slot, error = action[0] % min(pushed, capacity), action[1]
            memory.prioritize([slot], [error])
            priorities[slot] = error + LEAST
            highest = max(highest, error + LEAST)
    n = min(pushed, capacity)
    assert len(memory) == n
    assert memory.highest == pytest.approx(highest)
    assert memory._minima[1] == pytest.approx(min(priorities[:n], default=np.inf))
    np.testing.assert_allclose(memory.priorities, priorities[:n])
    assert memory._sums[1] == pytest.approx(sum(priorities))
    if n:
        slots = memory.draw(50).numpy()
        assert slots.max() < n, "never a slot that was not written"
        batch = memory.sample(n)
        np.testing.assert_array_equal(batch.rewards, np.array(rewards)[batch.slots])
        assert (batch.weights <= 1).all() and (batch.weights > 0).all() and batch.errors.isnan().all()


@pytest.mark.parametrize(
    ("slots", "errors", "words"),
    [
        ([0, 1], [1.0, np.nan], "errors finite"),
        ([0, 1], [1.0, np.inf], "errors finite"),
        ([0, 1], [1.0, 1e308], "not too large"),
        ([0, 3], [1.0, 1.0], "from 0 to 2"),
        ([-1, 0], [1.0, 1.0], "from 0 to 2"),
        ([0, 1], [1.0], "of each"),
        ([[0], [1]], [[1.0], [1.0]], "of each"),
    ],
)
def test_what_no_priority_can_be_is_refused_and_nothing_changes(slots, errors, words):
    memory = filled(3, capacity=4, alpha=2)
    memory.prioritize([0, 1, 2], [0, 1, 2])
    before = memory.priorities
    with pytest.raises(ValueError, match=words):
        memory.prioritize(slots, errors)
    np.testing.assert_array_equal(memory.priorities, before)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"alpha": -1}, "alpha=-1"),
        ({"alpha": np.nan}, "alpha=nan"),
        ({"beta": 1.5}, "beta=1.5"),
        ({"beta": -0.1}, "beta=-0.1"),
        ({"beta": True}, "beta"),
    ],
)
def test_bad_options_are_refused(option, words):
    with pytest.raises(ValueError, match=words):
        PrioritizedReplayMemory(4, **option)


def test_zero_errors_stay_within_reach():
    memory = filled(4)
    memory.prioritize(np.arange(4), np.zeros(4))
    assert set(memory.draw(400).tolist()) == {0, 1, 2, 3}


def test_a_large_alpha_leaves_zero_errors_within_reach():
    memory = filled(4, alpha=60)
    memory.prioritize([0, 1], [0, 0])
    assert memory.priorities.min() > 0
    assert memory.sample(4).weights.isfinite().all()
    memory.prioritize(np.arange(4), np.zeros(4))
    assert set(memory.draw(400).tolist()) == {0, 1, 2, 3}
    np.testing.assert_array_equal(memory.weights(np.arange(4)), 1)


def values(agent):
    return torch.cat([p.detach().reshape(-1) for p in agent.online.parameters()]).numpy()


@pytest.mark.parametrize("loss", ["mse", "huber"])
@pytest.mark.parametrize("double", [True, False])
def test_compiled_and_readable_weigh_and_prioritize_alike(loss, double):
    readable, compiled = (
        qlib.QAgent(dataclasses.replace(SMALL, loss=loss, double=double, compiled=c), seed=1) for c in (False, True)
    )
    for agent in (readable, compiled):
        list(qlib.train(agent, steps=100))
        for _ in range(5):
            agent.learn()
    assert compiled._taken is not None and readable._taken is None
    np.testing.assert_allclose(values(compiled), values(readable), atol=1e-5)
    np.testing.assert_allclose(compiled.memory.priorities, readable.memory.priorities, rtol=1e-3)
    assert len(np.unique(compiled.memory.priorities)) > 20


def test_among_others_an_agent_learns_what_it_learns_alone():
    alone = qlib.QAgent(SMALL, seed=2)
    list(qlib.train(alone, steps=600))
    together = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(3)])
    for _ in range(alone.steps):
        together.step()
    assert together.joint is not None
    np.testing.assert_array_equal(values(together.agents[2]), values(alone))
    np.testing.assert_array_equal(together.agents[2].memory.priorities, alone.memory.priorities)


def test_a_saved_agent_goes_on_as_if_it_had_never_stopped(tmp_path):
    agent = qlib.QAgent(SMALL, seed=0)
    list(qlib.train(agent, steps=500))
    loaded = qlib.QAgent.load(agent.save(tmp_path / "agent.safetensors"))
    np.testing.assert_array_equal(loaded.memory.priorities, agent.memory.priorities)
    assert loaded.memory.highest == agent.memory.highest
    for one in (agent, loaded):
        list(qlib.train(one, steps=100))
    np.testing.assert_array_equal(values(loaded), values(agent))


def test_a_uniform_agent_can_go_on_prioritized_and_back(tmp_path):
    agent = qlib.QAgent(dataclasses.replace(SMALL, replay="uniform"), seed=0)
    list(qlib.train(agent, steps=400))
    path = agent.save(tmp_path / "agent.safetensors")
    loaded = qlib.QAgent.load(path, SMALL)
    np.testing.assert_array_equal(loaded.memory.priorities, 1)
    loaded.learn()
    back = qlib.QAgent.load(loaded.save(path), agent.settings)
    assert type(back.memory) is qlib.ReplayMemory and np.isfinite(back.learn())


def test_a_smaller_memory_takes_over_the_newest_with_their_priorities():
    saved, memory = filled(6, alpha=1), PrioritizedReplayMemory(4, 2, alpha=1)
    saved.prioritize(np.arange(6), np.arange(6.0))
    rows = memory.restore(saved.storage, saved.pushed, saved.priorities)
    assert rows.tolist() == [2, 3, 4, 5]
    np.testing.assert_allclose(memory.priorities, memory.storage.rewards.numpy() + LEAST)
    assert sorted(memory.storage.rewards.tolist()) == [2, 3, 4, 5]


def test_what_was_there_before_a_restore_is_not_drawn():
    saved, memory = filled(3, alpha=1), filled(8, alpha=1)
    saved.prioritize(np.arange(3), [1.0, 50.0, 2.0])
    memory.prioritize(np.arange(8), np.full(8, 0.1))
    memory.restore(qlib.Batch(*(column[:3] for column in saved.storage)), 3, saved.priorities)
    assert set(memory.draw(200).tolist()) == {0, 1, 2}
    assert memory.weights(np.array([0])) == 1, "the least priority is not that of a slot that is gone"
    memory.push([0, 0], 0, 0, [0, 0], False)
    np.testing.assert_allclose(memory.priorities, [1, 50, 2, 50], rtol=1e-5)


def test_a_restore_with_wrong_priorities_changes_nothing():
    memory = filled(4)
    with pytest.raises(ValueError, match="priorities: there must be 3 finite priorities above 0"):
        memory.restore(qlib.Batch(*(column[:3] for column in filled(3).storage)), 3, np.zeros(3))
    assert len(memory) == 4


def test_a_loss_that_writes_no_errors_is_noticed():
    class Silent(qlib.QAgent):
        def loss(self, batch):
            return super().loss(qlib.Batch(*batch[:5]))

    agent = Silent(SMALL, seed=0)
    with pytest.raises(ValueError, match="TD errors finite"):
        list(qlib.train(agent, steps=200))


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copied", "pickled"])
def test_an_agent_survives_being_copied_and_goes_on_alike(again):
    agent = qlib.QAgent(SMALL, seed=0)
    list(qlib.train(agent, steps=300))
    memory, twin = again(agent.memory), again(agent)
    np.testing.assert_array_equal(memory.priorities, agent.memory.priorities)
    assert [twin.learn() for _ in range(3)] == [agent.learn() for _ in range(3)]
    np.testing.assert_array_equal(twin.memory.priorities, agent.memory.priorities)
    assert not np.array_equal(memory.priorities, agent.memory.priorities), "a copy is one of its own"


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e308])
def test_a_restore_with_priorities_that_cannot_be_summed_changes_nothing(value):
    memory, saved = filled(4), filled(3)
    with pytest.raises(ValueError, match="priorities: there must be 3 finite priorities above 0"):
        memory.restore(saved.storage, 3, np.array([1, value, 1]))
    with pytest.raises(ValueError, match=r"highest=.* is not allowed"):
        memory.restore(saved.storage, 3, np.ones(3), highest=value)
    assert len(memory) == 4 and memory.highest == 1


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_highest_that_is_not_above_0_is_refused(value):
    with pytest.raises(ValueError, match=f"highest={value} is not allowed: it must be a number above 0"):
        filled(4).restore(filled(3).storage, 3, np.ones(3), highest=value)


def test_the_highest_priority_is_restored_though_no_transition_has_it_any_more():
    memory = filled(4)
    memory.restore(filled(3).storage, 3, np.ones(3), highest=9.0)
    memory.push([0, 0], 0, 0, [0, 0], False)
    assert memory.priorities.tolist() == [1, 1, 1, 9]


def test_priorities_are_powers_to_the_last_bit_on_every_machine():
    memory, errors = filled(200, alpha=0.6), np.exp(np.linspace(-9, 9, 200))
    memory.prioritize(np.arange(200), errors)
    powers = [math.pow(error + LEAST, 0.6) for error in errors]
    assert memory.priorities.tolist() == powers
    weights = [np.float32(math.pow(power / min(powers), -0.4)) for power in powers]
    assert memory.weights(np.arange(200)).tolist() == weights


def test_a_capacity_may_be_numpys():
    memory = filled(np.int8(5), capacity=np.uint8(100), n_actions=np.int64(1))
    memory.prioritize(np.arange(5, dtype=np.uint8), np.ones(5, np.float32))
    assert len(memory.sample(np.int64(3)).slots) == 3


def test_an_alpha_that_makes_priorities_infinite_is_named():
    memory = filled(3, alpha=1e6)
    with pytest.raises(ValueError, match=r"not too large for alpha=1000000.0"):
        memory.prioritize([0], [5.0])


def test_the_core_needs_neither_numba_nor_scipy_nor_matplotlib():
    """The package's own `__init__` is left out: it imports the floors above, too."""
    folder = Path(qlib.__file__).parent
    code = f"""
import sys, types
sys.modules["qlib"] = types.ModuleType("qlib")
sys.modules["qlib"].__path__ = [{str(folder)!r}]
from qlib.core import checkpoint, demands, environment, memory, network, prioritized, settings, sumtree
print(*{{"numba", "scipy", "matplotlib", "qlib.engine", "qlib.study"}} & set(sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


@pytest.mark.parametrize(("capacity", "gigabytes"), [(10**9, 79.4), (2**30, 82.7), (2**30 + 1, 117.0)])
def test_the_trees_count_where_a_memory_is_too_large(monkeypatch, capacity, gigabytes):
    """45 bytes a transition, and two trees of twice the next power of two leaves of 8 bytes."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=50e9))
    with pytest.raises(ValueError, match=f"it would take {gigabytes} GB"):
        PrioritizedReplayMemory(capacity)


@pytest.mark.parametrize("compiled", [True, False], ids=["with an engine", "without"])
def test_the_trees_run_compiled_where_there_is_an_engine(monkeypatch, compiled):
    asked = []
    engine = SimpleNamespace(compiled=lambda function: asked.append(function) or function)
    monkeypatch.setattr(accelerator, "engine", engine if compiled else None)
    memory = filled(3)
    memory.prioritize([0], [2.0])
    memory.sample(2)
    assert set(asked) == ({sumtree.write, sumtree.find} if compiled else set())


def test_a_memory_is_cartpoles_with_the_papers_exponents_if_nobody_says_otherwise():
    memory = PrioritizedReplayMemory(10)
    assert memory.storage.observations.shape == (10, 4)
    assert (memory.alpha, memory.beta) == (0.6, 0.4)
