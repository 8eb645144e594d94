"""Lesson 16's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import itertools

import numpy as np
import pytest
import torch
from tables import giving, make_right_test, make_tests

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
    return lambda r, n: np.concatenate([first(r, n)[: min(n - 1, len(r))], moving(r, n)[n - 1 :]])


def difference(ours, theirs):
    return np.mean([ours[seed] - theirs[seed] for seed in ours if seed in theirs])


def right_but(where, instead):
    """Make an answer that is wrong on some inputs only."""

    def of(solution):
        return lambda *given: instead(*given) if where(*given) else solution(*given)

    return of


WRONG_SENTENCES = {
    "B too": (giving("ABDE"), "leaves a rate and an epsilon open"),
    "C too": (giving("ACDE"), "ended below 475"),
    "F too": (giving(["A", "D", "E", "F"]), "an open interval for no difference"),
    "all": (giving("ABCDEF"), "leaves a rate"),
    "without A": (giving("DE"), "the probability of improvement"),
    "without D": (giving("AE"), "by both measures"),
    "without E": (giving("AD"), "the best checkpoint"),
    "none": (giving(""), "is missing"),
    "another": (giving("ADG"), "letters out of ABCDEF"),
    "numbers": (giving([1, 4, 5]), "letters out of ABCDEF"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.improvement,
            improvement,
            {
                "no ties": (lambda a, b: improvement(a, b, 0), "ties count nothing"),
                "ties win": (lambda a, b: improvement(a, b, 1), "ties count as wins"),
                "swapped": (lambda a, b: improvement(b, a), "swapped"),
                "whole scores": (lambda a, b: improvement(a.astype(int), b.astype(int)), "each of ours against each"),
                "nearly equal": (
                    lambda a, b: ((a[:, None] - b > 0.1) + 0.5 * (np.abs(a[:, None] - b) <= 0.1)).mean(),
                    "each of ours against each",
                ),
                "isclose": (
                    lambda a, b: ((a[:, None] > b) + 0.5 * np.isclose(a[:, None], b)).mean(),
                    "each of ours against each",
                ),
                "median of the others": (lambda a, b: (a > np.median(b)).mean(), "with the median of the others"),
                "counted": (lambda a, b: improvement(a, b) * len(a) * len(b), "not their share"),
                "means": (lambda a, b: float(a.mean() > b.mean()), "only the means"),
                "difference": (lambda a, b: a.mean() - b.mean(), "difference of the means"),
                "a constant": (lambda a, b: 7 / 12, "each of ours against each"),
                "in order": (
                    lambda a, b: np.mean([(x > y) + 0.5 * (x == y) for x, y in zip(a, b, strict=False)]),
                    "any seed may meet",
                ),
                "one too few": (lambda a, b: improvement(a, b[: max(1, len(b) - 1)]), "each of ours against each"),
                "percent": (lambda a, b: 100 * improvement(a, b), "each of ours against each"),
                "equal lengths only": (
                    right_but(lambda a, b: len(a) != len(b), lambda a, b: 0.5)(improvement),
                    "each of ours against each",
                ),
                "ties by nearness": (
                    lambda a, b: ((a[:, None] > b + 150) + 0.5 * (abs(a[:, None] - b) <= 150)).mean(),
                    "each of ours against each",
                ),
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
                "best half": (lambda x: middle(x, 0, 2), "best half"),
                "best only": (lambda x: middle(x, 0, 4), "best quarter"),
                "worst only": (lambda x: middle(x, 4, 0), "worst quarter"),
                "by quantiles": (
                    lambda x: x[(x >= np.quantile(x, 0.25)) & (x <= np.quantile(x, 0.75))].mean(),
                    "equal ones are still single scores",
                ),
                "a constant": (lambda x: 312.5, "of 4 sorted scores, numbers 2 to 3"),
                "one each": (lambda x: np.sort(x)[1:-1].mean(), "one is dropped at each end"),
                "two each": (lambda x: np.sort(x)[2:-2].mean() if len(x) > 4 else middle(x), "sorted scores"),
                "descending, one off": (lambda x: np.sort(x)[::-1][len(x) // 4 + 1 :].mean(), "sorted scores"),
                "no fall below 0": (lambda x: middle(np.maximum(x, 0)), "sorted scores"),
            },
        ),
        (
            checks.moving_mean,
            moving,
            {
                "zeros": (beginning(lambda r, n: np.zeros(len(r))), "nobody measured"),
                "whole window": (beginning(lambda r, n: r.cumsum() / n), "divided by the whole window"),
                "copied": (beginning(lambda r, n: r), "copied"),
                "all before": (lambda r, n: r.cumsum() / np.arange(1, len(r) + 1), "all that came before"),
                "ahead": (lambda r, n: moving(r[::-1], n)[::-1], "look ahead"),
                "valid only": (lambda r, n: moving(r, n)[n - 1 :], "one mean for each return"),
                "window of 3": (lambda r, n: moving(r, 3), "window 1"),
                "wider": (lambda r, n: moving(r, n + 1), "one too wide"),
                "narrower": (lambda r, n: moving(r, max(1, n - 1)), "one too narrow"),
                "nan": (beginning(lambda r, n: np.full(len(r), np.nan)), "missing numbers"),
                "sums": (
                    lambda r, n: np.array([r[max(0, i - n + 1) : i + 1].sum() for i in range(len(r))]),
                    "the sums",
                ),
                "cut at 0": (lambda r, n: np.maximum(moving(r, n), 0), "one mean for each return"),
            },
        ),
        (
            checks.paired,
            difference,
            {
                "each difference once": (
                    lambda a, b: np.mean(list({a[s] - b[s] for s in a if s in b})),
                    "are [1, 2, 3]",
                ),
                "as the bug": (lambda a, b: np.mean(list(a.values())) - np.mean(list(b.values())), "without a partner"),
                "as they stand": (
                    lambda a, b: np.mean([x - y for x, y in zip(a.values(), b.values(), strict=False)]),
                    "as they stand",
                ),
                "swapped": (lambda a, b: difference(b, a), "swapped"),
                "sum": (lambda a, b: difference(a, b) * len(a.keys() & b.keys()), "the sum is given"),
                "missing is 0": (
                    lambda a, b: np.mean([a.get(s, 0) - b.get(s, 0) for s in a.keys() | b.keys()]),
                    "counts as 0",
                ),
                "size only": (lambda a, b: np.mean([abs(a[s] - b[s]) for s in a if s in b]), "a fall counts as one"),
                "by ours": (lambda a, b: sum(a[s] - b[s] for s in a if s in b) / len(a), "number of ours"),
                "by theirs": (lambda a, b: sum(a[s] - b[s] for s in a if s in b) / len(b), "number of theirs"),
                "sorted": (
                    lambda a, b: np.mean([a[x] - b[y] for x, y in zip(sorted(a), sorted(b), strict=False)]),
                    "sorted first",
                ),
                "true scores only": (
                    lambda a, b: np.mean([a[s] - b[s] for s in a if a.get(s) and b.get(s)] or [np.nan]),
                    "a score of 0 is left out",
                ),
                "median": (lambda a, b: np.median([a[s] - b[s] for s in a if s in b]), "the seeds of both are"),
                "ties left out": (
                    lambda a, b: np.mean([a[s] - b[s] for s in a if s in b and a[s] != b[s]] or [0]),
                    "seeds that do not differ",
                ),
                "a constant": (lambda a, b: 130 / 3, "the seeds of both are [1, 2]"),
            },
        ),
        (checks.what_was_shown, giving("ADE"), WRONG_SENTENCES),
    ]
)


def improvement_by_loop(ours, theirs):
    total = 0.0
    for x in ours:
        for y in theirs:
            total += 1 if x > y else 0.5 if x == y else 0
    return total / (len(ours) * len(theirs))


def improvement_by_sign(ours, theirs):
    return (np.sign(np.subtract.outer(ours, theirs)).mean() + 1) / 2


def improvement_by_torch(ours, theirs):
    ours, theirs = torch.tensor(ours)[:, None], torch.tensor(theirs)
    return ((ours > theirs).float() + 0.5 * (ours == theirs).float()).mean()


def improvement_by_product(ours, theirs):
    pairs = list(itertools.product(ours.tolist(), theirs.tolist()))
    return sum((x > y) + (x == y) / 2 for x, y in pairs) / len(pairs)


def improvement_by_heaviside(ours, theirs):
    return np.float32(np.heaviside(ours[:, None] - theirs[None], 0.5).mean())


def middle_by_list(scores):
    ordered, quarter = sorted(scores.tolist()), len(scores) // 4
    return sum(ordered[quarter : 3 * quarter]) / (2 * quarter)


def middle_by_scipy(scores):
    from scipy.stats import trim_mean

    return trim_mean(scores, 0.25)


def middle_by_torch(scores):
    ordered = torch.tensor(scores).sort().values
    return ordered[len(ordered) // 4 : -(len(ordered) // 4)].mean()


def middle_in_place(scores):
    own = scores.copy()
    own.sort()
    return own[len(own) // 4 : 3 * len(own) // 4].mean()


def middle_by_partition(scores):
    n = len(scores)
    return np.partition(scores, (n // 4, 3 * n // 4 - 1))[n // 4 : 3 * n // 4].mean()


def moving_by_sums(returns, window):
    sums = np.concatenate([[0.0], returns.cumsum()])
    ends = np.arange(1, len(returns) + 1)
    begins = np.maximum(ends - window, 0)
    return (sums[ends] - sums[begins]) / (ends - begins)


def moving_by_loop(returns, window):
    means = []
    for i in range(len(returns)):
        part = list(returns)[max(0, i + 1 - window) : i + 1]
        means.append(sum(part) / len(part))
    return means


def moving_by_deque(returns, window):
    from collections import deque

    last, means = deque(maxlen=window), []
    for one in returns:
        last.append(one)
        means.append(np.mean(last))
    return np.array(means, np.float64)


def moving_by_torch(returns, window):
    returns = torch.tensor(returns)
    return torch.stack([returns[max(0, i + 1 - window) : i + 1].mean() for i in range(len(returns))])


def moving_in_place(returns, window):
    means = returns.copy()
    for i in range(len(means)):
        means[i] = returns[max(0, i - window + 1) : i + 1].mean()
    return tuple(means)


def paired_by_keys(ours, theirs):
    both = ours.keys() & theirs.keys()
    return sum(ours[s] - theirs[s] for s in both) / len(both)


def paired_by_arrays(ours, theirs):
    both = sorted(set(ours) & set(theirs))
    return (np.array([ours[s] for s in both]) - np.array([theirs[s] for s in both])).mean()


def paired_by_loop(ours, theirs):
    total, n = 0.0, 0
    for seed, score in ours.items():
        if seed in theirs:
            total, n = total + score - theirs[seed], n + 1
    return total / n


def paired_by_means(ours, theirs):
    return np.mean([ours[s] for s in ours if s in theirs]) - np.mean([theirs[s] for s in theirs if s in ours])


def paired_by_torch(ours, theirs):
    return torch.tensor([ours[s] - theirs[s] for s in theirs if s in ours], dtype=torch.float64).mean()


test_another_way_is_right_too = make_right_test(
    [
        *(
            (checks.improvement, way)
            for way in (
                *(improvement_by_loop, improvement_by_sign, improvement_by_torch),
                *(improvement_by_product, improvement_by_heaviside),
            )
        ),
        *(
            (checks.middle_half, way)
            for way in (middle_by_list, middle_by_scipy, middle_by_torch, middle_in_place, middle_by_partition)
        ),
        *(
            (checks.moving_mean, way)
            for way in (moving_by_sums, moving_by_loop, moving_by_deque, moving_by_torch, moving_in_place)
        ),
        *(
            (checks.paired, way)
            for way in (paired_by_keys, paired_by_arrays, paired_by_loop, paired_by_means, paired_by_torch)
        ),
    ]
)


@pytest.mark.parametrize("said", ["ade", "E, D, A", ["A", "D", "E"], {"A", "D", "E"}, ("d", "a", "e")])
def test_letters_may_be_written_in_any_way(said):
    assert checks.what_was_shown(giving(said)).status == "passed"
