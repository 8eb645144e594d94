"""The table on CartPole's cells: it is gymnasium's CartPole, one rule updates it, and it learns what lesson 01 says."""

import gymnasium as gym
import numpy as np
import pytest

from qlib.lessons.action_values import bins, checks
from qlib.lessons.action_values.questions import QUESTIONS
from qlib.study.statistics import mean_interval

SEEDS = 16


@pytest.fixture(scope="module")
def learned():
    return bins.learn(10, seeds=SEEDS)


def test_the_pole_moves_and_falls_as_gymnasiums_does():
    env = gym.make("CartPole-v1").unwrapped
    rng = np.random.default_rng(0)
    for seed in range(20):
        env.reset(seed=seed)
        state = np.array(env.state)
        for _ in range(60):
            action = int(rng.integers(2))
            terminated = env.step(action)[2]
            state = bins.move(state, action)
            assert state == pytest.approx(np.array(env.state), rel=1e-12, abs=1e-12)
            assert bins.fell(state) == terminated
            if terminated:
                break
        else:
            raise AssertionError("no pole fell")
    assert not bins.fell(np.array([2.39, 0, 0.209, 0])) and bins.fell(np.array([-2.41, 0, 0, 0]))


def test_a_cell_is_one_of_all_and_what_is_outside_is_in_the_outermost_bin():
    lowest, middle, highest = np.full(4, -1e9), np.full(4, 1e-9), np.full(4, 1e9)
    assert [bins.cell(state, 10) for state in (lowest, middle, highest)] == [0, 5555, 9999]
    assert QUESTIONS["cells"]["answer"] == 9999 + 1
    assert bins.cell(np.array([-3.0, 0.1, -0.2, 1.9]), 10) == 509
    centres = [
        bins.cell((np.array(place) + 0.5) / 3 * 2 * bins.RANGES - bins.RANGES, 3) for place in np.ndindex(*[3] * 4)
    ]
    assert sorted(centres) == list(range(81))


def test_the_compiled_update_is_the_one_that_the_exercise_asks_for():
    for table, s, a, reward, next_s, terminated, rate, gamma in checks._steps():
        expected = checks._updated(table, s, a, reward, next_s, terminated, rate, gamma)
        bins.update(table, s, a, reward, next_s, terminated, rate, gamma)
        assert table == pytest.approx(expected)


def test_every_step_is_counted_and_a_seed_gives_the_same_table_twice():
    first, second = (bins.learn(5, steps=3_000, seeds=2, examinations=3) for _ in range(2))
    assert (first.tables == second.tables).all() and (first.scores == second.scores).all()
    assert first.visits.sum((1, 2)).tolist() == [3_000, 3_000]
    assert not (first.tables[0] == first.tables[1]).all()
    assert first.steps.tolist() == [1_000, 2_000, 3_000]
    assert ((first.tables != 0).any(2) <= (first.visits.sum(2) > 0)).all(), "a cell that was not seen was changed"


def test_what_is_told_counts_those_that_were_solved_once_and_those_that_are_at_last():
    scores = np.array([[10.0, 480.0, 475.0], [20.0, 490.0, 300.0], [30.0, 40.0, 50.0]])
    told = bins.Learned(np.zeros((3, 1, 2)), np.zeros((3, 1, 2)), scores, np.array([100, 200, 300])).told()
    assert told == {"n": 3, "ever": 2, "last": 1, "first": 100, "early": 20.0}
    assert gym.spec("CartPole-v1").reward_threshold == bins.SOLVED


def test_it_learns_slowly_and_not_all_tables_stay_good(learned):
    early, at_100, at_200, last = learned.scores.T[[0, 9, 19, 29]]
    assert mean_interval(early).below(150)
    assert mean_interval(at_100).above(early.mean()) and mean_interval(at_200).above(at_100.mean())
    assert mean_interval(last - early).above(100)
    ever, end = (learned.scores >= 475).any(1).sum(), (last >= 475).sum()
    assert SEEDS / 2 < ever and end < ever


def test_no_value_rises_above_the_ceiling(learned):
    assert 40 < learned.tables.max() <= 1 / (1 - 0.98)


def test_most_cells_are_never_seen_and_the_finer_the_fewer(learned):
    assert 0.8 < learned.never.mean() < 0.9
    shares = [bins.learn(n, seeds=4).never.mean() for n in (4, 7, 14, 20)]
    assert shares == sorted(shares) and shares[-1] > 0.95


def test_a_time_limit_ends_an_episode_and_cuts_nothing(learned):
    """A table that says 50 and never falls has nothing to learn: 1 + 0.98 · 50 is 50, at the limit as well."""
    best = learned.tables[learned.scores[:, -1].argmax()]
    table = np.where(best == best.max(1, keepdims=True), 50.0, 49.0)
    table[best[:, 0] == best[:, 1], 1] = 49.0
    before, visits, scores = table.copy(), np.zeros(table.shape, dtype=np.int64), np.empty(1)
    assert bins.examine(table, 10, 20, np.random.default_rng(0)) == 500
    bins._learn(table, visits, scores, 10, 5_000, 0.5, 0.98, 0.0, 0.0, np.random.default_rng(0), False)
    assert visits.sum() == 5_000
    assert table == pytest.approx(before)
