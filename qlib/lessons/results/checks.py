"""The checks of lesson 16: probability of improvement, the middle half, a moving mean, and pairs of seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import expect, numbers
from qlib.lessons.judge import refuse


@exercise("16.1 Probability of improvement")
def improvement(answer: Callable) -> None:
    """Check a function of two variants' final scores, shape (seeds,) each, that gives P(ours > theirs)."""
    ours, theirs = np.array([500.0, 300.0, 100.0]), np.array([200.0, 300.0, 50.0, 500.0])
    wins, ties = (ours[:, None] > theirs).mean(), (ours[:, None] == theirs).mean()
    mistakes = {
        "ties count nothing": wins,
        "ties count as wins": wins + ties,
        "the two are swapped": 1 - wins - ties / 2,
        "the wins are counted, not their share": 12 * (wins + ties / 2),
        "only the means are compared": 1.0,
        "the difference of the means is given": ours.mean() - theirs.mean(),
    }
    got = answer(ours.copy(), theirs.copy())
    refuse(got, mistakes, "each of ours against each of theirs: 1 for a win, 1/2 for a tie; then the mean")
    expect(got, wins + ties / 2, "of 3 times 4 pairs, 6 are won and 2 are ties")
    expect(answer(ours.copy(), ours.copy()), 0.5, "against itself nobody improves")
    expect(answer(np.array([3.0, 4.0]), np.array([1.0, 2.0, 2.5])), 1.0, "all of ours are above all of theirs")


@exercise("16.2 The middle half")
def middle_half(answer: Callable) -> None:
    """Check a function of final scores, shape (seeds,), seeds divisible by 4, that averages the middle half."""
    scores = np.array([500.0, 10.0, 300.0, 400.0, 200.0, 480.0, 20.0, 350.0])
    middle = np.sort(scores)[2:6]
    mistakes = {
        "the scores are not sorted": scores[2:6].mean(),
        "all are averaged": scores.mean(),
        "the median is taken": float(np.median(scores)),
        "a quarter of them is dropped in all, not at each end": np.sort(scores)[1:7].mean(),
        "the worst half is dropped": np.sort(scores)[4:].mean(),
        "the best quarter is dropped only": np.sort(scores)[:6].mean(),
        "the worst quarter is dropped only": np.sort(scores)[2:].mean(),
    }
    got = answer(scores.copy())
    refuse(got, mistakes, "sort; leave a quarter out at each end; average the rest")
    expect(got, middle.mean(), "of 8 sorted scores, numbers 3 to 6 are the middle half")
    expect(answer(np.array([4.0, 1.0, 3.0, 100.0])), 3.5, "of four, the middle two")
    ties = np.array([500.0, 500.0, 500.0, 10.0, 20.0, 500.0, 500.0, 300.0])
    expect(answer(ties), 450.0, "equal scores are still single scores: numbers 3 to 6 are 300 and three times 500")


@exercise("16.3 Find the bug: a mean that begins with zeros")
def moving_mean(answer: Callable) -> None:
    """Check a function of returns, shape (n,), and a window that gives the moving mean, shape (n,)."""
    returns = np.array([10.0, 20.0, 60.0, 30.0, 90.0])
    full = np.array([30.0, 110 / 3, 60.0])
    truth = np.concatenate([[10.0, 15.0], full])
    mistakes = {
        "the first means are zeros, which nobody measured": np.concatenate([[0.0, 0.0], full]),
        "the first sums are divided by the whole window": np.concatenate([[10 / 3, 10.0], full]),
        "the first values are copied, not averaged": np.concatenate([[10.0, 20.0], full]),
        "the mean is over all that came before": returns.cumsum() / np.arange(1, 6),
        "the means look ahead": np.concatenate([full, [60.0, 90.0]]),
    }
    got = numbers(answer(returns.copy(), 3), (5,), "one mean for each return")
    refuse(got, mistakes, "the first means are means of what there is: of one return, of two, and so on")
    expect(got, truth, "each mean takes the return and up to two before it")
    expect(answer(returns.copy(), 1), returns, "with a window of 1 the mean is the return")
    expect(answer(returns.copy(), 50), returns.cumsum() / np.arange(1, 6), "a window wider than all takes all")


@exercise("16.4 Find the bug: who is compared with whom?")
def paired(answer: Callable) -> None:
    """Check a function of scores by seed, two dictionaries, that gives the mean difference over the seeds of both."""
    ours, theirs = {3: 100.0, 0: 500.0, 1: 300.0, 7: 9.0}, {1: 200.0, 3: 80.0, 0: 490.0, 5: 1.0}
    mistakes = {
        "all are averaged, those without a partner as well": np.mean([100, 500, 300, 9]) - np.mean([200, 80, 490, 1]),
        "the two are swapped": -130 / 3,
        "the sum is given": 130.0,
        "a missing seed counts as 0": (10 + 100 + 20 + 9 - 1) / 5,
    }
    got = answer(dict(ours), dict(theirs))
    refuse(got, mistakes, "a seed is a key; subtract where both have one")
    expect(got, 130 / 3, "seeds 0, 1 and 3 are in both: 10, 100 and 20")
    expect(answer({1: 5.0, 2: 4.0}, {2: 1.0, 1: 1.0}), 3.5, "seed 1 changes by 4, seed 2 by 3")
    expect(
        answer({1: 1.0, 2: 9.0}, {1: 4.0, 2: 8.0}), -1.0, "seed 1 falls by 3, seed 2 rises by 1: a fall counts as one"
    )
