"""Lesson 11's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
import pytest
import torch
from tables import make_right_test, make_tests

from qlib.lessons.normalisation import checks


def unscaled(scaled, low, high):
    return (low + high) / 2 + scaled * (high - low) / 2


def merged(n, a, v, m, b, w):
    share = m / (n + m)
    return a + share * (b - a), (1 - share) * v + share * w + share * (1 - share) * (b - a) ** 2


def usable(low, high):
    return (high - low > 0) & (high - low < 1e30)


def scaled_alike(agent, observations):
    was_training = agent.online.training
    agent.online.eval()
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    acts = agent.q_values(observations)
    agent.online.train(was_training)
    return torch.allclose(acts, learns, rtol=0, atol=1e-4)


def compared(by):
    def answer(agent, observations):
        was_training = agent.online.training
        agent.online.eval()
        with torch.no_grad():
            learns = agent.online(torch.as_tensor(observations))
        acts = agent.q_values(observations)
        agent.online.train(was_training)
        return by(acts, learns)

    return answer


def without_eval(agent, observations):
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    return torch.allclose(agent.q_values(observations), learns, atol=1e-4)


def leaves_eval_mode(agent, observations):
    agent.online.eval()
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    return torch.allclose(agent.q_values(observations), learns, atol=1e-4)


def leaves_train_mode(agent, observations):
    same = scaled_alike(agent, observations)
    agent.online.train()
    return same


def changes_weights(agent, observations):
    same = scaled_alike(agent, observations)
    with torch.no_grad():
        for parameter in agent.online.parameters():
            parameter.add_(1)
    return same


def moves_averages(agent, observations):
    same, was = scaled_alike(agent, observations), agent.online.training
    agent.online.train()
    agent.online(torch.as_tensor(np.repeat(observations, 2, axis=0)))
    agent.online.train(was)
    return same


def freezes(agent, observations):
    agent.online.requires_grad_(False)
    return scaled_alike(agent, observations)


def draws(agent, observations):
    torch.rand(1, generator=agent.generator)
    return scaled_alike(agent, observations)


def restores_too_early(agent, observations):
    was_training = agent.online.training
    agent.online.eval()
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    agent.online.train(was_training)
    return torch.allclose(agent.q_values(observations), learns, rtol=0, atol=1e-4)


def acting_values(network, observation):
    was_training = network.training
    network.eval()
    with torch.no_grad():
        values = network(observation.unsqueeze(0)).squeeze(0)
    network.train(was_training)
    return values


def in_train_mode(network, observation):
    with torch.no_grad():
        return network(observation.unsqueeze(0)).squeeze(0)


def a_batch_of_twins(network, observation):
    with torch.no_grad():
        return network(observation.repeat(2, 1))[0]


def with_gradient(network, observation):
    was_training = network.training
    values = network.eval()(observation.unsqueeze(0)).squeeze(0)
    network.train(was_training)
    return values


def stays_in_eval(network, observation):
    with torch.no_grad():
        return network.eval()(observation.unsqueeze(0)).squeeze(0)


def ends_in_train(network, observation):
    values = stays_in_eval(network, observation)
    network.train()
    return values


def no_batch(network, observation):
    network.eval()
    with torch.no_grad():
        return network(observation)


def freezes_network(network, observation):
    network.requires_grad_(False)
    return acting_values(network, observation)


def trains_a_little(network, observation):
    values = acting_values(network, observation)
    with torch.no_grad():
        next(network.parameters()).mul_(1.01)
    return values


def only_the_outside_in_train(network, observation):
    values = stays_in_eval(network, observation)
    network.training = True
    return values


def only_layers_in_eval(network, observation):
    for module in network.children():
        module.eval()
    with torch.no_grad():
        return network(observation.unsqueeze(0)).squeeze(0)


UNSCALED = {
    "0 to 1": (lambda x, low, high: low + x * (high - low), "it came from 0 ... 1"),
    "there": (lambda x, low, high: 2 * (x - low) / (high - low) - 1, "the way there"),
    "no low": (lambda x, low, high: (x + 1) / 2 * (high - low), "lower end is not added"),
    "no middle": (lambda x, low, high: x * (high - low) / 2, "middle of the range is not added"),
    "divided": (lambda x, low, high: x * high, "only the upper end"),
    "twice": (lambda x, low, high: low + (x + 1) * (high - low), "stretched twice"),
    "whole width": (lambda x, low, high: (low + high) / 2 + x * (high - low), "whole width"),
    "swapped": (lambda x, low, high: unscaled(-x, low, high), "ends are swapped"),
    "clipped": (lambda x, low, high: np.clip(unscaled(x, low, high), low, high), "cut off"),
    "half of all": (lambda x, low, high: (low + (x + 1) * (high - low)) / 2, "divided by 2, the lower end"),
    "one row": (lambda x, low, high: unscaled(np.atleast_2d(x), low, high), "one number for each"),
    "first range": (lambda x, low, high: unscaled(x, low[0], high[0]), "-1 becomes low"),
    "along rows": (lambda x, low, high: unscaled(x.T, low, high).T if x.shape == (3, 3) else unscaled(x, low, high),
                   "shape (3, 3)"),
    "whole": (lambda x, low, high: np.round(unscaled(x, low, high)), "-1 becomes low"),
    "in place": (lambda scaled, low, high: np.add(low, (scaled + 1) / 2 * (high - low), out=low), "changed its arg"),
}  # fmt: skip
MERGED = {
    "no distance": (lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (n * v + m * w) / (n + m)), "left out"),
    "alike": (lambda n, a, v, m, b, w: merged(1, a, v, 1, b, w), "count alike"),
    "other's weight": (lambda n, a, v, m, b, w: merged(m, a, v, n, b, w), "the other's weight"),
    "sum": (lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], v + w), "added up"),
    "not squared": (
        lambda n, a, v, m, b, w: (
            merged(n, a, v, m, b, w)[0],
            (n * v + m * w) / (n + m) + n * m / (n + m) ** 2 * abs(a - b),
        ),
        "is not squared",
    ),
    "no weight": (
        lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (n * v + m * w) / (n + m) + (a - b) ** 2),
        "has no weight",
    ),
    "once": (
        lambda n, a, v, m, b, w: (
            merged(n, a, v, m, b, w)[0],
            (n * v + m * w) / (n + m) + n * m / (n + m) * (a - b) ** 2,
        ),
        "once too seldom",
    ),
    "mean square": (
        lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (n * (v + a * a) + m * (w + b * b)) / (n + m)),
        "not taken off",
    ),
    "deviation": (
        lambda *case: (merged(*case)[0], merged(*case)[1] ** 0.5),
        "the deviation is given",
    ),
    "swapped": (lambda *case: merged(*case)[::-1], "swapped"),
    "sample": (
        lambda n, a, v, m, b, w: (
            merged(n, a, v, m, b, w)[0],
            merged(n, a, v, m, b, w)[1] * (n + m) / max(n + m - 1, 1),
        ),
        "as numpy finds",
    ),
    "one empty only": (
        lambda n, a, v, m, b, w: merged(n, a, v, m, b, w) if n and m else (a + b, v + w),
        "0 numbers",
    ),
    "the first": (lambda n, a, v, m, b, w: (a, v), "as numpy finds"),
    "only the mean": (lambda *case: merged(*case)[0], "two numbers"),
    "equal counts": (lambda n, a, v, m, b, w: (merged(n, a, v, m, b, w)[0], (v + w) / 2 + ((a - b) / 2) ** 2), "numpy"),
}
USABLE = {
    "the original": (lambda low, high: [None == h - a for a, h in zip(low, high)], "can scale it"),  # noqa: B905, E711
    "turned": (lambda low, high: ~usable(low, high), "swapped"),
    "finite only": (lambda low, high: np.isfinite(high - low), "cannot scale it"),
    "as good as infinite": (lambda low, high: np.isfinite(high - low) & (high > low), "the largest float32"),
    "one answer": (lambda low, high: bool(usable(low, high).all()), "one True or False for each"),
    "not empty": (lambda low, high: (high != low) & np.isfinite(low) & np.isfinite(high) & (high - low < 1e30),
                  "cannot scale it"),
    "at least empty": (lambda low, high: (high >= low) & (high - low < 1e30), "cannot scale it"),
    "by size": (lambda low, high: abs(high - low) < 1e30, "cannot scale it"),
    "not nan": (lambda low, high: ~((high <= low) | (high - low >= 1e30)), "cannot scale it"),
    "above 0": (lambda low, high: usable(low, high) & (low < 0), "can scale it"),
    "symmetric": (lambda low, high: usable(low, high) & (low == -high), "can scale it"),
    "a small bar": (lambda low, high: usable(low, high) & (high - low < 1e10), "can scale it"),
    "wider than a little": (lambda low, high: usable(low, high) & (high - low > 1e-3), "can scale it"),
    "only the upper end": (lambda low, high: (high < 1e30) & (high > low), "cannot scale it"),
    "first four": (lambda low, high: np.append(usable(low, high)[:4], np.ones(max(0, len(low) - 4), bool)),
                   "cannot scale it"),
    "the widths": (lambda low, high: np.nan_to_num(high - low), "can scale it"),
}  # fmt: skip
ALIKE = {
    "always": (lambda agent, observations: True, "divides before it asks"),
    "never": (lambda agent, observations: False, "nothing is scaled anywhere"),
    "by the settings": (
        lambda agent, observations: agent.settings.observation_scale is None,
        "the network scales, for learning",
    ),
    "by the name": (lambda agent, observations: type(agent).__name__ == "QAgent", "divides before it asks"),
    "the means": (compared(lambda a, b: abs((a - b).mean().item()) < 1e-3), "each action's value for"),
    "the actions": (compared(lambda a, b: torch.equal(a.argmax(1), b.argmax(1))), "divides before"),
    "the sorted values": (
        compared(lambda a, b: torch.allclose(a.sort(1)[0], b.sort(1)[0], rtol=0, atol=1e-4)),
        "each action's value for the other's",
    ),
    "too coarse": (compared(lambda a, b: torch.allclose(a, b, rtol=0, atol=0.05)), "never saw in learning"),
    "a hundredth": (compared(lambda a, b: torch.allclose(a, b, rtol=0, atol=0.005)), "off by 0.001"),
    "exact": (compared(torch.equal), "differ by a millionth"),
    "first row": (compared(lambda a, b: torch.allclose(a[0], b[0], rtol=0, atol=1e-4)), "off by 0.001"),
    "any": (compared(lambda a, b: torch.isclose(a, b, rtol=0, atol=1e-4).any()), "off by 0.001"),
    "without eval": (without_eval, "must not change the mode"),
    "leaves eval mode": (leaves_eval_mode, "must not change the mode"),
    "restores too early": (restores_too_early, "must not change the mode"),
    "leaves train mode": (leaves_train_mode, "must not change the mode"),
    "changes weights": (changes_weights, "must not change the weights"),
    "values": (lambda agent, observations: 1.5, "True or False"),
    "a look that moves": (moves_averages, "must not move batch norm's averages"),
    "freezes": (freezes, "stop the weights from learning"),
    "draws": (draws, "must not draw"),
}
ACTING = {
    "parameters that learn no more": (freezes_network, "has to learn on"),
    "one value": (lambda network, observation: acting_values(network, observation).max(), "Expected shape (2,)"),
    "train mode": (in_train_mode, "in train mode more than one"),
    "a batch of two twins": (a_batch_of_twins, "learn from the question"),
    "gradient": (with_gradient, "does not stop gradients"),
    "a batch": (lambda network, observation: acting_values(network, observation)[None], "one value per action"),
    "stays in eval": (stays_in_eval, "training=False"),
    "ends in train": (ends_in_train, "training=True"),
    "no unsqueeze, stays in eval": (no_batch, "training=False"),
    "trains": (trains_a_little, "asking changes nothing"),
    "the outside only": (only_the_outside_in_train, "in the middle of training"),
    "layers only": (only_layers_in_eval, "in the middle of training"),
    "the other order": (lambda network, observation: acting_values(network, observation).flip(0), "Because  one obs"),
    "rounded": (lambda network, observation: acting_values(network, observation).round(decimals=2), "Because  one obs"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (checks.unscaled, unscaled, UNSCALED),
        (checks.merged, merged, MERGED),
        (checks.usable, usable, USABLE),
        (checks.scaled_alike, scaled_alike, ALIKE),
        (checks.acting_values, acting_values, ACTING),
    ]
)


def from_low(scaled, low, high):
    return low + (scaled + 1) / 2 * (high - low)


def between(scaled, low, high):
    share = (1 + scaled) / 2
    return (1 - share) * low + share * high


def in_torch(scaled, low, high):
    x, a, b = map(torch.as_tensor, (scaled, low, high))
    return torch.lerp(a.expand_as(x), b.expand_as(x), (x + 1) / 2)


def in_lists(scaled, low, high):
    rows = [
        [a + (one + 1) * (b - a) / 2 for one, a, b in zip(row, low, high, strict=True)] for row in np.atleast_2d(scaled)
    ]
    return rows if scaled.ndim == 2 else rows[0]


def in_float32(scaled, low, high):
    return unscaled(*(part.astype(np.float32) for part in (scaled, low, high)))


def by_squares(n, a, v, m, b, w):
    mean = (n * a + m * b) / (n + m)
    return mean, (n * (v + a**2) + m * (w + b**2)) / (n + m) - mean**2


def by_chan(n, a, v, m, b, w):
    away, count = b - a, n + m
    return [a + away * m / count, (n * v + m * w + away**2 * n * m / count) / count]


def by_distances(n, a, v, m, b, w):
    mean = (n * a + m * b) / (n + m)
    return np.array([mean, (n * (v + (a - mean) ** 2) + m * (w + (b - mean) ** 2)) / (n + m)])


def by_average(n, a, v, m, b, w):
    mean = np.average([a, b], weights=[n, m])
    return mean, np.average([v + (a - mean) ** 2, w + (b - mean) ** 2], weights=[n, m])


def with_empty_ones(n, a, v, m, b, w):
    if n == 0:
        return b, w
    return (a, v) if m == 0 else torch.tensor(merged(n, a, v, m, b, w))


def by_loop(low, high):
    return [bool(b > a and b - a < 1e30) for a, b in zip(low, high, strict=True)]


def by_finite(low, high):
    width = high - low
    return np.isfinite(width) & (width > 0) & (width <= 1e30)


def by_where(low, high):
    return np.where((high > low) & (high - low < 1e30), 1, 0)


def in_torch_too(low, high):
    width = torch.as_tensor(high - low)
    return (width > 0) & (width < 1e30)


def by_logic(low, high):
    return np.logical_and(np.greater(high - low, 0), np.less(high - low, 1e30))


RIGHT = {
    checks.unscaled: (from_low, between, in_torch, in_lists, in_float32),
    checks.merged: (by_squares, by_chan, by_distances, by_average, with_empty_ones),
    checks.usable: (by_loop, by_finite, by_where, in_torch_too, by_logic),
}
test_right = make_right_test([(check, answer) for check, answers in RIGHT.items() for answer in answers])


@pytest.mark.parametrize(
    "answer",
    [
        compared(lambda a, b: torch.isclose(a, b, rtol=0, atol=1e-4).all()),
        compared(lambda a, b: np.isclose(a, b, rtol=0, atol=1e-4).all()),
        compared(lambda a, b: np.array(np.allclose(a, b, atol=1e-4))),
        compared(lambda a, b: bool((abs(a - b) < 1e-4).all())),
        compared(lambda a, b: (a - b).abs().max().item() <= 1e-4),
    ],
)
def test_other_ways_to_compare_pass(answer):
    assert checks.scaled_alike(answer).status == "passed", checks.scaled_alike(answer)


def asks_a_copy(network, observation):
    copied = type(network)()
    copied.load_state_dict(network.state_dict())
    return copied.eval()(observation[None])[0].detach().numpy()


def two_numbers(network, observation):
    return acting_values(network, observation).tolist()


def twins_in_eval(network, observation):
    was = network.training
    with torch.no_grad():
        values = network.eval()(torch.stack([observation, observation]))[0]
    network.train(was)
    return values


def detached(network, observation):
    was = network.training
    values = network.eval()(observation.reshape(1, 4)).detach().flatten()
    network.train(mode=was)
    return values


@torch.inference_mode()
def in_inference_mode(network, observation):
    return acting_values(network, observation)


@pytest.mark.parametrize("answer", [asks_a_copy, two_numbers, twins_in_eval, detached, in_inference_mode])
def test_other_ways_to_ask_pass(answer):
    assert checks.acting_values(answer).status == "passed", checks.acting_values(answer)


def test_a_truth_value_is_shown_as_one():
    assert "Came     True" in checks.usable(lambda low, high: np.isfinite(high - low)).message
