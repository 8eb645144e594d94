"""The checks of lesson 15: the solution passes, and each plausible mistake fails with the message meant for it."""

import math
import time

import numpy as np
import torch
from tables import make_right_test, make_tests

from qlib.lessons.why_so_slow import checks as speed


def timed(function, clock, n):
    times = []
    for _ in range(n):
        start = clock()
        function()
        times.append(clock() - start)
    return times


def after_warm_up(statistic):
    def answer(function, clock, warm_up, repeats):
        for _ in range(warm_up):
            function()
        return statistic(timed(function, clock, repeats))

    return answer


TIMES = {
    "mean": (after_warm_up(np.mean), "the mean is taken"),
    "least": (after_warm_up(min), "the luckiest call"),
    "most": (after_warm_up(max), "the most is taken"),
    "sum": (after_warm_up(sum), "the sum is taken"),
    "no warm-up": (lambda f, clock, w, n: np.median(timed(f, clock, n)), "there is no warm-up"),
    "warm-up timed": (lambda f, clock, w, n: np.median(timed(f, clock, w + n)), "the warm-up is timed too"),
    "one warm-up call": (lambda f, clock, w, n: after_warm_up(np.median)(f, clock, 1, n), "after the warm-up took"),
    "another clock": (
        lambda f, clock, w, n: after_warm_up(np.median)(f, time.perf_counter, w, n),
        "clock() was never called",
    ),
    "upper middle": (after_warm_up(lambda x: sorted(x)[len(x) // 2]), "the mean of the two in the middle"),
    "a call too many": (
        lambda f, clock, w, n: (after_warm_up(np.median)(f, clock, w, n), f())[0],
        "are 8 calls",
    ),
}


def batch(columns, rows):
    return tuple(column[rows] for column in columns)


BATCHES = {
    "a loop": (
        lambda columns, rows: tuple(torch.stack([column[row] for row in rows]) for column in columns),
        "each call costs its overhead again",
    ),
    "the original's way": (
        lambda columns, rows: tuple(
            map(torch.stack, zip(*[[column[row] for column in columns] for row in rows], strict=True))
        ),
        "each call costs its overhead again",
    ),
    "sorted": (lambda columns, rows: batch(columns, rows.sort().values), "the rows are sorted"),
    "no repeats": (lambda columns, rows: batch(columns, rows.unique()), "with repeats"),
    "the first ones": (lambda columns, rows: tuple(column[: len(rows)] for column in columns), "row i of the"),
    "a slice": (lambda columns, rows: tuple(column[rows[0] : rows[-1]] for column in columns), "row i of the"),
    "from the end": (lambda columns, rows: batch(columns, -rows - 1), "counted from the end"),
    "one row": (lambda columns, rows: batch(columns, rows[0]), "row i of the"),
    "the other axis": (
        lambda columns, rows: tuple(column.T[:, rows].T if column.ndim > 1 else column for column in columns),
        "row i of the actions",
    ),
    "one column only": (lambda columns, rows: columns[0][rows], "one for each column"),
    "other rows for the next observations": (
        lambda columns, rows: (*batch(columns[:3], rows), columns[3][rows.flip(0)]),
        "row i of the next observations",
    ),
}


def speed_up(spent, part, factor):
    before = sum(spent.values())
    return before / (before - spent[part] + spent[part] / factor)


def after(spent, part, factor):
    return sum(spent.values()) / speed_up(spent, part, factor)


WHOLE = {
    "the factor": (lambda spent, part, factor: factor, "the other parts still take their time"),
    "upside down": (lambda *a: 1 / speed_up(*a), "upside down"),
    "the new time": (after, "the new time is given"),
    "the time saved": (lambda *a: sum(a[0].values()) - after(*a), "the time saved"),
    "the share": (lambda spent, part, factor: spent[part] / sum(spent.values()), "the share of the part"),
    "gone": (lambda s, part, f: sum(s.values()) / (sum(s.values()) - s[part]), "the part vanishes"),
    "the part alone": (lambda s, part, f: sum(s.values()) / (s[part] / f), "left out of the time after"),
    "slower": (lambda s, part, f: speed_up(s, part, 1 / f), "becomes slower"),
    "infinity not thought of": (
        lambda s, part, f: speed_up(s, part, min(f, 10)),
        "a part that takes no time at all",
    ),
}


def microseconds(learn, clock, calls):
    while math.isnan(learn()):
        pass
    start = clock()
    for _ in range(calls):
        learn()
    return (clock() - start) / calls * 1e6


def as_it_was(learn, clock, calls):
    start = clock()
    for _ in range(calls):
        learn()
    return (clock() - start) / calls * 1e6


def until_enough_updates(extra):
    def answer(learn, clock, calls):
        start, updates = clock(), 0
        while updates < calls + extra:
            updates += not math.isnan(learn())
        return (clock() - start) / calls * 1e6

    return answer


def compiling_timed(learn, clock, calls):
    while True:
        start = clock()
        if not math.isnan(learn()):
            break
    for _ in range(calls - 1):
        learn()
    return (clock() - start) / calls * 1e6


BENCHMARKS = {
    "as it was": (as_it_was, "the calls that returned NaN are timed"),
    "one call to warm up": (
        lambda learn, clock, calls: (learn(), as_it_was(learn, clock, calls))[1],
        "the calls that returned NaN are timed",
    ),
    "the compiling": (compiling_timed, "the first update is timed too"),
    "waiting and compiling": (until_enough_updates(0), "NaN and the compiling are timed"),
    "waiting and compiling and one more": (until_enough_updates(1), "one update more"),
    "in all": (lambda learn, clock, calls: calls * microseconds(learn, clock, calls), "the time of all the calls"),
    "in seconds": (lambda *a: microseconds(*a) / 1e6, "seconds are given"),
    "in milliseconds": (lambda *a: microseconds(*a) / 1e3, "milliseconds are given"),
    "31 calls to warm up": (
        lambda learn, clock, calls: ([learn() for _ in range(31)], as_it_was(learn, clock, calls))[1],
        "after 40 calls",
    ),
    "always one": (lambda learn, clock, calls: microseconds(learn, clock, 1), "how many to time"),
    "always many": (lambda learn, clock, calls: microseconds(learn, clock, 5_000), "how many to time"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (speed.typical_time, after_warm_up(np.median), TIMES),
        (speed.draw_batch, batch, BATCHES),
        (speed.whole_speed_up, speed_up, WHOLE),
        (speed.microseconds_per_update, microseconds, BENCHMARKS),
    ]
)


def test_lists_and_index_select_are_right_too():
    assert speed.draw_batch(lambda columns, rows: [c.index_select(0, rows) for c in columns]).status == "passed"


def halves_the_dictionary_itself(spent, part, factor):
    before = sum(spent.values())
    spent[part] /= factor
    return before / sum(spent.values())


test_other_ways = make_right_test([(speed.whole_speed_up, halves_the_dictionary_itself)])


def test_four_times_nothing_is_no_stub():
    assert "a tuple of four tensors" in speed.draw_batch(lambda columns, rows: (None,) * 4).message
