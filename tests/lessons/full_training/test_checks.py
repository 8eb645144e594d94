"""The checks of lesson 07: solutions pass, other ways too, and each mistake meets the message meant for it."""

import numpy as np
import pytest
import torch
from tables import make_right_test, make_tests

from qlib.lessons.full_training import checks
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


def means(values, window):
    return [float(np.mean(values[max(0, i + 1 - window) : i + 1])) for i in range(len(values))]


def with_start(values, window, start):
    return [start(i, mean) if i + 1 < window else mean for i, mean in enumerate(means(values, window))]


def over_parts(values, window, what):
    return [float(what(values[max(0, i + 1 - window) : i + 1])) for i in range(len(values))]


def slow(values, window):
    kept = [values[0]]
    for value in values[1:]:
        kept.append(kept[-1] + (value - kept[-1]) / window)
    return kept


def by_negative_slice(values, window):  # values[-2:1] is empty
    return [float(np.mean(values[i + 1 - window : i + 1] or [0.0])) for i in range(len(values))]


def takes_away(values, window):
    return [float(values.pop()) for _ in range(len(values))]


MEANS = [
    (lambda v, w: with_start(v, w, lambda i, mean: 0.0), "zeros that nobody measured"),
    (lambda v, w: np.convolve(v, np.ones(w) / w)[: len(v)], "not by the window"),
    (lambda v, w: [np.mean(v[i : i + w]) for i in range(len(v))], "looks ahead"),
    (lambda v, w: np.convolve(v, np.ones(w) / w, mode="same")[: len(v)], "half of it"),
    (lambda v, w: np.cumsum(v) / np.arange(1, len(v) + 1), "older than the window"),
    (lambda v, w: means(v, max(1, w - 1)), "one value too short"),
    (lambda v, w: means(v, w + 1), "one value too long"),
    (lambda v, w: means(v, w)[w - 1 :], "the first episodes are left out"),
    (lambda v, w: with_start(v, w, lambda i, mean: means(v, w)[min(w, len(v)) - 1]), "repeated in front"),
    (lambda v, w: with_start(v, w, lambda i, mean: v[i]), "without a mean"),
    (lambda v, w: over_parts(v, w, np.sum), "the sum"),
    (lambda v, w: over_parts(v, w, np.median), "the median"),
    (lambda v, w: over_parts(v, w, np.max), "the largest value"),
    (lambda v, w: means(v, w)[::-1], "turned round"),
    (lambda v, w: [v[0], *means(v, w)[:-1]], "left out of its mean"),
    (lambda v, w: v[:], "nothing is averaged"),
    (slow, "forgets slowly"),
    (by_negative_slice, "the mean at i"),
    (lambda v, w: means(v, 3), "here whole values, window 2"),
    (lambda v, w: means(v, min(w, 10)), "here window 20"),
    (lambda v, w: np.array(means(v, w)).astype(int), "the mean at i"),
    (lambda v, w: means(np.abs(v), w), "the mean at i"),
    (lambda v, w: means(v, w)[-1], "Expected shape (6,)"),
    (lambda v, w: with_start(v, w, lambda i, mean: float("nan")), "the mean at i"),
    (takes_away, "changed its argument `values`"),
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
    (checks.moving_mean, means, MEANS),
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


def by_cumsum(values, window):
    total = np.concatenate([[0.0], np.cumsum(values)])
    last = np.arange(1, len(values) + 1)
    first = np.maximum(0, last - window)
    return (total[last] - total[first]) / (last - first)


def by_a_queue(values, window):
    queue, found = [], []
    for value in values:
        queue = [*queue, value][-window:]
        found.append(sum(queue) / len(queue))
    return tuple(found)


def by_two_convolutions(values, window):
    ones = np.ones(window)
    sums, counts = (np.convolve(x, ones)[: len(values)] for x in (values, np.ones(len(values))))
    return sums / counts


def mean_of_tensors(values, window):
    values = torch.tensor(values, dtype=torch.float32)
    return torch.stack([values[max(0, i + 1 - window) : i + 1].mean() for i in range(len(values))])


def by_a_running_sum(values, window):
    total, found = 0.0, []
    for i, value in enumerate(values):
        total += value - (values[i - window] if i >= window else 0.0)
        found.append(total / min(i + 1, window))
    return np.array(found)


def in_capitals():
    return {name: part.upper() for name, part in AGENTS.items()}


def in_another_order():
    return dict(reversed(AGENTS.items()))


def with_spaces():
    return {name: f" {part} " for name, part in AGENTS.items()}


RIGHT = {
    checks.returns: (in_place_on_a_copy, by_sums, by_recursion, by_a_matrix, in_tensors),
    checks.moving_mean: (by_cumsum, by_a_queue, by_two_convolutions, mean_of_tensors, by_a_running_sum),
    checks.not_saved: (in_capitals, in_another_order, with_spaces),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


@pytest.mark.parametrize("rows", [checks._episodes(), checks._rows()], ids=["episodes", "rows"])
def test_the_inputs_hold_what_tells_answers_apart(rows):
    lengths = [len(values) for _, values, _ in rows]
    assert 1 in lengths and max(lengths) >= 60 and len(set(lengths)) >= 6
    assert any(all(isinstance(value, int) for value in values) for _, values, _ in rows)
    assert any(min(values) < 0 for _, values, _ in rows)
    seconds = [second for *_, second in rows]
    assert {0.0, 1.0} <= set(seconds) or any(w > n for w, n in zip(seconds, lengths, strict=True))
