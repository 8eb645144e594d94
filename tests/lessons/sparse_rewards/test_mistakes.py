"""Lesson 13's silent mistakes still do what it says, its diagnostics find them, and its record says what it claims."""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from definitions import FIRST, defined, record, seeds
from scipy import stats

import qlib
from qlib.core import prioritized, sumtree
from qlib.lessons.sparse_rewards import tiles
from qlib.study.statistics import mean_interval

LESSON = "13_sparse_rewards"
CARS, OTHERS = record("sparse_rewards", "mountain car"), record("sparse_rewards", "other seeds")
REACHED = dict(zip(CARS.labels, CARS.diagnostics["first_flag"][:, :, -1], strict=True))  # the step of the first flag

# One step and nothing after it: the value to learn is the mean of the rewards.
ONE_STATE = qlib.Settings(
    replay="prioritized", priority_beta=1.0, memory_size=256, learning_rate=0.01, hidden=(8,), compiled=False
)
HERE = np.ones(4, np.float32)


@pytest.fixture(scope="module")
def lesson():
    return defined(LESSON, "write", "draw_by_edges", "compounding")


def test_the_lessons_tree_is_qlibs(lesson):
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.random(16) * (rng.random(16) < 0.8)
        ours, theirs = np.zeros(32), np.zeros(32)
        for leaf, value in enumerate(values):
            lesson["write"](ours, leaf, value)
        sumtree.write(theirs, np.full(32, np.inf), np.arange(16), values)
        np.testing.assert_array_equal(ours, theirs)


def test_a_beta_raised_from_its_own_value_is_1_far_too_early(lesson):
    """The diagnostic: at a tenth of the way it must have gone a tenth of the way."""
    whole = np.array([prioritized.beta_at(0.4, step / 30_000) for step in range(30_001)])
    broken = lesson["compounding"](0.4, 30_000)
    assert len(whole) == len(broken) and whole[0] == broken[0] == 0.4
    assert whole[3_000] == pytest.approx(0.46) and broken[3_000] > 0.99
    assert whole[-1] == 1 and (whole[:-1] < 1).all()
    assert np.argmax(whole > 0.99) == 29_501 and np.argmax(broken > 0.99) < 600


def test_an_agents_beta_has_gone_a_tenth_of_the_way_at_a_tenth_of_the_way():
    agent = qlib.QAgent(qlib.Settings(replay="prioritized", priority_beta=0.4, priority_beta_steps=2_000), FIRST)
    for _ in qlib.train(agent, steps=200):
        pass
    assert agent.memory.beta == pytest.approx(0.4 + 0.6 * agent.steps / 2_000)


def counts_and_fit(draws, priorities):
    """Count what was drawn, and ask by a chi-square test whether it was drawn in proportion: the p-value."""
    counts = np.bincount(draws, minlength=len(priorities))
    return counts, stats.chisquare(counts, len(draws) * priorities / priorities.sum()).pvalue


def test_a_last_slot_out_of_reach_shows_in_a_chi_square_test(lesson):
    priorities, chances = np.arange(1.0, 9.0), np.random.default_rng(1).random(20_000)
    memory = qlib.PrioritizedReplayMemory(8, alpha=1.0)
    for _ in range(8):
        memory.push(HERE, 0, 1.0, HERE, False)
    memory.prioritize(np.arange(8), priorities)
    generator = torch.Generator().manual_seed(1)
    drawn = {
        "qlib": np.concatenate([memory.draw(8, generator).numpy() for _ in range(2_500)]),
        "whole": lesson["draw_by_edges"](priorities, chances, 0),
        "broken": lesson["draw_by_edges"](priorities, chances, 1),
    }
    for name, draws in drawn.items():
        counts, fit = counts_and_fit(draws, priorities)
        assert (fit < 1e-6) == (counts[-1] == 0) == (name == "broken"), name


def test_a_last_slot_out_of_reach_leaves_the_first_success_unlearned(lesson):
    class OutOfReach(qlib.PrioritizedReplayMemory):
        def draw(self, batch_size, generator=None, out=None):
            chances = torch.rand(batch_size, generator=generator, dtype=torch.float64).numpy()
            self._drawn = lesson["draw_by_edges"](self.priorities, chances, 1)
            return torch.from_numpy(self._drawn)

    goal = np.array([1, -1, 1, -1], np.float32)
    learned = {"whole": [], "broken": []}
    for seed in seeds(6):
        for name, kind in (("whole", qlib.PrioritizedReplayMemory), ("broken", OutOfReach)):
            agent = qlib.QAgent(dataclasses.replace(ONE_STATE, hidden=(24, 24)), seed)
            agent.memory = kind(256)
            for _ in range(99):
                agent.remember(-goal, 0, 0.0, -goal, True)
            agent.remember(goal, 0, 1.0, goal, True)  # the newest of all
            for _ in range(100):
                agent.learn()
            learned[name].append(agent.q_values(goal)[0].item())
    assert min(learned["whole"]) > 0.7 and max(learned["broken"]) < 0.5, learned


