"""The checks of lesson 04: the solution passes, and each plausible mistake fails with the message meant for it."""

import numpy as np
from tables import make_right_test, make_tests

from qlib.lessons.choosing_actions import checks as exploration


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


EPSILON_GREEDY = {
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
    "three actions for ever": (
        lambda q, e, rng: rng.integers(3) if rng.random() < e else np.argmax(q),
        "len(q_values), not a fixed number",
    ),
    "never the best when random": (other_actions_only, "the best one too"),
    "epsilon applied twice": (two_draws_at_half, "0.80 of the choices"),
    "a generator of its own": (
        lambda q, e, rng: epsilon_greedy(q, e, np.random.default_rng()) if e == 0.5 else epsilon_greedy(q, e, rng),
        "the same generator gives the same actions",
    ),
    "an array of one": (lambda q, e, rng: np.array([epsilon_greedy(q, e, rng)]), "shape (1,)"),
}


def random_argmax(q_values, rng):
    return int(rng.choice(np.flatnonzero(q_values == q_values.max())))


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
    "noise that breaks ties": (
        lambda q, rng: np.argmax(q + 1e-3 * rng.random(len(q))),
        "nearly equal is no tie",
    ),
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
    "one too many": (
        lambda n, start, end, share: np.append(decay(n, start, end, share), end),
        "one epsilon an episode of the run",
    ),
    "back to the start at the end": (
        lambda n, start, end, share: np.where(np.arange(n) < share * n, decay(n, start, end, share), start),
        "and stays there",
    ),
}


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (exploration.epsilon_greedy, epsilon_greedy, EPSILON_GREEDY),
        (exploration.random_argmax, random_argmax, TIES),
        (exploration.decay, decay, DECAYS),
    ]
)


def with_chances(q_values, epsilon, rng):
    chances = np.full(len(q_values), epsilon / len(q_values))
    chances[np.argmax(q_values)] += 1 - epsilon
    return rng.choice(len(q_values), p=chances)


def first_of_a_shuffled_list(q_values, rng):
    order = rng.permutation(len(q_values))
    return order[np.argmax(q_values[order])]


def step_by_step(episodes, start, end, share):
    epsilons = [start]
    while len(epsilons) < episodes:
        epsilons.append(max(end, epsilons[-1] * exact(episodes, start, end, share)))
    return epsilons


def geometric(episodes, start, end, share):
    steps = round(share * episodes)
    return np.concatenate([np.geomspace(start, end, steps + 1)[:-1], np.full(episodes - steps, end)])


test_other_ways = make_right_test(
    [
        (exploration.epsilon_greedy, with_chances),
        (exploration.random_argmax, first_of_a_shuffled_list),
        (exploration.decay, step_by_step),
        (exploration.decay, geometric),
    ]
)
