"""The same update in JAX, thousands of them in one compiled scan: as fast as an update gets without writing C."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

import qlib

UPDATES = 4_000
HELD = 2_000


def scan(settings: qlib.Settings) -> Callable[[], object]:
    """Make a function that takes 4,000 updates on a memory of 2,000 transitions: Adam, no target network."""
    rng = np.random.default_rng(0)
    observations, following = (jnp.array(rng.normal(size=(HELD, 4)), jnp.float32) for _ in range(2))
    actions = jnp.array(rng.integers(2, size=HELD))
    rewards = jnp.ones(HELD)
    going_on = jnp.array(rng.random(HELD) > 0.05, jnp.float32)
    sizes = [4, *settings.hidden, 2]
    parameters = [
        (jnp.array(rng.normal(size=(n, m)) / np.sqrt(n), jnp.float32), jnp.zeros(m))
        for n, m in itertools.pairwise(sizes)
    ]

    def values(parameters, x):
        for weight, bias in parameters[:-1]:
            x = jax.nn.relu(x @ weight + bias)
        return x @ parameters[-1][0] + parameters[-1][1]

    def loss(parameters, slots):
        best = jax.lax.stop_gradient(values(parameters, following[slots]).max(1))
        target = rewards[slots] + settings.gamma * going_on[slots] * best
        chosen = jnp.take_along_axis(values(parameters, observations[slots]), actions[slots, None], 1)[:, 0]
        return jnp.mean((chosen - target) ** 2)

    def update(carry, key):
        parameters, first, second, t = carry
        slots = jax.random.randint(key, (settings.batch_size,), 0, HELD)
        gradient = jax.grad(loss)(parameters, slots)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        size, root = settings.learning_rate / (1 - 0.9**t), jnp.sqrt(1 - 0.999**t)
        parameters = jax.tree.map(lambda p, m, v: p - size * m / (jnp.sqrt(v) / root + 1e-8), parameters, first, second)
        return (parameters, first, second, t + 1), None

    @jax.jit
    def run(parameters, keys):
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        return jax.lax.scan(update, (parameters, zeros, zeros, 1.0), keys)[0][0]

    keys = jax.random.split(jax.random.key(0), UPDATES)
    return lambda: jax.block_until_ready(run(parameters, keys))
