"""Lesson 02's checks: the solution passes, and each known mistake is told what it did."""

import itertools

import numpy as np
import torch
from tables import make_right_test, make_tests

from qlib.lessons.network import checks as check


def answer_1_1(sizes):
    return sum(n_in * n_out + n_out for n_in, n_out in itertools.pairwise(sizes))


WRONG_1_1 = {
    "no biases": (lambda s: sum(a * b for a, b in itertools.pairwise(s)), "adds a bias"),
    "inputs with biases": (lambda s: sum(a * b for a, b in itertools.pairwise(s)) + sum(s), "inputs are given"),
    "biases of n_in": (lambda s: sum(a * b + a for a, b in itertools.pairwise(s)), "n_out, not n_in"),
    "one bias a layer": (lambda s: sum(a * b + 1 for a, b in itertools.pairwise(s)), "each layer has one bias"),
    "units": (sum, "every line between two units"),
    "written down": (lambda s: 770, "other sizes"),
    "first layer only": (lambda s: s[0] * s[1] + s[1], "n_in * n_out weights"),
}


def answer_1_2(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = (x @ weight.T + bias).clamp(min=0)
    return x @ weights[-1].T + biases[-1]


def _forward(between, last, transposed=True, with_bias=True):
    def forward(x, weights, biases):
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            x = x @ (weight.T if transposed else weight) + (bias if with_bias else 0)
            x = last(x) if layer == len(weights) - 1 else between(x)
        return x

    return forward


def _three_layers_written_out(x, weights, biases):
    x = torch.relu(torch.relu(x @ weights[0].T + biases[0]) @ weights[1].T + biases[1])
    return x @ weights[2].T + biases[2]


def _same(x):
    return x


WRONG_1_2 = {
    "ReLU at the end": (_forward(torch.relu, torch.relu), "last layer has no ReLU"),
    "no ReLU": (_forward(_same, _same), "one linear map"),
    "not transposed": (_forward(torch.relu, _same, transposed=False), "row i of a weight"),
    "no bias": (_forward(torch.relu, _same, with_bias=False), "adds its bias"),
    "absolute value": (_forward(torch.abs, _same), "does not mirror"),
    "another activation": (_forward(torch.tanh, _same), "ReLU after all layers but the last"),
    "three layers written out": (_three_layers_written_out, "any number and size of layers"),
}


def answer_1_3(network, observation):
    was_training = network.training
    network.eval()
    with torch.no_grad():
        values = network(observation.unsqueeze(0)).squeeze(0)
    network.train(was_training)
    return values


def _train_mode(network, observation):
    with torch.no_grad():
        return network(observation.unsqueeze(0)).squeeze(0)


def _twice(network, observation):
    with torch.no_grad():
        return network(observation.repeat(2, 1))[0]


def _with_gradient(network, observation):
    was_training = network.training
    values = network.eval()(observation.unsqueeze(0)).squeeze(0)
    network.train(was_training)
    return values


def _with_batch(network, observation):
    return answer_1_3(network, observation).unsqueeze(0)


def _stays_in_eval(network, observation):
    with torch.no_grad():
        return network.eval()(observation.unsqueeze(0)).squeeze(0)


def _always_train(network, observation):
    values = _stays_in_eval(network, observation)
    network.train()
    return values


def _flat(network, observation):
    network.eval()
    with torch.no_grad():
        return network(observation)


def _frozen(network, observation):
    network.requires_grad_(False)
    return answer_1_3(network, observation)


WRONG_1_3 = {
    "parameters that learn no more": (_frozen, "has to learn on"),
    "one value": (lambda network, observation: answer_1_3(network, observation).max(), "Expected shape (2,)"),
    "train mode": (_train_mode, "in train mode more than one"),
    "a batch of two twins": (_twice, "learn from the question"),
    "gradient": (_with_gradient, "does not stop gradients"),
    "a batch": (_with_batch, "one value per action"),
    "stays in eval": (_stays_in_eval, "training=False"),
    "ends in train": (_always_train, "training=True"),
    "no unsqueeze, stays in eval": (_flat, "training=False"),
}
EXERCISES = [
    (check.count_parameters, answer_1_1, WRONG_1_1),
    (check.forward, answer_1_2, WRONG_1_2),
    (check.acting_values, answer_1_3, WRONG_1_3),
]
test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(EXERCISES)


def counts_each_unit(sizes):
    return np.sum((np.array(sizes[:-1]) + 1) * np.array(sizes[1:]))


def numpy_forward(x, weights, biases):
    x = x.numpy()
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = np.maximum(x @ weight.numpy().T + bias.numpy(), 0)
    return x @ weights[-1].numpy().T + biases[-1].numpy()


def takes_the_last_layer_off_the_lists(x, weights, biases):
    weight, bias = weights.pop(), biases.pop()
    for w, b in zip(weights, biases, strict=True):
        x = torch.relu_(torch.nn.functional.linear(x, w, b))
    return torch.nn.functional.linear(x, weight, bias)


def row_by_row(x, weights, biases):
    return [answer_1_2(row, weights, biases).tolist() for row in x]


def asks_a_copy(network, observation):
    copied = type(network)()
    copied.load_state_dict(network.state_dict())
    return copied.eval()(observation[None])[0].detach().numpy()


def two_numbers(network, observation):
    return answer_1_3(network, observation).tolist()


test_other_ways = make_right_test(
    [
        (check.count_parameters, counts_each_unit),
        (check.forward, numpy_forward),
        (check.forward, row_by_row),
        (check.acting_values, asks_a_copy),
        (check.acting_values, two_numbers),
    ]
)
