"""The checks of lesson 04: the solution passes, and each plausible mistake fails with the message meant for it."""

import numpy as np
import torch
from tables import make_right_test, make_tests

from qlib.lessons.choosing_actions import checks as exploration
from qlib.lessons.expected import short


def epsilon_greedy(q_values, epsilon, rng):
    if rng.random() < epsilon:
        return int(rng.integers(len(q_values)))
    return int(np.argmax(q_values))


def other_actions_only(q_values, epsilon, rng):
    best = int(np.argmax(q_values))
    if rng.random() < epsilon:
        return int(rng.choice([a for a in range(len(q_values)) if a != best]))
    return best


def two_draws_at_half(q_values, epsilon, rng):
    """Explore with chance epsilon squared: right at 0 and at 1, wrong between."""
    return epsilon_greedy(q_values, epsilon if rng.random() < epsilon else 0.0, rng)


def _by(is_random):
    return lambda q, epsilon, rng: int(rng.integers(len(q)) if is_random(epsilon, rng) else np.argmax(q))


def best_above_minus_100(q_values, epsilon, rng):
    best, highest = 0, -100
    for action, value in enumerate(q_values):
        if value > highest:
            best, highest = action, value
    return int(rng.integers(len(q_values))) if rng.random() < epsilon else best


EPSILON_GREEDY = {
    "nothing lies below -100": (best_above_minus_100, "the action with the highest value is chosen"),
    "whole percent": (_by(lambda epsilon, rng: rng.integers(100) < 100 * epsilon), "with epsilon 0.00027"),
    **{
        f"steps of a thousandth, {name}": (_by(is_random), "with epsilon 0.00027")
        for name, is_random in {
            "drawn": lambda epsilon, rng: rng.integers(1_000) < 1_000 * epsilon,
            "cut": lambda epsilon, rng: rng.random() < int(1_000 * epsilon) / 1_000,
            "rounded": lambda epsilon, rng: rng.random() < round(epsilon, 3),
            "counted": lambda epsilon, rng: rng.integers(1, 1_001) <= 1_000 * epsilon,
        }.items()
    },
    "a hundredth at least": (_by(lambda e, rng: e > 0 and rng.random() < max(e, 0.01)), "with epsilon 0.00027"),
    "a little is nothing": (_by(lambda e, rng: e > 0.01 and rng.random() < e), "with epsilon 0.00027"),
    "much is all": (_by(lambda e, rng: e > 0.9 or rng.random() < e), "with epsilon 0.95"),
    "the value instead of the action": (
        lambda q, e, rng: rng.integers(len(q)) if rng.random() < e else np.max(q),
        "argmax gives the place",
    ),
    "the lowest value": (
        lambda q, e, rng: rng.integers(len(q)) if rng.random() < e else np.argmin(q),
        "the action with the highest value is chosen",
    ),
    "<= in place of <": (
        lambda q, e, rng: rng.integers(len(q)) if rng.random() <= e else np.argmax(q),
        "compare with <, not with <=",
    ),
    "the two cases swapped": (
        lambda q, e, rng: np.argmax(q) if rng.random() < e else rng.integers(len(q)),
        "with epsilon 0 the action with the highest value",
    ),
    "counted from 1": (lambda q, e, rng: np.argmax(q) + 1, "counted from 1"),
    "never random": (lambda q, e, rng: np.argmax(q), "drawn from all the actions"),
    "two actions for ever": (
        lambda q, e, rng: rng.integers(2) if rng.random() < e else np.argmax(q),
        "drawn from all the actions",
    ),
    "the last action never drawn": (
        lambda q, e, rng: rng.integers(max(1, len(q) - 1)) if rng.random() < e else np.argmax(q),
        "drawn from all the actions",
    ),
    "one action too many": (
        lambda q, e, rng: rng.integers(len(q) + 1) if rng.random() < e else np.argmax(q),
        "len(q_values), not a fixed number",
    ),
    "three actions for ever": (
        lambda q, e, rng: rng.integers(3) if rng.random() < e else np.argmax(q),
        "len(q_values), not a fixed number",
    ),
    "never the best when random": (other_actions_only, "the best one too"),
    "epsilon applied twice": (two_draws_at_half, "epsilon counts twice"),
    "an epsilon of its own": (
        lambda q, e, rng: epsilon_greedy(q, 0.1 if 0 < e < 1 else e, rng),
        "the best action in about 0.8 of the choices",
    ),
    "epsilon in whole percent": (
        lambda q, e, rng: rng.integers(len(q)) if rng.integers(100) < int(100 * e) else np.argmax(q),
        "epsilon 0.00027 and 16 actions",
    ),
    "drawn twice": (
        lambda q, e, rng: rng.integers(len(q)) if min(rng.random(2)) < e else np.argmax(q),
        "the best action comes with chance 1 - epsilon, plus",
    ),
    "an epsilon that is half a chance": (
        lambda q, e, rng: epsilon_greedy(q, e / 2 if e < 1 else e, rng),
        "the best action comes with chance 1 - epsilon",
    ),
    "swapped between, right at the ends": (
        lambda q, e, rng: epsilon_greedy(q, 1 - e if 0 < e < 1 else e, rng),
        "the other way round",
    ),
    "the largest number, without its sign": (
        lambda q, e, rng: rng.integers(len(q)) if rng.random() < e else np.argmax(np.abs(q)),
        "its sign left out",
    ),
    "the middle drawn twice as often": (
        lambda q, e, rng: round(rng.random() * (len(q) - 1)) if rng.random() < e else np.argmax(q),
        "drawn from all the actions",
    ),
    "<= with uniform": (
        lambda q, e, rng: rng.integers(len(q)) if rng.uniform() <= e else np.argmax(q),
        "compare with <, not with <=",
    ),
    "a float": (lambda q, e, rng: float(epsilon_greedy(q, e, rng)), "an environment takes a whole number"),
    "values sorted in place": (
        lambda q, e, rng: (q.sort(), len(q) - 1)[1] if len(q) > 1 else 0,
        "changed its argument",
    ),
    "softmax in place of epsilon": (
        lambda q, e, rng: np.argmax(q) if e == 0 else rng.choice(len(q), p=np.exp(q) / np.exp(q).sum()),
        "drawn from all the actions",
    ),
    "reseeded": (
        lambda q, e, rng: epsilon_greedy(q, e, np.random.default_rng(0)),
        "drawn from all the actions",
    ),
    "half of it drawn elsewhere": (
        lambda q, e, rng: rng.integers(len(q)) if np.random.random() < e else np.argmax(q),  # noqa: NPY002
        "the same generator gives the same actions",
    ),
    "a generator of its own": (
        lambda q, e, rng: epsilon_greedy(q, e, np.random.default_rng()) if e == 0.5 else epsilon_greedy(q, e, rng),
        "the same generator gives the same actions",
    ),
    "an array of one": (lambda q, e, rng: np.array([epsilon_greedy(q, e, rng)]), "shape (1,)"),
}


