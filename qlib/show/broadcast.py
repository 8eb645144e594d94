"""A picture of the silent broadcast: the grid of differences."""

from __future__ import annotations

import itertools

import torch

from qlib.show.boxes import APART, TINTS, box
from qlib.show.drawing import Drawing
from qlib.show.marks import Mark
from qlib.show.panel import Panel
from qlib.show.shapes import Words


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
