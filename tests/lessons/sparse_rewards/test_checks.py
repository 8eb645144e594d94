"""Lesson 13's checks: each solution passes, other ways too, and each plausible mistake gets the words meant for it."""

import math

import numpy as np
import pytest
import torch
from tables import make_right_test, make_tests

from qlib.lessons.sparse_rewards import checks


def find(sums, number, subtract=True, stop=1):
    node = 1
    while node < len(sums) // (2 * stop):
        node *= 2
        if number >= sums[node]:
            number -= sums[node] if subtract else 0
            node += 1
    return node - len(sums) // (2 * stop)


def by_recursion(sums, number, node=1):
    if node >= len(sums) // 2:
        return node - len(sums) // 2
    left = sums[2 * node]
    return by_recursion(sums, number, 2 * node) if number < left else by_recursion(sums, number - left, 2 * node + 1)


def by_levels(sums, number):
    leaf = 0
    for level in range(1, int(math.log2(len(sums)))):
        node = 2**level + 2 * leaf
        right = number >= sums[node]
        number, leaf = number - right * sums[node], 2 * leaf + right
    return leaf


def by_the_right_child(sums, number):
    node, rest = 1, sums[1] - number  # what lies to the right
    while 2 * node < len(sums):
        node, rest = (2 * node, rest - sums[2 * node + 1]) if rest > sums[2 * node + 1] else (2 * node + 1, rest)
    return node - len(sums) // 2