def random_argmax(q_values, rng):
    return int(rng.choice(np.flatnonzero(q_values == q_values.max())))


def coin_for_each_pair(q_values, rng):
    """Let each tied action replace the one before with chance 1 / 2: the last comes most often."""
    best = 0
    for i in range(1, len(q_values)):
        if q_values[i] > q_values[best] or (q_values[i] == q_values[best] and rng.random() < 0.5):
            best = i
    return best


TIES = {
    "the first of the tied": (lambda q, rng: np.argmax(q), "tied actions are equally likely"),
    "the last of the tied": (lambda q, rng: len(q) - 1 - np.argmax(q[::-1]), "tied actions are equally likely"),
    "any action": (lambda q, rng: rng.integers(len(q)), "a single best action is always chosen"),
    "the place among the tied": (
        lambda q, rng: np.argmax(q) if (q == q.max()).sum() == 1 else rng.integers((q == q.max()).sum()),
        "not its place among the tied",
    ),
    "random only when all are equal": (
        lambda q, rng: rng.integers(len(q)) if np.ptp(q) == 0 else np.argmax(q),
        "tied actions are equally likely",
    ),
    "the value": (lambda q, rng: q.max(), "a single best action is always chosen"),
    "nearly the best counts as best": (
        lambda q, rng: rng.choice(np.flatnonzero(np.isclose(q, q.max()))),
        "nearly equal is no tie",
    ),
    **{
        f"noise of {size:g}": (
            lambda q, rng, size=size: np.argmax(q + size * rng.random(len(q))),
            "no noise may overturn it",
        )
        for size in (1e-3, 1e-6, 1e-9, 1e-12, 1e-15)
    },
    "noise that grows with the values": (
        lambda q, rng: np.argmax(q + 1e-12 * (1 + np.abs(q).max()) * rng.random(len(q))),
        "no noise may overturn it",
    ),
    "noise too small to matter": (
        lambda q, rng: np.argmax(q + 1e-30 * rng.random(len(q))),
        "whatever the size of their values",
    ),
    "rounded": (lambda q, rng: random_argmax(np.round(q, 6), rng), "nearly equal is no tie"),
    "the first a little more often": (
        lambda q, rng: np.argmax(q) if rng.random() < 0.1 else random_argmax(q, rng),
        "tied actions are equally likely",
    ),
    "the middle more often": (
        lambda q, rng: (p := np.flatnonzero(q == q.max()))[round(rng.random() * (len(p) - 1))],
        "tied actions are equally likely",
    ),
    "a coin for each pair": (
        lambda q, rng: coin_for_each_pair(q, rng),
        "tied actions are equally likely",
    ),
    "the first two only": (
        lambda q, rng: rng.choice(np.flatnonzero(q == q.max())[:2]),
        "tied actions are equally likely",
    ),
    "ties below zero are forgotten": (
        lambda q, rng: random_argmax(q, rng) if q.max() > 0 else np.argmax(q),
        "tied actions are equally likely",
    ),
    "ties at zero are forgotten": (
        lambda q, rng: random_argmax(q, rng) if q.max() else np.argmax(q),
        "tied actions are equally likely",
    ),
    "the lowest": (lambda q, rng: np.argmin(q), "the lowest value wins"),
    "counted from 1": (lambda q, rng: random_argmax(q, rng) + 1, "counted from 1"),
    "a float": (lambda q, rng: float(random_argmax(q, rng)), "an environment takes a whole number"),
    "values shuffled in place": (
        lambda q, rng: (rng.shuffle(q), np.argmax(q))[1],
        "changed its argument",
    ),
    "the place in a shuffled list": (lambda q, rng: np.argmax(rng.permutation(q)), "a single best action"),
    "a generator of its own": (
        lambda q, rng: random_argmax(q, np.random.default_rng()),
        "the same generator gives the same actions",
    ),
    "all of the tied": (lambda q, rng: np.flatnonzero(q == q.max()), "shape (1,)"),
}


