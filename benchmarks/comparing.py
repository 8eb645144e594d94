"""Table 4: sixteen agents at once."""

from __future__ import annotations

import dataclasses
import time

import qlib
from benchmarks.timing import spread, table

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


def seconds(variants: dict[str, qlib.Settings], executor: str | None, steps: int = 10_000) -> float:
    start = time.perf_counter()
    qlib.compare(variants, seeds=16, steps=steps, executor=executor)
    return time.perf_counter() - start


def report(rounds: int = 3) -> str:
    rows = []
    for name, variants in CASES.items():
        times: dict[str | None, list[float]] = {None: [], "processes": []}
        for _ in range(rounds):
            for executor, values in times.items():
                values.append(seconds(variants, executor))
        rows.append([name, *(spread(values) for values in times.values())])
    return (
        "`compare()`, 10,000 steps, one update a step, batch 64, 20 examinations of 20 episodes an agent included; "
        f"seconds, median of {rounds} turns with minimum and maximum.\n\n"
        + table(["", "one thread", 'executor="processes"'], rows)
    )
