"""Lesson 01's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import math

import numpy as np
import pytest
import torch
from tables import giving, make_right_test, make_tests

from qlib.lessons.action_values import checks


def corridor():
    return [[3, 2], [1.5, 4]]


def gamma_for(horizon):
    return 1 - 1 / horizon


def table_update(table, s, a, reward, next_s, terminated, rate, gamma):
    new = table.copy()
    saw = reward if terminated else reward + gamma * table[next_s].max()
    new[s, a] += rate * (saw - new[s, a])
    return new


def broken():
    return {"left": "rate too high", "middle": "no terminal cut", "right": "nothing but the reward"}


def what_was_shown():
    return "b"


CORRIDORS = {
    "undiscounted": (giving([[3, 4], [4, 4]]), "nothing is discounted"),
    "rewards only": (giving([[3, 0], [0, 4]]), "only this step's reward"),
    "reward discounted": (giving([[1.5, 1], [0.75, 2]]), "itself is discounted as well"),
    "always right": (giving([[3, 2], [1, 4]]), "goes right again"),
    "averaged": (giving([[3, 1.267], [1.067, 4]]), "averaged over the actions"),
    "transposed": (giving([[3, 1.5], [2, 4]]), "rows and columns"),
    "left is right": (giving([[2, 3], [4, 1.5]]), "left and right have changed places"),
    "L is M": (giving([[1.5, 4], [3, 2]]), "L and M have changed places"),
    "one wrong": (giving([[3, 2], [1.6, 4]]), "Look again at (M, left)"),
    "the end goes on": (giving([[4, 2], [1.5, 4]]), "Look again at (L, left)"),
    "nan": (giving([[3, math.nan], [1.5, 4]]), "Look again at (L, right)"),
    "flat": (giving([3, 2, 1.5, 4]), "a row for L and one for M"),
    "one row short": (giving([[3, 2]]), "a row for L and one for M"),
}
GAMMAS = {
    "capped": (lambda h: min(0.999, 1 - 1 / h), "for 2500 steps has a horizon of 1000"),
    "at least a half": (lambda h: max(0.5, 1 - 1 / h), "for 1.2 steps has a horizon of 2"),
    "a text": (lambda h: str(1 - 1 / h), "no numbers"),
    "turned over": (lambda h: 1 / h, "not taken from 1"),
    "the horizon of the horizon": (lambda h: 1 / (1 - h), "solved for the horizon"),
    "one step late": (lambda h: h / (h + 1), "counted from the next step"),
    "half-life": (lambda h: 0.5 ** (1 / h), "count half"),
    "e-fold": (lambda h: math.exp(-1 / h), "1/e exactly"),
    "percent": (lambda h: 100 * (1 - 1 / h), "in percent"),
    "what is lost": (lambda h: 1 - (1 - 1 / h) ** h, "what is lost"),
    "always 0.8": (lambda h: 0.8, "one gamma shall do"),
    "always 0.9": (lambda h: 0.9, "your gamma for 5 steps has a horizon of 10"),
    "rounded": (lambda h: round(1 - 1 / h, 2), "has a horizon of"),
    "a whole horizon": (lambda h: 1 - 1 / int(h), "has a horizon of"),
    "a list": (lambda h: [1 - 1 / h], "gamma is one number"),
    "above 1": (lambda h: 1 + 1 / h, "a gamma is between 0 and 1"),
}


def moved(**how):
    return lambda *case: checks._updated(*case, **how)


def looking_at_the_best(case):
    return *case[:4], case[0].max(1).argmax(), *case[5:]


def in_place(table, s, a, reward, next_s, terminated, rate, gamma):
    table[s, a] = table_update(table, s, a, reward, next_s, terminated, rate, gamma)[s, a]
    return table


def best(of):
    return moved(best=of)


UPDATES = {
    "no cut": (moved(cut=lambda end: 1), "nothing is cut"),
    "cut turned round": (moved(cut=lambda end: int(end)), "wrong way round"),
    "same state": (moved(there=lambda s, n: s), "the state that was left"),
    "mean": (best(lambda row, a: row.mean()), "mean over the actions"),
    "argmax": (best(lambda row, a: row.argmax()), "argmax"),
    "min": (best(lambda row, a: row.min()), "lowest value"),
    "same action": (best(lambda row, a: row[a]), "same action"),
    "no rate": (moved(step=lambda old, y, rate: y), "the rate is missing"),
    "rate turned round": (moved(step=lambda old, y, rate: rate * old + (1 - rate) * y), "applied to the old value"),
    "away": (moved(step=lambda old, y, rate: old - rate * (y - old)), "wrong way"),
    "added": (moved(step=lambda old, y, rate: old + rate * y), "not taken off"),
    "old thrown away": (moved(step=lambda old, y, rate: rate * y), "thrown away"),
    "no discount": (moved(discount=lambda gamma: 1.0), "discount is missing"),
    "reward discounted": (moved(pays=lambda r, gamma, end: gamma * r), "reward is discounted too"),
    "no reward": (moved(pays=lambda r, gamma, end: 0.0), "reward is missing"),
    "reward cut": (moved(pays=lambda r, gamma, end: r * (not end)), "is cut as well"),
    "whole row": (moved(every=True), "all actions of the state"),
    "untouched": (lambda table, *_: table, "comes back as it was"),
    "max of the whole table": (lambda *case: table_update(*looking_at_the_best(case)), "one number moves"),
    "half the rate": (lambda *case: table_update(*case[:6], case[6] / 2, case[7]), "one number moves"),
    "nothing is learned where nothing is paid": (
        lambda *case: table_update(*case) if case[3] else case[0].copy(),
        "one number moves",
    ),
    "the number alone": (lambda *case: table_update(*case)[case[1], case[2]], "one number moves"),
    "rounded": (lambda *case: table_update(*case).round(2), "one number moves"),
    "in place": (in_place, "changed its argument `table`"),
}  # fmt: skip


def panels(left, middle, right):
    return giving({"left": left, "middle": middle, "right": right})


HIGH, LOW, CUT, REWARD, OUT = (
    "rate too high",
    "rate too low",
    "no terminal cut",
    "nothing but the reward",
    "reward left out",
)
PANELS = {
    "left low": (panels(LOW, CUT, REWARD), "Not 'rate too low' in the left panel"),
    "left cut": (panels(CUT, CUT, REWARD), "swing further and further"),
    "middle high": (panels(HIGH, HIGH, REWARD), "in the middle panel"),
    "middle low": (panels(HIGH, LOW, REWARD), "climbs past 15"),
    "right left out": (panels(HIGH, CUT, OUT), "at the reward of its own step"),
    "right low": (panels(HIGH, CUT, LOW), "in the right panel"),
    "changed places": (panels(CUT, HIGH, REWARD), "in the left panel"),
    "another fault": (panels("too fast", CUT, REWARD), "the names of the faults"),
    "one missing": (giving({"left": HIGH, "middle": CUT}), "one fault for each panel"),
    "a list": (giving([HIGH, CUT, REWARD]), "a dictionary such as"),
    "numbers": (giving({"left": 1, "middle": 2, "right": 3}), "a dictionary such as"),
}
SENTENCES = {
    "a": (giving("a"), "over-claims"),
    "A": (giving("A"), "over-claims"),
    "c": (giving("c"), "no network was trained"),
    "d": (giving("d"), "thin lines"),
    "e": (giving("e"), "stands before its sentence"),
    "two": (giving("ab"), "stands before its sentence"),
    "the sentence": (giving("Tables of 10 bins score higher"), "stands before its sentence"),
    "a list": (giving(["b"]), "stands before its sentence"),
    "a number": (giving(2), "stands before its sentence"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (checks.corridor, corridor, CORRIDORS),
        (checks.gamma_for, gamma_for, GAMMAS),
        (checks.table_update, table_update, UPDATES),
        (checks.broken, broken, PANELS),
        (checks.what_was_shown, what_was_shown, SENTENCES),
    ]
)


def an_array():
    return np.array(corridor(), dtype=np.float32)


def a_tensor():
    return torch.tensor(corridor())


def computed():
    first = [[3, 0.5 * 4], [0, 4]]
    first[1][0] = 0.5 * max(first[0])
    return first


def tuples():
    return ((3, 2), (3 / 2, 4))


def fractions():
    return [[3.0, 2.0], [np.float64(1.5), 4.0]]


def solved_otherwise(horizon):
    return (horizon - 1) / horizon


def in_numpy(horizon):
    return np.float32(1) - np.float32(1) / np.float32(horizon)


def in_torch(horizon):
    return 1 - 1 / torch.tensor(horizon)


def searched(horizon):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 / (1 - middle) < horizon else (low, middle)
    return low


def an_array_of_one_number(horizon):
    return np.array(1 - 1 / horizon)


def mixed(table, s, a, reward, next_s, terminated, rate, gamma):
    new = np.array(table)
    new[s, a] = (1 - rate) * table[s, a] + rate * (reward + gamma * (1 - terminated) * np.max(table[next_s]))
    return new


def as_lists(table, s, a, reward, next_s, terminated, rate, gamma):
    rows = table.tolist()
    follows = 0 if terminated else max(rows[next_s])
    rows[s][a] += rate * (reward + gamma * follows - rows[s][a])
    return rows


def as_a_tensor(table, s, a, reward, next_s, terminated, rate, gamma):
    new = torch.tensor(table)
    y = reward + gamma * new[next_s].max() * (not terminated)
    new[s, a] = torch.lerp(new[s, a], y.double(), rate)
    return new


def by_a_mask(table, s, a, reward, next_s, terminated, rate, gamma):
    mask = np.zeros_like(table)
    mask[s, a] = rate
    return table + mask * (reward + gamma * table[next_s].max() * (not terminated) - table)


def in_a_loop(table, s, a, reward, next_s, terminated, rate, gamma):
    best = -np.inf
    for value in table[next_s]:
        best = value if value > best else best
    new = table.astype(np.float64, copy=True)
    new[s][a] = new[s][a] + rate * (reward + (0 if terminated else gamma * best) - new[s][a])
    return new


def with_capitals():
    return {place: fault.capitalize() for place, fault in broken().items()}


def with_blanks():
    return {place: f" {fault} " for place, fault in broken().items()}


def another_order():
    return dict(reversed(broken().items()))


def made_by_dict():
    return dict(left=HIGH, middle=CUT, right=REWARD)


def looked_up():
    return dict(zip(("left", "middle", "right"), (HIGH, CUT, REWARD), strict=True))


def a_capital():
    return "B"


def a_blank():
    return " b "


def numpy_text():
    return np.array(["b"])[0]


def a_slice():
    return "abcd"[1]


def counted():
    return chr(ord("a") + 1)


test_other_right_answers = make_right_test(
    [(checks.corridor, answer) for answer in (an_array, a_tensor, computed, tuples, fractions)]
    + [(checks.gamma_for, a) for a in (solved_otherwise, in_numpy, in_torch, searched, an_array_of_one_number)]
    + [(checks.table_update, answer) for answer in (mixed, as_lists, as_a_tensor, by_a_mask, in_a_loop)]
    + [(checks.broken, a) for a in (with_capitals, with_blanks, another_order, made_by_dict, looked_up)]
    + [(checks.what_was_shown, answer) for answer in (a_capital, a_blank, numpy_text, a_slice, counted)]
)


def test_the_cases_can_tell_right_from_wrong():
    cases = checks._steps()
    ends, states = [case[5] for case in cases], [case[0].shape for case in cases]
    assert any(ends) and not all(ends) and len(set(states)) > 5
    assert any(case[1] == case[4] for case in cases), "a state that follows itself"
    assert any((case[0] == case[0].flat[0]).all() for case in cases), "a tie"


def test_a_fault_is_named_only_if_it_explains_every_case():
    def sometimes(table, s, a, reward, next_s, terminated, rate, gamma):
        return table_update(table, s, a, reward, next_s, terminated and table.shape != (2, 2), rate, gamma)

    message = checks.table_update(sometimes).message
    assert "nothing is cut" not in message and "one number moves" in message


@pytest.mark.parametrize("place", list(np.ndindex(2, 2)))
def test_the_true_values_of_the_corridor_solve_its_equations(place):
    q = checks._CORRIDOR
    assert q[place] == [[3, 0.5 * q[1].max()], [0.5 * q[0].max(), 4]][place[0]][place[1]]
