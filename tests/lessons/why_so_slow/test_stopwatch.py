"""Lesson 15's clocks: turns are fair, and what was switched is switched back."""

import numpy as np
import pytest
import torch

from qlib.lessons.why_so_slow import stopwatch


@pytest.fixture
def now(monkeypatch):
    """A clock that only the timed functions move."""
    time = [0.0]
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: time[0])
    return time


def taking(now, seconds, calls=None, name=""):
    def function():
        now[0] += seconds
        if calls is not None:
            calls.append(name)

    return function


def test_ways_take_turns_of_equal_length(now):
    calls = []
    times = stopwatch.turn_about({n: taking(now, s, calls, n) for n, s in (("a", 1e-3), ("b", 4e-3))}, rounds=3)
    assert np.allclose(times["a"], 1_000) and np.allclose(times["b"], 4_000)
    assert "".join(calls) == "aabb" + 3 * ("a" * 8 + "bb"), "two calls to find the length of a turn, then the turns"


def test_laps_are_booked_under_their_parts(now):
    watch = stopwatch.Stopwatch()
    watch.start()
    for part, seconds in (("act", 1.0), ("draw", 2.0), ("act", 4.0)):
        now[0] += seconds
        watch.lap(part)
    assert watch == {"act": 5.0, "draw": 2.0}


@pytest.mark.parametrize(("factor", "said"), [(0.5, "faster"), (1.0, "hardly anything"), (3.0, "slower")])
def test_threads_are_compared_and_put_back(now, monkeypatch, factor, said):
    monkeypatch.setattr(stopwatch, "cores", lambda: 2)
    before = torch.get_num_threads()

    def function():
        now[0] += 1e-3 * (factor if torch.get_num_threads() == 2 else 1)

    words, numbers = stopwatch.all_cores(function)
    assert said in words and numbers == {"cores": 2, "ratio": pytest.approx(factor)}
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("first", "said"), [(2e-3, "less than 10"), (0.1, "10 to 1,000"), (5.0, "more than 1,000")])
def test_the_first_call_is_told_from_later_ones(now, first, said):
    takes = iter([first])

    def function():
        now[0] += next(takes, 1e-3)

    words, numbers = stopwatch.first_call(function)
    assert said in words and numbers == {"seconds": pytest.approx(first), "later": pytest.approx(1_000)}