def decay(episodes, start, end, share):
    factor = (end / start) ** (1 / (share * episodes))
    return np.maximum(end, start * factor ** np.arange(episodes))


def with_factor(factor, floor=True):
    def answer(episodes, start, end, share):
        fall = start * factor(episodes, start, end, share) ** np.arange(episodes)
        return np.maximum(end, fall) if floor else fall

    return answer


def exact(episodes, start, end, share):
    return (end / start) ** (1 / (share * episodes))


DECAYS = {
    "a floor of its own": (lambda n, start, end, share: decay(n, start, end, share).clip(0.01), "to 0.001"),
    "no floor": (with_factor(exact, floor=False), "the end is a floor"),
    "the original's factor": (
        with_factor(lambda n, start, end, share: 1 + np.log(end) / (share * n)),
        "the factor is the original's",
    ),
    "start left out of the factor": (
        with_factor(lambda n, start, end, share: end ** (1 / (share * n))),
        "the start is left out",
    ),
    "share left out of the factor": (
        with_factor(lambda n, start, end, share: (end / start) ** (1 / n)),
        "the share is left out",
    ),
    "decayed before the first episode": (
        lambda n, start, end, share: np.maximum(end, start * exact(n, start, end, share) ** np.arange(1, n + 1)),
        "decay after an episode, not before",
    ),
    "a straight line": (
        lambda n, start, end, share: np.maximum(end, start - (start - end) * np.arange(n) / (share * n)),
        "multiplies epsilon by the factor",
    ),
    "start left out of what is multiplied": (
        lambda n, start, end, share: np.maximum(end, exact(n, start, end, share) ** np.arange(n)),
        "the start is left out of what is multiplied",
    ),
    "there one episode early": (
        lambda n, start, end, share: [*np.geomspace(start, end, max(1, round(share * n)))[:n], *[end] * n][:n],
        "one episode early",
    ),
    "a floor of 0.05": (
        lambda n, start, end, share: np.maximum(0.05, start * exact(n, start, end, share) ** np.arange(n)),
        "whatever the end is",
    ),
    "a floor that comes late": (
        lambda n, start, end, share: [
            max(e, end) if i > share * n + 3 else e
            for i, e in enumerate(start * exact(n, start, end, share) ** np.arange(n))
        ],
        "and stays there",
    ),
    "zero after the end": (
        lambda n, start, end, share: np.where(np.arange(n) <= share * n, decay(n, start, end, share), 0),
        "and stays there",
    ),
    "one number": (lambda n, start, end, share: end, "one epsilon an episode of the run"),
    "halved until the floor": (
        lambda n, start, end, share: np.maximum(end, start * 0.5 ** np.arange(n)),
        "by the same factor each time",
    ),
    "one too many": (
        lambda n, start, end, share: np.append(decay(n, start, end, share), end),
        "one epsilon an episode of the run",
    ),
    "back to the start at the end": (
        lambda n, start, end, share: np.where(np.arange(n) < share * n, decay(n, start, end, share), start),
        "and stays there",
    ),
}