def test_weights_that_broadcast_weigh_nothing_and_a_shape_shows_it():
    """The lesson's two lines: by how much does each error pull?"""
    generator = torch.Generator().manual_seed(1)
    values, weight = torch.rand(64, generator=generator, requires_grad=True), torch.rand(64, generator=generator)
    lines = defined(LESSON, "matrix", weight=weight, squared=values**2)
    (broken,) = torch.autograd.grad(lines["matrix"].mean(), values, retain_graph=True)
    (whole,) = torch.autograd.grad((weight * values**2).mean(), values)
    torch.testing.assert_close(broken / values.detach(), (2 * weight.mean() / 64).expand(64))
    torch.testing.assert_close(whole / values.detach(), 2 * weight / 64)
    assert lines["matrix"].shape == (64, 64) and (weight * values**2).shape == (64,)


class WeightsBroadcast(qlib.QAgent):
    """Weighs its errors by the lesson's broken line."""

    def loss(self, batch):
        values = self.online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        targets = self.td_target(batch)
        batch.errors.copy_(values.detach() - targets)
        squared = F.mse_loss(values, targets, reduction="none")
        return defined(LESSON, "matrix", weight=batch.weights, squared=squared)["matrix"].mean()


def learned_mean(agent):
    """Let an agent learn the mean of 200 rewards, most of them small and a few large; the truth is 1."""
    rewards = np.random.default_rng(agent.seed).exponential(size=200) ** 2
    for reward in rewards / rewards.mean():
        agent.remember(HERE, 0, reward, HERE, terminated=True)
    found = []
    for _ in range(350):
        agent.learn()
        found.append(agent.q_values(HERE)[0].item())
    return np.mean(found[-150:])


def test_without_their_weights_surprises_count_too_much():
    """Drawn by surprise, the large rewards make the state look better than it is; the weights take that back."""

    def median(kind, compiled):
        settings = dataclasses.replace(ONE_STATE, compiled=compiled)
        return np.median([learned_mean(kind(settings, seed)) for seed in seeds(8)])

    for compiled in (False, True):
        assert median(qlib.QAgent, compiled) == pytest.approx(1, abs=0.15)
    assert median(WeightsBroadcast, False) > 1.3


def test_the_record_is_whole():
    assert CARS.labels == ("uniform", "prioritized", "tiles", "tiles, epsilon", "tiles, −100")
    assert CARS.scores.shape == (5, 16, 10) and np.isfinite(CARS.scores).all()
    assert np.isfinite(CARS.diagnostics["plane_seen"]).all() and not np.isnan(list(REACHED.values())).any()


def test_optimistic_tiles_solve_mountain_car_on_at_least_12_of_16_seeds():
    assert (CARS["tiles"][:, -1] >= -110).sum() >= 12


def test_prioritized_replay_is_not_shown_to_be_necessary():
    """Over the sixteen seeds of the table and the sixteen others."""
    ends = {label: np.append(CARS[label][:, -1], OTHERS[label][:, -1]) for label in ("uniform", "prioritized")}
    assert mean_interval(ends["prioritized"] - ends["uniform"])[1] < 0
    assert (ends["uniform"] >= -110).sum() >= (ends["prioritized"] >= -110).sum() > 0


def test_without_optimism_the_same_tiles_never_find_the_goal():
    assert not np.isfinite(REACHED["tiles, −100"]).any()
    assert np.isfinite(REACHED["tiles, epsilon"]).all()


def test_a_run_of_tiles_finds_the_goal_as_early_as_the_recorded_ones():
    """Rounding differs between machines, and so do single runs: the step is compared with all 16."""
    settings = qlib.Settings(
        env_id="MountainCar-v0",
        gamma=0.99,
        learning_rate=1.0,
        learning_rate_end=0.01,
        learning_rate_steps=100_000,
        epsilon_start=0.0,
        epsilon_end=0.0,
    )
    agent = tiles.LinearQ(settings, tiles.TileCoder(*tiles.MOUNTAIN_CAR, 32, 8), FIRST)
    first = next(agent.steps for episode in qlib.train(agent, steps=20_000) if episode.score > -200)
    assert REACHED["tiles"].min() / 2 < first < REACHED["tiles"].max() * 2
