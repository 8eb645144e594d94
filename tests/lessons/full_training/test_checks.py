"""The checks of lesson 07: solutions pass, other ways too, and each mistake meets the message meant for it."""

import numpy as np
import torch
from tables import make_right_test, make_tests

from qlib.lessons.full_training import checks, loops
from qlib.lessons.full_training.incomplete import AGENTS


def returns(rewards, gamma):
    result, following = [], 0.0
    for reward in reversed(rewards):
        following = reward + gamma * following
        result.append(following)
    return result[::-1]


def in_whole_numbers(rewards, gamma):
    found = np.array(rewards)
    for t in range(len(rewards) - 2, -1, -1):
        found[t] += gamma * found[t + 1]
    return found


def turns_the_list(rewards, gamma):
    rewards.reverse()
    return returns(rewards[::-1], gamma)


def divided_by_powers(rewards, gamma):  # right where gamma is not 0
    powers = gamma ** np.arange(len(rewards))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.cumsum((powers * rewards)[::-1])[::-1] / powers


def stops_where_nothing_is_paid(rewards, gamma):
    while rewards and rewards[-1] == 0:
        rewards = rewards[:-1]
    return returns(rewards, gamma)


def own_left_out(rewards, gamma):
    return [gamma * g for g in [*returns(rewards, gamma)[1:], 0.0]]


def ten_ahead(rewards, gamma):
    return [sum(gamma**k * r for k, r in enumerate(rewards[t : t + 10])) for t in range(len(rewards))]


def by_powers(rewards, gamma):
    return gamma ** np.arange(len(rewards))


RETURNS = [
    (lambda r, g: returns(r[::-1], g)[::-1], "walk backwards"),
    (lambda r, g: np.cumsum(r), "without gamma: walk backwards"),
    (lambda r, g: returns(r, g)[::-1], "turn it round"),
    (own_left_out, "the reward of the step itself is left out"),
    (lambda r, g: [*returns(r, g)[1:], 0.0], "that of the step after"),
    (lambda r, g: returns(r, 1.0), "gamma is missing"),
    (lambda r, g: [g * each for each in returns(r, g)], "the reward of the step itself is discounted too"),
    (lambda r, g: by_powers(r, g) * returns(r, g), "from each return's own step"),
    (lambda r, g: by_powers(r, g) * r, "nothing is added up"),
    (lambda r, g: [returns(r, g)[0]] * len(r), "each step has its own"),
    (lambda r, g: [a + g * b for a, b in zip(r, [*r[1:], 0], strict=True)], "only the next reward"),
    (lambda r, g: r[:], "only the reward of the step itself"),
    (lambda r, g: [a + g * (b - a) for a, b in zip(r, returns(r, 1.0), strict=True)], "however late"),
    (lambda r, g: np.array(returns(r, g)) / np.arange(len(r), 0, -1), "averaged over the steps"),
    (lambda r, g: [*returns(r[:-1], g), 0.0], "the last reward is left out"),
    (lambda r, g: returns(r, -g), "subtracted"),
    (lambda r, g: returns(r, g)[0], "Expected shape (4,)"),
    (lambda r, g: returns(r, 0.9), "here whole rewards, gamma 0.5"),
    (lambda r, g: returns(r, max(g, 0.1)), "here gamma 0"),
    (ten_ahead, "here equal rewards"),
    (lambda r, g: returns(r[:50], g) + [0.0] * len(r[50:]), "here 60 steps"),
    (lambda r, g: np.array(returns(r, g)).round(1), "here"),
    (in_whole_numbers, "here whole rewards"),
    (stops_where_nothing_is_paid, "here nothing is paid at the end"),
    (lambda r, g: np.nan_to_num(divided_by_powers(r, g)), "here gamma 0"),
    (lambda r, g: returns(np.abs(r), g), "here whole rewards"),
    (lambda r, g: np.array(returns(r, g))[:, None], "shape (4, 1)"),
    (turns_the_list, "changed its argument `rewards`"),
]


def right_lines():
    return {"A": 7, "B": 9, "C": 8, "D": 6}


def points(**lines):
    return lambda: {**right_lines(), **lines}


WRONG_LINES = [
    (points(A=1), "an episode begins with a reset"),
    (points(A=4), "do both hold the right thing"),
    (points(A=6), "are those of one step"),
    (points(B=2), "before its first step"),
    (points(B=7), "one update after each step"),
    (points(B=8), "what came after is what is seen next"),
    (points(C=3), "who answers"),
    (points(C=9), "epsilon falls once"),
    (points(C=5), "gets its right names"),
    (points(D=9), "either flag ends the episode"),
    (points(D=8), "the newest transition is in the memory"),
    (points(A=4, D=9), "Came     'A: 4'"),
    (lambda: dict.fromkeys("ABCD", 7), "how often does each line run"),
    (points(C=6), "how does an episode end in which"),
    (points(D=10), "what lies in the memory"),
    (points(A=8), "what does each name hold in the second"),
    (points(A=0), "a whole number from 1 to 9"),
    (points(D=11), "a whole number from 1 to 10"),
    (points(B=9.5), "a whole number from 1 to 9"),
    (points(B="line 9"), "the line of B is one number"),
    (points(B=[9]), "the line of B is one number"),
    (lambda: [7, 9, 8, 6], "a dict with the keys"),
    (lambda: {"A": 7}, "a dict with the keys"),
    (lambda: {**right_lines(), "E": 1}, "a dict with the keys"),
]


