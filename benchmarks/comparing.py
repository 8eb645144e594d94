"""Tables 4 and 7: sixteen agents at once, on one core and on all; and XLA's whole loop beside them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

import qlib
from benchmarks.timing import is_installed, spread, table

NO_TARGET = qlib.Settings()
TARGET = dataclasses.replace(NO_TARGET, target_network="hard")
CASES = {
    "16 agents, 24-24": {"a": NO_TARGET},
    "2 variants x 16 agents, 24-24": {"a": NO_TARGET, "b": TARGET},
    "2 variants x 16 agents, 64-64 (`RECOMMENDED`)": {
        "a": qlib.RECOMMENDED,
        "b": dataclasses.replace(qlib.RECOMMENDED, double=False),
    },
}
CORES = {"one core": "here", "all cores": None}
XLA = "XLA's whole loop"


class Turn(NamedTuple):
    """What 16 agents took, and their greedy scores at the end, shape (agents,)."""

    seconds: float
    compiling: float
    scores: np.ndarray


def ours(variants: Mapping[str, qlib.Settings], executor: str | None, steps: int) -> Turn:
    """Measure variants with `compare`; Numba's code has been compiled before."""
    start = time.perf_counter()
    comparison = qlib.compare(variants, seeds=16, steps=steps, executor=executor)
    return Turn(time.perf_counter() - start, np.nan, comparison.scores[0, :, -1])


def xla(rule: str, hidden: tuple[int, ...], devices: int) -> Turn:
    """Train 10,000 steps in JAX, in a process of its own: JAX's threads are gone when ours run."""
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "benchmarks.xla_loop", rule, *map(str, hidden)]
    done = subprocess.run(command, env=os.environ | flags, stdout=subprocess.PIPE, text=True, check=True)
    said = json.loads(done.stdout)
    return Turn(said["seconds"], said["compiling"], np.array(said["scores"]))


def report(rounds: int = 3, steps: int = 10_000) -> str:
    """Write table 4."""
    ours({"a": NO_TARGET}, "here", 200)  # reads the compiled code
    rows = []
    for name, variants in CASES.items():
        times: dict[str, list[float]] = {cores: [] for cores in CORES}
        for _ in range(rounds):
            for cores, executor in CORES.items():
                times[cores].append(ours(variants, executor, steps).seconds)
        rows.append([name, *(spread(values) for values in times.values())])
    return (
        f"`compare()`, {steps:,} steps, one update a step, batch 64, 20 examinations of 20 episodes an agent included; "
        f"seconds, median of {rounds} turns with minimum and maximum.\n\n"
        + table(["", 'one core (`executor="here"`)', "all cores (the default)"], rows)
    )


def report_beside_xla(rounds: int = 3) -> str:
    """Write table 7."""
    ours({"a": NO_TARGET}, "here", 200)
    rows = []
    for rule, hidden in itertools.product(("plain", "double"), ((24, 24), (64, 64))):
        target = "hard" if rule == "double" else "none"
        variants = {"a": qlib.Settings(hidden=hidden, double=rule == "double", target_network=target)}
        sides: dict[str, Callable[[], Turn]] = {}
        if is_installed("jax"):
            sides[XLA] = lambda r=rule, h=hidden: xla(r, h, 1)
            sides["the same, a device for each core"] = lambda r=rule, h=hidden: xla(r, h, os.cpu_count() or 1)
        for cores, executor in CORES.items():
            sides[f"`compare()`, {cores}"] = lambda v=variants, e=executor: ours(v, e, 10_000)
        turns: dict[str, list[Turn]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                turns[name].append(side())
        limit = np.median([turn.seconds for turn in turns[XLA]]) if XLA in turns else np.nan
        for name, values in turns.items():
            seconds = [turn.seconds for turn in values]
            compiling = spread([turn.compiling for turn in values]) if np.isfinite(values[0].compiling) else ""
            ratio, scores = f"{np.median(seconds) / limit:.2f}", spread(values[-1].scores, 0)
            kind = "Double DQN, " if rule == "double" else ""
            rows.append([kind + "-".join(map(str, hidden)), name, spread(seconds), ratio, compiling, scores])
    head = ["hidden", "16 agents", "seconds", "times XLA's", "compiling before, seconds", "greedy score at the end"]
    return (
        "16 agents x 10,000 steps of CartPole-v1, one update a step, batch 64, Adam, uniform memory; without a target "
        "network, or Double DQN with one that is copied every 500 updates. XLA's: world, epsilon-greedy, memory and "
        "update in one jitted scan over the steps, vmapped over the agents, as purejaxrl does it; each turn in a "
        "process of its own, compiled before. Told to see each core as a device, it divides the agents among them. "
        "`compare()`'s 20 examinations of 20 episodes an agent are included in its seconds; XLA's loop makes none. "
        f"Seconds are medians of {rounds} turns, scores of 16 agents, with minimum and maximum.\n\n" + table(head, rows)
    )
