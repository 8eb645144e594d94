"""Table 6: what the live panel takes from the training that it shows."""

from __future__ import annotations

import asyncio
import time

import numpy as np

import qlib
from benchmarks.timing import spread, table
from qlib.show.training_job import TrainingJob
from qlib.show.training_panel import TrainingPanel

STEPS = 10_000


def alone(seed: int) -> float:
    agent = qlib.QAgent(qlib.RECOMMENDED, seed)
    start = time.perf_counter()
    for _ in qlib.train(agent, steps=STEPS):
        pass
    return time.perf_counter() - start


def watched(seed: int) -> tuple[float, list[float]]:
    """Train behind a panel, and return the seconds it took and those of each frame."""
    panel = TrainingPanel(seed=seed, steps=STEPS, controls=True, name="bench")
    frames: list[float] = []
    report = panel.session._report

    def timed(job: TrainingJob) -> None:
        start = time.perf_counter()
        report(job)
        frames.append(time.perf_counter() - start)

    panel.session._report = timed
    start = time.perf_counter()
    asyncio.run(panel.finished())
    spent = time.perf_counter() - start
    panel.close()
    return spent, frames


def report(rounds: int = 7) -> str:
    """Write table 6."""
    alone(0)
    ratios, costs, shares = [], [], []
    for seed in range(rounds):
        without = alone(seed)
        spent, frames = watched(seed)
        ratios.append(spent / without)
        costs.append(np.mean(frames) * 1e3)
        shares.append(100 * sum(frames) / spent)
    head = ["ms a frame", "frames' share of the time, %", "time with the panel / time without"]
    return (
        f"`RECOMMENDED`, {STEPS:,} steps, panel with all controls, the cart's demonstrations included in the ratio; "
        f"no browser attached; median of {rounds} seeds with minimum and maximum.\n\n"
        + table(head, [[spread(costs, 2), spread(shares), spread(ratios, 2)]])
    )
