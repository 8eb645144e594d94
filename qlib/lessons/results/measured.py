"""What lesson 16 measured: four recipes over 50,000 steps, and the paper's additions on its own task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.settings import ORIGINAL, RECOMMENDED
from qlib.lessons.results.recipes import ADDED, AT, PAPER, SEEDS, STEPS, build, lecture, paper
from qlib.study.compare import compare
from qlib.study.records import read, recorded
from qlib.study.result import Comparison

RECORD = Path("records/results.json")  # beside the notebook
WHOLE_RUNS = Path("records/why_so_slow.json")  # lesson 15's: the original's 1,000 episodes, on two machines


def recipes(again: bool = False) -> Comparison:
    """Return the recipes' greedy scores, shape (4, seeds, checkpoints).

    Args:
        again: measure them now, an hour or so, and keep them in the record.
    """
    how = "seeds 0 to 15, each examination on 20 unseen starts"
    return recorded(RECORD, "recipes", _recipes, again, how)


def returns(again: bool = False) -> dict[str, np.ndarray]:
    """Return by variant what the training episodes paid on the paper's task, shape (seeds, episodes)."""
    how = "CartPole-v0, seeds 0 to 15, the returns of 300 training episodes"
    return dict(recorded(RECORD, "returns", _returns, again, how))


def whole_runs() -> list[dict[str, Any]]:
    """Return what lesson 15 recorded of one run of the original on two machines: steps, seconds, greedy score."""
    runs = read(WHOLE_RUNS)
    return [runs[name]["values"] for name in ("run 1", "run 2")]


def _recipes() -> Comparison:
    ours = compare({"original": ORIGINAL, "recommended": RECOMMENDED}, SEEDS, STEPS, checkpoints=AT.tolist())
    scores = {
        "original": ours["original"],
        "lecture": lecture(SEEDS, STEPS, AT.tolist()),
        "paper": np.array([paper(build(PAPER, seed), steps=STEPS, at=AT.tolist())[1] for seed in range(SEEDS)]),
        "recommended": ours["recommended"],
    }
    return Comparison(tuple(scores), AT, np.array(list(scores.values())))


def _returns() -> dict[str, list[list[float]]]:
    return {
        label: [paper(build(settings, seed, dueling), episodes=300)[0] for seed in range(SEEDS)]
        for label, (settings, dueling) in ADDED.items()
    }
