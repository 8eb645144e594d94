"""The same update without PyTorch: the gradient by hand, in NumPy, and Adam on one row of weights."""

from __future__ import annotations

import numpy as np

from qlib.core.settings import ORIGINAL
from qlib.lessons.why_so_slow.ways import BATCH, HELD, Columns, Way, flat, learner

_EACH = np.arange(BATCH)


def views(row: np.ndarray) -> list[np.ndarray]:
    """Cut a row of weights into the network's six matrices and vectors, which are views of it."""
    W1, b1, W2, b2, W3, b3 = np.split(row, np.cumsum([4 * 24, 24, 24 * 24, 24, 24 * 2]))
    return [W1.reshape(24, 4), b1, W2.reshape(24, 24), b2, W3.reshape(2, 24), b3]


def forward(weights: list[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both hidden layers and the values of a batch."""
    W1, b1, W2, b2, W3, b3 = weights
    h1 = np.maximum(x @ W1.T + b1, 0)
    h2 = np.maximum(h1 @ W2.T + b2, 0)
    return h1, h2, h2 @ W3.T + b3


def fill_gradient(gradient: list[np.ndarray], weights: list[np.ndarray], batch: list[np.ndarray]) -> None:
    """Walk back through the three layers, and write the loss's gradient into its six views."""
    s, a, r, following = batch
    dW1, db1, dW2, db2, dW3, db3 = gradient
    _, _, W2, _, W3, _ = weights
    y = r + np.float32(ORIGINAL.gamma) * forward(weights, following)[-1].max(1)
    h1, h2, values = forward(weights, s)
    delta = np.zeros_like(values)  # how the loss changes with each value
    delta[_EACH, a] = (values[_EACH, a] - y) * np.float32(2 / BATCH)
    dW3[:], db3[:] = delta.T @ h2, delta.sum(0)
    delta = (delta @ W3) * (h2 > 0)
    dW2[:], db2[:] = delta.T @ h1, delta.sum(0)
    delta = (delta @ W2) * (h1 > 0)
    dW1[:], db1[:] = delta.T @ s, delta.sum(0)


def adam(theta, m, v, g, t):  # type: ignore[no-untyped-def]  # Numba compiles it as it stands
    """Move the weights one step of Adam, and its two averages: arrays of shape (weights,), in place."""
    m += np.float32(0.1) * (g - m)
    v += np.float32(0.001) * (g * g - v)
    root = np.sqrt(v / np.float32(1 - 0.999**t)) + np.float32(1e-8)
    theta -= np.float32(1e-3 / (1 - 0.9**t)) * m / root


def way(ring: Columns) -> Way:
    """Make the way without PyTorch, learning from a ring's columns."""
    columns = [column.numpy() for column in ring]
    theta = flat(learner()[0])
    g, m, v = np.zeros((3, len(theta)), np.float32)
    weights, gradient = views(theta), views(g)
    numbers, steps = np.random.default_rng(0), [0]

    def update(rows: np.ndarray) -> None:
        fill_gradient(gradient, weights, [column[rows] for column in columns])
        steps[0] += 1
        adam(theta, m, v, g, steps[0])

    return Way(update, lambda: numbers.integers(HELD, size=BATCH), theta.copy)


def arrays_of_adam(weights: int = 770) -> tuple[np.ndarray, ...]:
    """Make what `adam` works on, seeded: weights, two averages, a gradient; shape (weights,) each."""
    theta, m, g = np.random.default_rng(0).normal(size=(3, weights)).astype(np.float32)
    return theta, m, g * g, g
