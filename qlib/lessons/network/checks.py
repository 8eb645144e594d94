"""The checks of lesson 02: compute with a network, count its numbers, build one, and tell broken ones apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import torch

from qlib.lessons.check import exercise
from qlib.lessons.expected import Mistake, answered, expect, explain, numbers, require
from qlib.lessons.judge import judge, refuse
from qlib.lessons.network import behaviour, suspects

Layers = tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]  # an input, and each layer's weight and bias


@exercise("2.1 One observation by pencil")
def by_pencil(answer: Callable) -> None:
    """Check answer() -> {"hidden": two numbers, "values": two numbers, "action": 0 or 1}, for the lesson's table."""
    got = answered(answer())
    rows = ("hidden", "values", "action")
    is_table = isinstance(got, Mapping) and set(got) == set(rows)
    require(
        is_table, f"a dictionary with the rows {', '.join(rows)}", got, "the table has these three", "keep its names"
    )
    hidden = {
        "the ReLU is left out: what is below 0 becomes 0": [1, -9],
        "a bias is left out: each unit adds its own": [2, 0],
        "a bias is subtracted, or its minus lost: each unit adds its own": [3, 0],
        "a column of weights is taken for a row, and the ReLU is left out": [-2, -11],
        "the minus of the second input is lost": [13, 15],
        "the sign is taken away: a ReLU cuts at 0, it does not mirror": [1, 9],
        "the two units are exchanged": [0, 1],
    }
    hint = "unit 1: 4 times 2, plus 2 times -3, plus the bias -1; then the ReLU"
    judge(
        [("for unit 1 and unit 2", got["hidden"], [1, 0], hidden)],
        "a unit adds up weight times input, and a bias",
        hint,
    )
    values = {
        "the units' numbers go on without their ReLU: what it cut off is gone": [23, 28],
        "the outputs have a ReLU too: an action's value may be below 0": [0, 1],
        "the biases of the outputs are left out": [-3, 2],
        "the biases of the outputs are subtracted, or their minus lost": [-2, 3],
        "right is given left's number: row 2 belongs to right, and a row is no column": [-4, -4],
        "the two values are exchanged": [1, -4],
    }
    hint = "left: -3 times unit 1, plus -3 times unit 2, plus the bias -1; no ReLU"
    judge(
        [("for left and right", got["values"], [-4, 1], values)], "a value adds up weight times unit, and a bias", hint
    )
    actions = {
        "the lower value is chosen: the greedy policy takes the higher one": 0,
        "actions are counted from 1: Python counts from 0": 2,
        "the value is given that is the lower one: an action is a place, 0 or 1": -4,
    }
    judge(
        [("with -4 and 1", got["action"], 1, actions)], "the greedy policy takes the higher value", "0 is left, 1 right"
    )


@exercise("2.2 Counting parameters")
def count_parameters(answer: Callable) -> None:
    """Check answer(sizes) -> the number of weights and biases, for layers of any number and size."""
    generator = torch.Generator().manual_seed(2)
    drawn = [torch.randint(1, 40, (n,), generator=generator).tolist() for n in (2, 3, 4, 5, 7)]
    trials = []
    for sizes in ([4, 24, 24, 2], [3, 5], [1, 1], [6, 7, 8, 9, 3], [5, 5, 5], [4, 256, 256, 2], *drawn):
        weights, last = sum(n_in * n_out for n_in, n_out in itertools.pairwise(sizes)), (sizes[-2] + 1) * sizes[-1]
        right = weights + sum(sizes[1:])
        mistakes = {
            "the biases are left out: each unit after the inputs adds a bias": weights,
            "the inputs have a bias too: inputs are given, so they have none": weights + sum(sizes),
            "each layer has n_in biases: a bias belongs to a unit that is computed, so n_out, not n_in": (
                weights + sum(sizes[:-1])
            ),
            "each layer has one bias: each unit of it has one": weights + len(sizes) - 1,
            "the last layer has no biases: its units are computed like all others": weights + sum(sizes[1:-1]),
            "only the first layer is counted": (sizes[0] + 1) * sizes[1],
            "only the last layer is counted": last,
            "the last layer is left out": right - last,
            "the units are counted: every line between two units is a weight": sum(sizes),
            "one network is written down: other sizes have other numbers": 770,
        }
        trials.append((f"for {sizes}", answer(list(sizes)), right, mistakes))
    why, hint = "a layer has n_in * n_out weights and n_out biases", "n_in * n_out + n_out for each pair of neighbours"
    judge(trials, why, hint)


