"""The checks of lesson 16: probability of improvement, the middle half, a moving mean, pairs of seeds, and a claim."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.judge import Faults, judge_cases, judge_sentences


def _improvement(ours: np.ndarray, theirs: np.ndarray, tie: float = 0.5) -> float:
    return float(((ours[:, None] > theirs) + tie * (ours[:, None] == theirs)).mean())


@exercise("16.1 Probability of improvement")
def improvement(answer: Callable) -> None:
    """Check a function of two variants' final scores, shape (seeds,) each, that gives P(ours > theirs)."""
    rng = np.random.default_rng(161)
    cases = [(np.array([500.0, 300.0, 100.0]), np.array([200.0, 300.0, 50.0, 500.0]))]
    cases += [(np.array([500.0]), np.array([500.0, 500.0])), (np.array([3.0, 4.0]), np.array([1.0, 2.0, 2.5]))]
    cases += [(np.array([499.95, 480.0, 300.4]), np.array([499.9, 470.0, 300.2]))]  # nearly equal is no tie
    cases += [(np.array([500.0, 20.0]), np.array([499.999, 30.0]))]
    for n, m in ((1, 1), (5, 5), (16, 16), (4, 9), (12, 3)):
        cases.append((rng.integers(0, 6, n) * 100.0, rng.integers(0, 6, m) * 100.0))  # many ties
    cases += [(cases[-1][0], cases[-1][0])]
    faults: Faults = {
        "ties count nothing": lambda a, b: _improvement(a, b, 0.0),
        "ties count as wins": lambda a, b: _improvement(a, b, 1.0),
        "the two are swapped": lambda a, b: _improvement(b, a),
        "the wins are counted, not their share": lambda a, b: _improvement(a, b) * len(a) * len(b),
        "only the means are compared": lambda a, b: float(a.mean() > b.mean()) + 0.5 * (a.mean() == b.mean()),
        "only the means are compared, and a tie is nothing": lambda a, b: float(a.mean() > b.mean()),
        "the difference of the means is given": lambda a, b: a.mean() - b.mean(),
        "each is compared with the median of the others: with each of them": lambda a, b: float(
            (a > np.median(b)).mean()
        ),
        "each is compared with the mean of the others: with each of them": lambda a, b: float((a > b.mean()).mean()),
        "the i-th is compared with the i-th only: any seed may meet any other": lambda a, b: float(
            ((a[: len(b)] > b[: len(a)]) + 0.5 * (a[: len(b)] == b[: len(a)])).mean()
        ),
    }

    def why(a, b):
        return f"each of ours against each of theirs: {len(a) * len(b)} pairs, of {_shown(a)} and {_shown(b)}"

    hint = "1 for a win, 1/2 for a tie; then the mean over all pairs"
    judge_cases(answer, cases, _improvement, faults, why, hint)


def _middle(scores: np.ndarray) -> float:
    quarter = len(scores) // 4
    return float(np.sort(scores)[quarter : len(scores) - quarter].mean())


