"""The checks of lesson 01: count, compute and use a network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import torch

from qlib.core.network import QNetwork, QNetworkBN
from qlib.lessons.check import Mistake, exercise, expect, numbers, recognise, require, tensor


@exercise("1.1 Counting parameters")
def count_parameters(answer: Callable[[Sequence[int]], int]) -> None:
    """Check answer([4, 24, 24, 2]) -> 770, for layers of any size."""
    for sizes in ([4, 24, 24, 2], [3, 5], [6, 7, 8, 9, 3]):
        got = numbers(answer(sizes), (), "the parameters of a network are one number")
        pairs = list(itertools.pairwise(sizes))
        weights = sum(n_in * n_out for n_in, n_out in pairs)
        right = weights + sum(sizes[1:])
        for wrong, why, hint in (
            (weights, "these are the weights; each unit behind the inputs adds a bias", "n_in * n_out + n_out"),
            (weights + sum(sizes), "inputs are given, so they have no bias", "biases belong to n_out"),
            (weights + sum(sizes[:-1]), "a bias belongs to the unit that a layer computes", "n_out, not n_in"),
            (sum(sizes), "these are the units; every line between two units is a weight", "multiply neighbours"),
            (770, "770 is right for one network, and this one has other sizes", "compute it from sizes"),
        ):
            if wrong != right:
                require(got != wrong, f"{right} for sizes {sizes}", got, why, hint)
        expect(got, right, f"a layer has n_in * n_out weights and n_out biases, here with sizes {sizes}")


@exercise("1.2 The forward pass by hand")
def forward(answer: Callable[[torch.Tensor, list[torch.Tensor], list[torch.Tensor]], torch.Tensor]) -> None:
    """Check answer(x (B, n), weights, biases) -> (B, outputs): ReLU between layers, none at the end."""
    x, weights, biases = _square_network()
    got = tensor(answer(x, weights, biases), "a tensor of values")
    for wrong, why, hint in (
        (
            _walk(x, weights, biases, last=torch.relu),
            "the last layer has no ReLU: values may be negative",
            "stop early",
        ),
        (_walk(x, weights, biases, between=lambda h: h), "without ReLU all layers are one linear map", "clamp(min=0)"),
        (_walk(x, [w.T for w in weights], biases), "row i of a weight belongs to output i", "x @ weight.T"),
        (_walk(x, weights, [0 * b for b in biases]), "each layer adds its bias", "x @ weight.T + bias"),
        (_walk(x, weights, biases, between=torch.abs), "ReLU cuts at 0, it does not mirror", "clamp(min=0)"),
    ):
        require(not recognise(got, {why: wrong}), "the values of torch.nn's own layers", got, why, hint)
    expect(got, _walk(x, weights, biases), "x @ weight.T + bias, with ReLU after all layers but the last")
    network = QNetwork(4, 3, (6, 5, 4), generator=torch.Generator().manual_seed(0))
    linear = [layer for layer in network.layers if isinstance(layer, torch.nn.Linear)]
    batch = torch.linspace(-1, 2, 28).reshape(7, 4)
    with torch.no_grad():
        got = answer(batch, [layer.weight for layer in linear], [layer.bias for layer in linear])
        expect(got, network(batch), "it works for any number and size of layers", "loop over zip(weights, biases)")


@exercise("1.3 Asking any network about one observation")
def acting_values(answer: Callable[[QNetwork, torch.Tensor], torch.Tensor]) -> None:
    """Check answer(network, observation (4,)) -> (2,): eval mode, no gradient, and the network left as it was."""
    observation = torch.tensor([0.1, -0.2, 0.3, 0.4])
    for kind in (QNetwork, QNetworkBN):
        for was_training in (True, False):
            network = kind(generator=torch.Generator().manual_seed(1))
            network(torch.linspace(-2, 3, 64).reshape(16, 4))  # batch norm now has statistics of its own
            expected = network.eval()(observation.unsqueeze(0)).squeeze(0).detach()
            before = [buffer.clone() for buffer in network.buffers()]
            network.train(was_training)
            try:
                got = tensor(answer(network, observation), "a tensor of values")
            except ValueError as error:
                raise Mistake(
                    f"not yet.\n  Expected 2 values from a {kind.__name__}\n  Came     ValueError: {error}\n"
                    "  Because  batch norm takes rows, and in train mode more than one.\n"
                    "  Hint     unsqueeze(0), and network.eval() before you ask."
                ) from error
            require(
                all(torch.equal(a, b) for a, b in zip(before, network.buffers(), strict=True)),
                "running statistics as they were",
                "running statistics that moved",
                "asking in train mode makes batch norm learn from the question",
                "network.eval() before you ask",
            )
            require(
                not got.requires_grad,
                "values without a gradient",
                f"requires_grad={got.requires_grad}",
                "eval() does not stop gradients, it changes layers such as batch norm",
                "with torch.no_grad():",
            )
            expect(got, expected, "one observation in, one value per action out", "unsqueeze(0), then squeeze(0)")
            require(
                network.training == was_training,
                f"a network with training={was_training}, as it came",
                f"training={network.training}",
                "whoever called you may be in the middle of training, or of an exam",
                "remember network.training first, and at the end network.train(remembered)",
            )


def _square_network() -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
    """Layers of 3 by 3, so that a forgotten transposition raises nothing; two rows, outputs on both sides of 0."""
    generator = torch.Generator().manual_seed(3)
    weights = [torch.randn(3, 3, generator=generator) for _ in range(3)]
    biases = [torch.randn(3, generator=generator) for _ in range(3)]
    return torch.randn(2, 3, generator=generator), weights, biases


def _walk(x: torch.Tensor, weights: list, biases: list, between: Any = torch.relu, last: Any = None) -> torch.Tensor:
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        x = x @ weight.T + bias
        if layer < len(weights) - 1:
            x = between(x)
    return x if last is None else last(x)
