"""The checks of lesson NN: the solution passes, and each plausible mistake fails with the message meant for it."""

import numpy as np
from tables import make_tests

from qlib.lessons.my_topic import checks


def discounted_return(rewards, gamma):
    return (gamma ** np.arange(len(rewards)) * rewards).sum()


RETURNS = {
    "discounted from the first on": (lambda r, g: g * discounted_return(r, g), "the first reward counts fully"),
    "not discounted": (lambda r, g: r.sum(), "by gamma, gamma squared"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (checks.discounted_return, discounted_return, RETURNS),
    ]
)
