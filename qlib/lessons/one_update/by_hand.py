"""The gradient of a DQN loss without autograd: NumPy and the chain rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qlib.core.memory import Batch


def loss_and_gradient(
    layers: Sequence[tuple[np.ndarray, np.ndarray]], batch: Batch, gamma: float
) -> tuple[float, list[np.ndarray]]:
    """Work out the loss of a batch and its slope in each weight, layer by layer from the back.

    Args:
        layers: weight (out, in) and bias (out,) of each layer; ReLU stands between them.
        batch: B transitions.
        gamma: the discount.

    Returns:
        The loss, and the slopes in the order of a network's parameters.
    """

    def outputs(x: np.ndarray) -> list[np.ndarray]:  # of every layer, the input first
        xs = [x]
        for i, (weight, bias) in enumerate(layers):
            y = xs[-1] @ weight.T + bias
            xs.append(y if i == len(layers) - 1 else np.maximum(y, 0))
        return xs

    s, a, r, next_s, terminated = (column.numpy() for column in batch)
    xs, y = outputs(s), r + gamma * outputs(next_s)[-1].max(1) * ~terminated
    delta, rows = np.zeros_like(xs[-1]), np.arange(len(a))
    error = xs[-1][rows, a] - y
    delta[rows, a] = 2 * error / len(a)
    return float(np.mean(error**2)), slopes([weight for weight, _ in layers], xs, delta)


def slopes(weights: Sequence[np.ndarray], xs: Sequence[np.ndarray], delta: np.ndarray) -> list[np.ndarray]:
    """Walk back through a network: what each layer's weight and bias do to the loss.

    Args:
        weights: of each layer, shape (out, in).
        xs: each layer's input, and the network's output.
        delta: how the loss changes with each output, shape (B, actions).
    """
    gradient: list[np.ndarray] = []
    for weight, x in zip(reversed(weights), reversed(xs[:-1]), strict=True):
        gradient = [delta.T @ x, delta.sum(0), *gradient]
        delta = delta @ weight * (x > 0)  # ReLU lets through where it was open
    return gradient
