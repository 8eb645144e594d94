"""Each rule of the settings, with numbers worked out by hand; as numbers of one environment and as arrays of many."""

import dataclasses
import itertools

import numpy as np
import pytest

import qlib
from qlib.core import rules
from qlib.core.rules import learning_rate, next_epsilon, stepped_epsilon

ENDS = np.array([False, True, False, True]), np.array([False, False, True, True])  # terminated, truncated


@pytest.mark.parametrize(
    ("stick", "at_limit", "expected"),
    [
        (None, True, [1, 1, 1, 1]),
        (-10.0, False, [1, -10, 1, -10]),
        (-10.0, True, [1, -10, -10, -10]),
        (0.0, False, [1, 0, 1, 0]),
    ],
)
def test_the_stick_falls_where_it_should_and_a_stick_of_0_is_one(stick, at_limit, expected):
    np.testing.assert_array_equal(rules.shaped(np.ones(4), *ENDS, stick, at_limit), expected)
    for terminated, truncated, one in zip(*ENDS, expected, strict=True):
        assert rules.shaped(1.0, bool(terminated), bool(truncated), stick, at_limit) == one


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("termination", [False, True, False, True]),
        ("termination or truncation", [False, True, True, True]),
        ("nothing", [False, True, False, True]),  # kept as it is: the TD target does not look at it
    ],
)
def test_what_is_stored_is_the_scaled_reward_and_where_the_target_ends(where, expected):
    settings = qlib.Settings(reward_scale=0.5, bootstrap_ends_at=where)
    rewards, ends = rules.stored(settings, np.array([1.0, 2.0, 3.0, -4.0]), *ENDS)
    assert rewards.tolist() == [0.5, 1.0, 1.5, -2.0]
    assert ends.tolist() == expected
    for k in range(4):
        assert rules.stored(settings, 2.0, bool(ENDS[0][k]), bool(ENDS[1][k])) == (1.0, expected[k])


def test_learning_begins_with_a_batch_and_not_before_it_may():
    settings = qlib.Settings(batch_size=8, memory_size=20, learning_starts=30)
    assert [rules.may_learn(settings, *of) for of in ((8, 30), (7, 30), (8, 29), (20, 1_000))] == [
        True,
        False,
        False,
        True,
    ]


def test_updates_are_due_after_each_step_and_more_at_an_end():
    settings = qlib.Settings(updates_per_step=2, updates_per_episode=3)
    assert (rules.updates_due(settings, 1, False), rules.updates_due(settings, 1, True)) == (2, 5)
    assert rules.updates_due(settings, 1, np.array([True, False])).tolist() == [5, 2]


def test_the_learning_rate_falls_in_a_line_and_stays():
    settings = qlib.Settings(learning_rate=0.5, learning_rate_end=0.1, learning_rate_steps=4)
    assert [rules.learning_rate(settings, n) for n in (0, 1, 4, 9)] == pytest.approx([0.5, 0.4, 0.1, 0.1])
    assert rules.learning_rate(qlib.Settings(learning_rate=0.5), 10**6) == 0.5


def test_the_target_takes_over_all_every_so_many_updates_or_a_share_each_time():
    hard = qlib.Settings(target_network="hard", target_every=3)
    assert [rules.target_share(hard, n) for n in range(1, 8)] == [0, 0, 1, 0, 0, 1, 0]
    soft = dataclasses.replace(hard, target_network="soft", tau=0.25)
    assert [rules.target_share(soft, n) for n in (1, 2, 3)] == [0.25] * 3
    assert rules.target_share(qlib.Settings(), 500) == 0


def test_the_original_schedule_ends_on_the_number_that_the_original_printed():
    schedule = qlib.epsilon_schedule(qlib.ORIGINAL, 1000)
    assert schedule.shape == (1000,)
    assert schedule[999] == 0.0067353342917064515
    assert schedule[0] == 1.0
    assert schedule[600] == pytest.approx(0.0496, abs=5e-5)
    np.testing.assert_allclose(schedule, (1 + np.log(0.05) / 600) ** np.arange(1000), rtol=1e-12)


