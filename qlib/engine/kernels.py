"""The update of `QAgent.learn` once more, compiled: the same numbers within float32's rounding, many times sooner.

Nobody has to read this to understand deep Q-learning; `agent.py` is the definition, and tests hold this one to it.
All parameters of a network lie in one flat row, layer by layer, weights before biases, as PyTorch lists them. An agent
has six rows: online network, target network, Adam's averages of the gradient and of its square, and the networks
before the last update, to which a failing one goes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import scipy.linalg  # noqa: F401  the BLAS that Numba calls
from threadpoolctl import threadpool_limits

from qlib.core.memory import Batch

if TYPE_CHECKING:
    from qlib.engine.layout import Rule

# On matrices this small a second thread only waits for the first: training would take several times as long, and its
# rounding would depend on the machine's cores.
threadpool_limits(1, user_api="blas")

# Sums may be reordered. Products and sums may not be fused: PyTorch rounds between them, and the difference adds up.
# A division by zero gives infinity, as in NumPy: the check for it would keep loops from using vector instructions.
_jit: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"}, error_model="numpy")


@_jit
def update(
    rows: np.ndarray,
    counts: np.ndarray,
    sizes: np.ndarray,
    scale: np.ndarray,
    memory: Batch,
    slots: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    learning_rate: float,
    rule: Rule,
) -> tuple[np.ndarray, np.ndarray]:
    """Take one AdamW step for each of some agents, in place, and move their target networks if `rule.tau` is above 0.

    Args:
        rows: shape (agents, 6, parameters), as above; without a target network its row is not used.
        counts: steps that Adam has taken, shape (agents, 1 or more equal columns).
        sizes: units per layer, observations first, actions last.
        scale: what observations are divided by, shape (n_observations,).
        memory: the memories' columns, each with a dimension more in front, the agents.
        slots: where the batches lie in the memories, shape (agents in `who`, B).
        weights: how much each transition counts, shape as slots.
        who: the agents that learn.
        learning_rate: Adam's step size.
        rule: what the settings say.

    Returns:
        The losses before the step, shape (agents in `who`,), and the TD errors, shape as slots. A loss is NaN where it
        or its gradient is not finite: that agent has gone back to its last good networks.
    """
    losses, errors = np.empty(len(who)), np.empty(slots.shape, np.float32)
    for k, i in enumerate(who):
        loss, gradient = differentiate(rows[i], sizes, scale, memory, i, slots[k], weights[k], errors[k], rule)
        losses[k] = advance(rows[i], counts[i], loss, gradient, learning_rate, rule)
    return losses, errors


@_jit
def advance_all(
    rows: np.ndarray,
    counts: np.ndarray,
    losses: np.ndarray,
    gradients: np.ndarray,
    who: np.ndarray,
    learning_rate: float,
    rule: Rule,
) -> np.ndarray:
    """Do the second half of `update`, given losses (agents,) and gradients (agents, parameters) from elsewhere."""
    after = np.empty(len(who))
    for k, i in enumerate(who):
        after[k] = advance(rows[i], counts[i], losses[i], gradients[i], learning_rate, rule)
    return after


@_jit
def advance(
    rows: np.ndarray, counts: np.ndarray, loss: float, gradient: np.ndarray, learning_rate: float, rule: Rule
) -> float:
    """Take one agent's step down its gradient, or back to its last good networks; return the loss, or then NaN."""
    norm = np.sqrt(np.dot(gradient, gradient))
    if not (np.isfinite(loss) and np.isfinite(norm)):
        rows[:2] = rows[4:]
        return np.nan
    rows[4:] = rows[:2]
    counts += 1
    clip = min(1.0, rule.max_gradient_norm / (norm + 1e-6))
    step(rows, gradient, counts[0], learning_rate, rule.weight_decay, clip)
    if rule.tau > 0:
        mix(rows[1], rows[0], rule.tau)
    return loss


