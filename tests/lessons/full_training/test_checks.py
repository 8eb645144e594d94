"""The checks of lesson 07: the solution passes, and each known mistake meets the message meant for it."""

import numpy as np
from tables import make_tests

from qlib.lessons.full_training import checks as check


def returns(rewards, gamma):
    result, following = [], 0.0
    for reward in reversed(rewards):
        following = reward + gamma * following
        result.append(following)
    return result[::-1]


def only_the_past(rewards, gamma):
    return returns(rewards[::-1], gamma)[::-1]


def backwards(rewards, gamma):
    return returns(rewards, gamma)[::-1]


def without_its_own(rewards, gamma):
    return [*(gamma * g for g in returns(rewards, gamma)[1:]), 0.0]


def undiscounted(rewards, gamma):
    return returns(rewards, 1.0)


def all_discounted(rewards, gamma):
    return [gamma * g for g in returns(rewards, gamma)] if gamma < 1 else returns(rewards, gamma)


def from_the_start(rewards, gamma):
    return [gamma**t * g for t, g in enumerate(returns(rewards, gamma))]


def first_only(rewards, gamma):
    return [returns(rewards, gamma)[0]] * len(rewards)


def one_number(rewards, gamma):
    return returns(rewards, gamma)[0]


RETURNS = {
    answer.__name__: (answer, words)
    for answer, words in [
        (only_the_past, "walk backwards"),
        (backwards, "a walk backwards: turn it round"),
        (without_its_own, "the reward of the step itself is left out"),
        (undiscounted, "gamma is missing"),
        (all_discounted, "the reward of the step itself is discounted too"),
        (from_the_start, "from each return's own step"),
        (first_only, "each step has its own"),
        (one_number, "shape (4,)"),
    ]
}


def means(values, window):
    return [float(np.mean(values[max(0, i + 1 - window) : i + 1])) for i in range(len(values))]


def zeros_first(values, window):
    return [0.0 if i + 1 < window else mean for i, mean in enumerate(means(values, window))]


def always_by_the_window(values, window):
    return np.convolve(values, np.ones(window) / window)[: len(values)]


def centred(values, window):
    return np.convolve(values, np.ones(window) / window, mode="same")


def shorter(values, window):
    return np.convolve(values, np.ones(window) / window, mode="valid")


def everything(values, window):
    return np.cumsum(values) / np.arange(1, len(values) + 1)


def one_too_few(values, window):
    return means(values, max(1, window - 1))


MEANS = {
    answer.__name__: (answer, words)
    for answer, words in [
        (zeros_first, "zeros that nobody measured"),
        (always_by_the_window, "not by the window"),
        (centred, "looks ahead"),
        (shorter, "the first episodes are left out"),
        (everything, "older than the window"),
        (one_too_few, "one value too short"),
    ]
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [(check.returns, returns, RETURNS), (check.moving_mean, means, MEANS)]
)
