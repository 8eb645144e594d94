"""Lesson 04's silent mistakes still cost what it says, and its diagnostics still find them."""

import numpy as np
import pytest
from definitions import defined, section, seeds

import qlib
from qlib.core.training import exam
from qlib.lessons.choosing_actions import pictures

LESSON = "04_choosing_actions"


@pytest.fixture(scope="module")
def lesson():
    space = defined(LESSON, "brief", "play", "one_score", exam=exam)
    space["env"] = qlib.make_env(space["brief"])
    return space


@pytest.fixture(scope="module")
def agents(lesson):
    found = [qlib.QAgent(lesson["brief"], seed) for seed in seeds(16)]
    for agent in found:
        for _ in qlib.train(agent, steps=500):
            pass
    return found


@pytest.fixture(scope="module")
def floors():
    """The lesson's schedules, bare and kept above a floor."""
    return section(LESSON, "No floor", pictures=pictures)


def test_epsilon_left_on_makes_most_agents_look_worse_than_they_are(lesson, agents):
    whole, left_on, half = (np.array([lesson["play"](agent, e).mean() for agent in agents]) for e in (0.0, 0.05, 0.5))
    np.testing.assert_array_equal(whole, [qlib.evaluate(agent, 30).mean() for agent in agents])
    assert (left_on < whole).sum() >= 10, "of 16; a perfect one may stay perfect"
    assert half.mean() < 0.75 * whole.mean(), (half.mean(), whole.mean())


@pytest.mark.parametrize(("epsilon", "found"), [(0.0, False), (0.5, True)])
def test_five_plays_of_one_start_find_an_epsilon_that_is_on(lesson, agents, epsilon, found):
    differs = [len({lesson["one_score"](agent, epsilon) for _ in range(5)}) > 1 for agent in agents]
    assert differs == [found] * 16


def test_without_a_floor_nobody_finds_what_got_better_late(floors):
    for seed in seeds(4):
        bare, kept = (floors["chose_well_at_the_end"](floors[name], runs=50, seed=seed) for name in ("bare", "kept"))
        assert bare.mean() < 0.1 and kept.mean() > 0.9


def test_counting_the_random_actions_to_come_finds_a_missing_floor(floors):
    """The diagnostic: in the last 100 of 2,000 episodes, of 100 steps each."""
    to_come = {name: floors[name][-100:].sum() * 100 for name in ("bare", "kept")}
    assert to_come["bare"] < 1
    assert to_come["kept"] == pytest.approx(500)


def test_qlibs_own_schedule_stops_at_its_floor_and_the_originals_does_not(floors):
    ours, original = (qlib.epsilon_schedule(settings, 4_000) for settings in (qlib.RECOMMENDED, floors["settings"]))
    np.testing.assert_allclose(ours[100:], qlib.RECOMMENDED.epsilon_end)
    assert qlib.RECOMMENDED.epsilon_end > 0.01
    np.testing.assert_allclose(original[:2_000], floors["bare"])
    assert original[-1] < original[1_999] / 1_000
