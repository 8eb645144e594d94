"""Pictures of the network: units as dots, weights as lines, and what lights up for one observation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from qlib.core.network import QNetwork
from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Mark, Rule
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Arrow, Box, Joins, Words
from qlib.study.statistics import band

INPUTS = ["cart position, m", "cart velocity, m/s", "pole angle, rad", "pole angular velocity, rad/s"]
ACTIONS = ["value of left", "value of right"]
LEVELS = 8  # of a line's thickness and of a unit's filling: what an eye tells apart


def diagram(sizes: Sequence[int], flows: Sequence[np.ndarray] = (), units: Sequence[np.ndarray] = ()) -> Drawing:
    """Draw a network of linear layers for CartPole: a dot per unit, a line per weight.

    Args:
        sizes: units in each layer, inputs first, outputs last.
        flows: what each line carries, one array of shape (n_out, n_in) a layer: blue above 0, vermilion and dashed
            below, thicker if larger; none: all lines alike.
        units: one array of shape (n,) for inputs, hidden layers and outputs: the fuller a hidden unit, the larger its
            number; none: all dots alike.
    """
    layers = ", ".join(map(str, sizes))
    alt = f"A network of layers with {layers} units, every unit joined to the next layer."
    return Drawing(_layers(sizes, flows, units), alt=alt, height=400)


def _layers(sizes: Sequence[int], flows: Sequence[np.ndarray], units: Sequence[np.ndarray], title: str = "") -> Panel:
    heights, last = [_heights(n) for n in sizes], len(sizes) - 1
    marks: list[Mark] = []
    for layer, (left, right) in enumerate(itertools.pairwise(heights)):
        marks.append(Joins(layer, left, layer + 1, right, _levels(flows[layer]) if len(flows) else None))
    for layer, (n, y) in enumerate(zip(sizes, heights, strict=True)):
        is_hidden = 0 < layer < last
        size = min(9.0, 220.0 / n) if is_hidden else 10.0
        x = np.full(n, layer)
        marks.append(Dots(x, y, "paper", size))  # hides the lines' ends
        if is_hidden and len(units):
            filled = _levels(np.maximum(units[layer], 0))
            for level in np.unique(filled[filled > 0]).tolist():
                on = filled == level
                marks.append(Dots(x[on], y[on], "blue", size * (level / LEVELS) ** 0.5))
        marks.append(Dots(x, y, "ink", size, hollow=True))
        kind, end = ("input", "") if layer == 0 else ("output", "no ReLU") if layer == last else ("unit", "ReLU")
        said = [f"{n} {kind}{'s' * (n != 1)}{',' * bool(end)}", end]
        aside = 10.0 * (layer == last) - 6.0 * (layer == 0)  # so that the names stay apart on a phone
        for i, words in enumerate(said):
            marks += [Words(layer, -1.24, words, "faint", "middle", aside, -16.0 * i)] if words else []
    for layer, names, side in ((0, INPUTS, -1), (last, ACTIONS, 1)):
        anchor = "start" if side > 0 else "end"
        for i, (name, y) in enumerate(zip(names, heights[layer].tolist(), strict=True)):
            what, _, unit = name.partition(", ")
            value = f"{units[layer][i]:+.2f} {unit}".strip() if len(units) else unit
            told = [*what.replace("angular ", "angular\n").split("\n"), *([value] if value else [])]  # room on a phone
            colour = "ink" if side < 0 else ("blue", "vermilion")[i]
            for line, words in enumerate(told):
                up, bold = 7.5 * (len(told) - 1) - 15 * line, words == value and bool(len(units))
                marks.append(Words(layer, y, words, colour, anchor, 11.0 * side, up, bold=bold))
    x_axis, y_axis = Axis(low=-1.75, high=last + 1.65, ticks={}), Axis(low=-1.42, high=1.15, ticks={})
    return Panel(marks, x_axis, y_axis, title, share=1.9)


def _levels(numbers: np.ndarray) -> np.ndarray:
    """Write numbers as whole levels against the largest of them, from -LEVELS to LEVELS."""
    return np.rint(LEVELS * numbers / max(float(np.abs(numbers).max()), 1e-9)).astype(int)


def _cart(position: float, velocity: float, angle: float, angular_velocity: float) -> Panel:
    """Draw the cart and its pole, twice as long as it is so that an angle shows, with an arrow for each velocity."""
    foot, long, second = 0.4, 2.0, 0.3  # an arrow is where it will be after 0.3 seconds
    tip_x, tip_y = position + long * np.sin(angle), foot + long * np.cos(angle)
    marks: list[Mark] = [
        Rule(0, colour="faint", dash=0),
        *(Arrow(side, -0.15, side, 0.15, colour="faint", head=False) for side in (-2.4, 2.4)),
        Box(position, 0.2, 0.7, 0.4, edge=2, fill="faint", solid=True),
        Arrow(position, foot, tip_x, tip_y, colour="gold", width=7, head=False),
        Words(0, -1.6, "the track ends at ±2.4 m", "faint", "middle"),
    ]
    if velocity:
        marks.append(Arrow(position, -0.4, position + second * velocity, -0.4, colour="green"))
        marks.append(Words(min(max(position, -2.4), 2.4), -0.85, f"{velocity:+.2f} m/s", "green", "middle"))
    if angular_velocity:
        x, y, reach = tip_x, tip_y + 0.3, second * angular_velocity
        marks.append(Arrow(x, y, x + reach * np.cos(angle), y - reach * np.sin(angle), colour="purple"))
        marks.append(Words(min(max(x, -2.4), 2.4), y + 0.55, f"{angular_velocity:+.2f} rad/s", "purple", "middle"))
    return Panel(marks, title="what the network is told", frame=(-3.4, 4.1, 3.4, -3.0))


def count(hidden_1: int, hidden_2: int) -> tuple[Drawing, str]:
    """Draw a CartPole network and count its numbers layer by layer.

    Args:
        hidden_1, hidden_2: units in the hidden layers, from 1 up.
    """
    sizes = [4, hidden_1, hidden_2, 2]
    terms = [f"{n_in} × {n_out} + {n_out}" for n_in, n_out in itertools.pairwise(sizes)]
    total = QNetwork(hidden=(hidden_1, hidden_2)).n_parameters
    return diagram(sizes), f"({') + ('.join(terms)}) = {total:,} weights and biases"


def state_explorer(networks: dict[str, QNetwork]) -> Callable[..., tuple[Drawing, str]]:
    """Make the drawing function of an explorer that feeds one observation to one of several CartPole networks.

    Args:
        networks: label to a plain QNetwork with 4 inputs and 2 outputs.
    """

    def draw(network: str, position: float, velocity: float, angle: float, angular_velocity: float):
        observation = torch.tensor([position, velocity, angle, angular_velocity])
        units, weights = activations(networks[network], observation)
        flows = [weight * unit for weight, unit in zip(weights, units, strict=False)]  # the outputs pass nothing on
        units[0] = observation.numpy()  # in the environment's units, not in the network's
        left, right = units[-1]
        hidden = np.concatenate(units[1:-1])
        better = "left" if left > right else "right"
        words = f"left {left:.2f}, right {right:.2f}: {better} is worth more. "
        words += f"{(hidden > 0).sum()} of {hidden.size} hidden units are on."
        net = _layers([layer.size for layer in units], flows, units, "what it makes of it")
        alt = f"A cart at {position:+.2f} m, its pole at {angle:+.2f} rad, and the network's units. {words}"
        return Drawing(_cart(position, velocity, angle, angular_velocity), net, alt=alt, height=400, width=860), words

    return draw


def activations(network: QNetwork, observation: torch.Tensor) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Walk one observation through a plain network, layer by layer.

    Args:
        network: a QNetwork without batch normalisation.
        observation: shape (n_observations,), float32.

    Returns:
        What stands at the inputs, after each ReLU and at the outputs, and each linear layer's weights.
    """
    x = observation if network.scale is None else observation / network.scale
    units, weights = [x.numpy().copy()], []
    with torch.no_grad():
        for layer in network.layers:
            x = layer(x)
            if isinstance(layer, nn.Linear):
                weights.append(layer.weight.numpy().copy())
            else:
                units.append(x.numpy().copy())
    return [*units, x.numpy().copy()], weights


