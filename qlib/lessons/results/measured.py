"""What lesson 16 measured: four recipes over 50,000 steps, and the paper's additions on its own task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.settings import ORIGINAL, RECOMMENDED
from qlib.lessons.results.recipes import ADDED, AT, PAPER, SEEDS, STEPS, build, lecture, paper
from qlib.study.compare import compare
from qlib.study.held_out import Differences, Measurement, Records, against_the_first
from qlib.study.records import read
from qlib.study.result import Comparison

WHOLE_RUNS = Path("records/why_so_slow.json")  # lesson 15's: the original's 1,000 episodes, on two machines


def whole_runs() -> list[dict[str, Any]]:
    """Return what lesson 15 recorded of one run of the original on two machines: steps, seconds, greedy score."""
    runs = read(WHOLE_RUNS)
    return [runs[name]["values"] for name in ("run 1", "run 2")]


def _recipes(seeds: range) -> Comparison:
    ours = compare({"original": ORIGINAL, "recommended": RECOMMENDED}, seeds, STEPS, checkpoints=AT.tolist())
    scores = {
        "original": ours["original"],
        "lecture": lecture(seeds, STEPS, AT.tolist()),
        "paper": np.array([paper(build(PAPER, seed), steps=STEPS, at=AT.tolist())[1] for seed in seeds]),
        "recommended": ours["recommended"],
    }
    return Comparison(tuple(scores), AT, np.array(list(scores.values())))


def _returns(seeds: range) -> dict[str, list[list[float]]]:
    return {
        label: [paper(build(settings, seed, dueling), episodes=300)[0] for seed in seeds]
        for label, (settings, dueling) in ADDED.items()
    }


def _mean_returns(found: Mapping[str, np.ndarray]) -> Differences:
    return against_the_first({label: rows.mean(1) for label, rows in found.items()})


RECORDS = Records(
    Path("records/results.json"),  # beside the notebook
    {
        "recipes": Measurement(_recipes, SEEDS, "each examination on 20 unseen starts"),
        "returns": Measurement(_returns, SEEDS, "CartPole-v0, the returns of 300 training episodes", 32, _mean_returns),
    },
)
measured = RECORDS.measured
