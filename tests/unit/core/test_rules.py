"""Each rule of the settings, with numbers worked out by hand; as numbers of one environment and as arrays of many."""

import dataclasses

import numpy as np
import pytest

import qlib
from qlib.core import rules

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
    assert (rules.updates_due(settings, False), rules.updates_due(settings, True)) == (2, 5)
    assert rules.updates_due(settings, np.array([True, False])).tolist() == [5, 2]


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
