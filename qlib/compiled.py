"""The update of `QAgent.learn` once more, compiled: the same numbers within float32's rounding, about ten times sooner.

Nobody has to read this to understand deep Q-learning; `agent.py` is the definition, and tests hold this one to it.
All parameters of a network lie in one flat array, layer by layer, weights before biases, as PyTorch lists them.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import scipy.linalg  # noqa: F401  the BLAS that Numba calls
from threadpoolctl import threadpool_limits

# On matrices this small a second thread only waits for the first: training would take several times as long, and its
# rounding would depend on the machine's cores.
threadpool_limits(1, user_api="blas")

# Sums may be reordered. Products and sums may not be fused: PyTorch rounds between them, and the difference adds up.
_jit: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})


@_jit
def forward(parameters: np.ndarray, sizes: np.ndarray, x: np.ndarray) -> list:
    """Map scaled observations x (B, n_observations) to the outputs of each layer; the last are the values (B, A)."""
    outputs = [x]
    start = 0
    for k in range(len(sizes) - 1):
        n_in, n_out = sizes[k], sizes[k + 1]
        weight = parameters[start : start + n_in * n_out].reshape(n_out, n_in)
        bias = parameters[start + n_in * n_out : start + n_in * n_out + n_out]
        start += n_in * n_out + n_out
        y = np.dot(outputs[-1], weight.T)
        hidden = k < len(sizes) - 2
        for b in range(y.shape[0]):
            for i in range(n_out):
                y[b, i] += bias[i]
                if hidden and y[b, i] < 0:
                    y[b, i] = 0
        outputs.append(y)
    return outputs


@_jit
def backward(
    parameters: np.ndarray, sizes: np.ndarray, outputs: list, delta: np.ndarray, n: int, gradient: np.ndarray
) -> None:
    """Fill the gradient from delta (n, A), the loss's derivative with respect to the values of the first n rows."""
    end = len(parameters)
    for k in range(len(sizes) - 2, -1, -1):
        n_in, n_out = sizes[k], sizes[k + 1]
        start = end - n_out * (n_in + 1)
        x = outputs[k][:n]
        gradient[start : start + n_in * n_out] = np.dot(delta.T, x).reshape(n_in * n_out)
        for i in range(n_out):
            total = np.float32(0)
            for b in range(n):
                total += delta[b, i]
            gradient[start + n_in * n_out + i] = total
        if k > 0:
            weight = parameters[start : start + n_in * n_out].reshape(n_out, n_in)
            below = np.dot(delta, weight)
            for b in range(n):
                for i in range(n_in):
                    if x[b, i] <= 0:
                        below[b, i] = 0
            delta = below
        end = start


