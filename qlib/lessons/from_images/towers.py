"""Small networks for images, deep and shallow, with and without residual connections, and a task to try them on.

The task is lesson 14's ball as a table: from two frames, name the column of the ball in the next row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from qlib.lessons.from_images.ball import COLUMNS, ROWS, stacks

CHANNELS = 8


class Block(nn.Module):
    """Two convolutions that keep the image's size, and around them, if it is residual, a way past them.

    Args:
        residual: whether the block's input is added to what the convolutions make of it (He et al. 2016).
    """

    def __init__(self, residual: bool) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in range(2))
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (B, C, H, W)
        """Return features of the same shape."""
        made = self.second(self.first(x).relu())
        return (x + made).relu() if self.residual else made.relu()


WAYS: dict[str, dict[str, bool]] = {"plain": {}, "residual": {"residual": True}, "He's start": {"he": True}}
"""How towers are made: without residual connections, with them, and without them from He's first weights."""


def tower(depth: int, residual: bool = False, seed: int = 0, he: bool = False) -> nn.Sequential:
    """Make a network of a first layer, `depth` convolutions in blocks of two, and a linear layer to six columns.

    The weights are the same with and without residual connections.

    Args:
        depth: an even number.
        residual: whether each block's input is added to what it makes.
        seed: of the first weights.
        he: draw the convolutions' weights with a variance of 2 / inputs, made for ReLUs (He et al. 2015), in place of
            PyTorch's default, which is 1 / (3 inputs).
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        blocks = [Block(residual) for _ in range(depth // 2)]
        first, last = nn.Conv2d(2, CHANNELS, 3, padding=1), nn.Linear(CHANNELS * ROWS * COLUMNS, COLUMNS)
        made = nn.Sequential(first, nn.ReLU(), *blocks, nn.Flatten(), last)
        for layer in made.modules():
            if he and isinstance(layer, nn.Conv2d) and layer.bias is not None:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        return made


def dense(seed: int) -> nn.Sequential:
    """Make a dense network for the same task, of about as many parameters as a tower of depth 2."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(2 * ROWS * COLUMNS, 32), nn.ReLU(), nn.Linear(32, COLUMNS))


def task(rows: range | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return stacks of two frames (n, 2, 10, 6) and the ball's next columns (n,), each once, of some rows or of all."""
    seen, following, at = stacks(2)
    _, once = np.unique(seen.reshape(len(seen), -1), axis=0, return_index=True)
    once = once[at[once] > 0]  # in row 0 nobody can know
    once = once[np.isin(at[once], rows)] if rows is not None else once
    return torch.from_numpy(seen[once]), torch.from_numpy(following[once])


def fit(network: nn.Module, inputs: torch.Tensor, columns: torch.Tensor, steps: int, rate: float = 1e-3) -> None:
    """Train a network on a whole table at once, with Adam and cross entropy."""
    optimizer = torch.optim.Adam(network.parameters(), rate)
    for _ in range(steps):
        loss = F.cross_entropy(network(inputs), columns)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def right(network: nn.Module, inputs: torch.Tensor, columns: torch.Tensor) -> float:
    """Return the share of a table that a network has right."""
    with torch.no_grad():
        return float((network(inputs).argmax(1) == columns).float().mean())


def gradients(network: nn.Module) -> np.ndarray:
    """Return the gradient's norm at each convolution of a tower on the table, from the pixels up, (depth + 1,)."""
    inputs, columns = task()
    F.cross_entropy(network(inputs), columns).backward()
    layers = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    return np.array([float(layer.weight.grad.norm()) for layer in layers])  # type: ignore[union-attr]


def kept(make: Callable[[int], nn.Module], seed: int, steps: int = 200) -> tuple[float, float]:
    """Let a network learn the upper half of the field, then the lower one.

    Returns:
        The share of the upper half that it has right before and after the lower one came.
    """
    network, upper, lower = make(seed), task(range(5)), task(range(5, ROWS))
    fit(network, *upper, steps)
    before = right(network, *upper)
    fit(network, *lower, steps)
    return before, right(network, *upper)


def share_that_arrives(depth: int, way: str, seeds: range = range(8)) -> float:
    """Return which part of the last convolution's gradient the first one gets, the geometric mean of some seeds."""
    norms = [gradients(tower(depth, seed=seed, **WAYS[way])) for seed in seeds]
    return float(np.exp(np.mean([np.log(each[0] / each[-1]) for each in norms])))
