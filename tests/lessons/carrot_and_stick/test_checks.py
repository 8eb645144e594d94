"""Lesson 10's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import itertools
import math

import numpy as np
import pytest
import torch
from tables import giving, make_right_test, make_tests

from qlib.lessons.carrot_and_stick import checks

TABLE = [[1, 1], [-10, -10], [2, 10], [-9, -1]]


def fall_table():
    return TABLE


def changed(row, *values):
    return [list(values) if i == row else each for i, each in enumerate(TABLE)]


def border(limit, gamma):
    room = 1 / limit - (1 - gamma)
    return -(1 - 1 / limit) / room if room > 0 else -math.inf


def loop(bonuses, gamma):
    return sum(gamma**k * bonus for k, bonus in enumerate(bonuses))


def shaped(reward, now, later, terminated, gamma):
    return reward + gamma * later * (not terminated) - now


def mended(reward, terminated, truncated, stick, now, later, gamma):
    if terminated:
        reward, later = stick, 0.0
    return reward + gamma * later - now


def broken(reward, terminated, truncated, stick, now, later, gamma):
    return (stick if terminated or truncated else reward) + later - now


def what_it_shows():
    return "AC"


FALLS = {
    "looks ahead": (lambda: [[2, 10], [-9, -1], [2, 10], [-9, -1]], "nothing follows"),
    "all cut": (lambda: [[1, 1], [-10, -10]] * 2, "looks ahead, through the fall"),
    "stick added": (lambda: [[1, 1], [-9, -9], [2, 10], [-8, 0]], "not added"),
    "no gamma": (lambda: [[1, 1], [-10, -10], [3, 11], [-8, 0]], "not discounted"),
    "one reward of the ceiling forgotten": (lambda: changed(2, 1.5, 9.1), "another number"),
    "another ceiling": (lambda: [[1, 1], [-10, -10], [1.5, 9.1], [-9.5, -1.9]], "the ceiling is 1 / (1 - gamma)"),
    "columns swapped": (lambda: [row[::-1] for row in TABLE], "without the cut, no stick, gamma 0.5"),
    "no stick with the stick": (lambda: changed(3, 2, 10), "without the cut, a stick of -10, gamma 0.5"),
    "a sign": (lambda: changed(1, 10, 10), "with the cut, a stick of -10"),
    "one cell": (lambda: changed(3, -9, -10), "gamma 0.9"),
    "no reward": (lambda: changed(0, 0, 0), "with the cut, no stick"),
    "transposed": (lambda: np.transpose(TABLE), "four rows"),
    "flat": (lambda: [n for row in TABLE for n in row], "four rows"),
}
BORDERS = {
    "no question whether": (lambda T, g: -(1 - 1 / T) / ((1 / T - (1 - g)) or 1e-300), "a heavier stick costs"),
    "raw": (lambda T, g: -(1 - 1 / T) / (1 / T - (1 - g)), "your code raised ZeroDivisionError"),
    "tie only": (
        lambda T, g: -math.inf if abs(1 / T - 1 + g) < 1e-9 else -(1 - 1 / T) / (1 / T - 1 + g),
        "whether such",
    ),
    "stick added": (lambda T, g: -1 / (1 / T - 1 + g) if 1 / T - 1 + g > 1e-9 else -math.inf, "it replaces it"),
    "against 0": (lambda T, g: 1.0 - T, "compared with 0"),
    "sign": (lambda T, g: -border(T, g), "sign is lost"),
    "infinity": (lambda T, g: abs(border(T, g)) if math.isinf(border(T, g)) else border(T, g), "wrong sign"),
    "gamma": (lambda T, g: -(1 - 1 / T) / (1 / T - g) if 1 / T - g > 1e-9 else -math.inf, "1 - gamma belongs"),
    "never": (lambda T, g: -math.inf, "no stick is ever"),
    "one world": (lambda T, g: -23.75, "limit 50"),
    "0 for none": (lambda T, g: max(border(T, g), -1e9) if math.isfinite(border(T, g)) else 0.0, "a heavier stick"),
    "nan for none": (lambda T, g: border(T, g) if math.isfinite(border(T, g)) else math.nan, "a heavier stick"),
    "a limit of 2": (lambda T, g: border(T, g) if T > 2 else -math.inf, "limit 2, gamma 0.9"),
    "gamma 0.99 only": (lambda T, g: border(T, 0.99), "limit 4, gamma 0.8"),
    "one too few": (lambda T, g: border(T - 1, g) if T > 2 else border(T, g), "limit 20"),
}
LOOP = {
    "undiscounted": (lambda x, g: sum(x), "nothing is discounted"),
    "late": (lambda x, g: g * loop(x, g), "discounted already"),
    "progress only": (lambda x, g: loop([max(0, b) for b in x], g), "not what is charged"),
    "absolute": (lambda x, g: loop(abs(x), g), "as if it were paid"),
    "backwards": (lambda x, g: loop(x[::-1], g), "backwards"),
    "mean": (lambda x, g: loop(x, g) / len(x), "the mean is given"),
    "plain mean": (lambda x, g: sum(x) / len(x), "the plain mean"),
    "not the last": (lambda x, g: loop(x[:-1], g), "the last bonus is left out"),
    "not the first": (lambda x, g: loop(x, g) - x[0], "the first bonus is left out"),
    "once": (lambda x, g: x[0] + g * sum(x[1:]), "once only"),
    "three at most": (lambda x, g: loop(x[:3], g), "a trip of 4 steps"),
    "a hundred at most": (lambda x, g: loop(x[:100], g), "a trip of 150 steps"),
    "its ends": (lambda x, g: x[0] + g ** (len(x) - 1) * x[-1] * (len(x) > 1), "a trip of 3 steps"),
    "in whole numbers": (lambda x, g: loop(x.astype(int), g), "a trip of"),
}
LOOP["in place"] = (
    lambda bonuses, gamma: np.multiply(bonuses, gamma ** np.arange(len(bonuses)), out=bonuses).sum(),
    "changed its argument `bonuses`",
)
MENDED = {
    "a stick of 0 is none": (lambda r, t, u, stick, *rest: mended(r, t, u, stick or r, *rest), "a fall pays this"),
    "all of them": (broken, "time limit is punished"),
    "no gamma": (lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, e, 1.0), "is not discounted"),
    "not 0 at the end": (
        lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, False, g),
        "terminal state is counted",
    ),
    "limit": (lambda r, e, t, s, a, b, g: shaped(s if e or t else r, a, b, e, g), "time limit is punished"),
    "cut at the limit": (lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, e or t, g), "cut at the time limit"),
    "no stick": (lambda r, e, t, s, a, b, g: shaped(r, a, b, e, g), "a fall pays this"),
    "not both": (lambda r, e, t, s, a, b, g: shaped(s if e and not t else r, a, b, e, g), "in the very step"),
    "added": (lambda r, e, t, s, a, b, g: shaped(r + s if e else r, a, b, e, g), "added to the reward"),
    "sign": (lambda r, e, t, s, a, b, g: (s if e else r) + a - g * b * (not e), "wrong way round"),
    "bare": (lambda r, e, t, s, a, b, g: s if e else shaped(r, a, b, e, g), "is not shaped"),
    "stick shaped away": (lambda r, e, t, s, a, b, g: shaped(r, a, b, e, g) if not e else -a, "a fall pays this"),
    "discounts both": (lambda r, e, t, s, a, b, g: (s if e else r) + g * (b * (not e) - a), "an ordinary step"),
    "minus 10": (lambda r, e, t, s, a, b, g: shaped(-10.0 if e else r, a, b, e, g), "a fall pays this"),
    "reward of 1": (lambda r, e, t, s, a, b, g: shaped(s if e else 1.0, a, b, e, g), "an ordinary step"),
    "truncation first": (lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, e and not t, g), "in the very step"),
}


def words_for(letters):
    known = {"B": "does not say that nothing changes", "D": "D says too much", "E": "between the two no difference"}
    return next((words for letter, words in known.items() if letter in letters), "is missing")


WRONG = ["".join(some) for n in range(6) for some in itertools.combinations("ABCDE", n) if some != ("A", "C")]
SHOWS = {f"said {letters!r}": (giving(letters), words_for(letters)) for letters in WRONG}
SHOWS |= {"another letter": (giving("AF"), "letters out of ABCDE"), "a number": (giving(3), "letters out of ABCDE")}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (checks.fall_table, fall_table, FALLS),
        (checks.border_stick, border, BORDERS),
        (checks.loop_gain, loop, LOOP),
        (checks.mended_reward, mended, MENDED),
        (checks.what_it_shows, what_it_shows, SHOWS),
    ]
)


def named_falls():
    return np.array(TABLE, np.float32)


def worked_falls():
    return [
        [reward + gamma * (0 if cut else 1 / (1 - gamma)) for gamma in (0.5, 0.9)]
        for cut in (True, False)
        for reward in (1, -10)
    ]


def tensor_falls():
    return torch.tensor(TABLE)


def tuple_falls():
    return tuple((float(a), float(b)) for a, b in TABLE)


def rounded_falls():
    return [[1.0, 1.0], [-10.0, -10.0], [2.0, 10.0], [-9.0, -1.0]]


def by_the_horizon(limit, gamma):
    horizon = 1 / (1 - gamma)
    return -math.inf if limit >= horizon - 1e-9 else -(limit - 1) * horizon / (horizon - limit)


def by_numpy(limit, gamma):
    with np.errstate(all="ignore"):
        stick = -np.float64(1 - 1 / limit) / (1 / limit - (1 - gamma))
    return np.where(stick < 0, stick, -np.inf)


def by_bisection(limit, gamma):
    def falling_pays(stick):
        return (1 + (stick - 1) / limit) < stick * (1 - gamma)

    low, high = -1e9, 0.0
    if not falling_pays(low):
        return float("-inf")
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if falling_pays(middle) else (low, middle)
    return high


def by_tensor(limit, gamma):
    return torch.tensor(border(limit, gamma))


def by_slope(limit, gamma):
    slope = (1 - gamma) - 1 / limit
    if slope >= 0:
        return -np.inf
    return ((limit - 1) / limit) / slope


def by_powers(bonuses, gamma):
    return (np.asarray(bonuses) * gamma ** np.arange(len(bonuses))).sum()


def from_the_end(bonuses, gamma):
    total = 0.0
    for bonus in reversed(bonuses):
        total = bonus + gamma * total
    return total


def by_polynomial(bonuses, gamma):
    return np.polyval(bonuses[::-1], gamma)


def in_torch(bonuses, gamma):
    return torch.as_tensor(bonuses) @ gamma ** torch.arange(len(bonuses), dtype=torch.float64)


def step_by_step(bonuses, gamma):
    total, weight = 0, 1
    for bonus in bonuses.tolist():
        total += weight * bonus
        weight *= gamma
    return total


def in_one_line(reward, terminated, truncated, stick, potential, next_potential, gamma):
    return (stick if terminated else reward) + (0 if terminated else gamma * next_potential) - potential


def in_numpy(reward, terminated, truncated, stick, potential, next_potential, gamma):
    return np.where(terminated, stick, reward + gamma * np.float64(next_potential)) - potential


def in_branches(reward, terminated, truncated, stick, potential, next_potential, gamma):
    if terminated:
        return stick - potential
    return reward + gamma * next_potential - potential


def by_factors(reward, terminated, truncated, stick, potential, next_potential, gamma):
    goes_on = 1 - terminated
    return goes_on * (reward + gamma * next_potential) + terminated * stick - potential


def as_a_tensor(reward, terminated, truncated, stick, potential, next_potential, gamma):
    return torch.tensor(mended(reward, terminated, truncated, stick, potential, next_potential, gamma))


def in_small_letters():
    return "ca"


def as_a_set():
    return {"A", "C"}


def as_a_list():
    return ["C", "A"]


def with_a_comma():
    return "A, C"


def as_a_tuple():
    return ("A", "C")


RIGHT = {
    checks.fall_table: (named_falls, worked_falls, tensor_falls, tuple_falls, rounded_falls),
    checks.border_stick: (by_the_horizon, by_numpy, by_bisection, by_tensor, by_slope),
    checks.loop_gain: (by_powers, from_the_end, by_polynomial, in_torch, step_by_step),
    checks.mended_reward: (in_one_line, in_numpy, in_branches, by_factors, as_a_tensor),
    checks.what_it_shows: (in_small_letters, as_a_set, as_a_list, with_a_comma, as_a_tuple),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


def test_each_fault_that_is_left_is_named():
    report = checks.mended_reward(broken)
    for words in ("time limit is punished", "terminal state is counted", "is not discounted"):
        assert words in report.message


@pytest.mark.parametrize(("limit", "gamma"), [(20, 0.99), (50, 0.99), (4, 0.8), (2, 0.9)])
def test_at_the_border_balancing_is_worth_a_fall(limit, gamma):
    stick = border(limit, gamma)
    assert (1 + (stick - 1) / limit) / (1 - gamma) == pytest.approx(stick)
