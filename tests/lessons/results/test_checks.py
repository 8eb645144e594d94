"""Lesson 16's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
from tables import make_tests

from qlib.lessons.results import checks


def improvement(ours, theirs, tie=0.5):
    return ((ours[:, None] > theirs) + tie * (ours[:, None] == theirs)).mean()


def middle(scores, low=4, high=4, sort=True):
    scores = np.sort(scores) if sort else scores
    n = len(scores)
    return scores[n // low if low else 0 : n - n // high if high else n].mean()


def moving(returns, window):
    return np.array([returns[max(0, i - window + 1) : i + 1].mean() for i in range(len(returns))])


def beginning(first):
    return lambda returns, window: np.concatenate([first(returns, window), moving(returns, window)[window - 1 :]])


def difference(ours, theirs):
    return np.mean([ours[seed] - theirs[seed] for seed in ours if seed in theirs])


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.improvement,
            improvement,
            {
                "no ties": (lambda a, b: improvement(a, b, 0), "ties count nothing"),
                "ties win": (lambda a, b: improvement(a, b, 1), "ties count as wins"),
                "swapped": (lambda a, b: improvement(b, a), "swapped"),
                "counted": (lambda a, b: improvement(a, b) * len(a) * len(b), "not their share"),
                "means": (lambda a, b: float(a.mean() > b.mean()), "only the means"),
                "difference": (lambda a, b: a.mean() - b.mean(), "difference of the means"),
                "a constant": (lambda a, b: 7 / 12, "against itself"),
            },
        ),
        (
            checks.middle_half,
            middle,
            {
                "unsorted": (lambda x: middle(x, sort=False), "not sorted"),
                "all": (lambda x: x.mean(), "all are averaged"),
                "median": (np.median, "median"),
                "a quarter": (lambda x: middle(x, 8, 8), "a quarter of them"),
                "worst half": (lambda x: middle(x, 2, 0), "worst half"),
                "best only": (lambda x: middle(x, 0, 4), "best quarter"),
                "worst only": (lambda x: middle(x, 4, 0), "worst quarter"),
                "by quantiles": (
                    lambda x: x[(x >= np.quantile(x, 0.25)) & (x <= np.quantile(x, 0.75))].mean(),
                    "equal scores are still single scores",
                ),
                "a constant": (lambda x: 312.5, "of four, the middle two"),
            },
        ),
        (
            checks.moving_mean,
            moving,
            {
                "zeros": (beginning(lambda r, n: np.zeros(n - 1)), "nobody measured"),
                "whole window": (beginning(lambda r, n: r[: n - 1].cumsum() / n), "divided by the whole window"),
                "copied": (beginning(lambda r, n: r[: n - 1]), "copied"),
                "all before": (lambda r, n: r.cumsum() / np.arange(1, len(r) + 1), "all that came before"),
                "ahead": (lambda r, n: moving(r[::-1], n)[::-1], "look ahead"),
                "valid only": (lambda r, n: moving(r, n)[n - 1 :], "Expected shape (5,)"),
                "window of 3": (lambda r, n: moving(r, 3), "window of 1"),
            },
        ),
        (
            checks.paired,
            difference,
            {
                "as they stand": (
                    lambda a, b: np.mean(np.array(list(a.values())) - np.array(list(b.values()))),
                    "without a partner",
                ),
                "swapped": (lambda a, b: difference(b, a), "swapped"),
                "sum": (lambda a, b: 3 * difference(a, b), "sum"),
                "missing is 0": (
                    lambda a, b: np.mean([a.get(s, 0) - b.get(s, 0) for s in a.keys() | b.keys()]),
                    "counts as 0",
                ),
                "size only": (lambda a, b: np.mean([abs(a[s] - b[s]) for s in a if s in b]), "a fall counts as one"),
                "a constant": (lambda a, b: 130 / 3, "seed 1 changes"),
            },
        ),
    ]
)