@_jit
def update(
    online: np.ndarray,
    target: np.ndarray,
    moment1: np.ndarray,
    moment2: np.ndarray,
    good: np.ndarray,
    sizes: np.ndarray,
    scale: np.ndarray,
    observations: np.ndarray,
    actions: np.ndarray,
    rewards: np.ndarray,
    next_observations: np.ndarray,
    terminated: np.ndarray,
    rows: np.ndarray,
    t: int,
    learning_rate: float,
    weight_decay: float,
    gamma: float,
    cut: bool,
    double: bool,
    huber: bool,
    max_norm: float,
) -> float:
    """Take one AdamW step on the transitions in `rows`, in place.

    Args:
        online, target: parameters; without a target network, the same array twice.
        moment1, moment2: Adam's averages of the gradient and of its square.
        good: takes a copy of online and target from before the step, shape (2, parameters).
        sizes: units per layer, observations first, actions last.
        scale: what observations are divided by, shape (n_observations,).
        observations, actions, rewards, next_observations, terminated: the memory's columns.
        rows: the memory's slots to learn from, shape (B,).
        t: Adam's count of steps, this one included.
        learning_rate, weight_decay, gamma, double: as in `Settings`.
        cut: whether a terminated transition's target is its reward alone.
        huber: Huber loss instead of squared error.
        max_norm: gradients of a larger norm are clipped; infinity clips nothing.

    Returns:
        The loss before the step; NaN if it or its gradient is not finite, and then nothing has changed.
    """
    n, d, a = len(rows), sizes[0], sizes[-1]
    x = np.empty((2 * n, d), np.float32)  # the observations, and below them the next ones
    for b in range(n):
        for i in range(d):
            x[b, i] = observations[rows[b], i] / scale[i]
            x[n + b, i] = next_observations[rows[b], i] / scale[i]
    following = forward(target, sizes, x[n:])[-1]
    outputs = forward(online, sizes, x if double else x[:n])
    values = outputs[-1]

    loss = 0.0
    delta = np.zeros((n, a), np.float32)
    for b in range(n):
        choosing = values[n + b] if double else following[b]
        best = following[b, np.argmax(choosing)]
        if cut and terminated[rows[b]]:
            best = np.float32(0)
        error = values[b, actions[rows[b]]] - (rewards[rows[b]] + np.float32(gamma) * best)
        if not huber:
            loss += error * error / n
            slope = 2 * error
        elif abs(error) < 1:
            loss += 0.5 * error * error / n
            slope = error
        else:
            loss += (abs(error) - 0.5) / n
            slope = np.sign(error)
        delta[b, actions[rows[b]]] = slope / n

    gradient = np.empty_like(online)
    backward(online, sizes, outputs, delta, n, gradient)
    square = 0.0
    for i in range(len(gradient)):
        square += gradient[i] * gradient[i]
    norm = np.sqrt(square)
    if not np.isfinite(loss) or not np.isfinite(norm):
        return np.nan
    clip = np.float32(min(1.0, max_norm / (norm + 1e-6)))

    good[0], good[1] = online, target
    keep = np.float32(1 - learning_rate * weight_decay)
    step = np.float32(learning_rate / (1 - 0.9**t))
    root = np.float32(np.sqrt(1 - 0.999**t))
    for i in range(len(online)):
        g = gradient[i] * clip
        moment1[i] += np.float32(0.1) * (g - moment1[i])
        moment2[i] = np.float32(0.999) * moment2[i] + np.float32(0.001) * g * g
        online[i] = online[i] * keep - step * moment1[i] / (np.sqrt(moment2[i]) / root + np.float32(1e-8))
    return loss


@_jit
def mix(target: np.ndarray, online: np.ndarray, tau: float) -> None:
    """Move the target's parameters the share tau towards the online network's."""
    for i in range(len(target)):
        target[i] += np.float32(tau) * (online[i] - target[i])


@_jit
def update_many(
    online: np.ndarray,
    target: np.ndarray,
    moment1: np.ndarray,
    moment2: np.ndarray,
    good: np.ndarray,
    sizes: np.ndarray,
    scale: np.ndarray,
    observations: np.ndarray,
    actions: np.ndarray,
    rewards: np.ndarray,
    next_observations: np.ndarray,
    terminated: np.ndarray,
    rows: np.ndarray,
    alive: np.ndarray,
    t: np.ndarray,
    learning_rate: float,
    weight_decay: float,
    gamma: float,
    cut: bool,
    double: bool,
    huber: bool,
    max_norm: float,
    tau: float,
) -> None:
    """Call `update` for each agent that is alive, and `mix` if tau is above 0; a failing update ends its agent.

    Every array has one more dimension in front than in `update`, the agents; alive and t have shape (agents,).
    """
    for i in range(len(online)):
        if alive[i]:
            loss = update(
                online[i],
                target[i],
                moment1[i],
                moment2[i],
                good[i],
                sizes,
                scale,
                observations[i],
                actions[i],
                rewards[i],
                next_observations[i],
                terminated[i],
                rows[i],
                t[i],
                learning_rate,
                weight_decay,
                gamma,
                cut,
                double,
                huber,
                max_norm,
            )
            alive[i] = not np.isnan(loss)
            if alive[i] and tau > 0:
                mix(target[i], online[i], tau)


@_jit
def greedy(parameters: np.ndarray, sizes: np.ndarray, scale: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Choose the best action of each agent (rows of parameters) for each of its observations (agents, B, d)."""
    n, rows = observations.shape[:2]
    chosen = np.empty((n, rows), np.int64)
    for i in range(n):
        values = forward(parameters[i], sizes, observations[i] / scale)[-1]
        for b in range(rows):
            chosen[i, b] = np.argmax(values[b])
    return chosen
