"""Two sets of seeds: claims are chosen on one, and confirmed on the other, at which nobody looked while choosing.

Settings, variants and sentences are chosen on seeds below 1,000. A record is measured on both sets in one go, so that
a lesson cannot do otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qlib.study.records import kept, read, recorded
from qlib.study.result import Comparison, joined
from qlib.study.statistics import Interval, discoveries, mean_interval

Differences = Mapping[str, np.ndarray]
"""What is said to be above or below 0: name to one number for each seed, shape (seeds,)."""


def against_the_first(found: Comparison | Mapping[str, np.ndarray]) -> Differences:
    """Subtract the first label's numbers from every other's: of a Comparison at the end, and over training."""
    if not isinstance(found, Comparison):
        first, *others = found
        return {f"{label} minus {first}": found[label] - found[first] for label in others}
    first, *others = found.labels
    whens = {"at the end": lambda label: found[label][:, -1], "over training": found.over_training}
    return {
        f"{label} minus {first}, {when}": take(label) - take(first) for label in others for when, take in whens.items()
    }


def no_claims(found: object) -> Differences:
    """Claim no difference: of measurements that are counts, or no scores."""
    return {}


def against(pairs: Mapping[str, str]) -> Callable[[Mapping[str, np.ndarray]], Differences]:
    """Make what subtracts one label's numbers from another's, of label to the one that is subtracted."""
    return lambda found: {f"{ours} minus {theirs}": found[ours] - found[theirs] for ours, theirs in pairs.items()}


CHOOSING, CONFIRMING = 1_000, 5_000
"""Seeds below the first are there to choose on; seeds from the second on are held out, to confirm on."""


@dataclass(frozen=True)
class Measurement:
    """What a record holds, and on which seeds."""

    measure: Callable[[range], Any]
    """From seeds to a Comparison or to label and numbers, of which the first axis of each is seeds."""
    seeds: int
    """How many seeds are chosen on: seeds 0 to this minus 1."""
    how: str
    """In words, what the numbers themselves do not say."""
    held_out: int = 32
    """How many seeds it is confirmed on: seeds 5,000 to 5,000 plus this minus 1."""
    differences: Callable[[Any], Differences] = against_the_first
    """From what was measured to what is claimed to be above or below 0."""
    together: int = 8
    """How many seeds are measured in one go, and kept: enough for agents to be trained side by side."""

    def __post_init__(self) -> None:
        if not 2 <= self.seeds <= CHOOSING:
            raise ValueError(f"seeds={self.seeds} is not allowed: claims are chosen on 2 to {CHOOSING:,} seeds.")
        if self.held_out < 32:
            raise ValueError(f"held_out={self.held_out} is not allowed: a claim is confirmed on at least 32 seeds.")


class Records:
    """A lesson's file of records: each measurement on the seeds that were chosen on, and on those that were held out.

    Args:
        path: a JSON file.
        measurements: by name.
    """

    def __init__(self, path: Path, measurements: Mapping[str, Measurement]) -> None:
        self.path, self.measurements = path, measurements

    def measured(self, name: str, again: bool = False) -> Any:
        """Return a measurement on the seeds that were chosen on.

        Args:
            name: of a measurement.
            again: measure now, on both sets of seeds, and keep that in the file; what was interrupted goes on.

        Raises:
            ValueError: if there is no such measurement; the message lists those that there are.
        """
        one = self._named(name)
        if again:
            self.confirm(name)
        return self._recorded(name, one, range(one.seeds), again)

    def held_out(self, name: str) -> Any:
        """Return a measurement on the seeds that were held out."""
        self._named(name)
        return kept(self.path, held_out_name(name))

    def confirm(self, name: str) -> Any:
        """Measure on the seeds that were held out, keep that in the file, and return it; interrupted, it goes on."""
        one = self._named(name)
        return self._recorded(held_out_name(name), one, range(CONFIRMING, CONFIRMING + one.held_out), True)

    def claims(self, name: str) -> dict[str, Twice]:
        """Return each difference of a measurement, on both sets; among many, the chosen ones are corrected for that."""
        return self.twice(name, self._named(name).differences)

    def twice(self, name: str, take: Callable[[Any], Differences]) -> dict[str, Twice]:
        """Return differences that are taken from a measurement, on both sets, corrected in the same way.

        Args:
            name: of a measurement.
            take: from a measurement to what is claimed to be above or below 0.
        """
        return twice(take(self.measured(name)), take(self.held_out(name)))

    def is_confirmed(self, name: str) -> bool:
        """Say whether the file holds the measurement on the seeds that were held out."""
        return held_out_name(name) in read(self.path)

    def _recorded(self, name: str, one: Measurement, seeds: range, again: bool) -> Any:
        """Read a record or measure it: a few seeds in one go, each of which is kept until all are there."""
        unfinished = self.path.parent / "unfinished" / f"{self.path.stem}, {name}.json"

        def part(some: range) -> Any:
            called = f"{some.start} to {some.stop - 1}"
            missing = called not in read(unfinished)
            return recorded(unfinished, called, lambda: _whole(one.measure(some)), missing, _how(one.how, some))

        def whole() -> Any:
            unfinished.parent.mkdir(exist_ok=True)
            return joined([part(seeds[k : k + one.together]) for k in range(0, len(seeds), one.together)])

        found = recorded(self.path, name, whole, again, _how(one.how, seeds))
        unfinished.unlink(missing_ok=True)
        return found

    def _named(self, name: str) -> Measurement:
        if name not in self.measurements:
            raise ValueError(f"There is no measurement {name!r} here. There are: {', '.join(self.measurements)}.")
        return self.measurements[name]


@dataclass(frozen=True)
class Twice:
    """One difference, with its interval on the seeds that were chosen on, and on those that were held out."""

    chosen: Interval
    held_out: Interval
    survives: bool = True
    """Whether the first is still shown when it is corrected for the number of differences in its table."""
    bar: float = 0.0
    """What both are held against: 0 of a difference, one half of a probability."""

    def verdict(self) -> str:
        """Say "above" or "below" the bar if both intervals lie there as a whole, else "open"."""
        if not self.survives:
            return "open"
        first, second = self.chosen.verdict(self.bar), self.held_out.verdict(self.bar)
        return first if first == second and first in ("above", "below") else "open"

    def __format__(self, spec: str) -> str:
        return f"{self.chosen:{spec}}  {self.held_out:{spec}}"

    def __str__(self) -> str:
        return f"{self.chosen}, and {self.held_out} on held-out seeds"


def twice(chosen: Differences, held_out: Differences) -> dict[str, Twice]:
    """Put differences on both sets of seeds side by side; those that were chosen on are corrected for their number."""
    shown = discoveries(chosen)
    return {
        label: Twice(mean_interval(each), mean_interval(held_out[label]), shown[label] != "open")
        for label, each in chosen.items()
    }


def _whole(found: Any) -> Any:
    """Refuse to keep a measurement in which a number is missing: a comparison that is interrupted ends with those."""
    comparison = isinstance(found, Comparison)
    if any(np.isnan(each).any() for each in ([found.scores] if comparison else map(np.asarray, found.values()))):
        why = " ".join(found.notes) if comparison else "Look at what measures it."
        raise RuntimeError(f"Numbers are missing, so this part is not kept. {why} What was measured before is kept.")
    return found


def strictly(
    measure: Callable[[Any, float], Interval], chosen: Any, held_out: Any, rows: int, bar: float = 0.0
) -> Twice:
    """Ask both sets of seeds for one row of a table; the first must hold at a level for so many rows (Bonferroni).

    Args:
        measure: from a set's measurement and a confidence to an interval.
        chosen, held_out: what was measured on either set.
        rows: of the table.
        bar: what the intervals are held against.
    """
    strict = measure(chosen, 1 - 0.05 / rows)
    return Twice(measure(chosen, 0.95), measure(held_out, 0.95), strict.verdict(bar) != "open", bar)


def held_out_name(name: str) -> str:
    """Return under which name a file of records keeps a measurement on the seeds that were held out."""
    return f"{name}, held out"


def _how(how: str, seeds: range) -> str:
    return f"seeds {seeds.start} to {seeds.stop - 1}, {how}"