@exercise("2.3 The forward pass by hand")
def forward(answer: Callable) -> None:
    """Check answer(x (B, n), weights, biases) -> (B, outputs): ReLU between layers, none at the end."""
    generator = torch.Generator().manual_seed(3)
    square = [_layers(2, (3, 3, 3, 3), generator) for _ in range(3)]  # a forgotten transposition raises nothing here
    came = np.stack([numbers(answer(*_copies(given)), (2, 3), "a row of values a row") for given in square])
    twisted = np.stack([_walk(x, [weight.T for weight in weights], biases) for x, weights, biases in square])
    hint = "x @ weight.T + bias"
    refuse(came, {"a weight is not transposed: row i of a weight belongs to output i": twisted}, hint)
    trials = [("3 layers", values, _walk(*given), _slips(given)) for values, given in zip(came, square, strict=True)]
    for rows, sizes in (
        (7, (4, 6, 5, 4, 3)),
        (5, (4, 4, 2)),
        (1, (4, 24, 24, 2)),
        (3, (2, 3, 3)),
        (3, (2, 5)),
        (2, (1, 7, 1)),
        (4, (3, 5, 4, 6, 5, 4, 2)),
    ):
        given = _layers(rows, sizes, generator)
        expected, why = f"values of shape {(rows, sizes[-1])}", f"layers may have any number and size, here {sizes}"
        with explain((RuntimeError, ValueError, IndexError), expected, why, f"loop over zip(weights, biases), {hint}"):
            got = answer(*_copies(given))
        trials.append((f"{len(sizes) - 1} layers of sizes {sizes}", got, _walk(*given), _slips(given)))
    judge(trials, "x @ weight.T + bias, with ReLU after all layers but the last, for any number of layers", hint)


@exercise("2.4 Your network", piece="make_network")
def make_network(answer: Callable) -> None:
    """Check answer(n_observations, n_actions) -> a new module from (B, n_observations) to (B, n_actions), float32."""
    behaviour.demand_new_ones(answer)
    for n_observations, n_actions in ((4, 2), (6, 3), (2, 5), (11, 4)):
        torch.manual_seed(n_observations)  # the process gets its own random state back
        network = behaviour.demand_network(answer, n_observations, n_actions)
        observations = torch.randn(64, n_observations)
        behaviour.demand_values(network, observations, n_actions)
        behaviour.demand_rows_alone(network, observations)
        behaviour.demand_parameters(network, answer(n_observations, n_actions), observations)
        behaviour.demand_hidden_layer(network, observations)
        behaviour.demand_open_end(network, observations)


@exercise("2.5 Which network is which?")
def which(answer: Callable) -> None:
    """Check answer() -> {"A": what is wrong with it, ...}, one of `suspects.PARTS` for each of the four curves."""
    got = answered(answer())
    is_table = isinstance(got, Mapping) and set(got) == set("ABCD")
    require(is_table, "a dictionary with the keys A, B, C and D", got, "there are four curves", '{"A": "...", ...}')
    for letter in "ABCD":
        said, known = answered(got[letter]), ", ".join(map(repr, suspects.PARTS))
        is_known = isinstance(said, str) and said in suspects.PARTS
        require(is_known, f"for {letter} one of {known}", said, "these are the four", "copy its words")
    for letter, curve in suspects.curves().items():
        against = suspects.against(got[letter], curve)
        if against:
            raise Mistake(Came=f"{letter}: {got[letter]!r}", Because=against, Hint="compare it with the grey dots")
    expect(sorted(got.values()) == sorted(suspects.PARTS), True, "each of the four is there once")


def _layers(rows: int, sizes: tuple[int, ...], generator: torch.Generator) -> Layers:
    x = torch.randn(rows, sizes[0], generator=generator)
    weights = [torch.randn(n_out, n_in, generator=generator) for n_in, n_out in itertools.pairwise(sizes)]
    return x, weights, [torch.randn(n_out, generator=generator) for n_out in sizes[1:]]


def _copies(given: Layers) -> Layers:
    x, weights, biases = given
    return x.clone(), list(weights), list(biases)


def _walk(x: torch.Tensor, weights: list, biases: list, between: Callable = torch.relu) -> torch.Tensor:
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = between(x @ weight.T + bias)
    return x @ weights[-1].T + biases[-1]


def _slips(given: Layers) -> dict[str, torch.Tensor]:
    """Return what each known mistake gives that raises nothing, whatever the layers' sizes."""
    (x, weights, biases), right = given, _walk(*given)
    late = x
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        late = (late @ weight.T).relu() + bias
    return {
        "the last layer has a ReLU too: values may be negative, so the last layer has no ReLU": right.relu(),
        "there is no ReLU: without it all layers are one linear map": _walk(*given, between=lambda h: h),
        "the biases are left out: each layer adds its bias": _walk(x, weights, [0 * b for b in biases]),
        "the last layer's bias is left out": right - biases[-1],
        "the biases are subtracted: each layer adds its bias": _walk(x, weights, [-b for b in biases]),
        "the bias comes after the ReLU: it belongs to the sum that the ReLU cuts": late @ weights[-1].T + biases[-1],
        "the absolute value is taken: ReLU cuts at 0, it does not mirror": _walk(*given, between=torch.abs),
        "the input goes through a ReLU: an input may be below 0": _walk(x.relu(), weights, biases),
        "a tanh stands in the ReLU's place": _walk(*given, between=torch.tanh),
        "a leaky ReLU lets a hundredth through: a ReLU lets nothing": (
            _walk(*given, between=torch.nn.functional.leaky_relu)
        ),
    }
