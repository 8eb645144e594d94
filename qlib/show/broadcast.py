"""Pictures of the silent broadcast: the grid of differences, and what it does to scores over seeds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch

from qlib.show.boxes import APART, TINTS, box
from qlib.show.drawing import Drawing
from qlib.show.marks import Mark
from qlib.show.panel import Panel
from qlib.show.picture import COLOURS, Picture, figure, note
from qlib.show.shapes import Words
from qlib.study.statistics import mean_interval


def grid(batch: int, cure: str) -> tuple[Drawing, str]:
    """Draw the differences that the mean squared error averages.

    Args:
        batch: B, from 2 to 6.
        cure: "none" subtracts (B,) from (B, 1); "squeeze the values" and "unsqueeze the targets" do it right.
    """
    targets = torch.tensor([1.0, 4.0, 2.0, 8.0, 5.0, 7.0])[:batch]  # (B,)
    values = (targets + torch.tensor([0.5, -0.5, 0.5, -0.5, 0.5, -0.5])[:batch]).unsqueeze(1)  # (B, 1)
    meant = float(((values.squeeze(1) - targets) ** 2).mean())
    left, right = values, targets
    if cure == "squeeze the values":
        left = values.squeeze(1)
    elif cure == "unsqueeze the targets":
        right = targets.unsqueeze(1)
    differences = left - right
    table = differences if differences.ndim == 2 else differences.unsqueeze(0)
    n_rows, n_columns = table.shape
    middle = (n_rows - 1) / 2
    marks: list[Mark] = []
    for row, column in itertools.product(range(n_rows), range(n_columns)):
        is_meant = differences.numel() == batch or row == column
        tint, edge, dash = (TINTS[0], "ink", 0) if is_meant else (TINTS[1], "faint", 1)
        marks.append(box(column, row, f"{float(table[row, column]):+.1f}", tint, edge, dash, 12))
    if n_columns == batch:
        for column in range(batch):
            marks.append(Words(column, -0.85, f"{float(targets[column]):.0f}", "vermilion", "middle"))
        marks.append(Words(batch - 0.2, -0.85, f"targets {tuple(right.shape)}", "vermilion"))
    for row in range(n_rows if left.ndim == 2 else 0):
        marks.append(Words(-0.85, row, f"{float(values[row, 0]):.1f}", "blue", "middle"))
    marks.append(Words(-1.4, middle, f"values {tuple(left.shape)}", "blue", "end"))
    if n_columns == 1:
        marks.append(Words(1.0, middle, f"minus targets {tuple(right.shape)}", "vermilion"))
    loss = float((differences**2).mean())
    shape = tuple(differences.shape)
    title = f"values - targets{APART}{tuple(left.shape)} - {tuple(right.shape)} → {shape}{APART}loss {loss:.2f}"
    words = f"{tuple(left.shape)} minus {tuple(right.shape)} is {shape}: the mean of {differences.numel()} squares is "
    words += f"{loss:.2f}."
    if differences.numel() != batch:
        words += f" The {batch} pairs that belong together, the blue diagonal, have a mean of {meant:.2f}."
    grid_of = Panel(marks, title=title, frame=(-4.4, -1.3, 8.4, 5.6))
    return Drawing(grid_of, alt=f"A grid of differences of shape {shape}, and their loss.", height=400), words


def seeds(groups: dict[str, Sequence[float]], unit: str, guess: float | None = None) -> Picture:
    """Draw one dot per seed and each group's mean with its 95 % interval.

    Args:
        groups: label to one number per seed.
        unit: what the numbers are, for the axis.
        guess: of the last group's mean; it is drawn in.
    """
    fig, ax = figure(7.2, 0.9 + 0.75 * len(groups))
    for row, samples in enumerate(groups.values()):
        mean, low, high = mean_interval(samples)
        shift = np.linspace(-0.14, 0.14, len(samples))  # so that equal seeds do not hide each other
        ax.plot(samples, row + shift, "o", color=COLOURS[row], alpha=0.6, markersize=4)
        ax.plot([low, high], [row + 0.28] * 2, color=COLOURS[row], linewidth=2)
        ax.plot(mean, row + 0.28, "D", color=COLOURS[row], markersize=6)
    ax.set(xlabel=unit, ylim=(len(groups) - 0.4, -0.5), yticks=range(len(groups)), yticklabels=groups)
    words = f"Dots for the seeds of {' and '.join(groups)}, diamonds for the means with their intervals."
    if guess is not None:
        above = len(groups) - 1.34  # clear of the dots
        ax.plot(guess, above, "X", color=COLOURS[3], markersize=9)
        note(ax, "your guess", (guess, above), (8, 0))
        words += f" Your guess was {guess:g}."
    return Picture(fig, words)
