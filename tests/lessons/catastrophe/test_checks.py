"""Lesson 09's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
import torch
from tables import make_tests

from qlib.lessons.catastrophe import checks


def act(network, observation):
    network.eval()
    with torch.no_grad():
        return network(observation.unsqueeze(0)).argmax().item()


def broken_act(network, observation):  # as it stands in the lesson
    network.train()
    return network(observation.repeat(2, 1))[0].argmax().item()


def with_graph(network, observation):
    network.eval()
    return network(observation.unsqueeze(0)).argmax().item()


def in_train_mode(network, observation):
    with torch.no_grad():
        return network.train()(observation.unsqueeze(0)).argmax().item()


def doubled_without_graph(network, observation):
    with torch.no_grad():
        return network.train()(observation.repeat(2, 1))[0].argmax().item()


def worst(network, observation):
    network.eval()
    with torch.no_grad():
        return network(observation.unsqueeze(0)).argmin().item()


def training(network, observation):
    with torch.no_grad():
        network.layers[0].weight += 1
    return act(network, observation)


def falls(scores):
    return scores[:-1] - scores[1:]


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.leaks,
            lambda agent, batch: agent.td_target(batch).requires_grad,
            {
                "always": (lambda agent, batch: True, "the gradient stops"),
                "never": (lambda agent, batch: False, "the gradient flows"),
                "the loss": (lambda agent, batch: agent.loss(batch).requires_grad, "the gradient stops"),
                "the wrong way round": (lambda agent, batch: not agent.td_target(batch).requires_grad, "stops"),
                "the tensor": (lambda agent, batch: agent.td_target(batch), "Expected False"),
            },
        ),
        (
            checks.soft,
            lambda slow, quick, tau: slow + tau * (quick - slow),
            {
                "swapped": (lambda slow, quick, tau: tau * slow + (1 - tau) * quick, "swapped"),
                "added": (lambda slow, quick, tau: slow + tau * quick, "are not reduced"),
                "no move": (lambda slow, quick, tau: slow, "stay as they were"),
                "hard": (lambda slow, quick, tau: quick, "hard update"),
                "away": (lambda slow, quick, tau: slow - tau * (quick - slow), "moves away"),
                "share only": (lambda slow, quick, tau: tau * quick, "only the quick"),
                "own tau": (lambda slow, quick, tau: slow + 0.1 * (quick - slow), "with tau 1"),
                "half": (lambda slow, quick, tau: (slow + quick) / 2, "the share tau of the way"),
            },
        ),
        (
            checks.largest_fall,
            lambda scores: (falls(scores).argmax(), falls(scores).max()),
            {
                "after": (lambda s: (falls(s).argmax() + 1, falls(s).max()), "after the fall"),
                "minus": (lambda s: (np.diff(s).argmin(), np.diff(s).min()), "minus sign"),
                "rise": (lambda s: (np.diff(s).argmax(), np.diff(s).max()), "largest rise"),
                "rise as fall": (
                    lambda s: (abs(np.diff(s)).argmax(), abs(np.diff(s)).max()),
                    "a rise is counted as a fall",
                ),
                "to the lowest": (lambda s: (s.argmax(), s.max() - s[s.argmax() :].min()), "over many checkpoints"),
                "to the last": (lambda s: (s.argmax(), s.max() - s[-1]), "its distance from the last"),
                "one number": (lambda s: falls(s).max(), "the checkpoint's number, and the fall"),
                "own numbers": (lambda s: (2, 330.0), "may come first"),
            },
        ),
        (
            checks.mended_act,
            act,
            {
                "as it stood": (broken_act, "running averages as they were"),
                "doubled": (doubled_without_graph, "running averages as they were"),
                "graph": (with_graph, "torch.no_grad()"),
                "train mode": (in_train_mode, "more than 1 value"),
                "argmin": (worst, "prefers action"),
                "weights": (training, "the weights as they were"),
                "always 1": (lambda network, observation: 1, "prefers action 0"),
            },
        ),
    ]
)


def test_doubling_the_row_in_eval_mode_is_right_if_odd():
    def doubled(network, observation):
        with torch.no_grad():
            return network.eval()(observation.repeat(2, 1))[0].argmax().item()

    assert checks.mended_act(doubled).status == "passed"


def test_the_network_of_the_check_prefers_both_actions_in_eval_mode_only():
    network, angles = checks._network(), (0.15, -0.15)
    observations = [torch.tensor([0.1, 0.0, angle, 0.0]) for angle in angles]
    assert [act(network, one) for one in observations] == [1, 0]
    assert len({broken_act(checks._network(), one) for one in observations}) == 1
