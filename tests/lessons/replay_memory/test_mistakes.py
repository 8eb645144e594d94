"""Lesson 05's automatic resets still spoil what is learned from them, and a jumping cart still gives them away.

And what its other sentences say of neighbours, of what a memory holds and of its price is still so.
"""

import collections
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from definitions import compare, seeds

import qlib
from qlib.core.memory import Batch
from qlib.lessons.replay_memory import pictures, price, resets, runs
from qlib.lessons.replay_memory.questions import QUESTIONS

SETTINGS = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0), gamma=0.99, learning_rate=3e-3, epsilon_episodes=30)


@pytest.fixture(scope="module")
def first_kind():
    """Steps where a reset is a step of its own."""
    return resets.collect("NEXT_STEP")


@pytest.fixture(scope="module")
def second_kind():
    """Steps where the last one shows the next episode's start, in episodes of at most 12 steps."""
    return resets.collect("SAME_STEP", max_episode_steps=12)


@pytest.fixture(scope="module")
def run():
    return runs.kept_in_order()


def doomed_value(observations, rewards, next_observations, terminated):
    """Learn the values of the policy that acts by chance; return that of the last step before a fall, the truth is 1.

    Returns: one value a seed, shape (8,).
    """
    columns = observations, np.zeros(len(rewards), int), rewards, next_observations, terminated
    kinds = torch.float32, torch.int64, torch.float32, torch.float32, torch.bool
    batch = Batch(*(torch.as_tensor(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))
    memory = qlib.ReplayMemory(len(rewards))
    memory.restore(batch, len(rewards))
    return np.array([fit(memory, seed)(batch.observations[batch.terminated]).mean().item() for seed in seeds(8)])


def fit(memory, seed, updates=400, gamma=0.95):
    """Learn the value of one action, the only one that there is."""
    generator = torch.Generator().manual_seed(seed)
    network = qlib.QNetwork(4, 1, observation_scale=SETTINGS.observation_scale, generator=generator)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(updates):
        batch = memory.sample(64, generator)
        with torch.no_grad():
            targets = batch.rewards + gamma * network(batch.next_observations)[:, 0] * ~batch.terminated
        loss = F.mse_loss(network(batch.observations)[:, 0], targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def test_a_stored_reset_makes_a_doomed_state_look_good(first_kind):
    columns = [first_kind[i] for i in (0, 2, 1, 3)]
    real = resets.really_happened(first_kind)
    whole = doomed_value(*(column[real] for column in columns))
    broken = doomed_value(*(np.concatenate(column) for column in columns))
    assert np.median(broken) > np.median(whole) + 3, (whole, broken)


def test_a_wrong_next_observation_at_a_time_limit_makes_a_doomed_state_look_good(second_kind):
    x, broken, rewards, terminated, truncated, whole = map(np.concatenate, second_kind)
    assert truncated.sum() > 3 * terminated.sum() > 30
    whole, broken = (doomed_value(x, rewards, following, terminated) for following in (whole, broken))
    assert np.median(broken) > np.median(whole) + 1.5, (whole, broken)


def test_at_a_termination_the_wrong_next_observation_does_no_harm(second_kind):
    steps = second_kind
    t, i = np.argwhere((steps.next_observations != steps.mended).any(-1))[0]
    agent = qlib.QAgent(SETTINGS, 0)
    for terminated in (True, False):
        rows = [
            (steps.observations[t, i], 1, 1.0, following[t, i], terminated)
            for following in (steps.next_observations, steps.mended)
        ]
        broken, whole = (agent.td_target(Batch(*(torch.as_tensor(x).unsqueeze(0) for x in row))) for row in rows)
        assert torch.isclose(broken, whole).item() is terminated


def test_the_jump_of_the_cart_finds_every_false_transition(first_kind, second_kind):
    jump = resets.jump(first_kind.observations, first_kind.next_observations)
    false = ~resets.really_happened(first_kind)
    np.testing.assert_array_equal(jump > 1e-6, false)
    assert not first_kind.rewards[false].any() and not first_kind.terminated[false].any()
    ended = second_kind.terminated | second_kind.truncated
    for following, wrong in ((second_kind.next_observations, ended), (second_kind.mended, np.zeros_like(ended))):
        np.testing.assert_array_equal(resets.jump(second_kind.observations, following) > 1e-6, wrong)


def test_the_run_holds_2000_transitions_and_the_two_settings_come_out_as_the_lesson_words_them(run):
    assert len(run[0].actions) == len(run[1]) == 2_000
    low, high = np.arange(16.0), np.arange(16.0) + np.tile([2.0, 4.0], 8)
    pools = [{"last 64 only": a, "everything so far": b} for a, b in ((low, high), (high, low), (low, low))]
    assert [runs.gain(each).value for each in pools] == [3, -3, 0]
    said = [runs.better(each) for each in pools]
    assert said == ["everything so far", "the last 64", "no difference shows"]
    assert set(said) == set(QUESTIONS["gamma 0.98"]["choices"])


def test_what_a_cell_keeps_to_itself_is_one_of_the_choices():
    falls = [runs.becomes(0.03, late) for late in (0.01, 0.03, 0.05)]
    assert falls == QUESTIONS["terminations"]["choices"]
    seen = [np.array([step, 10.0 * step]) for step in range(3)]
    held = [runs.kept(each) for each in (seen, [seen[2]] * 3, [seen[0]] * 3)]
    assert held == QUESTIONS["remembered"]["choices"]
    ring = price.Price(45, 1.0)
    assert [price.is_dear({"ring": ring, "deque": price.Price(b, 1.0)}) for b in (100, 450, 451)] == [
        False,
        False,
        True,
    ]


def test_neighbours_look_alike_and_a_shuffled_batch_does_not(run):
    seen = run[0].observations.numpy()
    first, second = pictures.pairs(run[1], lag=1)
    in_order = pictures.correlations(seen[first], seen[second])
    assert in_order[0] > 0.99 and in_order[:3].min() > 0.9 > in_order[3] > 0.4
    rows = np.random.default_rng(0).integers(len(seen), size=(2, len(first)))
    assert np.abs(pictures.correlations(seen[rows[0]], seen[rows[1]])).max() < 0.1
    first, second = pictures.pairs(run[1], lag=20)
    later = np.abs(pictures.correlations(seen[first], seen[second]))
    assert later[0] > 0.9 and later.argmax() == 0 and later[3] < 0.3


def test_what_a_memory_holds_changes_as_training_goes_on(run):
    log = run[0]
    early, late = (log.observations[part].abs().mean(0) for part in (slice(250), slice(1_750, 2_000)))
    assert late[2] < early[2], "the pole is nearer to upright"
    assert late[0] > early[0], "and the cart further from the middle"
    assert log.terminated[:2_000].float().mean() < log.terminated[:300].float().mean()


def test_a_deque_gives_the_same_batch_and_costs_more(run):
    ring, deque = qlib.ReplayMemory(500), collections.deque(maxlen=500)
    for n in range(700):
        transition = tuple(column[n].clone() for column in run[0])
        ring.push(*transition)
        deque.append(transition)
    slots = [700 % 500, 0, 499]  # the oldest, number 200; the first slot, number 500; the last slot, number 499
    whole = Batch(*(column[slots] for column in ring.storage))
    same = price.from_deque(deque, [(slot - 700) % 500 for slot in slots])
    assert all(torch.equal(x, y) for x, y in zip(same, whole, strict=True))
    # a process of its own: one that has memory to spare grows less
    asked = "from qlib.lessons.replay_memory.price import prices; print(*map(tuple, prices().values()))"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    ring_bytes, ring_seconds, deque_bytes, deque_seconds = map(float, re.findall(r"[\d.e-]+", found))
    assert ring_bytes == 45 and deque_bytes > 450
    assert deque_seconds > 3 * ring_seconds


@pytest.mark.parametrize(("held", "chance"), [(64, 1.0), (1_000, 0.87), (10_000, 0.18)])
def test_a_batch_of_64_holds_some_transition_twice(held, chance):
    assert 1 - np.prod(1 - np.arange(64) / held) == pytest.approx(chance, abs=0.005)


class StoresResets(qlib.QAgent):
    """Stores the step in which the environment resets itself, as the lesson's first kind does."""

    def remember(self, observation, action, reward, next_observation, terminated, truncated=False):
        super().remember(observation, action, reward, next_observation, terminated, truncated)
        if terminated or truncated:
            start = np.random.default_rng([self.seed, self.steps]).uniform(-0.05, 0.05, 4)
            self.memory.push(next_observation, action, 0.0, start, False)


def test_an_agent_that_stores_resets_scores_less():
    variants = {"whole": SETTINGS, "broken": lambda seed: StoresResets(SETTINGS, seed)}
    found = compare(variants, seeds=64, steps=1_000, checkpoints=[600, 800, 1_000])
    whole, broken = found.scores.mean((1, 2))
    assert broken < 0.9 * whole, (whole, broken)
