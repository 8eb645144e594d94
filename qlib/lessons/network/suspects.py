"""Four networks that learned one curve, three of them with a broken part: exercise 2.5 tells them apart by sight."""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import nn

from qlib.core.network import QNetwork
from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Line
from qlib.show.panel import Axis, Panel

PARTS = ["whole", "no ReLU between its layers", "a ReLU after its last layer", "a tanh after its last layer"]
"""What may be wrong with a network, in the words of the exercise."""

ANGLES = np.linspace(-0.2, 0.2, 41)
TARGETS = 3 + 3 * (ANGLES / 0.2) - 9 * (ANGLES / 0.2) ** 2
"""The values to learn, made up for the picture: a hill that falls below 0 at both sides."""


@functools.cache
def curves() -> dict[str, np.ndarray]:
    """Train the four and return what each says over the angles, shape (41,), by its letter."""
    ends = {"A": nn.Tanh(), "B": nn.Identity(), "C": nn.ReLU(), "D": nn.Identity()}
    x, y = torch.tensor(ANGLES / 0.2).float().unsqueeze(1), torch.tensor(TARGETS).float().unsqueeze(1)
    found = {}
    for letter, end in ends.items():
        network = QNetwork(1, 1, (24, 24), generator=torch.Generator().manual_seed(0))
        if letter == "B":
            network.layers = nn.Sequential(*(layer for layer in network.layers if isinstance(layer, nn.Linear)))
        list(network.parameters())[-1].data.fill_(4.0)  # so that the ReLU at the end does not begin below 0, and dead
        model = nn.Sequential(network, end)
        optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
        for _ in range(800):
            loss = (model(x) - y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found[letter] = model(x).squeeze(1).detach().numpy()
    return found


def against(part: str, curve: np.ndarray) -> str:
    """Say what in a curve speaks against a suspicion; "" if nothing does."""
    is_straight = np.abs(np.diff(curve, 2)).max() < 1e-3
    if part == PARTS[1] and not is_straight:
        return "this curve bends, and without a ReLU all layers together are one straight line"
    if part == PARTS[2] and curve.min() < 0:
        return "this curve goes below 0, where a ReLU at the end lets nothing through"
    if part == PARTS[3] and (curve.max() > 1 or curve.min() < -1):
        return "this curve leaves the strip from -1 to 1, and a tanh at the end cannot"
    if part == PARTS[3] and is_straight:
        return "this curve is a straight line, and a tanh after two ReLU layers would bend"
    if part == PARTS[0] and np.abs(curve - TARGETS).max() > 3:
        return "this curve misses the dots by more than 3 somewhere, which nothing broken would explain in a whole one"
    return ""


def picture() -> Drawing:
    """Draw the four curves over the dots that they were to learn."""
    x, y = Axis("pole angle (rad)", ticks={-0.2: "−0.2", 0: "0", 0.2: "0.2"}), Axis("value", -10, 5)
    panels = [
        Panel([Dots(ANGLES, TARGETS, "faint", 3), Line(ANGLES, curve)], x, y, letter)
        for letter, curve in curves().items()
    ]
    words = "Four panels, A to D: grey dots on a hill that falls below 0 at both sides, and each network's own curve."
    return Drawing(*panels, alt=words, height=250, width=860)
