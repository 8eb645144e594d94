"""Pictures of the network: units as dots, weights as lines, and what lights up for one observation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.collections import LineCollection
from torch import nn

from qlib.core.network import QNetwork
from qlib.show.picture import COLOURS, Picture, blank, figure, lines, note
from qlib.study.statistics import band

INPUTS = ["cart position, m", "cart velocity, m/s", "pole angle, rad", "pole angular velocity, rad/s"]
ACTIONS = ["value of left", "value of right"]


def diagram(sizes: Sequence[int], flows: Sequence[np.ndarray] = (), units: Sequence[np.ndarray] = ()) -> Picture:
    """Draw a network of linear layers for CartPole: a dot per unit, a line per weight.

    Args:
        sizes: units in each layer, inputs first, outputs last.
        flows: what each line carries, one array of shape (n_out, n_in) a layer: blue above 0, vermilion and dashed
            below, thicker if larger; none: all lines alike.
        units: one array of shape (n,) for inputs, hidden layers and outputs: the darker a hidden unit, the larger its
            number; none: all dots alike.
    """
    fig, ax = blank(7.8, 3.9)
    ax.set(xlim=(-0.95, len(sizes) - 0.2), ylim=(-1.3, 1.2))
    heights = [_heights(n) for n in sizes]
    for layer, (left, right) in enumerate(itertools.pairwise(heights)):
        joins = np.array([[(layer, start), (layer + 1, end)] for end in right for start in left])  # as flows, unrolled
        if not len(flows):
            ax.add_collection(LineCollection(list(joins), colors="#999999", linewidths=0.4, alpha=0.6, zorder=1))
            continue
        strength = flows[layer].ravel()
        for colour, style, part in ((COLOURS[0], "-", strength > 0), (COLOURS[1], (0, (4, 2)), strength <= 0)):
            width = 1.6 * np.abs(strength[part]) / max(float(np.abs(strength).max()), 1e-9)
            ax.add_collection(
                LineCollection(list(joins[part]), colors=colour, linewidths=width, linestyles=[style], alpha=0.55)
            )
    for layer, n in enumerate(sizes):
        is_hidden = 0 < layer < len(sizes) - 1
        shade: Any = "white"
        if is_hidden and len(units):
            level = np.clip(units[layer] / max(float(units[layer].max()), 1e-9), 0, 1)
            shade = [tuple(1 - share * (1 - np.array([0, 0.28, 0.45]))) for share in level]
        size = min(90.0, 3000.0 / max(n, 8)) if is_hidden else 110.0
        ax.scatter([layer] * n, heights[layer], s=size, c=shade, edgecolors="#222222", linewidths=0.8, zorder=3)
        name = "inputs" if layer == 0 else "outputs, no ReLU" if layer == len(sizes) - 1 else "units, ReLU"
        ax.text(layer, -1.2, f"{n} {name}", ha="center", va="center", fontsize=9)
    for layer, names, side in ((0, INPUTS, -1), (len(sizes) - 1, ACTIONS, 1)):
        for i, (name, y) in enumerate(zip(names, heights[layer], strict=True)):
            what, _, unit = name.partition(", ")
            text = f"{what}\n{units[layer][i]:+.2f} {unit}" if len(units) else f"{what}\n{unit}"
            ax.text(layer + 0.09 * side, y, text.strip(), ha="left" if side > 0 else "right", va="center", fontsize=9)
    layers = ", ".join(map(str, sizes))
    return Picture(fig, f"A network of layers with {layers} units, every unit joined to the next layer.")


def count(hidden_1: int, hidden_2: int) -> tuple[Picture, str]:
    """Draw a CartPole network and count its numbers layer by layer.

    Args:
        hidden_1, hidden_2: units in the hidden layers, from 1 up.
    """
    sizes = [4, hidden_1, hidden_2, 2]
    terms = [f"{n_in} × {n_out} + {n_out}" for n_in, n_out in itertools.pairwise(sizes)]
    total = QNetwork(hidden=(hidden_1, hidden_2)).n_parameters
    return diagram(sizes), f"({') + ('.join(terms)}) = {total:,} weights and biases"


def state_explorer(networks: dict[str, QNetwork]) -> Callable[..., tuple[Picture, str]]:
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
        return diagram([layer.size for layer in units], flows, units), words

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


def before_the_fall(steps_left: np.ndarray, returns: np.ndarray, fits: dict[str, np.ndarray]) -> Callable[..., Picture]:
    """Make the function that draws what networks say of the steps before a fall, beside the returns that followed.

    Args:
        steps_left: steps from each state to the end of its episode, shape (n,), from 1.
        returns: the discounted return that followed each state, shape (n,).
        fits: label to values, shape (seeds, n): the mean over states is drawn with its interval over seeds.

    Returns:
        A function of a guessed value at one step before the fall, or None.
    """

    def draw(guess: Any) -> Picture:
        fig, ax = figure(7.2, 3.4)
        x = np.arange(1, 13)
        curves = {"return that followed": np.array([returns[steps_left == k].mean() for k in x])}
        for label, values in fits.items():
            curves[label] = band(np.stack([values[:, steps_left == k].mean(1) for k in x], axis=1))
        ax.axhline(0, color="#767676", linewidth=0.8)
        ax.set(xlabel="steps left before the pole falls", ylabel="value (discounted reward)", ylim=(-10.8, 5))
        ax.set(xlim=(0.5, 15.2), xticks=x)
        lines(ax, x, curves)
        words = ""
        if guess is not None:
            ax.plot(1, guess, "X", color=COLOURS[3], markersize=9)
            note(ax, "your guess", (1, guess), (8, 0))
            words = f" Your guess was {guess:g}."
        words = f"returns and the linear end go far below 0, the ReLU end stays above.{words}"
        return Picture(fig, f"Values over the steps left: {words}")

    return draw


def _heights(n: int) -> np.ndarray:
    """Spread n units over the height of the picture, few of them not too far apart."""
    half = min(1.05, 0.17 * (n - 1))
    return np.linspace(half, -half, n)
