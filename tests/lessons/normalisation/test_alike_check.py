"""Exercise 11.4's check: the solution passes, and each plausible mistake gets the words that are meant for it."""

import copy

import numpy as np
import pytest
import torch
from tables import make_tests

from qlib.lessons.normalisation import checks


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
    return torch.allclose(agent.q_values(observations), learns, rtol=0, atol=1e-4)


def leaves_eval_mode(agent, observations):
    agent.online.eval()
    with torch.no_grad():
        learns = agent.online(torch.as_tensor(observations))
    return torch.allclose(agent.q_values(observations), learns, rtol=0, atol=1e-4)


def asks_a_copy(agent, observations):
    with torch.no_grad():
        learns = copy.deepcopy(agent.online).eval()(torch.as_tensor(observations))
    return torch.allclose(agent.q_values(observations), learns, rtol=0, atol=1e-4)


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
    "a hundredth": (compared(lambda a, b: torch.allclose(a, b, rtol=0, atol=0.005)), "off by 0.0002"),
    "exact": (compared(torch.equal), "differ by 0.00005"),
    "first row": (compared(lambda a, b: torch.allclose(a[0], b[0], rtol=0, atol=1e-4)), "off by 0.0002"),
    "any": (compared(lambda a, b: torch.isclose(a, b, rtol=0, atol=1e-4).any()), "off by 0.0002"),
    "half a thousandth": (compared(lambda a, b: torch.allclose(a, b, rtol=0, atol=5e-4)), "off by 0.0002"),
    "NumPy's own share": (compared(lambda a, b: np.allclose(a, b, atol=1e-4)), "grows with the values"),
    "too low only": (compared(lambda a, b: abs((a - b).max()) < 1e-4), "is 0.0002 too low"),
    "last row": (compared(lambda a, b: torch.allclose(a[-1], b[-1], rtol=0, atol=1e-4)), "is 0.0002 too low"),
    "torch's own tolerance": (compared(torch.allclose), "differ by 0.00005"),
    "a copy in eval mode": (asks_a_copy, "agent.q_values sets eval mode"),
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
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests([(checks.scaled_alike, scaled_alike, ALIKE)])


@pytest.mark.parametrize(
    "answer",
    [
        compared(lambda a, b: torch.isclose(a, b, rtol=0, atol=1e-4).all()),
        compared(lambda a, b: np.isclose(a, b, rtol=0, atol=1e-4).all()),
        compared(lambda a, b: np.array(np.allclose(a, b, rtol=0, atol=1e-4))),
        compared(lambda a, b: bool((abs(a - b) < 1e-4).all())),
        compared(lambda a, b: (a - b).abs().max().item() <= 1e-4),
    ],
)
def test_other_ways_to_compare_pass(answer):
    assert checks.scaled_alike(answer).status == "passed", checks.scaled_alike(answer)