def test_the_linear_schedule_is_a_line_to_a_floor():
    settings = qlib.Settings(epsilon_start=0.8, epsilon_end=0.2, epsilon_episodes=6)
    expected = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.2, 0.2]
    np.testing.assert_allclose(qlib.epsilon_schedule(settings, 9), expected, atol=1e-12)
    by_share = dataclasses.replace(settings, epsilon_episodes=None)
    np.testing.assert_allclose(qlib.epsilon_schedule(by_share, 10)[:8], [*expected[:7], 0.2], atol=1e-12)


def test_the_recommended_schedule_stays_on_its_floor():
    settings = qlib.RECOMMENDED
    schedule = qlib.epsilon_schedule(settings, 300)
    np.testing.assert_allclose(schedule[settings.epsilon_episodes :], settings.epsilon_end, atol=1e-12)
    assert schedule[settings.epsilon_episodes - 1] > settings.epsilon_end
    assert (np.diff(schedule) <= 0).all()


@pytest.mark.parametrize("settings", [qlib.ORIGINAL, qlib.RECOMMENDED], ids=["original", "recommended"])
@pytest.mark.parametrize("episodes", [1, 2, 4, 7])
def test_epsilon_is_a_chance_however_short_the_run(settings, episodes):
    schedule = qlib.epsilon_schedule(settings, episodes)
    assert ((schedule >= 0) & (schedule <= 1)).all()


def test_the_schedule_is_next_epsilon_again_and_again():
    for settings in (qlib.ORIGINAL, qlib.RECOMMENDED):
        for now, then in itertools.pairwise(qlib.epsilon_schedule(settings, 50)):
            assert next_epsilon(settings, now, 50) == then


def test_epsilon_falls_by_steps_or_by_episodes_and_never_by_both():
    by_steps = qlib.Settings(epsilon_start=0.8, epsilon_end=0.2, epsilon_steps=3)
    fallen = [0.8]
    for _ in range(4):
        fallen.append(stepped_epsilon(by_steps, fallen[-1]))
    assert fallen == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.2])
    assert next_epsilon(by_steps, 0.6) == 0.6
    by_episodes = qlib.Settings(epsilon_start=0.8, epsilon_end=0.2, epsilon_episodes=3)
    assert stepped_epsilon(by_episodes, 0.6) == 0.6
    assert next_epsilon(by_episodes, 0.6) == pytest.approx(0.4)
    assert stepped_epsilon(by_steps, 0.1) == 0.1, "one lowered by hand is not raised"


def test_the_original_decay_may_go_by_steps_too():
    settings = qlib.Settings(epsilon_end=0.05, epsilon_decay="original", epsilon_steps=600)
    assert stepped_epsilon(settings, 1.0) == pytest.approx(1 + np.log(0.05) / 600)


def test_a_schedule_by_episodes_is_refused_where_epsilon_falls_by_steps():
    with pytest.raises(ValueError, match=r"epsilon_steps=50: .*Set epsilon_steps=None"):
        qlib.epsilon_schedule(qlib.Settings(epsilon_steps=50), 10)


def test_an_epsilon_lowered_by_hand_is_not_raised_again():
    settings = qlib.Settings(epsilon_end=0.1, epsilon_episodes=10)
    assert next_epsilon(settings, 0.02) == 0.02


@pytest.mark.parametrize("episodes", [0, -3, 2.5, True])
def test_a_schedule_needs_a_whole_number_of_episodes(episodes):
    with pytest.raises(ValueError, match=f"episodes={episodes!r} is not allowed.*whole number from 1 up"):
        qlib.epsilon_schedule(qlib.ORIGINAL, episodes)


def test_the_learning_rate_is_a_float_also_where_settings_have_whole_numbers():
    assert type(learning_rate(qlib.Settings(learning_rate=1), 0)) is float
    assert type(learning_rate(qlib.Settings(learning_rate=2, learning_rate_end=1, learning_rate_steps=5), 9)) is float


def test_updates_come_every_so_many_steps():
    settings = qlib.Settings(updates_per_step=2, steps_per_update=3, updates_per_episode=5)
    assert [rules.updates_due(settings, step, False) for step in range(1, 7)] == [0, 0, 2, 0, 0, 2]
    assert rules.updates_due(settings, 4, np.array([True, False])).tolist() == [5, 0]
