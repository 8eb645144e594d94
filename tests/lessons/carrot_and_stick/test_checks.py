"""Lesson 10's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import itertools
import math

import numpy as np
import pytest
import torch
from tables import giving, make_right_test, make_tests

from qlib.lessons.carrot_and_stick import checks, trip_check

TABLE = [[1, 1], [-10, -10], [2, 10], [-9, -1]]


def fall_table():
    return TABLE, "ABD"


def beside(table, letters="ABD"):
    return lambda: (table(), letters)


def changed(row, *values):
    return [list(values) if i == row else each for i, each in enumerate(TABLE)]


def border(limit, gamma):
    room = 1 / limit - (1 - gamma)
    return -(1 - 1 / limit) / room if room > 0 else -math.inf


def loop(bonuses, gamma):
    return sum(gamma**k * bonus for k, bonus in enumerate(bonuses))


def tempts(trips, gamma):
    pays = {}
    for bonuses in trips:
        pays.setdefault(len(bonuses), []).append(loop(bonuses, gamma))
    return any(max(alike) - min(alike) > 1e-6 for alike in pays.values())


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
    "whole steps": (lambda T, g: border(T, g) if T < int(1 / (1 - g)) else -math.inf, "limit 19, gamma 0.95"),
    "room in hundredths": (
        lambda T, g: border(T, g) if round(1 / T - 1 + g, 2) > 0 else -math.inf,
        "limit 19, gamma 0.95",
    ),
    "gamma 0.99 only": (lambda T, g: border(T, 0.99), "limit 4, gamma 0.8"),
    "one too few": (lambda T, g: border(T - 1, g) if T > 2 else border(T, g), "limit 20"),
}
FALLS = {name: (beside(table), words) for name, (table, words) in FALLS.items()}
FALLS |= {
    "the table alone": (lambda: TABLE, "two things are asked for"),
    "an array alone": (lambda: np.array(TABLE), "two things are asked for"),
    "letters first": (lambda: ("ABD", TABLE), "four rows of two numbers"),
    "equal is worse": (lambda: (TABLE, "ABCD"), "row C: standing is worth 2"),
    "the others": (lambda: (TABLE, "C"), "row C: standing is worth 2"),
    "with the cut only": (lambda: (TABLE, "AB"), "a row is missing"),
    "with a stick only": (lambda: (TABLE, "BD"), "a row is missing"),
    "none": (lambda: (TABLE, ""), "Came     'none'"),
    "no row of the table": (lambda: (TABLE, "ABE"), "letters out of ABCD"),
    "numbers of rows": (lambda: (TABLE, [0, 1, 3]), "letters out of ABCD"),
    "flags": (lambda: (TABLE, [True, True, False, True]), "letters out of ABCD"),
}


def far_apart(trips, gamma, bar):
    return any(len(a) == len(b) and abs(loop(a, gamma) - loop(b, gamma)) > bar for a in trips for b in trips)


TRIPS = {
    "anything": (lambda trips, g: any(abs(loop(x, g)) > 1e-6 for x in trips), "whether a trip pays anything"),
    "more than 0": (lambda trips, g: any(loop(x, g) > 1e-6 for x in trips), "more than 0"),
    "any lengths": (lambda trips, g: np.ptp([loop(x, g) for x in trips]) > 1e-6, "of different lengths"),
    "neighbours": (
        lambda trips, g: any(
            len(a) == len(b) and abs(loop(a, g) - loop(b, g)) > 1e-6 for a, b in itertools.pairwise(trips)
        ),
        "side by side",
    ),
    "the first": (
        lambda trips, g: any(len(x) == len(trips[0]) and abs(loop(x, g) - loop(trips[0], g)) > 1e-6 for x in trips),
        "only trips as long as the first one",
    ),
    "the first length": (
        lambda trips, g: np.ptp([loop(x, g) for x in trips if len(x) == len(trips[0])]) > 1e-6,
        "only trips as long as the first one",
    ),
    "first and last": (
        lambda trips, g: any(
            abs(loop(x, g) - loop(same[-1], g)) > 1e-6
            for x in trips
            for same in [[y for y in trips if len(y) == len(x)]]
            if x is same[0]
        ),
        "the first and the last",
    ),
    "isclose": (
        lambda trips, g: any(len(a) == len(b) and not np.isclose(loop(a, g), loop(b, g)) for a in trips for b in trips),
        "grows with what is paid",
    ),
    "a larger bar": (lambda trips, g: far_apart(trips, g, 1e-5), "a difference of 0.000005"),
    "a smaller bar": (lambda trips, g: far_apart(trips, g, 1e-7), "a difference of 0.0000004"),
    "undiscounted": (lambda trips, g: tempts(trips, 1.0), "nothing is discounted"),
    "backwards": (lambda trips, g: tempts([x[::-1] for x in trips], g), "backwards"),
    "late": (lambda trips, g: g > 0 and tempts(trips, g), "discounted already"),
    "one by one": (
        lambda trips, g: any(len(a) == len(b) and abs(a - b).max() > 1e-6 for a in trips for b in trips),
        "one by one",
    ),
    "not the last": (lambda trips, g: tempts([x[:-1] for x in trips], g), "the step home"),
    "progress only": (lambda trips, g: tempts([x.clip(0) for x in trips], g), "what is charged is left out"),
    "absolute": (lambda trips, g: tempts([abs(x) for x in trips], g), "as if it were paid"),
    "swapped": (lambda trips, g: not tempts(trips, g), "True and False are swapped"),
    "always": (lambda trips, g: True, "every list is said to tempt"),
    "never": (lambda trips, g: False, "no list is said to tempt"),
    "exactly": (
        lambda trips, g: any(len(a) == len(b) and loop(a, g) != loop(b, g) for a in trips for b in trips),
        "rounding counts",
    ),
    "a hundred at most": (lambda trips, g: tempts([x[:100] for x in trips], g), "150 steps"),
    "whole numbers": (lambda trips, g: tempts([x.astype(int) for x in trips], g), "here"),
    "coarse": (
        lambda trips, g: any(
            len(a) == len(b) and abs(loop(a, g) - loop(b, g)) > 0.1 for a, b in itertools.combinations(trips, 2)
        ),
        "a difference of a hundredth",
    ),
    "three digits": (
        lambda trips, g: any(
            len(a) == len(b) and round(loop(a, g), 3) != round(loop(b, g), 3)
            for a, b in itertools.combinations(trips, 2)
        ),
        "a difference below a thousandth",
    ),
    "the last length only": (
        lambda trips, g: tempts([x for x in trips if len(x) == len(trips[-1])], g),
        "the last trip is alone with its length",
    ),
    "two steps only": (lambda trips, g: tempts([x for x in trips if len(x) == 2], g), "sooner and later"),
    "the last of each length": (
        lambda trips, g: len({len(x): loop(x, g) for x in trips}) < len(trips),
        "into the wall twice, and forth and back",
    ),
    "the difference": (lambda trips, g: np.ptp([loop(x, g) for x in trips]), "it is True if two trips"),
    "the pays": (lambda trips, g: [loop(x, g) for x in trips], "the answer is True or False"),
    "in place": (lambda trips, g: trips.sort(key=len) or tempts(trips, g), "changed its argument `trips`"),
}
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
        (checks.tempts, tempts, TRIPS),
        (checks.mended_reward, mended, MENDED),
        (checks.what_it_shows, what_it_shows, SHOWS),
    ]
)


def as_an_array():
    return np.array(TABLE, np.float32), ["A", "B", "D"]


def worked_falls():
    table = [
        [reward + gamma * (0 if cut else 1 / (1 - gamma)) for gamma in (0.5, 0.9)]
        for cut in (True, False)
        for reward in (1, -10)
    ]
    return table, "".join(name for name, row in zip("ABCD", table, strict=True) if row[0] < 2 - 1e-9)


def as_a_tensor_with_a_set():
    return torch.tensor(TABLE), {"a", "b", "d"}


def as_tuples():
    return tuple((float(a), float(b)) for a, b in TABLE), ("D", "B", "A")


def as_a_list_of_two():
    return [[[1.0, 1.0], [-10.0, -10.0], [2.0, 10.0], [-9.0, -1.0]], "A, B and D".replace("and", ",")]


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


def by_powers(trips, gamma):
    pays = [(len(x), (x * gamma ** np.arange(len(x))).sum()) for x in trips]
    return any(n == m and not np.isclose(a, b, rtol=0, atol=1e-6) for n, a in pays for m, b in pays)


def by_rounded_sets(trips, gamma):
    pays = {(len(x), round(float(np.polyval(x[::-1], gamma)), 6)) for x in trips}
    return len(pays) > len({n for n, _ in pays})


def by_sorting(trips, gamma):
    total = []
    for x in trips:
        pay = 0.0
        for bonus in reversed(x):
            pay = bonus + gamma * pay
        total.append((len(x), pay))
    total.sort()
    return any(a[0] == b[0] and b[1] - a[1] > 1e-6 for a, b in itertools.pairwise(total))


def in_torch(trips, gamma):
    pays = [torch.as_tensor(x) @ gamma ** torch.arange(len(x), dtype=torch.float64) for x in trips]
    n = torch.tensor([len(x) for x in trips])
    far = (torch.stack(pays)[:, None] - torch.stack(pays)).abs() > 1e-6
    return (far & (n[:, None] == n)).any()


def as_a_number(trips, gamma):
    for a, b in itertools.combinations(trips, 2):
        if len(a) == len(b) and abs(loop(a - b, gamma)) > 1e-6:
            return 1
    return 0


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
    checks.fall_table: (as_an_array, worked_falls, as_a_tensor_with_a_set, as_tuples, as_a_list_of_two),
    checks.border_stick: (by_the_horizon, by_numpy, by_bisection, by_tensor, by_slope),
    checks.tempts: (by_powers, by_rounded_sets, by_sorting, in_torch, as_a_number),
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


def test_what_tells_a_bonus_from_a_potential_is_among_the_trips():
    for words, trips, gamma in trip_check._cases():
        if "potential" in words:
            assert not tempts(trips, gamma), words
    answers = [tempts(trips, gamma) for _, trips, gamma in trip_check._cases()]
    assert 6 < sum(answers) < len(answers) - 6
