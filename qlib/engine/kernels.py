"""The update of `QAgent.learn` once more, compiled: the same numbers within float32's rounding, many times sooner.

Nobody has to read this to understand deep Q-learning; `agent.py` is the definition, and tests hold this one to it.
All parameters of a network lie in one flat row, layer by layer, weights before biases, as PyTorch lists them. An agent
has six rows: online network, target network, Adam's averages of the gradient and of its square, and the networks
before the last update, to which a failing one goes back. These are two ideas, the gradient and the step down it, and
stay in one file, longer than others: `update` calls both, Numba keeps compiled code by the file, and would not see that
what a function calls in another file has changed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import scipy.linalg  # noqa: F401  the BLAS that Numba calls
from threadpoolctl import ThreadpoolController

# On matrices this small a second thread only waits for the first: training would take several times as long, and its
# rounding would depend on the machine's cores. This is scipy's own BLAS; NumPy's and PyTorch's stay as they are.
for _blas in ThreadpoolController().select(user_api="blas").lib_controllers:
    if "scipy" in str(_blas.filepath):
        _blas.set_num_threads(1)

# Sums may be reordered. Products and sums may not be fused: PyTorch rounds between them, and the difference adds up.
# A division by zero gives infinity, as in NumPy: the check for it would keep loops from using vector instructions.
_jit: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"}, error_model="numpy")


class Columns(NamedTuple):
    """One agent's memory."""

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    next_observations: np.ndarray
    terminated: np.ndarray


class Rule(NamedTuple):
    """What the gradient takes from the settings."""

    gamma: float
    cut: bool  # a terminated transition's target is its reward alone
    double: bool
    huber: bool
    has_target: bool


# Plain arrays and numbers come in, and results go into arrays that are given: for a NamedTuple Numba would run Python
# code on the way in and out, and a Ctrl-C there ends in a SystemError.
@_jit
def update(
    rows: np.ndarray,
    counts: np.ndarray,
    sizes: np.ndarray,
    scale: np.ndarray,
    observations: np.ndarray,
    actions: np.ndarray,
    rewards: np.ndarray,
    next_observations: np.ndarray,
    terminated: np.ndarray,
    slots: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    shares: np.ndarray,
    rate: float,
    gamma: float,
    cut: bool,
    double: bool,
    huber: bool,
    has_target: bool,
    decay: float,
    max_norm: float,
    losses: np.ndarray,
    errors: np.ndarray,
) -> None:
    """Take one AdamW step for each of some agents, in place, and let their target networks take over their shares.

    Args:
        rows: shape (agents, 6, parameters), as above; without a target network its row is not used.
        counts: steps that Adam has taken, shape (agents, 1 or more equal columns).
        sizes: units per layer, observations first, actions last.
        scale: what observations are divided by, shape (n_observations,).
        observations, actions, rewards, next_observations, terminated: the memories, (agents, capacity, ...).
        slots: where the batches lie in the memories, shape (agents in `who`, B).
        weights: how much each transition counts, shape as slots.
        who: the agents that learn.
        shares: of the online network that the target takes over, shape (agents in `who`,).
        rate: Adam's step size.
        gamma, cut, double, huber, has_target: a Rule.
        decay, max_norm: AdamW's, and the norm that gradients are clipped to.
        losses: of the batches before the step, shape (agents in `who`,), written here. NaN where a loss or its
            gradient is not finite: that agent has gone back to its last good networks.
        errors: the TD errors, shape as slots, written here.

    Raises:
        ValueError: if a slot or an action lies outside; nothing is changed then.
    """
    rule = Rule(gamma, cut, double, huber, has_target)
    for k in range(len(who)):  # before anything is read or written there
        for slot in slots[k]:
            if not 0 <= slot < actions.shape[1] or not 0 <= actions[who[k], slot] < sizes[-1]:
                raise ValueError("A batch holds a slot or an action that is out of range; nothing was learned.")
    for k in range(len(who)):
        i = who[k]
        memory = Columns(observations[i], actions[i], rewards[i], next_observations[i], terminated[i])
        loss, gradient = differentiate(rows[i], sizes, scale, memory, slots[k], weights[k], errors[k], rule)
        losses[k] = advance(rows[i], counts[i], loss, gradient, rate, shares[k], decay, max_norm)


@_jit
def advance_all(
    rows: np.ndarray,
    counts: np.ndarray,
    losses: np.ndarray,
    gradients: np.ndarray,
    who: np.ndarray,
    shares: np.ndarray,
    rate: float,
    decay: float,
    max_norm: float,
    after: np.ndarray,
) -> None:
    """Do the second half of `update`, given losses (agents,) and gradients (agents, parameters) from elsewhere."""
    for k in range(len(who)):
        i = who[k]
        after[k] = advance(rows[i], counts[i], losses[i], gradients[i], rate, shares[k], decay, max_norm)


@_jit
def advance(
    rows: np.ndarray,
    counts: np.ndarray,
    loss: float,
    gradient: np.ndarray,
    rate: float,
    share: float,
    decay: float,
    max_norm: float,
) -> float:
    """Take one agent's step down its gradient, or back to its last good networks; return the loss, or then NaN."""
    norm = np.sqrt(np.dot(gradient, gradient))
    if not (np.isfinite(loss) and np.isfinite(norm)):
        rows[:2] = rows[4:]
        return np.nan
    rows[4:] = rows[:2]
    counts += 1
    clip = min(1.0, max_norm / (norm + 1e-6))
    step(rows, gradient, counts[0], rate, decay, clip)
    if share > 0:
        mix(rows[1], rows[0], share)
    return loss