def chances():
    return [[0.05, 0.85, 0.05, 0.05], [0.05, 0.45, 0.45, 0.05]]


CHANCES = {
    "the best is not drawn at random": (
        lambda: [[0.2 / 3, 0.8, 0.2 / 3, 0.2 / 3], [0.1, 0.4, 0.4, 0.1]],
        "only the others are drawn at random",
    ),
    "the best's random part forgotten": (
        lambda: [[0.05, 0.8, 0.05, 0.05], [0.05, 0.4, 0.4, 0.05]],
        "the random part is forgotten",
    ),
    "nothing random": (lambda: [[0, 1, 0, 0], [0, 0.5, 0.5, 0]], "nothing is random"),
    "percent": (lambda: 100 * np.array(chances()), "percent"),
    "the rows swapped": (lambda: chances()[::-1], "the rows are swapped"),
    "the last of the tied": (lambda: [[0.05, 0.05, 0.85, 0.05], chances()[1]], "it takes the first"),
    "both tied get all": (lambda: [chances()[0], [0.05, 0.85, 0.85, 0.05]], "together they get 1 - epsilon"),
    "epsilon for each": (lambda: [[0.2, 0.8, 0.2, 0.2], [0.2, 0.4, 0.4, 0.2]], "every action gets epsilon"),
    "one row": (lambda: chances()[0], "two rows"),
    "a slip": (lambda: [[0.05, 0.85, 0.5, 0.05], chances()[1]], "add up to 1"),
    "another slip": (lambda: [chances()[0], [0.05, 0.55, 0.35, 0.05]], "the second of the two rules"),
}


def budget():
    return 0.3


BUDGETS = {
    "a straight guess": (lambda: 0.4, "too much: let epsilon fall sooner"),
    "the original's 60 %": (lambda: 0.6, "too much"),
    "never falls": (lambda: 1.0, "too much"),
    "too soon": (lambda: 0.1, "too little: let epsilon fall later"),
    "a little too soon": (lambda: 0.29, "too little"),
    "a little too late": (lambda: 0.32, "too much"),
    "over by a fraction of an action": (lambda: 0.31579, "too much"),
    "percent": (lambda: 30, "not percent or episodes"),
    "episodes": (lambda: 90.0, "not percent or episodes"),
    "none": (lambda: 0.0, "a share above 0"),
    "below none": (lambda: -0.3, "a share above 0"),
    "two": (lambda: [0.3, 0.3], "the share is one number"),
}


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (exploration.epsilon_greedy, epsilon_greedy, EPSILON_GREEDY),
        (exploration.random_argmax, random_argmax, TIES),
        (exploration.decay, decay, DECAYS),
        (exploration.chances, chances, CHANCES),
        (exploration.budget, budget, BUDGETS),
    ]
)


def with_chances(q_values, epsilon, rng):
    chances = np.full(len(q_values), epsilon / len(q_values))
    chances[np.argmax(q_values)] += 1 - epsilon
    return rng.choice(len(q_values), p=chances)


def with_uniform(q_values, epsilon, rng):
    greedy = rng.uniform() >= epsilon
    return np.argmax(q_values) if greedy else rng.choice(np.arange(len(q_values)))


def with_a_coin(q_values, epsilon, rng):
    return [int(np.argmax(q_values)), int(rng.integers(0, len(q_values)))][rng.binomial(1, epsilon)]


