"""The checks of lesson 02: count, compute and use a network."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from qlib.core.network import QNetwork, QNetworkBN
from qlib.lessons.check import exercise, expect, explain, numbers, refuse, require


@exercise("2.1 Counting parameters")
def count_parameters(answer: Callable) -> None:
    """Check answer([4, 24, 24, 2]) -> 770, for layers of any size."""
    for sizes in ([4, 24, 24, 2], [3, 5], [6, 7, 8, 9, 3]):
        weights = sum(n_in * n_out for n_in, n_out in itertools.pairwise(sizes))
        right = weights + sum(sizes[1:])
        mistakes = {
            "the biases are left out: each unit behind the inputs adds a bias": weights,
            "the inputs have a bias too: inputs are given, so they have none": weights + sum(sizes),
            "each layer has n_in biases: a bias belongs to a unit that is computed, so n_out, not n_in": (
                weights + sum(sizes[:-1])
            ),
            "each layer has one bias: each unit of it has one": weights + len(sizes) - 1,
            "the units are counted: every line between two units is a weight": sum(sizes),
        }
        if right != 770:
            mistakes["770 is written down: this network has other sizes"] = 770
        got = answer(sizes)
        refuse(got, mistakes, f"n_in * n_out + n_out for each pair of neighbours in {sizes}")
        expect(got, right, f"a layer has n_in * n_out weights and n_out biases, here with sizes {sizes}")


@exercise("2.2 The forward pass by hand")
def forward(answer: Callable) -> None:
    """Check answer(x (B, n), weights, biases) -> (B, outputs): ReLU between layers, none at the end."""
    x, weights, biases = given = _square_network()
    mistakes = {
        "the last layer has a ReLU too: values may be negative, so the last layer has no ReLU": _walk(*given).relu(),
        "there is no ReLU: without it all layers are one linear map": _walk(*given, between=lambda h: h),
        "a weight is not transposed: row i of a weight belongs to output i": _walk(x, [w.T for w in weights], biases),
        "the biases are left out: each layer adds its bias": _walk(x, weights, [0 * b for b in biases]),
        "the absolute value is taken: ReLU cuts at 0, it does not mirror": _walk(*given, between=torch.abs),
    }
    got = answer(x.clone(), list(weights), list(biases))
    refuse(got, mistakes, "x @ weight.T + bias, and clamp(min=0) after all layers but the last")
    expect(got, _walk(*given), "x @ weight.T + bias, with ReLU after all layers but the last")
    network = QNetwork(4, 3, (6, 5, 4), generator=torch.Generator().manual_seed(0))
    linear = [layer for layer in network.layers if isinstance(layer, torch.nn.Linear)]
    batch = torch.linspace(-1, 2, 28).reshape(7, 4)
    with torch.no_grad():
        got = answer(batch, [layer.weight.detach() for layer in linear], [layer.bias.detach() for layer in linear])
        expect(got, network(batch), "it works for any number and size of layers", "loop over zip(weights, biases)")


@exercise("2.3 Asking any network about one observation")
def acting_values(answer: Callable) -> None:
    """Check answer(network, observation (4,)) -> (2,): eval mode, no gradient, and the network left as it was."""
    observation = torch.tensor([0.1, -0.2, 0.3, 0.4])
    for kind, was_training in itertools.product((QNetwork, QNetworkBN), (True, False)):
        network = kind(generator=torch.Generator().manual_seed(1))
        network(torch.linspace(-2, 3, 64).reshape(16, 4))  # batch norm now has statistics of its own
        expected = network.eval()(observation.unsqueeze(0)).squeeze(0).detach()
        before = [buffer.clone() for buffer in network.buffers()]
        network.train(was_training)
        rows = "batch norm takes rows, and in train mode more than one"
        with explain(ValueError, f"2 values from a {kind.__name__}", rows, "unsqueeze(0), and network.eval() before"):
            got = answer(network, observation)
        numbers(got, (2,), "one observation in, one value per action out", "unsqueeze(0), then squeeze(0)")
        still = all(torch.equal(a, b) for a, b in zip(before, network.buffers(), strict=True))
        why = "asking in train mode makes batch norm learn from the question"
        hint = "network.eval() before you ask"
        require(still, "running statistics as they were", "running statistics that moved", why, hint)
        why = "eval() does not stop gradients, it changes layers such as batch norm"
        came = f"requires_grad={getattr(got, 'requires_grad', False)}"
        require(
            not getattr(got, "requires_grad", False),
            "values without a gradient",
            came,
            why,
            "with torch.no_grad() around the question",
        )
        expect(got, expected, "one observation in, one value per action out", "unsqueeze(0), then squeeze(0)")
        why = "the caller's network has to learn on"
        learns = all(parameter.requires_grad for parameter in network.parameters())
        require(learns, "parameters that learn", "requires_grad=False", why, "with torch.no_grad() around the question")
        as_it_came = f"a network with training={was_training}, as it came"
        why = "whoever called you may be in the middle of training, or of an exam"
        hint = "remember network.training first, and at the end network.train(remembered)"
        require(network.training == was_training, as_it_came, f"training={network.training}", why, hint)


def _square_network() -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
    """Layers of 3 by 3, so that a forgotten transposition raises nothing; two rows, outputs on both sides of 0."""
    generator = torch.Generator().manual_seed(3)
    weights = [torch.randn(3, 3, generator=generator) for _ in range(3)]
    biases = [torch.randn(3, generator=generator) for _ in range(3)]
    return torch.randn(2, 3, generator=generator), weights, biases


def _walk(x: torch.Tensor, weights: list, biases: list, between: Callable = torch.relu) -> torch.Tensor:
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = between(x @ weight.T + bias)
    return x @ weights[-1].T + biases[-1]
