"""The original's whole run, 1,000 episodes: some minutes, so it is recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from qlib.core.agent import QAgent
from qlib.core.settings import ORIGINAL
from qlib.core.training import evaluate, train
from qlib.lessons.why_so_slow.twins import nudge
from qlib.show.table import Table
from qlib.study.records import capability, read, recorded

RECORD = Path("records/why_so_slow.json")  # beside the notebook
PRINTED = 7_980  # seconds: the original notebook's 2 h 13 min


def whole_run(nudged: bool = False) -> dict[str, Any]:
    """Train the original for its 1,000 episodes, seed 0; return counts, seconds and the greedy score at the end.

    Args:
        nudged: first move each weight to the next number that float32 can hold.
    """
    agent = QAgent(ORIGINAL, seed=0)
    if nudged:
        nudge(agent, 1)
    started = time.perf_counter()
    episodes = sum(1 for _ in train(agent))
    seconds = time.perf_counter() - started
    found = {"episodes": episodes, "steps": agent.steps, "updates": agent.updates, "seconds": seconds}
    return found | {"score": evaluate(agent).mean()}


def on_two_machines() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the recorded numbers of the same run on two machines."""
    runs = read(RECORD)
    return runs["run 1"]["values"], runs["run 2"]["values"]


def nudged(again: bool = False) -> dict[str, float]:
    """Return how many steps the run takes as it is, and nudged, both on one machine.

    Args:
        again: run both now, some minutes, and keep them in the record.
    """
    how = "1,000 episodes of qlib.ORIGINAL, seed 0"
    plain = recorded(RECORD, "as it is", whole_run, again, how)
    other = recorded(
        RECORD, "nudged", partial(whole_run, nudged=True), again, f"{how}, each first weight moved to the next float32"
    )
    return {"steps": float(plain["steps"]), "nudged": float(other["steps"])}


def first_episodes(episodes: int = 40) -> tuple[str, int]:
    """Train the original for some episodes, seed 0; return the vector instructions in use, and its steps."""
    return capability(), sum(episode.steps for episode in train(QAgent(ORIGINAL, seed=0), episodes=episodes))


def with_and_without() -> dict[str, int]:
    """Count the steps of the first episodes on this processor, as it is and without its vector instructions."""
    here = f"from {__name__} import first_episodes; print(*first_episodes())"
    found = {}
    for setting in ({}, {"ATEN_CPU_CAPABILITY": "default"}):  # read when PyTorch is imported, so in a new process
        said = subprocess.run([sys.executable, "-c", here], env=os.environ | setting, capture_output=True, check=True)
        name, steps = said.stdout.split()
        found[name.decode()] = int(steps)
    return found


def by_capability(again: bool = False) -> Table:
    """Write how many steps 40 episodes take on one processor, by the vector instructions that PyTorch uses.

    Args:
        again: run both now, half a minute, and keep them in the record.
    """
    how = "40 episodes of qlib.ORIGINAL, seed 0, one processor; DEFAULT: told to use no vector instructions"
    found = recorded(RECORD, "by capability", with_and_without, again, how)
    return Table(*(f"{name:8} {int(steps):6,} steps" for name, steps in found.items()))


def live(seconds: float) -> tuple[list[int], float]:
    """Train the original for some seconds; return the episodes' lengths, and the microseconds for one update."""
    agent, lengths, started = QAgent(ORIGINAL, seed=0), [], time.perf_counter()
    for episode in train(agent):
        lengths.append(episode.steps)
        if time.perf_counter() - started > seconds:
            break
    return lengths, (time.perf_counter() - started) / agent.updates * 1e6


def minutes_by_length(here: float, original: float) -> Table:
    """Say how long 1,000 episodes take, 40 updates a step, for some mean lengths of an episode.

    Args:
        here, original: microseconds of one update.
    """
    rows = [f"{'mean length':>12}  {'updates':>10}  {'here':>10}  {'the original way':>17}"]
    for length in (50, 100, 200):
        updates = 1_000 * length * ORIGINAL.updates_per_step
        ours, theirs = (f"{updates * one / 60e6:.1f} min" for one in (here, original))
        rows.append(f"{f'{length} steps':>12}  {updates:>10,}  {ours:>10}  {theirs:>17}")
    return Table(*rows)
