"""Lesson 11's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
import pytest
import torch
from tables import make_tests

from qlib.lessons.normalisation import checks


def scaled_alike(agent, observations):
    agent.online.eval()
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    return torch.allclose(agent.q_values(observations), learns, atol=1e-5)


def in_train_mode(agent, observations):
    same = scaled_alike(agent, observations)
    agent.online.train()
    agent.online(torch.as_tensor(observations))
    return same


def compared(by):
    def answer(agent, observations):
        agent.online.eval()
        with torch.no_grad():
            return by(agent.q_values(observations), agent.online(torch.as_tensor(observations)))

    return answer


def without_eval(agent, observations):
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    return torch.allclose(agent.q_values(observations), learns, atol=1e-5)


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


def restores_mode(agent, observations):
    was = agent.online.training
    same = scaled_alike(agent, observations)
    agent.online.train(was)
    return same


@pytest.mark.parametrize(
    "answer",
    [
        compared(lambda a, b: torch.isclose(a, b).all()),
        compared(lambda a, b: np.isclose(a, b).all()),
        compared(lambda a, b: np.array(np.allclose(a, b))),
        compared(lambda a, b: bool((abs(a - b) < 1e-4).all())),
        restores_mode,
    ],
)
def test_other_right_answers_pass(answer):
    assert checks.scaled_alike(answer).status == "passed", checks.scaled_alike(answer)


def test_a_truth_value_is_shown_as_one():
    assert "Came     True" in checks.usable(lambda low, high: np.isfinite(high - low)).message


def usable(low, high):
    return (high - low > 0) & (high - low < 1e30)


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.symmetric,
            lambda x, low, high: 2 * (x - low) / (high - low) - 1,
            {
                "0 to 1": (lambda x, low, high: (x - low) / (high - low), "0 ... 1"),
                "0 to 2": (lambda x, low, high: 2 * (x - low) / (high - low), "0 ... 2"),
                "half": (lambda x, low, high: (x - low) / (high - low) - 0.5, "-1/2 ... 1/2"),
                "divided": (lambda x, low, high: x / high, "only the upper end"),
                "no low": (lambda x, low, high: 2 * x / (high - low) - 1, "lower end is not subtracted"),
                "swapped": (lambda x, low, high: 1 - 2 * (x - low) / (high - low), "ends are swapped"),
                "a constant": (lambda x, low, high: np.array([-0.5, -0.75, 0.5]), "the lower end becomes -1"),
            },
        ),
        (
            checks.running_mean,
            lambda mean, count, x: (mean * count + x) / (count + 1),
            {
                "half": (lambda mean, count, x: (mean + x) / 2, "count alike"),
                "old count": (lambda mean, count, x: mean + (x - mean) / max(count, 1), "old count"),
                "sum": (lambda mean, count, x: mean + x, "added up"),
                "not the distance": (lambda mean, count, x: mean + x / (count + 1), "not by its distance"),
                "one number": (lambda mean, count, x: (mean + x) / (count + 1), "weighted as one"),
                "nothing": (lambda mean, count, x: mean, "nothing moves"),
                "a constant": (lambda mean, count, x: 5.5, "the mean of one number"),
                "the last of few": (
                    lambda mean, count, x: (mean * count + x) / (count + 1) if count in (0, 3) else mean,
                    "twenty numbers",
                ),
            },
        ),
        (
            checks.usable,
            usable,
            {
                "the original": (lambda low, high: [None == h - a for a, h in zip(low, high)], "can scale it"),  # noqa: B905, E711
                "turned": (lambda low, high: ~usable(low, high), "swapped"),
                "finite only": (lambda low, high: np.isfinite(high - low), "cannot scale it"),
                "as good as infinite": (
                    lambda low, high: np.isfinite(high - low) & (high > low),
                    "the largest float32",
                ),
                "one answer": (lambda low, high: bool(usable(low, high).all()), "one True or False for each"),
            },
        ),
        (
            checks.scaled_alike,
            scaled_alike,
            {
                "always": (lambda agent, observations: True, "divides before it asks"),
                "never": (lambda agent, observations: False, "nothing is scaled anywhere"),
                "by the settings": (
                    lambda agent, observations: agent.settings.observation_scale is None,
                    "the network scales, for learning",
                ),
                "by the name": (
                    lambda agent, observations: type(agent).__name__ == "QAgent",
                    "divides before it asks",
                ),
                "the means": (
                    compared(lambda a, b: abs((a - b).mean().item()) < 1e-3),
                    "compare value by value",
                ),
                "without eval": (without_eval, "in train mode batch norm uses this batch's own mean"),
                "leaves train mode": (leaves_train_mode, "must not leave the network in train mode"),
                "changes weights": (changes_weights, "must not change the weights"),
                "values": (lambda agent, observations: 1.5, "True or False"),
                "a look that moves": (in_train_mode, "must not move batch norm's averages"),
            },
        ),
    ]
)
