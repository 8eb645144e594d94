"""What lesson 12 measured over many seeds: read from its record, or measured again; hours in all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qlib.lessons.forgetting_and_memory import alarms, fall, flights, remedies
from qlib.study.held_out import Differences, Measurement, Records, against, against_the_first
from qlib.study.result import Comparison


def _of_flights(take: Callable[..., Any], differences: Callable[[Any], Differences] = dict) -> Measurement:
    how = f"{flights.STEPS:,} steps, {flights.EXAMINATIONS} examinations on 20 unseen starts"
    return Measurement(lambda seeds: take(flights.many(seeds)), 128, how, 64, differences)


def _above_half(ranks: alarms.ByAgent) -> Differences:
    return {name: each - 0.5 for name, each in ranks.items()}


def _above_chance(rung: alarms.ByAgent) -> Differences:
    """Subtract from an alarm's recall a quarter, and from its precision the share by chance."""
    found = {name: each - 0.25 for name, each in rung.items() if name.endswith("recall")}
    for name in [name for name in rung if name.endswith("precision")]:
        found[name] = rung[name] - rung[name.removesuffix("precision") + "base"]
    return {name: each[np.isfinite(each)] for name, each in found.items()}


def _against_its_own(own: Comparison) -> Differences:
    """Subtract the original's own size from the others."""
    order = ("memory 10,000", "memory 1,000", "memory 100,000")
    return against_the_first(Comparison(order, own.steps, np.stack([own[label] for label in order])))


RECORDS = Records(
    Path("records/forgetting_and_memory.json"),  # beside the notebook
    {
        "ranks": _of_flights(alarms.ranks, _above_half),
        "alarms": _of_flights(alarms.alarms, _above_chance),
        "loss": _of_flights(alarms.above_base),
        "lowest loss": _of_flights(alarms.quietest_minus_mean),
        "original memory": Measurement(
            remedies.measure_original,
            16,
            "20,000 steps, 40 updates after each, 20 examinations on 20 unseen starts",
            differences=_against_its_own,
        ),
        "undone": Measurement(
            fall.measure,
            32,
            "8,000 steps; the worst update of the largest fall, then 200 steps more and 100 unseen starts",
            differences=against({"undo it": "as it was", "another batch": "as it was"}),
        ),
        "batches": Measurement(remedies.measure_batches, 64, "10 examinations on 20 unseen starts"),
        "remedies": Measurement(remedies.measure, 64, "examined every 1,000 steps on 20 unseen starts"),
    },
)
measured = RECORDS.measured
