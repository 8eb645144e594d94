"""Measure the tables, print them, and save each in benchmarks/RESULTS.md as soon as it is there.

python -m benchmarks [--tables updates solving original comparing memory panel xla shares carrying images]
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks import carrying, comparing, images, memory, panel, shares, solving, updates
from qlib.study.records import PACKAGES, machine

PEERS = ("scipy", "stable-baselines3", "jax", "cpprb", "box2d", "minatar")

TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "updates": ("One update", updates.report),
    "solving": ("Time to solve CartPole-v1", solving.report),
    "original": ("The original's whole run", solving.report_original),
    "comparing": ("`compare()`", comparing.report),
    "memory": ("Memory", memory.report),
    "panel": ("The live panel", panel.report),
    "xla": ("`compare()` beside XLA's whole loop", comparing.report_beside_xla),
    "shares": ("Where the time of `compare()` goes", shares.report),
    "carrying": ("One recipe in other environments", carrying.report),
    "images": ("Images", images.report),
}


RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results

`make bench` writes this file. What is compared within a table ran in turns within one run; across tables, days and
machines, compare ratios only."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES), metavar="TABLE")
    chosen = parser.parse_args().tables
    if len(chosen) > 1:  # each in a process of its own: threads that JAX leaves behind would disturb what comes after
        for name in chosen:
            subprocess.run([sys.executable, "-m", "benchmarks", "--tables", name], check=True)
        return
    torch.set_num_threads(1)
    title, report = TABLES[chosen[0]]
    section = f"## {title}\n\n{report()}\n\n{datetime.date.today().isoformat()}. {machine((*PACKAGES, *PEERS))}."
    print(f"\n{section}", flush=True)
    save(title, section)


def save(title: str, section: str) -> None:
    """Put a section into its place among those that are there."""
    saved = RESULTS.read_text() if RESULTS.is_file() else ""
    sections = {part.splitlines()[0]: f"## {part.strip()}" for part in saved.split("\n## ")[1:]}
    sections[title] = section
    order = [title for title, _ in TABLES.values() if title in sections]
    RESULTS.write_text("\n\n".join([HEAD, *(sections[title] for title in order)]) + "\n")


if __name__ == "__main__":
    main()
