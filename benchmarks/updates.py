"""Table 1: what one update costs, from the original's way to many agents at once."""

from __future__ import annotations

import dataclasses
import random
from collections import deque
from collections.abc import Callable

import numpy as np
import torch

import qlib
from benchmarks.timing import is_installed, spread, table, turn_about
from qlib.engine.ensemble import Ensemble

SETTINGS = qlib.Settings(memory_size=10_000, learning_starts=64)  # 4-24-24-2, batch 64, Adam, squared error


def as_in_the_original() -> Callable[[], None]:
    """Make the original's update: a deque of tensor tuples, sampled, stacked, plain Adam."""
    network = qlib.QNetwork()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    memory: deque = deque(maxlen=10_000)
    for _ in range(10_000):
        memory.append((torch.randn(4), torch.tensor(random.randrange(2)), torch.tensor(1.0), torch.randn(4)))

    def update() -> None:
        observations, actions, rewards, following = map(torch.stack, zip(*random.sample(memory, 64), strict=True))
        current = network(observations).gather(1, actions.unsqueeze(1))
        target = rewards + 0.8 * network(following).detach().max(1)[0]
        loss = torch.nn.functional.mse_loss(current, target.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


def agent(settings: qlib.Settings = SETTINGS, seed: int = 0) -> qlib.QAgent:
    """Make an agent whose memory holds something to learn from."""
    one = qlib.QAgent(settings, seed)
    for _ in qlib.train(one, steps=2_000):
        pass
    return one


def ensemble(n: int) -> Ensemble:
    """Make a lock-step group that has something to learn from."""
    group = Ensemble([qlib.QAgent(SETTINGS, seed) for seed in range(n)])
    for _ in range(2_000):
        group.step()
    return group


def measure(rounds: int = 15) -> dict[str, np.ndarray]:
    """Time all ways in turn; microseconds an update and agent by name, shape (rounds,)."""
    sixteen, many = ensemble(16), ensemble(64)
    everyone = {16: np.ones(16, bool), 64: np.ones(64, bool)}
    functions: dict[str, tuple[Callable[[], object], int]] = {
        "the original's way": (as_in_the_original(), 1),
        "`QAgent.learn`, readable": (agent(dataclasses.replace(SETTINGS, compiled=False)).learn, 1),
        "`QAgent.learn`, compiled": (agent().learn, 1),
        "per agent among 16": (lambda: sixteen.learn(everyone[16]), 16),
        "per agent among 64": (lambda: many.learn(everyone[64]), 64),
    }
    if is_installed("jax"):
        from benchmarks.xla import UPDATES, scan

        functions["XLA, 4,000 updates in one scan"] = (scan(SETTINGS), UPDATES)
    times: dict[str, list[np.ndarray]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, (function, updates) in functions.items():
            number = max(1, 200 // updates)
            times[name].append(turn_about({name: function}, number, rounds=1)[name] * 1e6 / updates)
    return {name: np.concatenate(values) for name, values in times.items()}


def report() -> str:
    times = measure()
    first = np.median(times["the original's way"])
    limit = np.median(times["XLA, 4,000 updates in one scan"]) if len(times) == 6 else np.nan
    rows = [
        [name, spread(values), f"{first / np.median(values):.1f}", f"{np.median(values) / limit:.2f}"]
        for name, values in times.items()
    ]
    return (
        "Network 4-24-24-2, batch 64, Adam, squared error, one thread; drawing the batch is included. "
        "Median of 15 turns, with minimum and maximum.\n\n"
        + table(["one update", "µs", "times faster than the original's way", "times XLA's"], rows)
    )
