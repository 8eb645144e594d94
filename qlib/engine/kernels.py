"""The gradient of `QAgent.loss` once more, compiled: the same numbers within float32's rounding, many times sooner.

Nobody has to read this to understand deep Q-learning; `agent.py` is the definition, and tests hold this one to it.
All parameters of a network lie in one flat row, layer by layer, weights before biases, as PyTorch lists them. An agent
has six rows: online network, target network, Adam's averages of the gradient and of its square, and the networks
before the last update, to which a failing one goes back. The step down the gradient is `descent`'s.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qlib.engine.jit import jit


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
@jit
def differentiate_all(
    rows: np.ndarray,
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
    gamma: float,
    cut: bool,
    double: bool,
    huber: bool,
    has_target: bool,
    losses: np.ndarray,
    errors: np.ndarray,
    gradients: np.ndarray,
) -> None:
    """Compute the loss of a batch of each of some agents, and its gradient.

    Args:
        rows: shape (agents, 6, parameters), as above; without a target network its row is not used.
        sizes: units per layer, observations first, actions last.
        scale: what observations are divided by, shape (n_observations,).
        observations, actions, rewards, next_observations, terminated: the memories, (agents, capacity, ...).
        slots: where the batches lie in the memories, shape (agents in `who`, B).
        weights: how much each transition counts, shape as slots.
        who: the agents that learn.
        gamma, cut, double, huber, has_target: a Rule.
        losses, gradients: shape (agents,) and (agents, parameters), written here for those in `who`.
        errors: the TD errors, shape as slots, written here.

    Raises:
        ValueError: if a slot or an action lies outside; nothing is written then.
    """
    n, d, rule = slots.shape[1], sizes[0], Rule(gamma, cut, double, huber, has_target)
    for k in range(len(who)):  # before anything is read or written there
        for slot in slots[k]:
            if not 0 <= slot < actions.shape[1] or not 0 <= actions[who[k], slot] < sizes[-1]:
                raise ValueError("A batch holds a slot or an action that is out of range; nothing was learned.")
    x = np.empty((2 * n, d), np.float32)  # the observations, and below them the next ones
    for k, i in enumerate(who):
        memory = Columns(observations[i], actions[i], rewards[i], next_observations[i], terminated[i])
        for b in range(n):
            for j in range(d):
                x[b, j] = memory.observations[slots[k, b], j] / scale[j]
                x[n + b, j] = memory.next_observations[slots[k, b], j] / scale[j]
        outputs = forward(rows[i, 0], sizes, x if double or not has_target else x[:n])
        following = forward(rows[i, 1], sizes, x[n:])[-1] if has_target else outputs[-1][n:]
        losses[i], delta = compare(outputs[-1], following, memory, slots[k], weights[k], errors[k], rule)
        backward(rows[i, 0], sizes, outputs, delta, gradients[i], False)


@jit
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
    """Do what `differentiate_all` does for the dense layers of a network whose convolutions have looked already.

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


@jit
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


@jit
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


@jit
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


@jit
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
