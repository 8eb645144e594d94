"""The tables of lesson 11: each difference on the seeds that were chosen on, and on those that were held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qlib.lessons.normalisation import agents
from qlib.lessons.normalisation.measured import PAIRS, RECORDS, measured
from qlib.study.held_out import Twice
from qlib.study.result import Comparison
from qlib.study.statistics import mean_interval

Pairs = Sequence[tuple[str, str]]
THREE = ("running", "ranges"), ("batch norm", "ranges"), ("running", "batch norm")
COLUMNS = f"{'chosen on':18}  {'held out':18}"


def changes(name: str, pairs: Pairs, until: float | None = None) -> dict[str, Twice]:
    """Return by how much the first of each pair is above the second over training, by "a minus b"."""

    def take(found: Comparison) -> dict[str, np.ndarray]:
        way = {label: found.over_training(label, until=until) for label in found.labels}
        return {f"{a} minus {b}": way[a] - way[b] for a, b in pairs}

    return RECORDS.twice(name, take)


def gains(name: str, until: float | None = None) -> list[str]:
    """Write each variant's score over training, and what it gains over nothing."""
    found = measured(name)
    width = max(map(len, found.labels))
    rows = [f"{'':{width}} score  minus nothing: {COLUMNS}"]
    against = changes(name, [(label, "nothing") for label in found.labels if label != "nothing"], until)
    for label in found.labels:
        words = f"{label:{width}} {found.over_training(label, until=until).mean():5.0f}"
        change = against.get(f"{label} minus nothing")
        rows.append(f"{words}                 {change:+4.0f}  {change.verdict()}" if change else words)
    return rows


def pairs(name: str, wanted: Pairs) -> list[str]:
    """Write the difference of each pair over training."""
    found = changes(name, wanted)
    width = max(map(len, found))
    return [f"{words:{width}}  {change:+4.0f}  {change.verdict()}" for words, change in found.items()]


def rates() -> list[str]:
    """Write both learning rates: what each way gains over nothing, and the differences between the best three."""
    rows = ["rate 0.003, 1,200 steps:", *gains("ways"), *pairs("ways", THREE)]
    rows += ["", "rate 0.0003, over 1,200 steps:", *gains("small rate", 1_200)]
    return [*rows, "", "the same over 4,000 steps:", *gains("small rate"), *pairs("small rate", THREE)]


def parts() -> list[str]:
    """Write all of section 5's second half: thirteen divisors, pairs of them, and two pairs with the ways."""
    return [*gains("parts"), "", *pairs("parts", PAIRS), "", *across(), "", *unlike()]


def across() -> list[str]:
    """Write two differences between the records of the ways and of the divisors, on the 64 seeds that both have."""
    rows = []
    for ours, theirs in (("0 to 1", "x 2"), ("running", "alike where it learns")):
        change = measured("ways").over_training(ours)[:64] - measured("parts").over_training(theirs)[:64]
        rows.append(f"{f'{ours} minus {theirs}':36}  {mean_interval(change):+4.0f}")
    return rows


def unlike() -> list[str]:
    """Write how unlike the four inputs were in the memories of each divisor's agents."""
    found = measured("parts")
    in_memory = np.stack([values[:, :, -1] for values in found.diagnostics.values()], axis=-1)  # (parts, seeds, 4)
    rows = ["widest input / narrowest input in the memory:"]
    for name, deviations, scale in zip(found.labels, in_memory, agents.parts().values(), strict=True):
        inputs = deviations / scale
        rows.append(f"{name:33} {(inputs.max(1) / inputs.min(1)).mean():5.1f}")
    return rows


def units() -> list[str]:
    """Write how batch norm and a plain network do over 500 steps in each of the units, then batch norm."""
    found, usual = measured("units"), "batch_norm, as it is"
    wanted = [(f"batch_norm, {unit}", f"plain, {unit}") for unit in agents.UNITS]
    wanted += [(f"batch_norm, {unit}", usual) for unit in list(agents.UNITS)[1:]]
    rows = [f"{label:32} {found.over_training(label, until=500).mean():3.0f}" for label in found.labels]
    rows += ["", f"{'over 500 steps':62}{COLUMNS}"]
    for words, change in changes("units", wanted, 500).items():
        rows.append(f"{words:60}  {change:+4.0f}  {change.verdict()}")
    for unit in agents.UNITS:
        rows.append(f"{unit:18} batch norm at {found.steps} steps: {found[f'batch_norm, {unit}'].mean(0).round()}")
    return rows


def acting() -> list[str]:
    """Write how the agents that act on other inputs differ: over training, at 600 steps, and at the end."""
    wanted = ("scaled twice", "whole"), ("acts unscaled", "whole"), ("scaled twice", "acts unscaled")
    rows = [f"{'':47}{COLUMNS}"]
    for words, change in changes("acting", wanted).items():
        rows.append(f"{words + ', over training':46} {change:+4.0f}  {change.verdict()}")
    for when, at in {"at 600 steps": 2, "at the end": -1}.items():

        def take(found: Comparison, at: int = at) -> dict[str, np.ndarray]:
            return {f"{a} minus {b}": found[a][:, at] - found[b][:, at] for a, b in wanted}

        for words, change in RECORDS.twice("acting", take).items():
            rows.append(f"{f'{words}, {when}':46} {change:+4.0f}  {change.verdict()}")
    return rows


def targets() -> list[str]:
    """Write the loss at the end and the scores of each agent with a whole or a blank target, and what blank costs."""
    found = measured("blank target")
    losses = found.diagnostics["loss"][:, :, -1]
    rows = [
        f"{label:25} median loss at the end {np.median(loss):6.2f}   scores {found[label].mean(0).round()}"
        for label, loss in zip(found.labels, losses, strict=True)
    ]
    both = [(f"{way}, blank target", way) for way in ("batch norm", "running")]
    return [*rows, "", f"{'over training':39}{COLUMNS}", *pairs("blank target", both)]
