"""The checks of lesson 15: the solution passes, and each plausible mistake fails with the message meant for it."""

import math
import statistics
import time

import numpy as np
import pytest
import torch
from tables import make_right_test, make_tests

from qlib.lessons.why_so_slow import checks as speed
from qlib.lessons.why_so_slow.arithmetic import multiply_adds

TABLE = [[160, 10_600], [160, 10_600], [160, 10_600], [120, 10_200], [600, 42_000]]


def count_table():
    return TABLE


def changed(row, *values):
    return [list(values) if i == row else each for i, each in enumerate(TABLE)]


COUNTS = {
    "biases": (lambda: [[182, 10_802]] * 3 + [[132, 10_302], [678, 42_708]], "biases are counted"),
    "no first layer": (lambda: [[120, 10_200]] * 4 + [[480, 40_800]], "the first layer is forgotten"),
    "no last layer": (lambda: [[140, 10_400]] * 3 + [[100, 10_000], [520, 41_200]], "the last layer is forgotten"),
    "no hidden layer": (lambda: [[60, 600]] * 3 + [[20, 200], [200, 2_000]], "the hidden layer is forgotten"),
    "hidden once": (lambda: [[70, 700]] * 3 + [[30, 300], [240, 2_400]], "a product for each unit"),
    "down to the observations": (lambda: [[160, 10_600]] * 4 + [[640, 42_400]], "nobody asks for their gradient"),
    "one pass in the sum": (lambda: changed(4, 440, 31_400), "leaves out the pass for s'"),
    "both": (lambda: [[182, 10_802]] * 4 + [[728, 43_208]], "biases are counted"),
    "columns swapped": (lambda: [row[::-1] for row in TABLE], "forward for s', width 10"),
    "a slip in a sum": (lambda: changed(4, 600, 32_000), "all, width 100: the sum of the four rows"),
    "a batch of 64": (lambda: [[64 * n for n in row] for row in TABLE], "forward for s', width 10"),
    "turned": (lambda: np.transpose(TABLE).tolist(), "five rows of two numbers"),
    "no sum": (lambda: TABLE[:4], "five rows of two numbers"),
    "error in place of gradient": (lambda: changed(2, 120, 10_200), "gradient of the weights, width 10"),
}


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


median_time = after_warm_up(np.median)


def one_lap(function, clock, warm_up, repeats):
    for _ in range(warm_up):
        function()
    start = clock()
    for _ in range(repeats):
        function()
    return (clock() - start) / repeats


