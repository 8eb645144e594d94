"""Lesson 16's silent mistakes still flatter, and its record says what the lesson says."""

import numpy as np
import pytest
from definitions import defined, record

import qlib
from qlib.lessons.results import recipes
from qlib.lessons.results.claims import solved_after
from qlib.lessons.results.own import my_agent
from qlib.show.picture import moving_mean
from qlib.study.statistics import mean_interval

RECIPES, RETURNS = record("results", "recipes"), record("results", "returns")


def test_the_record_is_whole():
    assert RECIPES.labels == ("original", "lecture", "paper", "recommended")
    assert list(RETURNS) == ["DQN", "+ Double", "+ dueling", "+ prioritized"]
    assert RECIPES.scores.shape == (4, 16, 20) and np.isfinite(RECIPES.scores).all()
    assert all(returns.shape == (16, 300) and returns.max() <= 200 for returns in RETURNS.values())
    everything = [rows.tobytes() for rows in (*RECIPES.scores, *RETURNS.values())]
    assert len(set(everything)) == len(everything), "no row is another one's copy"


def test_the_best_checkpoint_and_the_best_seed_flatter_every_recipe_that_is_not_perfect():
    for label in ("original", "lecture", "paper"):
        ends, best = RECIPES[label][:, -1], RECIPES[label].max(1)
        assert mean_interval(best - ends)[1] > 20, label
        assert ends.max() > ends.mean() + 50, label


def test_a_mean_that_begins_with_zeros_understates_the_beginning():
    with_zeros = defined("16_results", "with_zeros", moving_mean=moving_mean)["with_zeros"]
    row = RETURNS["DQN"][0]
    broken, whole = with_zeros(row), moving_mean(row, 100)
    np.testing.assert_allclose(broken[99:], whole[99:])
    assert (broken[:99] == 0).all() and (whole[:99] > 5).all()
    assert whole[0] == row[0]


def test_solved_asks_for_a_full_window():
    assert solved_after(np.full(300, 200.0)) == 100
    assert solved_after(np.concatenate([np.full(50, 200.0), np.zeros(250)])) == np.inf
    assert solved_after(np.concatenate([np.zeros(50), np.full(250, 200.0)])) == 148  # 98 of 100 at 200


def test_each_recorded_run_began_as_the_lessons_function_begins():
    """Its first episode is all chance, so it is the same on every machine."""
    for seed in range(16):
        returns, _ = recipes.paper(recipes.build(recipes.ON_200, seed), episodes=1)
        assert returns == [RETURNS["DQN"][seed][0]]


def test_an_agent_of_another_task_is_not_put_beside_the_recipes(tmp_path):
    for env_id in ("CartPole-v1", "MountainCar-v0"):
        qlib.QAgent(qlib.Settings(env_id=env_id), seed=3).save(tmp_path / f"{env_id}.safetensors")
    assert my_agent(tmp_path / "CartPole-v1.safetensors").seed == 3
    with pytest.raises(ValueError, match="an agent for MountainCar-v0"):
        my_agent(tmp_path / "MountainCar-v0.safetensors")
