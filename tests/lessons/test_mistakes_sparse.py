"""Lesson 11's silent mistakes still do what it says, its diagnostics find them, and its record says what it claims."""

import json

import numpy as np
import pytest
import torch
from definitions import NOTEBOOKS, defined
from scipy import stats

import qlib
from qlib import prioritized, sumtree, tiles
from qlib.statistics import mean_interval

RECORD = json.loads((NOTEBOOKS / "records" / "sparse_rewards.json").read_text())["variants"]
SCORES = {label: np.array(parts[0]) for label, parts in RECORD.items()}
FIRST = {label: np.array(parts[1]) for label, parts in RECORD.items()}


@pytest.fixture(scope="module")
def lesson():
    return defined("11_prioritized_replay", "write", "find", "draw_by_edges")


def test_the_lessons_tree_is_qlibs(lesson):
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.random(16) * (rng.random(16) < 0.8)
        ours, theirs = np.zeros(32), np.zeros(32)
        for leaf, value in enumerate(values):
            lesson["write"](ours, leaf, value)
        sumtree.write(theirs, np.full(32, np.inf), np.arange(16), values)
        np.testing.assert_array_equal(ours, theirs)
        chance = rng.random(50)
        places = (np.arange(50) + chance) / 50 * ours[1]
        assert [lesson["find"](ours, place) for place in places] == sumtree.find(theirs, chance).tolist()


def test_a_beta_raised_from_its_own_value_is_1_far_too_early():
    beta, steps = 0.4, 30_000
    for step in range(steps // 10 + 1):
        beta += (1 - beta) * step / steps
    assert beta > 0.99
    assert prioritized.beta_at(0.4, 0.1) == pytest.approx(0.46)


def test_a_last_slot_out_of_reach_shows_in_a_chi_square_test(lesson):
    priorities, chances = np.arange(1.0, 9.0), np.random.default_rng(1).random(20_000)
    for broken in (0, 1):
        counts = np.bincount(lesson["draw_by_edges"](priorities, chances, broken), minlength=8)
        fit = stats.chisquare(counts, 20_000 * priorities / priorities.sum()).pvalue
        assert (fit < 1e-6) == bool(broken)
        assert (counts[-1] == 0) == bool(broken)


def test_weights_that_broadcast_weigh_nothing():
    generator = torch.Generator().manual_seed(1)
    values, weight = torch.rand(64, generator=generator, requires_grad=True), torch.rand(64, generator=generator)
    (weight.unsqueeze(1) * values**2).mean().backward()
    alike = values.grad / values.detach()
    torch.testing.assert_close(alike, alike[0].expand(64))
    values.grad = None
    (weight * values**2).mean().backward()
    torch.testing.assert_close(values.grad / values.detach(), 2 * weight / 64)


def test_the_record_is_whole():
    assert list(RECORD) == ["uniform", "prioritized", "tiles", "tiles, epsilon", "tiles, −100"]
    for scores, first, covered in RECORD.values():
        assert np.shape(scores) == np.shape(covered) == (16, 10) and np.shape(first) == (16,)


def test_optimistic_tiles_solve_mountain_car_on_at_least_12_of_16_seeds():
    assert (SCORES["tiles"][:, -1] >= -110).sum() >= 12


def test_prioritized_replay_is_not_shown_to_be_necessary():
    assert mean_interval(SCORES["prioritized"][:, -1] - SCORES["uniform"][:, -1])[1] < 0
    assert np.isfinite(FIRST["uniform"]).sum() >= np.isfinite(FIRST["prioritized"]).sum()


def test_without_optimism_the_same_tiles_never_find_the_goal():
    assert not np.isfinite(FIRST["tiles, −100"]).any()
    assert np.isfinite(FIRST["tiles, epsilon"]).all()


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
    agent = tiles.LinearQ(settings, tiles.TileCoder(*tiles.MOUNTAIN_CAR, 32, 8), 0)
    first = next(agent.steps for episode in qlib.train(agent, steps=20_000) if episode.score > -200)
    assert FIRST["tiles"].min() / 2 < first < FIRST["tiles"].max() * 2
