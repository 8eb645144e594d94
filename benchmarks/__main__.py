"""Measure the tables, print them, and save them to benchmarks/RESULTS.md if all were asked for.

python -m benchmarks [--tables updates solving original comparing memory panel]
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks import comparing, memory, panel, solving, updates
from benchmarks.timing import machine

TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "updates": ("One update", updates.report),
    "solving": ("Time to solve CartPole-v1", solving.report),
    "original": ("The original's whole run", solving.report_original),
    "comparing": ("`compare()`", comparing.report),
    "memory": ("Memory", memory.report),
    "panel": ("The live panel", panel.report),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES), metavar="TABLE")
    chosen = parser.parse_args().tables
    torch.set_num_threads(1)
    parts = [
        "# Results\n\n`make bench` writes this file. What is compared within a table ran in turns within one run; "
        "across tables and machines, compare ratios only.\n\n"
        f"{datetime.date.today().isoformat()}. {machine()}."
    ]
    print(parts[0], flush=True)
    for number, (name, (title, report)) in enumerate(TABLES.items(), start=1):
        if name in chosen:
            parts.append(f"## {number}. {title}\n\n{report()}")
            print("\n" + parts[-1], flush=True)
    if chosen == list(TABLES):
        Path(__file__).with_name("RESULTS.md").write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
