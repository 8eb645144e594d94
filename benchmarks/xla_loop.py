"""A whole training run in JAX, as purejaxrl does it: world, memory and update in one compiled scan over the steps.

    python -m benchmarks.xla_loop double 24 24

trains 16 agents with hidden layers of these widths ("plain": no target network; "double": Double DQN with one), checks
that they learned, and prints what it took as JSON. Each run has a process of its own, since JAX's threads would disturb
what is measured after it.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import sys
import time

import gymnasium as gym
import jax
import jax.numpy as jnp
import numpy as np

import qlib
from benchmarks.xla import unlearned, update, values
from qlib.core.training import exam

LIMIT = 500  # steps of an episode
RANDOM = 22  # steps that random actions keep the pole up, on average


def move(state, action):
    """Step CartPole: gymnasium's `CartPoleEnv.step`, in float32; return the state and whether the pole fell."""
    x, speed, angle, turning = state
    force = jnp.where(action == 1, 10.0, -10.0)
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    pushed = (force + 0.05 * turning**2 * sin) / 1.1
    bent = (9.8 * sin - cos * pushed) / (0.5 * (4.0 / 3.0 - 0.1 * cos**2 / 1.1))
    drawn = pushed - 0.05 * bent * cos / 1.1
    state = jnp.stack([x + 0.02 * speed, speed + 0.02 * drawn, angle + 0.02 * turning, turning + 0.02 * bent])
    return state, (jnp.abs(state[0]) > 2.4) | (jnp.abs(state[2]) > 12 * 2 * np.pi / 360)


def start(key):
    return jax.random.uniform(key, (4,), minval=-0.05, maxval=0.05)


def first_weights(key, hidden):
    """Draw PyTorch's default first weights, as `qlib.QNetwork` does."""
    sizes = list(itertools.pairwise([4, *hidden, 2]))
    for (n, m), layer in zip(sizes, jax.random.split(key, len(sizes)), strict=True):
        one, other = jax.random.split(layer)
        yield (
            jax.random.uniform(one, (n, m), minval=-(n**-0.5), maxval=n**-0.5),
            jax.random.uniform(other, (m,), minval=-(n**-0.5), maxval=n**-0.5),
        )


def train(settings: qlib.Settings, steps: int, key):
    """Train one agent from a key; return its parameters, and at each step the length of the episode if it ended there.

    What the settings mean is what they mean in `qlib.train`: one update a step from the first full batch on, epsilon
    falls at the end of each episode.
    """
    fall = (settings.epsilon_start - settings.epsilon_end) / (0.6 * settings.episodes)

    def step(carry, at):
        t, key = at
        state, age, epsilon, memory, learned = carry
        exploring, acting, drawing, starting = jax.random.split(key, 4)
        action = jnp.where(
            jax.random.uniform(exploring) < epsilon,
            jax.random.randint(acting, (), 0, 2),
            values(learned[0], state).argmax(),
        )
        following, fell = move(state, action)
        transition = (state, action, 1.0, following, 1.0 - fell)
        slot = t % settings.memory_size
        memory = [column.at[slot].set(value) for column, value in zip(memory, transition, strict=True)]
        held = jnp.minimum(t + 1, settings.memory_size)
        slots = jax.random.randint(drawing, (settings.batch_size,), 0, held)
        batch = [column[slots] for column in memory]
        learned = jax.lax.cond(held >= settings.batch_size, lambda: update(settings, learned, batch), lambda: learned)
        ended = fell | (age + 1 >= LIMIT)
        carry = (
            jnp.where(ended, start(starting), following),
            jnp.where(ended, 0, age + 1),
            jnp.where(ended, jnp.maximum(settings.epsilon_end, epsilon - fall), epsilon),
            memory,
            learned,
        )
        return carry, jnp.where(ended, age + 1, 0)

    beginning, weights, going = jax.random.split(key, 3)
    n = settings.memory_size
    memory = [jnp.zeros((n, 4)), jnp.zeros(n, int), jnp.zeros(n), jnp.zeros((n, 4)), jnp.zeros(n)]
    learned = unlearned(list(first_weights(weights, settings.hidden)))
    carry = (start(beginning), 0, settings.epsilon_start, memory, learned)
    carry, lengths = jax.lax.scan(step, carry, (jnp.arange(steps), jax.random.split(going, steps)))
    return carry[-1][0], lengths


def demand_same_world() -> None:
    """Hold `move` to gymnasium's CartPole within float32's rounding, episode after episode."""
    env, rng = gym.make("CartPole-v1"), np.random.default_rng(0)
    state = env.reset(seed=0)[0]
    for _ in range(500):
        action = int(rng.integers(2))
        mine, fell = move(jnp.array(state), action)
        state, _, terminated, _, _ = env.step(action)
        np.testing.assert_allclose(mine, state, atol=1e-5)
        assert bool(fell) == terminated
        if terminated:
            state = env.reset()[0]


def greedy_scores(parameters, settings: qlib.Settings, starts: int = 20) -> np.ndarray:
    """Give each agent the examination that `compare` gives at the end, shape (agents,)."""
    policy = jax.jit(jax.vmap(lambda parameters, x: values(parameters, x).argmax(-1)))
    n = len(parameters[0][0])
    returns = exam(
        lambda x: np.asarray(policy(parameters, x.reshape(n, starts, -1))).reshape(-1),
        settings,
        list(range(1_000_000, 1_000_000 + starts)) * n,
    )
    return returns.reshape(n, starts).mean(1)


RULES = {"plain": qlib.Settings(), "double": qlib.Settings(double=True, target_network="hard")}


def main(rule: str, hidden: tuple[int, ...], seeds: int = 16, steps: int = 10_000) -> dict:
    """Compile, train, and only then check; each device, of which there is one unless XLA is told, gets its share."""
    settings = dataclasses.replace(RULES[rule], hidden=hidden)
    keys = jax.random.split(jax.random.key(0), seeds)
    together = jax.vmap(lambda key: train(settings, steps, key))
    shares = jax.sharding.PartitionSpec("seeds")
    mesh = jax.sharding.Mesh(jax.devices(), ("seeds",))
    spread = jax.shard_map(together, mesh=mesh, in_specs=shares, out_specs=shares, check_vma=False)
    began = time.perf_counter()
    run = jax.jit(spread).lower(keys).compile()
    compiled = time.perf_counter()
    parameters, lengths = jax.block_until_ready(run(keys))
    ended = time.perf_counter()
    demand_same_world()
    late = np.asarray(lengths)[:, -1_000:]  # (agents, steps), 0 where no episode ended; each agent has ended one
    mean = late.sum(1) / (late > 0).sum(1)
    assert np.mean(mean > 2 * RANDOM) > 0.5, f"These agents did not learn: their last episodes took {mean} steps."
    return {
        "compiling": compiled - began,
        "seconds": ended - compiled,
        "lengths": mean.tolist(),
        "scores": greedy_scores(parameters, settings).tolist(),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], tuple(map(int, sys.argv[2:])))))
