"""A cut at the time limit lowers values near it, counting finds it, and the maximum overestimates."""

import numpy as np
import pytest

from qlib.lessons.debugging import limits


def test_a_cut_at_the_time_limit_lowers_the_values_near_it_where_the_place_tells_the_time():
    at_the_limit = {
        cut: np.array([limits.values_over_time(limits.WANDERING, cut, seed)[499] for seed in range(4)])
        for cut in (False, True)
    }
    assert abs(at_the_limit[False] - limits.CEILING).max() < 0.6, at_the_limit
    assert at_the_limit[True].mean() < limits.CEILING - 1.5, at_the_limit


def test_where_nothing_tells_the_time_all_values_are_a_little_lower():
    values = limits.values_over_time(limits.CENTRED, True, 0)
    early = values[:300].mean()
    assert limits.CEILING - 2 < early < limits.CEILING - 0.2
    assert abs(early - values[499]) < 0.5, "no slope"


@pytest.mark.parametrize(("cut", "stored"), [(False, 0), (True, 4)])
def test_counting_finds_a_time_limit_that_was_taken_for_a_fall(cut, stored):
    memory = limits.as_memory(*limits.balance(limits.CENTRED, n=4, seed=7), cut)
    assert memory.storage.terminated.sum().item() == stored, "nobody fell"


def test_one_network_runs_away_and_a_slow_one_holds_the_values():
    found = {c: [limits.highest(c, seed, updates=200) for seed in range(4)] for c in limits.CHOICES}
    assert abs(np.median(found["one output"]) - limits.CEILING) < 1
    assert np.median(found["one network"]) > 200
    assert max(found["target network"] + found["Double DQN"]) < limits.CEILING


def test_a_slow_network_holds_the_values_back_and_does_not_stop_them():
    found = [limits.highest(choice, seed, updates=3_000) for choice in limits.CHOICES[2:] for seed in range(2)]
    assert min(found) > limits.CEILING and max(found) > 1e5, found
