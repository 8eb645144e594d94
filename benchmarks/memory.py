"""Table 5: what storing and drawing transitions costs, uniformly and by priority."""

from __future__ import annotations

import numpy as np
import torch

import qlib
from benchmarks.timing import is_installed, spread, table, turn_about

SIZES = (10_000, 100_000, 1_000_000)
BATCH = 64


def report(rounds: int = 15) -> str:
    """Write table 5."""
    rows = []
    for size in SIZES:
        sides = {"`ReplayMemory`": ours(size)}
        if is_installed("stable_baselines3"):
            sides["Stable-Baselines3's ReplayBuffer"] = theirs(size)
        pushes = turn_about({name: side[0] for name, side in sides.items()}, 500, rounds)
        samples = turn_about({name: side[1] for name, side in sides.items()}, 200, rounds)
        for name, (_, _, each) in sides.items():
            rows.append([f"{size:,}", name, spread(pushes[name] * 1e6), spread(samples[name] * 1e6), f"{each:.0f}"])
    return (
        f"Full memories of CartPole's transitions; sampling draws {BATCH}; one thread; median of {rounds} turns with "
        "minimum and maximum.\n\n"
        + table(["capacity", "", "push, µs", "sample, µs", "bytes a transition"], rows)
        + "\n\n"
        + report_prioritized(rounds)
    )


def report_prioritized(rounds: int) -> str:
    """Write the half of table 5 that is about prioritized replay."""
    rows = []
    for size in SIZES:
        sides = {"`PrioritizedReplayMemory`": prioritized(size)}
        if is_installed("cpprb"):
            sides["cpprb's PrioritizedReplayBuffer (C++)"] = cpprb(size)
        samples = turn_about({name: side[0] for name, side in sides.items()}, 500, rounds)
        updates = turn_about({name: side[1] for name, side in sides.items()}, 500, rounds)
        for name in sides:
            both = samples[name] + updates[name]
            rows.append([f"{size:,}", name, *(spread(x * 1e6) for x in (samples[name], updates[name], both))])
    return f"Prioritized, the same {BATCH}, weights included:\n\n" + table(
        ["capacity", "", "sample, µs", "set priorities, µs", "both, µs"], rows
    )


def ours(size: int) -> tuple:
    memory, generator = qlib.ReplayMemory(size), torch.Generator().manual_seed(0)
    memory.pushed = size  # full, without a million calls
    here = np.zeros(4, np.float32)
    return (
        lambda: memory.push(here, 1, 1.0, here, False),
        lambda: memory.sample(BATCH, generator),
        memory.nbytes / size,
    )


def prioritized(size: int) -> tuple:
    memory, generator = qlib.PrioritizedReplayMemory(size), torch.Generator().manual_seed(0)
    memory.pushed = size
    memory.prioritize(np.arange(size), np.random.default_rng(0).random(size))
    slots, errors = (np.random.default_rng(1).integers(size, size=BATCH), np.random.default_rng(2).random(BATCH))
    return lambda: memory.sample(BATCH, generator), lambda: memory.prioritize(slots, errors)


def cpprb(size: int) -> tuple:
    from cpprb import PrioritizedReplayBuffer

    shapes = {"obs": {"shape": 4}, "act": {"dtype": np.int64}, "rew": {}, "next_obs": {"shape": 4}, "done": {}}
    buffer = PrioritizedReplayBuffer(size, shapes, alpha=0.6)
    random = np.random.default_rng(0)
    many = np.zeros((size, 4), np.float32)
    flat = np.zeros(size)
    buffer.add(obs=many, act=flat, rew=flat, next_obs=many, done=flat, priorities=random.random(size))
    slots, errors = (np.random.default_rng(1).integers(size, size=BATCH), np.random.default_rng(2).random(BATCH))
    return lambda: buffer.sample(BATCH, beta=0.4), lambda: buffer.update_priorities(slots, errors)


def theirs(size: int) -> tuple:
    from stable_baselines3.common.buffers import ReplayBuffer

    spaces = qlib.make_env(qlib.Settings())
    buffer = ReplayBuffer(size, spaces.observation_space, spaces.action_space, device="cpu")
    buffer.full, buffer.pos = True, 0
    here, one, nothing = np.zeros((1, 4), np.float32), np.array([1]), np.array([0.0])
    parts = (buffer.observations, buffer.next_observations, buffer.actions, buffer.rewards, buffer.dones)
    return (
        lambda: buffer.add(here, here, one, nothing, nothing, [{}]),
        lambda: buffer.sample(BATCH),
        (sum(part.nbytes for part in parts) + buffer.timeouts.nbytes) / size,
    )
