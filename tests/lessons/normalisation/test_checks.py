"""Lesson 11's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
import torch
from tables import make_right_test, make_tests

from qlib.lessons.normalisation import checks


def unscaled(scaled, low, high):
    return (low + high) / 2 + scaled * (high - low) / 2


def merged(n, a, v, m, b, w):
    share = m / (n + m)
    return a + share * (b - a), (1 - share) * v + share * w + share * (1 - share) * (b - a) ** 2


def usable(low, high):
    return (high - low > 0) & (high - low < 1e30)


UNSCALED = {
    "0 to 1": (lambda x, low, high: low + x * (high - low), "it came from 0 ... 1"),
    "there": (lambda x, low, high: 2 * (x - low) / (high - low) - 1, "the way there"),
    "no low": (lambda x, low, high: (x + 1) / 2 * (high - low), "lower end is not added"),
    "no middle": (lambda x, low, high: x * (high - low) / 2, "middle of the range is not added"),
    "divided": (lambda x, low, high: x * high, "only the upper end"),
    "twice": (lambda x, low, high: low + (x + 1) * (high - low), "stretched twice"),
    "whole width": (lambda x, low, high: (low + high) / 2 + x * (high - low), "whole width"),
    "swapped": (lambda x, low, high: unscaled(-x, low, high), "ends are swapped"),
    "clipped": (lambda x, low, high: np.clip(unscaled(x, low, high), low, high), "cut off"),
    "half of all": (lambda x, low, high: (low + (x + 1) * (high - low)) / 2, "divided by 2, the lower end"),
    "one row": (lambda x, low, high: unscaled(np.atleast_2d(x), low, high), "one number for each"),
    "first range": (lambda x, low, high: unscaled(x, low[0], high[0]), "-1 becomes low"),
    "along rows": (lambda x, low, high: unscaled(x.T, low, high).T if x.shape == (3, 3) else unscaled(x, low, high),
                   "shape (3, 3)"),
    "whole": (lambda x, low, high: np.round(unscaled(x, low, high)), "-1 becomes low"),
    "in place": (lambda scaled, low, high: np.add(low, (scaled + 1) / 2 * (high - low), out=low), "changed its arg"),
}  # fmt: skip
MERGED = {
    "no distance": (lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (n * v + m * w) / (n + m)), "left out"),
    "alike": (lambda n, a, v, m, b, w: merged(1, a, v, 1, b, w), "count alike"),
    "other's weight": (lambda n, a, v, m, b, w: merged(m, a, v, n, b, w), "the other's weight"),
    "sum": (lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], v + w), "added up"),
    "not squared": (
        lambda n, a, v, m, b, w: (
            merged(n, a, v, m, b, w)[0],
            (n * v + m * w) / (n + m) + n * m / (n + m) ** 2 * abs(a - b),
        ),
        "is not squared",
    ),
    "no weight": (
        lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (n * v + m * w) / (n + m) + (a - b) ** 2),
        "has no weight",
    ),
    "once": (
        lambda n, a, v, m, b, w: (
            merged(n, a, v, m, b, w)[0],
            (n * v + m * w) / (n + m) + n * m / (n + m) * (a - b) ** 2,
        ),
        "once too seldom",
    ),
    "mean square": (
        lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (n * (v + a * a) + m * (w + b * b)) / (n + m)),
        "not taken off",
    ),
    "deviation": (
        lambda *case: (merged(*case)[0], merged(*case)[1] ** 0.5),
        "the deviation is given",
    ),
    "swapped": (lambda *case: merged(*case)[::-1], "swapped"),
    "sample": (
        lambda n, a, v, m, b, w: (
            merged(n, a, v, m, b, w)[0],
            merged(n, a, v, m, b, w)[1] * (n + m) / max(n + m - 1, 1),
        ),
        "as numpy finds",
    ),
    "one empty only": (
        lambda n, a, v, m, b, w: merged(n, a, v, m, b, w) if n and m else (a + b, v + w),
        "0 numbers",
    ),
    "the first": (lambda n, a, v, m, b, w: (a, v), "as numpy finds"),
    "only the mean": (lambda *case: merged(*case)[0], "two numbers"),
    "equal counts": (lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (v + w) / 2 + ((a - b) / 2) ** 2), "numpy"),
}
USABLE = {
    "each end for itself": (lambda low, high: (high > low) & (abs(low) < 1e30) & (high < 1e30), "the width counts"),
    "nearly equal": (lambda low, high: usable(low, high) & ~np.isclose(low, high), "narrow is not empty"),
    "the original": (lambda low, high: [None == h - a for a, h in zip(low, high)], "can scale it"),  # noqa: B905, E711
    "turned": (lambda low, high: ~usable(low, high), "swapped"),
    "finite only": (lambda low, high: np.isfinite(high - low), "cannot scale it"),
    "as good as infinite": (lambda low, high: np.isfinite(high - low) & (high > low), "the largest float32"),
    "one answer": (lambda low, high: bool(usable(low, high).all()), "one True or False for each"),
    "not empty": (lambda low, high: (high != low) & np.isfinite(low) & np.isfinite(high) & (high - low < 1e30),
                  "cannot scale it"),
    "at least empty": (lambda low, high: (high >= low) & (high - low < 1e30), "cannot scale it"),
    "by size": (lambda low, high: abs(high - low) < 1e30, "cannot scale it"),
    "not nan": (lambda low, high: ~((high <= low) | (high - low >= 1e30)), "cannot scale it"),
    "above 0": (lambda low, high: usable(low, high) & (low < 0), "can scale it"),
    "symmetric": (lambda low, high: usable(low, high) & (low == -high), "can scale it"),
    "a small bar": (lambda low, high: usable(low, high) & (high - low < 1e10), "can scale it"),
    "a bar below 1e30": (lambda low, high: usable(low, high) & (high - low < 1e25), "can scale it"),
    "wider than a little": (lambda low, high: usable(low, high) & (high - low > 1e-3), "can scale it"),
    "only the upper end": (lambda low, high: (high < 1e30) & (high > low), "cannot scale it"),
    "first four": (lambda low, high: np.append(usable(low, high)[:4], np.ones(max(0, len(low) - 4), bool)),
                   "cannot scale it"),
    "the widths": (lambda low, high: np.nan_to_num(high - low), "can scale it"),
}  # fmt: skip
TABLE = [[7, 7, 13, 13], [7, 7, 13, 13], [9.25, 9.25, 12.25, 12.25], [12.25, 12.25, 15.25, 15.25]]


def by_hand(z, weight=3.0, bias=10.0):
    return lambda: (np.array(z) * weight + bias).tolist()


def table(train, evaluate):
    """Make an answer from what each mode gives for a batch."""
    batches = np.array([[1.0, 1, 5, 5], [5, 5, 9, 9]])
    return lambda: [train(x) for x in batches] + [evaluate(x) for x in batches]


def own(x):
    return (x - x.mean()) / x.std() * 3 + 10


def running(x):
    return (x - 2) / 4 * 3 + 10


Z = [[-1, -1, 1, 1], [-1, -1, 1, 1], [-0.25, -0.25, 0.75, 0.75], [0.75, 0.75, 1.75, 1.75]]
UNIT = {
    "no weight": (by_hand(Z, 1), "the weight, 3, is left out"),
    "no bias": (by_hand(Z, 3, 0), "the bias, 10, is left out"),
    "neither": (by_hand(Z, 1, 0), "the weight, 3, is left out"),
    "bias first": (lambda: ((np.array(Z) + 10) * 3).tolist(), "first times the weight"),
    "always running": (table(running, running), "train mode takes the batch's own"),
    "always its own": (table(own, own), "eval mode takes the running"),
    "swapped": (table(running, own), "swapped"),
    "another order": (lambda: TABLE[::-1], "another order"),
    "by the variance": (
        table(lambda x: (x - x.mean()) / x.var() * 3 + 10, lambda x: (x - 2) / 16 * 3 + 10),
        "root of the variance",
    ),
    "of a sample": (table(lambda x: (x - x.mean()) / x.std(ddof=1) * 3 + 10, running), "divided by 4 and not by 3"),
    "no mean": (table(lambda x: x / x.std() * 3 + 10, lambda x: x / 4 * 3 + 10), "is to be subtracted"),
    "A's for B": (table(lambda x: (x - 3) / 2 * 3 + 10, running), "B's are not A's"),
    "one slip": (lambda: [*TABLE[:3], [12.25, 12.25, 15.25, 15]], "9 of B in eval mode"),
    "rounded": (lambda: np.round(TABLE).tolist(), "1 of A in eval mode"),
    "three rows": (lambda: TABLE[:3], "four rows of four numbers"),
    "as columns": (lambda: np.transpose(TABLE), "5 of A in train mode"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (checks.unscaled, unscaled, UNSCALED),
        (checks.merged, merged, MERGED),
        (checks.usable, usable, USABLE),
        (checks.unit_table, lambda: TABLE, UNIT),
    ]
)


def from_low(scaled, low, high):
    return low + (scaled + 1) / 2 * (high - low)


def between(scaled, low, high):
    share = (1 + scaled) / 2
    return (1 - share) * low + share * high


def in_torch(scaled, low, high):
    x, a, b = map(torch.as_tensor, (scaled, low, high))
    return torch.lerp(a.expand_as(x), b.expand_as(x), (x + 1) / 2)


def in_lists(scaled, low, high):
    rows = [
        [a + (one + 1) * (b - a) / 2 for one, a, b in zip(row, low, high, strict=True)] for row in np.atleast_2d(scaled)
    ]
    return rows if scaled.ndim == 2 else rows[0]


def in_float32(scaled, low, high):
    return unscaled(*(part.astype(np.float32) for part in (scaled, low, high)))


def by_squares(n, a, v, m, b, w):
    mean = (n * a + m * b) / (n + m)
    return mean, (n * (v + a**2) + m * (w + b**2)) / (n + m) - mean**2


def by_chan(n, a, v, m, b, w):
    away, count = b - a, n + m
    return [a + away * m / count, (n * v + m * w + away**2 * n * m / count) / count]


def by_distances(n, a, v, m, b, w):
    mean = (n * a + m * b) / (n + m)
    return np.array([mean, (n * (v + (a - mean) ** 2) + m * (w + (b - mean) ** 2)) / (n + m)])


def by_average(n, a, v, m, b, w):
    mean = np.average([a, b], weights=[n, m])
    return mean, np.average([v + (a - mean) ** 2, w + (b - mean) ** 2], weights=[n, m])


def with_empty_ones(n, a, v, m, b, w):
    if n == 0:
        return b, w
    return (a, v) if m == 0 else torch.tensor(merged(n, a, v, m, b, w))


def by_loop(low, high):
    return [bool(b > a and b - a < 1e30) for a, b in zip(low, high, strict=True)]


def by_finite(low, high):
    width = high - low
    return np.isfinite(width) & (width > 0) & (width <= 1e30)


def by_where(low, high):
    return np.where((high > low) & (high - low < 1e30), 1, 0)


def in_torch_too(low, high):
    width = torch.as_tensor(high - low)
    return (width > 0) & (width < 1e30)


def by_logic(low, high):
    return np.logical_and(np.greater(high - low, 0), np.less(high - low, 1e30))


RIGHT = {
    checks.unscaled: (from_low, between, in_torch, in_lists, in_float32),
    checks.merged: (by_squares, by_chan, by_distances, by_average, with_empty_ones),
    checks.unit_table: (
        by_hand(Z),
        table(own, running),
        lambda: np.array(TABLE),
        lambda: torch.tensor(TABLE),
        lambda: tuple(map(tuple, TABLE)),
    ),
    checks.usable: (by_loop, by_finite, by_where, in_torch_too, by_logic),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


def test_a_truth_value_is_shown_as_one():
    assert "Came     True" in checks.usable(lambda low, high: np.isfinite(high - low)).message
