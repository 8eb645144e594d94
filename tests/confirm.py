"""Measure every recorded claim again, on seeds that the caller names, and print which sentences change.

`make confirm` takes the seeds that are held out, 5000 to 5031; `make confirm SEEDS=7000:7032` takes others, and
`FILES="catastrophe results"` some lessons' records. `--keep` writes what was measured beside what was chosen on, as
what was held out: once, for a record that is new.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import importlib
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lessons"))

from definitions import defined  # noqa: E402

from qlib.study.held_out import CONFIRMING, Measurement, Records, Twice  # noqa: E402
from qlib.study.statistics import Interval, mean_interval  # noqa: E402


def lessons() -> dict[str, Records]:
    """Return by lesson's name its records and how they are measured; lesson 09's from the notebook's own cells."""
    modules = sorted((ROOT / "qlib" / "lessons").glob("*/measured.py"))
    found = {path.parent.name: importlib.import_module(f"qlib.lessons.{path.parent.name}.measured") for path in modules}
    return {name: module.RECORDS for name, module in found.items()} | {"catastrophe": _catastrophe()}


@functools.cache
def _catastrophe() -> Records:
    from qlib.lessons.catastrophe import measure, rates

    classes = "ThroughTarget", "RowDoubled", "TargetInTrainMode"
    names = *classes, "with_and_without_detach", "others", "normed_runs", "targets", "quick", "target_runs"
    given = {"measure": measure, "dataclasses": dataclasses, "settings": measure.BRIEF, "normed": measure.NORMED}
    cells = defined("09_catastrophe", *names, **given)
    detach = {f"detach, gamma {gamma}": cells["with_and_without_detach"](gamma) for gamma in (0.99, 0.8)}
    rest = {
        "detach by rate": rates.leaks_by_rate(cells["ThroughTarget"]),
        "target networks by rate": rates.targets_by_rate(),
        "batch norm": cells["normed_runs"],
        "target networks": cells["target_runs"],
    }
    return Records(Path("records/catastrophe.json"), detach | rest)


def said(records: Records, name: str, seeds: range) -> Iterator[tuple[str, Twice, Interval]]:
    """Yield each claim of a record, what was said of it, and its interval on these seeds.

    What was not confirmed on held-out seeds yet was said to be open.
    """
    one = records.measurements[name]
    chosen = one.differences(records.measured(name))
    before = (
        records.claims(name)
        if records.is_confirmed(name)
        else {
            label: Twice(mean_interval(each), Interval(math.nan, math.nan, math.nan)) for label, each in chosen.items()
        }
    )
    again = one.differences(one.measure(seeds))
    yield from ((label, twice, mean_interval(again[label])) for label, twice in before.items())


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", help="first:last+1, from 5000 up; the default is what each record held out")
    parser.add_argument("--keep", action="store_true", help="write it into the record as what was held out")
    parser.add_argument("files", nargs="*", help="lessons' records, such as catastrophe, or one: results/recipes")
    given = parser.parse_args()
    os.chdir(ROOT / "notebooks")
    changed = 0
    for lesson, records in lessons().items():
        for name, one in records.measurements.items():
            if given.files and lesson not in given.files and f"{lesson}/{name}" not in given.files:
                continue
            started = time.perf_counter()
            if given.keep:
                records.confirm(name)
                print(f"{lesson}/{name}: kept, {time.perf_counter() - started:.0f} s", flush=True)
                continue
            seeds = _seeds(given.seeds, one)
            print(f"\n{lesson}/{name}, seeds {seeds.start} to {seeds.stop - 1}", flush=True)
            for label, twice, now in said(records, name, seeds):
                differs = twice.verdict() != now.verdict()
                changed += differs
                mark = "CHANGED " if differs else "        "
                print(f"  {mark}{label}: said {twice.verdict()} ({twice}); here {now} {now.verdict()}")
            print(f"  {time.perf_counter() - started:.0f} s", flush=True)
    print(f"\n{changed} claims say something else on these seeds.")


def _seeds(text: str | None, one: Measurement) -> range:
    if text is None:
        return range(CONFIRMING, CONFIRMING + one.held_out)
    first, last = map(int, text.split(":"))
    if first < CONFIRMING:
        raise SystemExit(f"--seeds {text}: seeds below {CONFIRMING:,} were there to choose on. Take others.")
    return range(first, last)


if __name__ == "__main__":
    main()
