"""The findings of lesson 11: each difference on the seeds that were chosen on, and on those that were held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qlib.lessons.normalisation import agents
from qlib.lessons.normalisation.measured import PAIRS, RECORDS, measured
from qlib.show.findings import Findings
from qlib.study.held_out import Twice, twice
from qlib.study.result import Comparison

Pairs = Sequence[tuple[str, str]]
Claims = dict[str, Twice]
THREE = ("running", "ranges"), ("batch norm", "ranges"), ("running", "batch norm")
ACTING = ("scaled twice", "whole"), ("acts unscaled", "whole"), ("scaled twice", "acts unscaled")
ACROSS = ("0 to 1", "x 2"), ("running", "alike where it learns")


def changes(name: str, pairs: Pairs, until: float | None = None) -> Claims:
    """Return by how much the first of each pair is above the second over training, by "a minus b"."""

    def take(found: Comparison) -> dict[str, np.ndarray]:
        way = {label: found.over_training(label, until=until) for label in found.labels}
        return {f"{a} minus {b}": way[a] - way[b] for a, b in pairs}

    return RECORDS.twice(name, take)


def gains(name: str, until: float | None = None) -> Claims:
    """Return what each variant gains over nothing, by its name with "minus nothing"."""
    return changes(name, [(label, "nothing") for label in measured(name).labels if label != "nothing"], until)


def ways(name: str) -> Findings:
    """Draw what each way of scaling gains over nothing, and the differences between the best three."""
    return Findings(gains(name) | changes(name, THREE))


def parts() -> Findings:
    """Draw what each of section 5's divisors gains over nothing."""
    claims = {label: one for label, one in all_parts().items() if label.endswith(" minus nothing")}
    unit = "steps more (+) or fewer (−) than nothing"
    return Findings({label.removesuffix(" minus nothing"): one for label, one in claims.items()}, unit)


def pairs() -> Findings:
    """Draw the differences of the pairs of divisors, and of two of them with the ways."""
    claims = all_parts()
    return Findings({label: claims[label] for label in (f"{a} minus {b}" for a, b in PAIRS)} | across())


def all_parts() -> Claims:
    """Return each claim of section 5's second half, by "a minus b"; they are corrected for their number."""
    claims = RECORDS.claims("parts")
    return {label.removesuffix(", over training"): one for label, one in claims.items()}


def across() -> Claims:
    """Return two differences between the records of the ways and of the divisors, on the seeds that both have."""

    def take(some: Comparison, others: Comparison) -> dict[str, np.ndarray]:
        both = {f"{a} minus {b}": (some.over_training(a), others.over_training(b)) for a, b in ACROSS}
        n = min(len(each) for pair in both.values() for each in pair)
        return {label: ours[:n] - theirs[:n] for label, (ours, theirs) in both.items()}

    names = "ways", "parts"
    return twice(take(*map(measured, names)), take(*map(RECORDS.held_out, names)))


def unlike() -> list[str]:
    """Write how unlike the four inputs were in the memories of each divisor's agents."""
    found = measured("parts")
    in_memory = np.stack([values[:, :, -1] for values in found.diagnostics.values()], axis=-1)  # (parts, seeds, 4)
    rows = ["widest input / narrowest input in the memory:"]
    for name, deviations, scale in zip(found.labels, in_memory, agents.parts().values(), strict=True):
        inputs = deviations / scale
        rows.append(f"{name:33} {(inputs.max(1) / inputs.min(1)).mean():5.1f}")
    return rows


def units() -> Findings:
    """Draw how batch norm differs over 500 steps from a plain network in each unit, and from the usual units."""
    usual = "batch_norm, as it is"
    wanted = [(f"batch_norm, {unit}", f"plain, {unit}") for unit in agents.UNITS]
    wanted += [(f"batch_norm, {unit}", usual) for unit in list(agents.UNITS)[1:]]
    return Findings(changes("units", wanted, 500))


def acting() -> Findings:
    """Draw how the agents that act on other inputs differ: over training, at 600 steps, and at the end."""
    claims = {f"{words}, over training": one for words, one in changes("acting", ACTING).items()}
    for when, at in {"at 600 steps": 2, "at the end": -1}.items():

        def take(found: Comparison, at: int = at, when: str = when) -> dict[str, np.ndarray]:
            return {f"{a} minus {b}, {when}": found[a][:, at] - found[b][:, at] for a, b in ACTING}

        claims |= RECORDS.twice("acting", take)
    return Findings(claims)


def targets() -> Findings:
    """Draw what a blank target costs over training, with batch norm and with running statistics."""
    return Findings(changes("blank target", [(f"{way}, blank target", way) for way in ("batch norm", "running")]))