def says(**parts):
    return lambda: {**AGENTS, **parts}


def right_parts():
    return dict(AGENTS)


NOT_SAVED = [
    (says(A="memory"), "no transitions would be there"),
    (says(B="epsilon"), "epsilon would stand at 1"),
    (says(C="optimiser"), "nearly the learning rate"),
    (says(D="random state"), "the episodes are others"),
    (says(A="optimiser", B="random state"), "of A: the averages begin anew"),
    (says(C="memory", D="epsilon"), "of C: no transitions"),
    (lambda: dict.fromkeys("ABCD", "random state"), "of B: transitions, epsilon"),
    (says(A="the weights"), "spell it as the text does"),
    (says(A=3), "spell it as the text does"),
    (lambda: {"A": "memory"}, "keys A, B, C and D"),
    (lambda: list(AGENTS.values()), "a dict with the keys"),
    (lambda: {**AGENTS, "E": "memory"}, "a dict with the keys"),
]

EXERCISES = [
    (checks.returns, returns, RETURNS),
    (checks.wrong_lines, right_lines, WRONG_LINES),
    (checks.not_saved, right_parts, NOT_SAVED),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (check, solution, {f"{i} {words}": (answer, words) for i, (answer, words) in enumerate(wrong)})
        for check, solution, wrong in EXERCISES
    ]
)


def in_place_on_a_copy(rewards, gamma):
    found = np.array(rewards, dtype=float)
    for t in range(len(found) - 2, -1, -1):
        found[t] += gamma * found[t + 1]
    return found


def by_sums(rewards, gamma):
    return [sum(gamma**k * reward for k, reward in enumerate(rewards[t:])) for t in range(len(rewards))]


def by_recursion(rewards, gamma):
    if not rewards:
        return []
    rest = by_recursion(rewards[1:], gamma)
    return [rewards[0] + gamma * (rest[0] if rest else 0), *rest]


def by_a_matrix(rewards, gamma):
    n = len(rewards)
    late = np.arange(n)[None, :] - np.arange(n)[:, None]
    return np.where(late >= 0, float(gamma) ** np.maximum(late, 0), 0.0) @ np.array(rewards, np.float32)


def in_tensors(rewards, gamma):
    found = torch.zeros(len(rewards) + 1)
    for t in reversed(range(len(rewards))):
        found[t] = rewards[t] + gamma * found[t + 1]
    return found[:-1]


def where_it_is_remembered():
    return right_lines() | {"D": 7}


def last_first():
    return dict(reversed(right_lines().items()))


def as_floats():
    return dict(zip("ABCD", [7.0, 9.0, 8.0, 6.0], strict=True))


def from_an_array():
    return dict(zip("ABCD", np.array([7, 9, 8, 6]), strict=True))


def from_a_tensor():
    return dict(zip("ABCD", torch.tensor([7, 9, 8, 6]), strict=True))


def in_capitals():
    return {name: part.upper() for name, part in AGENTS.items()}


def in_another_order():
    return dict(reversed(AGENTS.items()))


def with_spaces():
    return {name: f" {part} " for name, part in AGENTS.items()}


RIGHT = {
    checks.returns: (in_place_on_a_copy, by_sums, by_recursion, by_a_matrix, in_tensors),
    checks.wrong_lines: (where_it_is_remembered, last_first, as_floats, from_an_array, from_a_tensor),
    checks.not_saved: (in_capitals, in_another_order, with_spaces),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


def test_the_episodes_hold_what_tells_answers_apart():
    lengths = [len(rewards) for _, rewards, _ in checks._episodes()]
    assert 1 in lengths and max(lengths) >= 60 and len(set(lengths)) >= 6
    assert any(all(isinstance(reward, int) for reward in rewards) for _, rewards, _ in checks._episodes())
    assert any(min(rewards) < 0 for _, rewards, _ in checks._episodes())
    assert {0.0, 1.0} <= {gamma for *_, gamma in checks._episodes()}


def test_every_line_that_may_be_chosen_is_answered_and_none_says_which_it_is():
    for name, lines in loops.LOOPS.items():
        for number in range(1, len(lines) + 1):
            report = checks.wrong_lines(points(**{name: number}))
            if number in loops.wrong(name):
                assert report.status == "passed"
            else:
                said = report.message.split("Because")[1]
                assert loops.HINTS[name] in said and not any(digit in said for digit in map(str, loops.wrong(name)))