@exercise("16.2 The middle half")
def middle_half(answer: Callable) -> None:
    """Check a function of final scores, shape (seeds,), seeds divisible by 4, that averages the middle half."""
    rng = np.random.default_rng(162)
    cases = [(np.array([500.0, 10, 300, 400, 200, 480, 20, 350]),), (np.array([4.0, 1, 3, 100]),)]
    cases += [(np.array([500.0, 500, 500, 10, 20, 500, 500, 300]),), (np.array([7.0, 7, 7, 7]),)]
    cases += [(rng.uniform(-200, 500, n).round(1),) for n in (4, 8, 12, 16, 40)]
    faults: Faults = {
        "the scores are not sorted": lambda x: x[len(x) // 4 : len(x) - len(x) // 4].mean(),
        "all are averaged": lambda x: x.mean(),
        "the median is taken": np.median,
        "a quarter of them is dropped in all, not at each end": lambda x: np.sort(x)[
            len(x) // 8 : len(x) - len(x) // 8
        ].mean(),
        "the worst half is dropped": lambda x: np.sort(x)[len(x) // 2 :].mean(),
        "the best half is dropped": lambda x: np.sort(x)[: len(x) // 2].mean(),
        "the best quarter is dropped only": lambda x: np.sort(x)[: len(x) - len(x) // 4].mean(),
        "the worst quarter is dropped only": lambda x: np.sort(x)[len(x) // 4 :].mean(),
        "one is dropped at each end, not a quarter": lambda x: np.sort(x)[1:-1].mean(),
        "two are dropped at each end, not a quarter": lambda x: np.sort(x)[2:-2].mean() if len(x) > 4 else np.nan,
        "the scores are chosen by their quantiles: equal ones are still single scores": lambda x: x[
            (x >= np.quantile(x, 0.25)) & (x <= np.quantile(x, 0.75))
        ].mean(),
        "equal scores are taken once": lambda x: np.unique(x)[len(np.unique(x)) // 4 :].mean(),
    }

    def why(x):
        return f"of {len(x)} sorted scores, numbers {len(x) // 4 + 1} to {len(x) - len(x) // 4} ({_shown(x)})"

    judge_cases(answer, cases, _middle, faults, why, "sort; leave a quarter out at each end; average the rest")


def _moving(returns: np.ndarray, window: int) -> np.ndarray:
    return np.array([returns[max(0, i - window + 1) : i + 1].mean() for i in range(len(returns))])


def _begins(first: Callable) -> Callable:
    """Make a moving mean that begins in another way, as long as the window is not full."""
    return lambda x, w: np.concatenate([first(x, w)[: min(w - 1, len(x))], _moving(x, w)[w - 1 :]])


@exercise("16.3 Find the bug: a mean that begins with zeros")
def moving_mean(answer: Callable) -> None:
    """Check a function of returns, shape (n,), and a window that gives the moving mean, shape (n,)."""
    rng = np.random.default_rng(163)
    cases = [(np.array([10.0, 20, 60, 30, 90]), 3), (np.array([10.0, 20, 60, 30, 90]), 1), (np.array([5.0]), 4)]
    for n, window in ((5, 50), (8, 8), (8, 7), (12, 2), (30, 10), (7, 6)):
        cases.append((rng.uniform(-50, 200, n).round(1), window))
    cases.append((rng.uniform(-200, 20, 9).round(1), 4))  # returns may be below 0
    faults: Faults = {
        "the first means are zeros, which nobody measured": _begins(lambda x, w: np.zeros(len(x))),
        "the first sums are divided by the whole window": _begins(lambda x, w: x.cumsum() / w),
        "the first values are copied, not averaged": _begins(lambda x, w: x),
        "the first means are all the first full one": _begins(lambda x, w: np.full(len(x), x[: min(w, len(x))].mean())),
        "the first means are missing numbers: average what there is": _begins(lambda x, w: np.full(len(x), np.nan)),
        "the mean is over all that came before": lambda x, w: x.cumsum() / np.arange(1, len(x) + 1),
        "the means look ahead": lambda x, w: _moving(x[::-1], w)[::-1],
        "the window is one too wide": lambda x, w: _moving(x, w + 1),
        "the window is one too narrow": lambda x, w: _moving(x, max(w - 1, 1)),
        "the returns come back as they were": lambda x, w: x,
        "the sums are given, not the means": lambda x, w: _moving(x, w) * np.minimum(np.arange(len(x)) + 1, w),
    }

    def why(x, w):
        return f"one mean for each return, over it and at most {w - 1} before it: {_shown(x)}, window {w}"

    judge_cases(answer, cases, _moving, faults, why, "the first means are means of what there is: of one, of two, ...")


def _paired(ours: dict[int, float], theirs: dict[int, float]) -> float:
    return float(np.mean([ours[seed] - theirs[seed] for seed in ours if seed in theirs]))


@exercise("16.4 Find the bug: who is compared with whom?")
def paired(answer: Callable) -> None:
    """Check a function of scores by seed, two dictionaries, that gives the mean difference over the seeds of both."""
    rng = np.random.default_rng(164)
    cases = [({3: 100.0, 0: 500.0, 1: 300.0, 7: 9.0}, {1: 200.0, 3: 80.0, 0: 490.0, 5: 1.0})]
    cases += [({1: 5.0, 2: 4.0}, {2: 1.0, 1: 1.0}), ({1: 1.0, 2: 9.0}, {1: 4.0, 2: 8.0}), ({4: 0.0}, {4: 10.0, 9: 0.0})]
    cases += [({1: 5.0, 2: 4.0, 3: 9.0}, {3: 1.0, 2: 0.0, 1: 1.0})]  # two seeds that differ by as much
    cases += [({1: 500.0, 2: 7.0}, {1: 500.0, 2: 3.0})]  # and one that does not differ
    for n in (5, 9, 16):
        both = [{int(s): float(rng.integers(0, 501)) for s in rng.permutation(20)[:n]} for _ in range(2)]
        cases.append(({19: 0.0, **both[0]}, {19: 500.0, **both[1]}))  # one seed at least, and a score of 0
    faults: Faults = {
        "all are averaged, those without a partner as well": lambda a, b: (
            np.mean(list(a.values())) - np.mean(list(b.values()))
        ),
        "the two are swapped": lambda a, b: -_paired(a, b),
        "the sum is given": lambda a, b: _paired(a, b) * len(a.keys() & b.keys()),
        "a missing seed counts as 0": lambda a, b: np.mean([a.get(s, 0) - b.get(s, 0) for s in a.keys() | b.keys()]),
        "it is divided by the number of ours, with a partner or without": lambda a, b: (
            _paired(a, b) * len(a.keys() & b.keys()) / len(a)
        ),
        "it is divided by the number of theirs, with a partner or without": lambda a, b: (
            _paired(a, b) * len(a.keys() & b.keys()) / len(b)
        ),
        "the sizes are averaged: a fall counts as one": lambda a, b: np.mean([abs(a[s] - b[s]) for s in a if s in b]),
        "they are compared as they stand, whatever their seeds are": lambda a, b: np.mean(
            [x - y for x, y in zip(a.values(), b.values(), strict=False)]
        ),
        "they are sorted first, the i-th against the i-th": lambda a, b: np.mean(
            [a[x] - b[y] for x, y in zip(sorted(a), sorted(b), strict=False)]
        ),
        "seeds that do not differ are left out: their difference is 0": lambda a, b: np.mean(
            [a[s] - b[s] for s in a if s in b and a[s] != b[s]] or [np.nan]
        ),
        "a score of 0 is left out": lambda a, b: np.mean([a[s] - b[s] for s in a if a.get(s) and b.get(s)] or [np.nan]),
    }

    def why(a, b):
        return f"the seeds of both are {sorted(a.keys() & b.keys())}: the mean of their differences"

    judge_cases(answer, cases, _paired, faults, why, "a seed is a key; subtract where both have one")


_SENTENCES = {  # whether the lesson supports it, and what to say of a wrong choice
    "A": (True, "look at the probability of improvement against the paper's recipe, and its interval"),
    "B": (False, "B: the paper leaves a rate and an epsilon open, and we filled them in: another choice may do better"),
    "C": (False, "C: how many of the sixteen ended below 475?"),
    "D": (True, "look at prioritized replay against plain DQN, by both measures"),
    "E": (True, "look at what the best checkpoint adds to the original, with its interval"),
    "F": (False, "F takes an open interval for no difference: it holds one half, and other numbers as well"),
}


@exercise("16.5 What was shown?")
def what_was_shown(answer: Callable) -> None:
    """Check a function without arguments that returns the letters of the sentences that the lesson supports."""
    judge_sentences(answer(), _SENTENCES)


def _shown(values: np.ndarray) -> str:
    return np.array2string(values, threshold=8, edgeitems=3, separator=", ")