@_jit
def differentiate(
    rows: np.ndarray,
    sizes: np.ndarray,
    scale: np.ndarray,
    memory: Columns,
    slots: np.ndarray,
    weights: np.ndarray,
    errors: np.ndarray,
    rule: Rule,
) -> tuple[float, np.ndarray]:
    """Compute the loss of one agent's batch and its gradient (parameters,), and write its TD errors."""
    n, d = len(slots), sizes[0]
    x = np.empty((2 * n, d), np.float32)  # the observations, and below them the next ones
    for b in range(n):
        for i in range(d):
            x[b, i] = memory.observations[slots[b], i] / scale[i]
            x[n + b, i] = memory.next_observations[slots[b], i] / scale[i]
    outputs = forward(rows[0], sizes, x if rule.double or not rule.has_target else x[:n])
    values = outputs[-1]
    following = forward(rows[1], sizes, x[n:])[-1] if rule.has_target else values[n:]
    loss, delta = compare(values, following, memory, slots, weights, errors, rule)
    gradient = np.empty_like(rows[0])
    backward(rows[0], sizes, outputs, delta, gradient, False)
    return loss, gradient


@_jit
def head(
    online: np.ndarray,
    target: np.ndarray,
    sizes: np.ndarray,
    seen: np.ndarray,
    following: np.ndarray,
    actions: np.ndarray,
    rewards: np.ndarray,
    terminated: np.ndarray,
    weights: np.ndarray,
    gamma: float,
    cut: bool,
    double: bool,
    huber: bool,
    has_target: bool,
    errors: np.ndarray,
    gradient: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Do what `differentiate` does for the dense layers of a network whose convolutions have looked already.

    Args:
        online, target: the dense layers' parameters, one row each.
        sizes: units per layer: what the convolutions left, ..., actions.
        seen: what the online network's convolutions left of the observations, and below them of the next ones where
            `double` or no target network asks for them, shape (n or 2n, sizes[0]).
        following: what the target network's left of the next observations, (n, sizes[0]).
        actions, rewards, terminated, weights: of the batch, shape (n,).
        gamma, cut, double, huber, has_target: a Rule.
        errors, gradient: the TD errors (n,), and the gradient with respect to the parameters, written here.

    Returns:
        The loss, and the gradient with respect to the first n of `seen`.

    Raises:
        ValueError: if an action is out of range.
    """
    n, rule = len(actions), Rule(gamma, cut, double, huber, has_target)
    for action in actions:
        if not 0 <= action < sizes[-1]:
            raise ValueError("A batch holds a slot or an action that is out of range; nothing was learned.")
    outputs = forward(online, sizes, seen)
    after = forward(target, sizes, following)[-1] if has_target else outputs[-1][n:]
    batch = Columns(seen, actions, rewards, seen, terminated)
    loss, delta = compare(outputs[-1], after, batch, np.arange(n), weights, errors, rule)
    return loss, backward(online, sizes, outputs, delta, gradient, True)


@_jit
def compare(
    values: np.ndarray,
    following: np.ndarray,
    memory: Columns,
    slots: np.ndarray,
    weights: np.ndarray,
    errors: np.ndarray,
    rule: Rule,
) -> tuple[float, np.ndarray]:
    """Compute a batch's loss, and its derivative with respect to the values of the observations (n, A).

    Args:
        values: the online network's, of the observations and below them of the next ones, if they are asked for.
        following: what values the next states, (n, A).
        memory, slots, weights, errors, rule: as `differentiate` takes them.
    """
    n, loss = len(slots), 0.0
    delta = np.zeros((n, values.shape[1]), np.float32)
    for b in range(n):
        slot, action = slots[b], memory.actions[slots[b]]
        choosing = values[n + b] if rule.double else following[b]
        best = following[b, np.argmax(choosing)]
        if rule.cut and memory.terminated[slot]:
            best = np.float32(0)
        error = values[b, action] - (memory.rewards[slot] + np.float32(rule.gamma) * best)
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
        delta[b, action] = slope * share
        errors[b] = error
    return loss, delta


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
def backward(
    parameters: np.ndarray, sizes: np.ndarray, outputs: list, delta: np.ndarray, gradient: np.ndarray, through: bool
) -> np.ndarray:
    """Compute the gradient (parameters,) from delta (n, A), which belongs to the first n rows of the outputs.

    Returns:
        If `through`, the gradient with respect to the observations, (n, n_observations).
    """
    n = len(delta)
    end = len(parameters)
    for k in range(len(sizes) - 2, -1, -1):
        n_in, n_out = sizes[k], sizes[k + 1]
        start, middle = end - n_out * (n_in + 1), end - n_out
        x = outputs[k][:n]
        np.dot(delta.T, x, gradient[start:middle].reshape(n_out, n_in))
        bias = gradient[middle:end]
        bias[:] = 0
        for b in range(n):
            for i in range(n_out):
                bias[i] += delta[b, i]
        if k > 0 or through:
            below = np.dot(delta, parameters[start:middle].reshape(n_out, n_in))
            for b in range(n if k > 0 else 0):  # the observations themselves come from no ReLU
                for i in range(n_in):
                    below[b, i] = np.float32(0) if x[b, i] <= 0 else below[b, i]
            delta = below
        end = start
    return delta


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
def mix(target: np.ndarray, online: np.ndarray, share: float) -> None:
    """Move the target's parameters a share of the way to the online network's; 1 copies them."""
    if share == 1:
        target[:] = online
        return
    for i in range(len(target)):
        target[i] += np.float32(share) * (online[i] - target[i])


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