def by_passing(sums, number):
    node, passed = 1, 0.0
    while node < len(sums) // 2:
        node = 2 * node
        if passed + sums[node] <= number:
            passed += sums[node]
            node = node + 1
    return float(node - len(sums) // 2)


def in_tensors(sums, number):
    return torch.tensor(find(torch.as_tensor(sums), torch.tensor(number)))


def minus_the_right_child(sums, number):
    node = 1
    while node < len(sums) // 2:
        node *= 2
        if number >= sums[node]:
            node += 1
            number -= sums[node]
    return node - len(sums) // 2


def by_cumsum(sums, number):
    return np.searchsorted(sums[len(sums) // 2 :].cumsum(), number, side="right")


def to_the_left_at_the_edge(sums, number):
    node = 1
    while node < len(sums) // 2:
        node *= 2
        if number > sums[node]:
            number, node = number - sums[node], node + 1
    return node - len(sums) // 2


def swapped(sums, number):
    node = 1
    while node < len(sums) // 2:
        node *= 2
        if number < sums[node]:
            number, node = number - sums[node], node + 1
    return node - len(sums) // 2


def weights(priorities, beta):
    found = (len(priorities) * priorities / priorities.sum()) ** -beta
    return found / found.max()


def by_the_rarest(priorities, beta):
    return (priorities.min() / priorities) ** beta


def by_logarithms(priorities, beta):
    logs = -beta * np.log(priorities)
    return np.exp(logs - logs.max())


def as_a_list(priorities, beta):
    plain = [(len(priorities) * p / sum(priorities)) ** -beta for p in priorities]
    return [one / max(plain) for one in plain]


def as_tensors(priorities, beta):
    p = torch.as_tensor(priorities)
    plain = (len(p) * p / p.sum()).pow(-beta)
    return (plain / plain.max()).float()


def by_an_inverse(priorities, beta):
    plain = 1 / np.power(priorities / priorities.sum(), beta)
    return plain / np.max(plain)


def chances(priorities):
    return priorities / priorities.sum()


def beta(start, step, steps):
    return start + (1 - start) * min(1, step / steps)


def in_branches(start, step, steps):
    return 1.0 if step >= steps else start + (1 - start) * step / steps


def by_interpolation(start, step, steps):
    return np.interp(step, [0, steps], [start, 1])


def from_the_end(start, step, steps):
    return 1 - (1 - start) * max(0, steps - step) / steps


def by_mixing(start, step, steps):
    share = np.clip(step / steps, 0, 1)
    return (1 - share) * start + share


def capped(start, step, steps):
    return torch.tensor(start + (1 - start) * step / steps).clamp(max=1)


class Compounding:
    """Raise beta from where it stands, as a running variable does."""

    def __init__(self):
        self.beta = 0.4

    def __call__(self, start, step, steps):
        self.beta = min(1.0, self.beta + (1 - start) * step / steps)
        return self.beta


def compounded(start, step, steps):
    for k in range(step):
        start = start + (1 - start) * k / steps
    return start


def tile(x, low, high, tiles, offset):
    return math.floor((x - low) / (high - low) * tiles + offset)


def by_int(x, low, high, tiles, offset):
    return int((x - low) * tiles / (high - low) + offset)


def by_division(x, low, high, tiles, offset):
    return (x - (low - offset * (high - low) / tiles)) // ((high - low) / tiles)


def by_edges(x, low, high, tiles, offset):
    width = (high - low) / tiles
    return sum(x >= low + (k - offset) * width for k in range(1, tiles + 2))


def by_trunc(x, low, high, tiles, offset):
    return np.trunc((x - low) / (high - low) * tiles + offset)


def by_tensor(x, low, high, tiles, offset):
    return torch.floor(torch.tensor((x - low) / (high - low) * tiles + offset, dtype=torch.float64))


RIGHT_PARTS = {
    "A": "new ones are never renewed",
    "B": "whole",
    "C": "the last slot is out of reach",
    "D": "alpha is 0",
}


def parts(**changed):
    return lambda: {**RIGHT_PARTS, **changed}


def says(answer):
    return lambda: answer


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.find,
            find,
            {
                "node": (lambda sums, number: find(sums, number) + len(sums) // 2, "number of the node"),
                "not subtracted": (lambda sums, number: find(sums, number, subtract=False), "not subtracted"),
                "one level above": (lambda sums, number: find(sums, number, stop=2), "one level above"),
                "the right child": (minus_the_right_child, "the left one's that you pass"),
                "always 2": (lambda sums, number: 2, "falls to leaf 0"),
                "the edge": (to_the_left_at_the_edge, "belongs to the right"),
                "all are added up": (by_cumsum, "two nodes on each level are all that is needed"),
                "nothing is leaf 0": (lambda sums, number: find(sums, number) if number else 0, "so 0 falls to leaf 1"),
                "swapped": (swapped, "right and left are swapped"),
                "from 1": (lambda sums, number: find(sums, number) + 1, "counted from 1"),
                "one before": (lambda sums, number: find(sums, number) - 1, "the leaf before"),
                "the largest": (lambda sums, number: sums[len(sums) // 2 :].argmax(), "falls to leaf"),
            },
        ),
        (
            checks.weights,
            weights,
            {
                "not divided": (lambda p, beta: (len(p) * chances(p)) ** -beta, "not divided by the largest"),
                "sign": (lambda p, beta: (len(p) * chances(p)) ** beta, "sign of the exponent"),
                "sign, divided": (lambda p, beta: weights(p, -beta), "though they are divided"),
                "sum": (lambda p, beta: chances((len(p) * chances(p)) ** -beta), "by their sum"),
                "smallest": (lambda p, beta: weights(p, beta) / weights(p, beta).min(), "by the smallest"),
                "no beta": (lambda p, beta: weights(p, 1), "beta is left out"),
                "1 - beta": (lambda p, beta: weights(p, 1 - beta), "1 − beta stands"),
                "times beta": (lambda p, beta: beta * weights(p, 1), "no exponent"),
                "chances": (lambda p, beta: chances(p), "the chances themselves"),
                "first": (lambda p, beta: weights(p, beta) / weights(p, beta)[0], "by the first one"),
                "last": (lambda p, beta: weights(p, beta) / weights(p, beta)[-1], "by the last one"),
                "mean": (lambda p, beta: weights(p, beta) / weights(p, beta).mean(), "by their mean"),
                "alike": (lambda p, beta: np.ones(len(p)), "all count alike"),
                "a constant": (lambda p, beta: weights(np.array([2.0, 1.0, 4.0, 9.0]), 0.5), "Expected shape (2,)"),
                "(n, n)": (lambda p, beta: weights(p, beta)[:, None] * np.ones(len(p)), "Expected shape (4,)"),
                "sorted": (lambda p, beta: weights(np.sort(p), beta), "4 priorities"),
            },
        ),
        (
            checks.beta,
            beta,
            {
                "from 0": (lambda start, step, steps: min(1, step / steps), "does not begin at its start"),
                "past": (lambda start, step, steps: start + step / steps, "by the whole share, and goes past 1"),
                "constant": (lambda start, step, steps: start, "stays at its start"),
                "falls": (lambda start, step, steps: start - (1 - start) * min(1, step / steps), "falls"),
                "falls to 0": (lambda start, step, steps: start * (1 - min(1, step / steps)), "falls to 0"),
                "no end": (lambda start, step, steps: start + (1 - start) * step / steps, "past 1 behind the end"),
                "compounding": (Compounding(), "start 0.0, step 3 of 10"),
                "compounded": (compounded, "again and again"),
                "at once": (lambda start, step, steps: 1.0, "1 at once"),
                "capped": (lambda start, step, steps: min(1, start + step / steps), "only 1 − start is left"),
                "waits": (lambda start, step, steps: max(start, min(1, step / steps)), "waits at its start"),
                "0.4 always": (lambda start, step, steps: beta(0.4, step, steps), "0.4 always"),
                "1 a step early": (lambda s, k, n: beta(s, k, n) if k < n - 1 else 1.0, "start 0.1, step 9 of 10"),
                "1,000 always": (lambda start, step, steps: beta(start, step, 1_000), "start 0.0, step 3 of 10"),
                "ahead": (lambda start, step, steps: beta(start, step + 1, steps), "one step ahead"),
                "whole parts": (
                    lambda start, step, steps: start + (1 - start) * min(1, step // steps),
                    "drops the part",
                ),
                "backwards": (lambda start, step, steps: beta(start, max(0, steps - step), steps), "comes down"),
            },
        ),
        (
            checks.tile,
            tile,
            {
                "no offset": (lambda x, low, high, n, offset: tile(x, low, high, n, 0), "left out"),
                "subtracted": (lambda x, low, high, n, offset: tile(x, low, high, n, -offset), "is subtracted"),
                "not from low": (lambda x, low, high, n, offset: tile(x + low, low, high, n, offset), "begin at low"),
                "not rounded": (lambda x, low, high, n, offset: (x - low) / (high - low) * n + offset, "rounded down"),
                "nearest": (lambda x, low, high, n, o: round((x - low) / (high - low) * n + o), "the nearest"),
                "up": (lambda x, low, high, n, offset: math.ceil((x - low) / (high - low) * n + offset), "rounded up"),
                "a constant": (lambda x, low, high, n, offset: 5, "x lies 0 tiles from low"),
                "no tile more": (lambda *case: min(case[3] - 1, tile(*case)), "the tile more"),
                "from 1": (lambda *case: tile(*case) + 1, "counted from 1"),
                "early": (lambda x, low, high, n, o: math.floor((x - low) / (high - low) * n) + o, "before the offset"),
                "offset in x": (lambda x, low, high, n, o: tile(x + o, low, high, n, 0), "before the range is cut"),
                "wider": (lambda x, low, high, n, offset: tile(x, low, high, n + 1, offset), "no narrower"),
                "wraps": (lambda *case: tile(*case) % case[3], "wraps round"),
            },
        ),
        (
            checks.broken_parts,
            parts(),
            {
                "swapped": (parts(B="alpha is 0", D="whole"), "as high as each other"),
                "A is whole": (parts(A="whole", B=RIGHT_PARTS["A"]), "every bar ends at its dot"),
                "C and A": (parts(A=RIGHT_PARTS["C"], C=RIGHT_PARTS["A"]), "one bar is missing"),
                "C and D": (parts(C="alpha is 0", D=RIGHT_PARTS["C"]), "as high as each other"),
                "all whole": (lambda: dict.fromkeys("ABCD", "whole"), "four different parts"),
                "two alike": (parts(A="whole"), "four different parts"),
                "one is missing": (lambda: {"A": "whole"}, "keys A, B, C and D"),
                "another word": (parts(A="broken"), "spell it as the text does"),
                "a number": (parts(A=3), "spell it as the text does"),
                "a list": (lambda: list(RIGHT_PARTS.values()), "a dict with the keys"),
            },
        ),
        (
            checks.what_it_shows,
            says(["A", "D", "F"]),
            {
                "B": (says("ABDF"), "B says more than was shown"),
                "C": (says("ACDF"), "C is what the control refutes"),
                "E": (says("ADEF"), "E says more than was shown"),
                "all": (says("ABCDEF"), "B says more"),
                "A is missing": (says("DF"), "all 32 seeds"),
                "D is missing": (says("AF"), "column 'reached'"),
                "F is missing": (says(["A", "D"]), "a column for each sixteen"),
                "none": (says(""), "one sentence that holds is missing"),
                "G": (says("ADFG"), "letters out of ABCDEF"),
                "words": (says(["A and D"]), "one letter for each sentence"),
            },
        ),
    ]
)


def in_capitals():
    return {name: part.upper() for name, part in RIGHT_PARTS.items()}


def in_another_order():
    return dict(reversed(RIGHT_PARTS.items()))


def by_zip():
    return dict(zip("ABCD", RIGHT_PARTS.values(), strict=True))


def with_spaces():
    return {name: f" {part} " for name, part in RIGHT_PARTS.items()}


def by_keywords():
    return dict(**RIGHT_PARTS)


RIGHT = {
    checks.find: (by_recursion, by_levels, by_the_right_child, by_passing, in_tensors),
    checks.weights: (by_the_rarest, by_logarithms, as_a_list, as_tensors, by_an_inverse),
    checks.beta: (in_branches, by_interpolation, from_the_end, by_mixing, capped),
    checks.tile: (by_int, by_division, by_edges, by_trunc, by_tensor),
    checks.broken_parts: (in_capitals, in_another_order, by_zip, with_spaces, by_keywords),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


@pytest.mark.parametrize("letters", ["adf", "A, D, F", ("F", "D", "A"), {"A", "D", "F"}, "FDA"])
def test_letters_may_be_written_in_any_way(letters):
    assert checks.what_it_shows(says(letters)).status == "passed"