TIMES = {
    "mean": (after_warm_up(np.mean), "the mean is taken"),
    "one lap": (one_lap, "the mean is taken"),
    "least": (after_warm_up(min), "the luckiest call"),
    "most": (after_warm_up(max), "the most is taken"),
    "sum": (after_warm_up(sum), "the sum is taken"),
    "last": (after_warm_up(lambda x: x[-1]), "the last call is given"),
    "unsorted middle": (after_warm_up(lambda x: x[len(x) // 2]), "the calls are not sorted"),
    "no warm-up": (lambda f, clock, w, n: np.median(timed(f, clock, n)), "there is no warm-up"),
    "warm-up timed": (lambda f, clock, w, n: np.median(timed(f, clock, w + n)), "the warm-up is timed too"),
    "one warm-up call": (lambda f, clock, w, n: median_time(f, clock, 1, n), "the median of the timed calls, here"),
    "another clock": (lambda f, clock, w, n: median_time(f, time.perf_counter, w, n), "clock() was never called"),
    "upper middle": (after_warm_up(lambda x: sorted(x)[len(x) // 2]), "the upper of the two in the middle"),
    "lower middle": (after_warm_up(statistics.median_low), "the lower of the two in the middle"),
    "milliseconds": (lambda *a: 1e3 * median_time(*a), "not seconds"),
    "a call too many": (lambda f, clock, w, n: (median_time(f, clock, w, n), f())[0], "calls to warm up and"),
    "always five": (lambda f, clock, w, n: median_time(f, clock, w, 5), "the median of the timed calls, here"),
    "a list": (after_warm_up(list), "a typical time is one number"),
    "rounded": (after_warm_up(lambda x: round(float(np.median(x)), 4)), "the median of the timed calls, here"),
    "rounded to microseconds": (after_warm_up(lambda x: round(float(np.median(x)), 6)), "µs"),
    "zero warm-up skipped": (lambda f, c, w, n: median_time(f, c, max(w, 1), n), "the median of the timed calls, here"),
}


def needed(spent, part, wanted):
    before = sum(spent.values())
    left = before / wanted - (before - spent[part])
    return spent[part] / left if left > 1e-9 else math.inf


def unasked(spent, part, wanted):
    before = sum(spent.values())
    left = before / wanted - (before - spent[part])
    return spent[part] / left if abs(left) > 1e-9 else math.inf


def by_others(is_other):
    def answer(spent, part, wanted):
        others = sum(time for name, time in spent.items() if is_other(spent, name, part))
        left = sum(spent.values()) / wanted - others
        return spent[part] / left if left > 1e-9 else math.inf

    return answer


def whole(spent, part, factor):
    before = sum(spent.values())
    return before / (before - spent[part] + spent[part] / factor)


NEEDS = {
    "the wanted factor": (lambda spent, part, wanted: wanted, "as much faster as the whole is to become"),
    "the whole's factor": (whole, "it is asked how much faster the whole becomes"),
    "never impossible": (unasked, "it is not asked whether it can be done"),
    "upside down": (lambda *a: 1 / needed(*a), "upside down"),
    "the time left": (lambda s, p, w: s[p] / needed(s, p, w), "the time that the part may take"),
    "the time saved": (lambda s, p, w: sum(s.values()) * (1 - 1 / w), "the time that must be saved"),
    "the limit": (
        lambda s, p, w: whole(s, p, math.inf) if len(s) > 1 and sum(s.values()) > s[p] else math.inf,
        "limit",
    ),
    "impossible": (lambda *a: math.inf, "nothing is ever said to be possible"),
    "minus infinity": (
        lambda *a: needed(*a) if math.isfinite(needed(*a)) else -math.inf,
        "what the part may still take",
    ),
    "nan": (lambda *a: needed(*a) if math.isfinite(needed(*a)) else math.nan, "what the part may still take"),
    "rounded": (
        lambda *a: round(needed(*a)) if math.isfinite(needed(*a)) else math.inf,
        "what the part may still take",
    ),
    "the first part": (lambda s, p, w: needed(s, next(iter(s)), w), "what the part may still take"),
    "the largest part": (lambda s, p, w: needed(s, max(s, key=s.get), w), "what the part may still take"),
    "zero for impossible": (
        lambda *a: needed(*a) if math.isfinite(needed(*a)) else 0.0,
        "what the part may still take",
    ),
    "others of another time": (by_others(lambda spent, name, part: spent[name] != spent[part]), "loss 2 s"),
    "others without its name": (by_others(lambda spent, name, part: part not in name), "loss 2 s"),
    "too little left": (
        lambda s, p, w: needed(s, p, w) if sum(s.values()) / w - sum(s.values()) + s[p] > 0.01 else math.inf,
        "a 2e-05 s",
    ),
    "capped": (lambda *a: min(needed(*a), 100.0), "what the part may still take"),
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


def until_other_than_nan(learn, clock, calls):
    while learn() is math.nan:
        pass
    return as_it_was(learn, clock, calls)


def compiling_timed(learn, clock, calls):
    while True:
        start = clock()
        if not math.isnan(learn()):
            break
    for _ in range(calls - 1):
        learn()
    return (clock() - start) / calls * 1e6


def until_true(learn, clock, calls):
    loss = learn()
    while math.isnan(loss) or not loss:  # a loss of 0 taken for no update
        loss = learn()
    return as_it_was(learn, clock, calls)


def two_left_out(learn, clock, calls):
    while math.isnan(learn()):
        pass
    learn()
    return as_it_was(learn, clock, calls)


def median_of_calls(learn, clock, calls):
    while math.isnan(learn()):
        pass
    return np.median(timed(learn, clock, calls)) * 1e6


BENCHMARKS = {
    "as it was": (as_it_was, "the calls that returned NaN are timed"),
    "one call to warm up": (lambda f, c, n: (f(), as_it_was(f, c, n))[1], "the calls that returned NaN are timed"),
    "the compiling": (compiling_timed, "the first update is timed too"),
    "by identity": (until_other_than_nan, "the calls that returned NaN are timed"),
    "waiting and compiling": (until_enough_updates(0), "NaN and the compiling are timed"),
    "waiting and compiling and one more": (until_enough_updates(1), "one update more"),
    "in all": (lambda learn, clock, calls: calls * microseconds(learn, clock, calls), "the time of all the calls"),
    "in seconds": (lambda *a: microseconds(*a) / 1e6, "seconds are given"),
    "in milliseconds": (lambda *a: microseconds(*a) / 1e3, "milliseconds are given"),
    "31 calls to warm up": (
        lambda f, c, n: ([f() for _ in range(31)], as_it_was(f, c, n))[1],
        "the timed updates, here",
    ),
    "always one": (lambda learn, clock, calls: microseconds(learn, clock, 1), "the mean of the timed updates, here"),
    "always many": (
        lambda learn, clock, calls: microseconds(learn, clock, 5_000),
        "the mean of the timed updates, here",
    ),
    "a loss of 0 is none": (until_true, "two updates are left out"),
    "two left out": (two_left_out, "two updates are left out"),
    "one too few": (lambda f, c, n: microseconds(f, c, n - 1) * (n - 1) / n if n > 1 else 0.0, "one update fewer"),
    "one too many": (lambda f, c, n: microseconds(f, c, n + 1) * (n + 1) / n, "one update more is timed"),
    "the median": (median_of_calls, "the mean of the timed updates, here"),
    "an update at the end": (lambda f, c, n: (microseconds(f, c, n), f())[0], "calls says how many to time"),
}


def broken():
    return {"A": "target", "B": "fetching", "C": "twice", "D": "optimiser"}


def swapped(**letters):
    return lambda: broken() | letters


PARTS = {
    "twice and target mixed up": (swapped(A="twice", C="target"), "look at A: backward and loss"),
    "a larger batch": (swapped(C="batch"), "their number stays"),
    "all actions": (swapped(A="actions"), "needs no gather"),
    "optimiser and fetching mixed up": (swapped(B="optimiser", D="fetching"), "look at B: only fetching"),
    "C wrong": (swapped(C="optimiser"), "look at C: only forward"),
    "D wrong": (swapped(D="target"), "look at D: only the optimiser"),
    "all the same": (lambda: dict.fromkeys("ABCD", "fetching"), "look at A"),
    "one missing": (lambda: {letter: name for letter, name in broken().items() if letter != "D"}, "each panel has one"),
    "one too many": (swapped(E="batch"), "each panel has one culprit"),
    "a word of one's own": (swapped(B="memory"), "one of batch, fetching"),
    "names to letters": (
        lambda: {name: letter for letter, name in broken().items()},
        "a dictionary with A, B, C and D",
    ),
    "a list": (lambda: list(broken().values()), "a dictionary with A, B, C and D"),
    "one left open": (swapped(D=...), "D is to be one of the six"),
}


def what_was_shown():
    return "AC"


SHOWN = {
    "all": (lambda: "ABCDEF", "B says too much"),
    "the floor": (lambda: "ABC", "B says too much"),
    "the nudge": (lambda: "ACD", "which way a nudge goes"),
    "the GPU": (lambda: "ACE", "a rule of thumb"),
    "the ratio": (lambda: "ACF", "F compares two machines"),
    "only A": (lambda: "A", "section 6"),
    "only C": (lambda: "C", "section 2"),
    "none": (lambda: "", "one sentence that holds is missing"),
    "another letter": (lambda: "ACG", "letters out of ABCDEF"),
    "the wrong ones": (lambda: {"E", "F"}, "a rule of thumb"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (speed.count_table, count_table, COUNTS),
        (speed.typical_time, median_time, TIMES),
        (speed.needed_factor, needed, NEEDS),
        (speed.microseconds_per_update, microseconds, BENCHMARKS),
        (speed.broken_parts, broken, PARTS),
        (speed.what_was_shown, what_was_shown, SHOWN),
    ]
)


def as_an_array():
    return np.array(TABLE)


def as_a_tensor():
    return torch.tensor(TABLE)


def as_tuples():
    return tuple(map(tuple, TABLE))


def by_a_formula():
    once = [4 * w + w * w + 2 * w for w in (10, 100)]
    below = [w * w + 2 * w for w in (10, 100)]
    return [once, once, once, below, [3 * a + b for a, b in zip(once, below, strict=True)]]


def in_floats():
    return [[float(n) for n in row] for row in TABLE]


def by_comprehension(function, clock, warm_up, repeats):
    def once():
        start = clock()
        function()
        return clock() - start

    [function() for _ in range(warm_up)]
    return statistics.median(once() for _ in range(repeats))


def by_sorting(function, clock, warm_up, repeats):
    times = sorted(timed(function, clock, warm_up + repeats)[warm_up:])
    return (times[(repeats - 1) // 2] + times[repeats // 2]) / 2


def by_differences(function, clock, warm_up, repeats):
    for _ in range(warm_up):
        function()
    moments = [clock()]
    for _ in range(repeats):
        function()
        moments.append(clock())
    return np.median(np.diff(moments))


def by_tensor(function, clock, warm_up, repeats):
    for _ in range(warm_up):
        function()
    return torch.tensor(timed(function, clock, repeats), dtype=torch.float64).quantile(0.5)


def with_while(function, clock, warm_up, repeats):
    while warm_up > 0:
        function()
        warm_up -= 1
    times = np.empty(repeats)
    for i in range(repeats):
        times[i] = -clock()
        function()
        times[i] += clock()
    return float(np.quantile(times, 0.5))


def by_shares(spent, part, wanted):
    share = spent[part] / sum(spent.values())
    room = 1 / wanted - (1 - share)
    return share / room if room > 1e-12 else math.inf


def by_the_limit(spent, part, wanted):
    rest = sum(time for name, time in spent.items() if name != part)
    allowed = (rest + spent[part]) / wanted
    if allowed - rest <= 1e-9:
        return float("inf")
    return spent[part] / (allowed - rest)


def in_numpy(spent, part, wanted):
    total = np.sum(list(spent.values()))
    left = total / wanted - total + spent[part]
    return np.where(left > 1e-9, spent[part] / np.where(left > 1e-9, left, 1.0), np.inf)


def in_torch(spent, part, wanted):
    left = torch.tensor(sum(spent.values()) * (1 / wanted - 1) + spent[part], dtype=torch.float64)
    return spent[part] / left if left > 1e-9 else torch.tensor(math.inf)


def by_popping_a_copy(spent, part, wanted):
    others = dict(spent)
    own = others.pop(part)
    left = (own + sum(others.values())) / wanted - sum(others.values())
    return math.inf if left < 1e-9 else own / left


def by_nan_test(learn, clock, calls):
    loss = learn()
    while loss != loss:
        loss = learn()
    begin = clock()
    for _ in range(calls):
        learn()
    return 1e6 * (clock() - begin) / calls


def by_break(learn, clock, calls):
    while True:
        if not np.isnan(learn()):
            break
    start = clock()
    [learn() for _ in range(calls)]
    return np.float64(clock() - start) * 1e6 / calls


def by_mean_of_laps(learn, clock, calls):
    while math.isnan(learn()):
        continue
    return np.mean(timed(learn, clock, calls)) * 1e6


def by_counting(learn, clock, calls):
    updates, start = -1, clock()
    while updates < calls:
        if not math.isnan(learn()):
            updates += 1
            start = clock() if updates == 0 else start
    return (clock() - start) / calls * 1e6


def by_sum(learn, clock, calls):
    while math.isnan(learn()):
        pass
    total = 0.0
    for _ in range(calls):
        start = clock()
        if not math.isnan(learn()):
            total += clock() - start
    return torch.tensor(total / calls * 1e6, dtype=torch.float64)


def in_capitals():
    return {letter: name.upper() for letter, name in broken().items()}


def in_small_letters():
    return {letter.lower(): name for letter, name in broken().items()}


def by_zip():
    return dict(zip("ABCD", ("target", "fetching", "twice", "optimiser"), strict=True))


def backwards():
    return dict(reversed(broken().items()))


def with_spaces():
    return {letter: f" {name} " for letter, name in broken().items()}


def small():
    return "ca"


def a_set():
    return {"A", "C"}


def a_list():
    return ["C", "A"]


def with_a_comma():
    return "A, C"


def a_tuple():
    return ("A", "C")


RIGHT = {
    speed.count_table: (as_an_array, as_a_tensor, as_tuples, by_a_formula, in_floats),
    speed.typical_time: (by_comprehension, by_sorting, by_differences, by_tensor, with_while),
    speed.needed_factor: (by_shares, by_the_limit, in_numpy, in_torch, by_popping_a_copy),
    speed.microseconds_per_update: (by_nan_test, by_break, by_mean_of_laps, by_counting, by_sum),
    speed.broken_parts: (in_capitals, in_small_letters, by_zip, backwards, with_spaces),
    speed.what_was_shown: (small, a_set, a_list, with_a_comma, a_tuple),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


@pytest.mark.parametrize(("column", "width"), [(0, 10), (1, 100)])
def test_the_table_by_pencil_is_the_lessons_count(column, width):
    assert TABLE[4][column] == multiply_adds(width, 1)


def test_a_changed_dictionary_is_said_to_be_changed():
    report = speed.needed_factor(lambda spent, part, wanted: spent.pop(part))
    assert "Your function changed its argument `spent`" in report.message