def before_the_fall(steps_left: np.ndarray, returns: np.ndarray, fits: dict[str, np.ndarray]) -> Callable[..., Drawing]:
    """Make the function that draws what networks say of the steps before a fall, beside the returns that followed.

    Args:
        steps_left: steps from each state to the end of its episode, shape (n,), from 1.
        returns: the discounted return that followed each state, shape (n,).
        fits: label to values, shape (seeds, n): the mean over states is drawn with its interval over seeds.

    Returns:
        A function of a guessed value at one step before the fall, or None.
    """

    def draw(guess: Any) -> Drawing:
        x = np.arange(1, 13)
        curves = {"return that followed": np.array([returns[steps_left == k].mean() for k in x])}
        for label, values in fits.items():
            curves[label] = band(np.stack([values[:, steps_left == k].mean(1) for k in x], axis=1))
        marks: list[Mark] = [Rule(0, dash=0, width=1), *lines(x, curves)]
        words = ""
        if guess is not None:
            marks.append(Dots([1], [guess], "purple", 9, "D"))
            marks.append(Words(1, guess, "your guess", "purple", right=10))
            words = f" Your guess was {guess:g}."
        words = f"returns and the linear end go far below 0, the ReLU end stays above.{words}"
        steps = Axis("steps left before the pole falls", 0.5, 12.2, ticks={k: f"{k}" for k in x.tolist()})
        worth = Axis("value (discounted reward)", -10.8, 5)
        return Drawing(Panel(marks, steps, worth), alt=f"Values over the steps left: {words}", height=340)

    return draw


def _heights(n: int) -> np.ndarray:
    """Spread n units over the height of the picture, few of them not too far apart."""
    half = min(1.05, 0.22 * (n - 1))
    return np.linspace(half, -half, n)