@_jit
def differentiate(
    rows: np.ndarray,
    sizes: np.ndarray,
    scale: np.ndarray,
    memory: Batch,
    agent: int,
    slots: np.ndarray,
    weights: np.ndarray,
    errors: np.ndarray,
    rule: Rule,
) -> tuple[float, np.ndarray]:
    """Compute the loss of one agent's batch and its gradient (parameters,), and write its TD errors."""
    n, d = len(slots), sizes[0]
    actions, rewards, terminated = memory.actions[agent], memory.rewards[agent], memory.terminated[agent]
    x = np.empty((2 * n, d), np.float32)  # the observations, and below them the next ones
    for b in range(n):
        for i in range(d):
            x[b, i] = memory.observations[agent, slots[b], i] / scale[i]
            x[n + b, i] = memory.next_observations[agent, slots[b], i] / scale[i]
    following = forward(rows[1] if rule.has_target else rows[0], sizes, x[n:])[-1]
    outputs = forward(rows[0], sizes, x if rule.double else x[:n])
    values = outputs[-1]

    loss = 0.0
    delta = np.zeros((n, sizes[-1]), np.float32)  # the loss's derivative with respect to the values
    for b in range(n):
        slot = slots[b]
        choosing = values[n + b] if rule.double else following[b]
        best = following[b, np.argmax(choosing)]
        if rule.cut and terminated[slot]:
            best = np.float32(0)
        error = values[b, actions[slot]] - (rewards[slot] + np.float32(rule.gamma) * best)
        share = weights[b] / np.float32(n)
        if not rule.huber:
            loss += error * error * share
            slope = 2 * error
        elif abs(error) < 1:
            loss += 0.5 * error * error * share
            slope = error
        else:
            loss += (abs(error) - 0.5) * share
            slope = np.sign(error)
        delta[b, actions[slot]] = slope * share
        errors[b] = error
    return loss, backward(rows[0], sizes, outputs, delta)


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
        floor = np.float32(0 if k < len(sizes) - 2 else -np.inf)
        for b in range(y.shape[0]):
            for i in range(n_out):
                z = y[b, i] + bias[i]
                y[b, i] = floor if z < floor else z  # not max(), which would hide a NaN
        outputs.append(y)
    return outputs


@_jit
def backward(parameters: np.ndarray, sizes: np.ndarray, outputs: list, delta: np.ndarray) -> np.ndarray:
    """Compute the gradient (parameters,) from delta (n, A), which belongs to the first n rows of the outputs."""
    n = len(delta)
    gradient = np.zeros_like(parameters)
    end = len(parameters)
    for k in range(len(sizes) - 2, -1, -1):
        n_in, n_out = sizes[k], sizes[k + 1]
        start, middle = end - n_out * (n_in + 1), end - n_out
        x = outputs[k][:n]
        np.dot(delta.T, x, gradient[start:middle].reshape(n_out, n_in))
        bias = gradient[middle:end]
        for b in range(n):
            for i in range(n_out):
                bias[i] += delta[b, i]
        if k > 0:
            below = np.dot(delta, parameters[start:middle].reshape(n_out, n_in))
            for b in range(n):
                for i in range(n_in):
                    below[b, i] = np.float32(0) if x[b, i] <= 0 else below[b, i]
            delta = below
        end = start
    return gradient


@_jit
def step(rows: np.ndarray, gradient: np.ndarray, t: float, learning_rate: float, decay: float, clip: float) -> None:
    """Take AdamW's step number t (Loshchilov and Hutter 2019, algorithm 2) with clip times the gradient."""
    online, moment1, moment2 = rows[0], rows[2], rows[3]
    factor = np.float32(clip)
    keep = np.float32(1 - learning_rate * decay)
    size = np.float32(learning_rate / (1 - 0.9**t))
    root = np.float32(np.sqrt(1 - 0.999**t))
    for i in range(len(online)):
        g = gradient[i] * factor
        moment1[i] += np.float32(0.1) * (g - moment1[i])
        moment2[i] = np.float32(0.999) * moment2[i] + np.float32(0.001) * g * g
        online[i] = online[i] * keep - size * moment1[i] / (np.sqrt(moment2[i]) / root + np.float32(1e-8))


@_jit
def mix(target: np.ndarray, online: np.ndarray, tau: float) -> None:
    """Move the target's parameters the share tau towards the online network's."""
    for i in range(len(target)):
        target[i] += np.float32(tau) * (online[i] - target[i])


@_jit
def greedy(rows: np.ndarray, sizes: np.ndarray, scale: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Choose the best action of each agent (rows as above) for each of its observations (agents, B, d)."""
    n, d = observations.shape[1:]
    chosen = np.empty((len(rows), n), np.int64)
    x = np.empty((n, d), np.float32)
    for i in range(len(rows)):
        for b in range(n):
            for j in range(d):
                x[b, j] = observations[i, b, j] / scale[j]
        values = forward(rows[i, 0], sizes, x)[-1]
        for b in range(n):
            chosen[i, b] = np.argmax(values[b])
    return chosen
