"""What lesson 16 measured: four recipes over 50,000 steps, and the paper's additions on its own task."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.settings import ORIGINAL, RECOMMENDED
from qlib.lessons.results.recipes import ADDED, AT, PAPER, SEEDS, STEPS, build, lecture, paper
from qlib.study import hands
from qlib.study.compare import compare
from qlib.study.held_out import Differences, Measurement, Records, against_the_first
from qlib.study.profiles import parted
from qlib.study.records import kept, read
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, detectable, mean_interval, share_interval

STICKS = Path("records/carrot_and_stick.json")  # lesson 10's
WHOLE_RUNS = Path("records/why_so_slow.json")  # lesson 15's: the original's 1,000 episodes, on two machines


def whole_runs() -> list[dict[str, Any]]:
    """Return what lesson 15 recorded of one run of the original on two machines: steps, seconds, greedy score."""
    runs = read(WHOLE_RUNS)
    return [runs[name]["values"] for name in ("run 1", "run 2")]


def where_they_part(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return the whole scores at which the profile's band of ours lies above that of theirs; none if there is none."""
    scores = np.arange(0, 501)
    return scores[parted(ours, theirs, scores)]


def solved(ends: np.ndarray) -> Interval:
    """Return the share of seeds that end at 475 or more."""
    return share_interval(int((ends >= 475).sum()), len(ends))


def stick_effect() -> np.ndarray:
    """Return lesson 10's difference that a stick of -10 makes at gamma 0.99, one number for each of 128 seeds."""
    found = kept(STICKS, "sticks")
    return found["stick -10, gamma 0.99"] - found["stick none, gamma 0.99"]


def chance_to_find(samples: np.ndarray, n: int, draws: int = 1_000) -> float:
    """Say how often an interval of n seeds, drawn from the samples with replacement, leaves 0 out on their side."""
    rng, side = np.random.default_rng(0), "above" if samples.mean() > 0 else "below"
    return float(np.mean([mean_interval(rng.choice(samples, n)).verdict() == side for _ in range(draws)]))


def power_rows(samples: np.ndarray) -> list[str]:
    """Write for some numbers of seeds how often they find an effect, and which one they find four times in five."""
    rows = [f"{'seeds':>5}   {'find this one':>13}   find four times in five"]
    for n in (4, 16, 64, 128):
        rows.append(f"{n:5}   {chance_to_find(samples, n):13.0%}   {detectable(samples, n):11.0f} steps or more")
    return rows


def _recipes(seeds: range) -> Comparison:
    def examined(seed: int) -> list[float]:
        return paper(build(PAPER, seed), steps=STEPS, at=AT.tolist())[1]

    ours = compare({"original": ORIGINAL, "recommended": RECOMMENDED}, seeds, STEPS, checkpoints=AT.tolist())
    scores = {
        "original": ours["original"],
        "lecture": lecture(seeds, STEPS, AT.tolist()),
        "paper": np.array(hands.each(examined, seeds)),
        "recommended": ours["recommended"],
    }
    return Comparison(tuple(scores), AT, np.array(list(scores.values())))


def _returns(seeds: range) -> dict[str, list[list[float]]]:
    def returns(job: tuple[str, int]) -> list[float]:
        label, seed = job
        settings, dueling = ADDED[label]
        return paper(build(settings, seed, dueling), episodes=300)[0]

    found = iter(hands.each(returns, [(label, seed) for label in ADDED for seed in seeds]))
    return {label: list(itertools.islice(found, len(seeds))) for label in ADDED}


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