def with_one_number(q_values, epsilon, rng):
    number = rng.random(1)[0]
    return int(number / epsilon * len(q_values)) if number < epsilon else list(q_values).index(max(q_values))


def with_torch(q_values, epsilon, rng):
    values = torch.as_tensor(q_values)
    random = torch.as_tensor(rng.integers(len(values)))
    return torch.where(torch.tensor(rng.random() < epsilon), random, values.argmax())


def last_of_the_tied(q_values, epsilon, rng):
    order = np.argsort(q_values, kind="stable")
    return rng.permutation(order)[0] if rng.random() < epsilon else order[-1]


def first_of_a_shuffled_list(q_values, rng):
    order = rng.permutation(len(q_values))
    return order[np.argmax(q_values[order])]


def noise_among_the_best(q_values, rng):
    return np.argmax((q_values == np.max(q_values)) * (1 + rng.random(len(q_values))))


def sorted_by_value_and_chance(q_values, rng):
    return np.lexsort((rng.random(len(q_values)), q_values))[-1]


def list_of_places(q_values, rng):
    best = max(q_values)
    places = [i for i, value in enumerate(q_values) if value == best]
    return places[rng.integers(len(places))]


def reservoir(q_values, rng):
    best, seen = 0, 1
    for i in range(1, len(q_values)):
        if q_values[i] > q_values[best]:
            best, seen = i, 1
        elif q_values[i] == q_values[best]:
            seen += 1
            best = i if rng.random() < 1 / seen else best
    return best


def step_by_step(episodes, start, end, share):
    epsilons = [start]
    while len(epsilons) < episodes:
        epsilons.append(max(end, epsilons[-1] * exact(episodes, start, end, share)))
    return epsilons


def geometric(episodes, start, end, share):
    steps = round(share * episodes)
    return np.concatenate([np.geomspace(start, end, steps + 1)[:-1], np.full(episodes - steps, end)])


def by_logarithms(episodes, start, end, share):
    done = np.minimum(np.arange(episodes) / (share * episodes), 1)
    return np.exp((1 - done) * np.log(start) + done * np.log(end))


def clipped_tensor(episodes, start, end, share):
    n = torch.arange(episodes, dtype=torch.float64)
    return (start * (end / start) ** (n / int(share * episodes))).clamp(min=end)


def tuple_of_32_bits(episodes, start, end, share):
    return tuple(decay(episodes, start, end, share).astype(np.float32))


def chances_of_tensors():
    return torch.tensor(chances())


def chances_of_fractions():
    return np.array([[1 / 20, 17 / 20, 1 / 20, 1 / 20], [0.05, 0.4 + 0.05, 0.4 + 0.05, 0.05]])


test_other_ways = make_right_test(
    [(exploration.epsilon_greedy, way) for way in (with_chances, with_uniform, with_a_coin, with_one_number)]
    + [(exploration.epsilon_greedy, way) for way in (with_torch, last_of_the_tied)]
    + [(exploration.random_argmax, way) for way in (first_of_a_shuffled_list, noise_among_the_best, reservoir)]
    + [(exploration.random_argmax, way) for way in (sorted_by_value_and_chance, list_of_places)]
    + [(exploration.decay, way) for way in (step_by_step, geometric, by_logarithms, clipped_tensor, tuple_of_32_bits)]
    + [(exploration.chances, way) for way in (chances_of_tensors, chances_of_fractions)]
    + [
        (exploration.budget, lambda share=share: share)
        for share in (0.305, np.float32(0.31), torch.tensor(0.3), 0.2948, 0.3157)
    ]
)


def test_the_pieces_are_kept_as_they_are_spelt_in_the_loop():
    assert "my_agent/epsilon_greedy.py" in exploration.epsilon_greedy(epsilon_greedy).message
    assert "my_agent/decay.py" in exploration.decay(geometric).message


def test_a_wrong_decay_is_shown_in_one_case_with_its_arguments():
    for name in ("a straight line", "back to the start at the end"):
        wrong, message = DECAYS[name][0], exploration.decay(DECAYS[name][0]).message
        assert f"Came     {short(wrong(50, 0.5, 0.1, 0.4))}" in message.replace("\n" + 11 * " ", "\n")
        assert "with 50 episodes from 0.5 to 0.1 at a share of 0.4" in message
