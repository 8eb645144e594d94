"""Lesson 13's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import math

import numpy as np
from tables import make_tests

from qlib.lessons.sparse_rewards import checks


def find(sums, number, subtract=True, stop=1):
    node = 1
    while node < len(sums) // (2 * stop):
        node *= 2
        if number >= sums[node]:
            number -= sums[node] if subtract else 0
            node += 1
    return node - len(sums) // (2 * stop)


def minus_the_right_child(sums, number):
    node = 1
    while node < len(sums) // 2:
        node *= 2
        if number >= sums[node]:
            node += 1
            number -= sums[node]
    return node - len(sums) // 2


def weights(priorities, beta):
    found = (len(priorities) * priorities / priorities.sum()) ** -beta
    return found / found.max()


def chances(priorities):
    return priorities / priorities.sum()


class Compounding:
    """Raise beta from where it stands, as a running variable does."""

    def __init__(self):
        self.beta = 0.4

    def __call__(self, start, step, steps):
        self.beta = min(1.0, self.beta + (1 - start) * step / steps)
        return self.beta


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.find,
            find,
            {
                "node": (lambda sums, number: find(sums, number) + len(sums) // 2, "number of the node"),
                "not subtracted": (lambda sums, number: find(sums, number, subtract=False), "not subtracted"),
                "one level above": (lambda sums, number: find(sums, number, stop=2), "one level above"),
                "the right child": (minus_the_right_child, "nothing else"),
                "always 2": (lambda sums, number: 2, "0.0 falls to leaf 0"),
                "the edge": (lambda sums, number: find(sums, math.nextafter(number, -1)), "1.0 falls to leaf 1"),
            },
        ),
        (
            checks.weights,
            weights,
            {
                "not divided": (lambda p, beta: (len(p) * chances(p)) ** -beta, "not divided by the largest"),
                "sign": (lambda p, beta: (len(p) * chances(p)) ** beta, "sign of the exponent"),
                "sum": (lambda p, beta: chances((len(p) * chances(p)) ** -beta), "by their sum"),
                "smallest": (lambda p, beta: weights(p, beta) / weights(p, beta).min(), "by the smallest"),
                "no beta": (lambda p, beta: weights(p, 1), "beta is left out"),
                "chances": (lambda p, beta: chances(p), "the chances themselves"),
                "first": (lambda p, beta: weights(p, beta) / weights(p, beta)[0], "by the first one"),
                "a constant": (lambda p, beta: weights(np.array([2.0, 1.0, 4.0, 9.0]), 0.5), "with beta 0"),
                "(n, n)": (lambda p, beta: weights(p, beta)[:, None] * np.ones(len(p)), "Expected shape (4,)"),
            },
        ),
        (
            checks.beta,
            lambda start, step, steps: start + (1 - start) * min(1, step / steps),
            {
                "from 0": (lambda start, step, steps: min(1, step / steps), "does not begin at its start"),
                "past": (lambda start, step, steps: start + step / steps, "past 1"),
                "constant": (lambda start, step, steps: start, "stays at its start"),
                "falls": (lambda start, step, steps: start - (1 - start) * step / steps, "falls"),
                "no end": (lambda start, step, steps: start + (1 - start) * step / steps, "there it stays"),
                "compounding": (Compounding(), "at first it is the start"),
                "at once": (lambda start, step, steps: 1.0, "raised from where it stood"),
            },
        ),
        (
            checks.tile,
            lambda x, low, high, tiles, offset: math.floor((x - low) / (high - low) * tiles + offset),
            {
                "no offset": (lambda x, low, high, n, offset: int((x - low) / (high - low) * n), "left out"),
                "subtracted": (
                    lambda x, low, high, n, offset: math.floor((x - low) / (high - low) * n - offset),
                    "is subtracted",
                ),
                "not from low": (
                    lambda x, low, high, n, offset: math.floor(x / (high - low) * n + offset),
                    "begin at low",
                ),
                "not rounded": (lambda x, low, high, n, offset: (x - low) / (high - low) * n + offset, "rounded down"),
                "nearest": (
                    lambda x, low, high, n, offset: round((x - low) / (high - low) * n + offset),
                    "the nearest",
                ),
                "up": (lambda x, low, high, n, offset: math.ceil((x - low) / (high - low) * n + offset), "or up"),
                "a constant": (lambda x, low, high, n, offset: 5, "the lower end"),
                "no tile more": (
                    lambda x, low, high, n, offset: min(n - 1, math.floor((x - low) / (high - low) * n + offset)),
                    "one tile more",
                ),
            },
        ),
    ]
)
