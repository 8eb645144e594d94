"""The learners of lesson 13: what a logbook writes down, what a run is asked, and the lesson's own update."""

import numpy as np
import pytest
from definitions import defined

from qlib.lessons.sparse_rewards import cars, tiles


def test_the_lessons_update_is_that_of_linear_q():
    update = defined("13_sparse_rewards", "tile_update")["tile_update"]
    agent = tiles.LinearQ(cars.LINEAR, cars.coder())
    ours, rng = agent.weights.copy(), np.random.default_rng(0)
    for terminated in (False, True):
        here, there = (rng.uniform([-1.2, -0.07], [0.6, 0.07]) for _ in range(2))
        update(ours, agent.coder.active(here), 2, -1.0, agent.coder.active(there), terminated, 0.99, 1.0)
        agent.remember(here, 2, -1.0, there, terminated=terminated)
        agent.learn()
    np.testing.assert_allclose(ours, agent.weights, atol=1e-4)
    assert ours.any()


def test_a_logbook_keeps_the_weights_after_so_many_steps_and_all_that_was_seen():
    growth = cars.Growth(steps=2_000)
    assert sorted(growth._log.kept) == [0, 1_000, 2_000]
    assert not growth._log.kept[0].any() and growth._log.kept[2_000].min() < growth._log.kept[1_000].min()
    assert len(growth._log.seen) == 2_000
    assert growth.surface(1_000)[1].startswith("step 1,000: from the valley")
    assert growth.from_the_valley(0) == 0 < growth.from_the_valley(2_000)
    assert "expects 0 discounted steps; it has seen 0%" in growth.surface(0)[1]


def test_optimism_finds_the_flag_and_what_a_car_comes_to_believe_does_not():
    arrivals = {start: cars.first_at(start) for start in (0.0, -95.0, -100.0)}
    assert arrivals[0.0] == arrivals[-95.0] < 6_000 and arrivals[-100.0] == np.inf


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((9, 9, 9, np.inf), "all but −100, at the very same step"),
        ((9, 8, 9, np.inf), "all but −100, each at a step of its own"),
        ((9, 9, 9, 9), "all four"),
        ((9, 9, np.inf, np.inf), "0 and −50 only"),
    ],
)
def test_what_happens_is_said_in_the_words_of_the_choices(steps, words):
    assert cars.what_happens(dict(zip((0.0, -50.0, -95.0, -100.0), steps, strict=True))) == words


def test_a_trial_says_its_settings_and_the_last_one_reaches_nothing():
    _, words = cars.tries(-100.0, 8, 0.5, False)
    assert words.startswith("start -100, 8 tilings, step size 0.5, epsilon 0, flag never reached")
    assert "epsilon 0.3" in cars.tries(0.0, 1, 0.1, True)[1]


def test_a_random_car_never_arrives_and_a_filled_memory_has_the_papers_weights():
    assert cars.flags_by_chance(20) == 0
    memory = cars.filled(np.arange(1.0, 9.0), alpha=1.0, beta=0.5)
    chance = np.arange(1.0, 9.0) / 36
    plain = (8 * chance) ** -0.5
    np.testing.assert_allclose(memory.weights(np.arange(8)), plain / plain.max(), rtol=1e-5)


def test_the_errors_of_all_that_a_memory_holds_are_asked_for():
    found = cars.errors_of(cars.CLIMB, steps=200)
    assert found.shape == (200,) and 0 < np.abs(found).max() < 1
