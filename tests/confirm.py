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
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lessons"))

from definitions import defined  # noqa: E402

from qlib.study.held_out import CONFIRMING, Measurement, Records, Twice  # noqa: E402
from qlib.study.statistics import mean_interval  # noqa: E402


def lessons() -> dict[str, Records]:
    """Return by lesson's name its records and how they are measured; lesson 09's from the notebook's own cells."""
    modules = sorted((ROOT / "qlib" / "lessons").glob("*/measured.py"))
    found = {path.parent.name: importlib.import_module(f"qlib.lessons.{path.parent.name}.measured") for path in modules}
    return {name: module.RECORDS for name, module in found.items()} | {"catastrophe": _catastrophe()}


@functools.cache
def _catastrophe() -> Records:
    from qlib.lessons.catastrophe import measure, rates

    names = "ThroughTarget", "RowDoubled", "TargetInTrainMode", "with_and_without_detach", "others", "targets", "quick"
    given = {"measure": measure, "dataclasses": dataclasses, "settings": measure.BRIEF, "normed": measure.NORMED}
    cells = defined("09_catastrophe", *names, **given)
    leaking = cells["ThroughTarget"]
    detach = {f"detach, gamma {gamma}": cells["with_and_without_detach"](gamma) for gamma in (0.99, 0.8)}
    rest = {
        "detach by rate": rates.leaks_by_rate(leaking),
        "target networks by rate": rates.targets_by_rate(),
        "batch norm": measure.over_training({"whole": measure.NORMED, **cells["others"]}, 600, 3),
        "target networks": measure.both_scores(cells["targets"] | cells["quick"], 4_000, 10),
    }
    return Records(Path("records/catastrophe.json"), detach | rest)


def said(records: Records, name: str, seeds: range | None) -> Iterator[tuple[str, Twice, str]]:
    """Yield each claim of a record, what was said of it, and what these seeds say: "above", "below" or "open"."""
    claims = records.claims(name)
    one = records.measurements[name]
    again = one.differences(one.measure(seeds)) if seeds else None
    for label, twice in claims.items():
        now = mean_interval(again[label]) if again else twice.held_out
        yield label, twice, f"{now:+.0f} {now.verdict()}"


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
                before = twice.verdict()
                differs = before != now.split()[-1]
                changed += differs
                print(f"  {'CHANGED ' if differs else '        '}{label}: said {before} ({twice}); here {now}")
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
