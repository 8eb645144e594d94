"""What lesson 11 measured over many seeds: read from its record, or measured again; some ten minutes in all."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.lessons.normalisation import agents, mistakes
from qlib.lessons.normalisation.pictures import RANGES
from qlib.show.drawing import Drawing
from qlib.show.intervals import intervals
from qlib.show.marks import Rule
from qlib.show.sensitivity import sensitivity
from qlib.study.compare import compare
from qlib.study.held_out import Differences, Measurement, Records, against, against_the_first, no_claims
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, mean_interval

PAIRS = (  # of section 5's thirteen agents
    ("angle alone", "all by one number"),
    ("angle alone", "position alone"),
    ("alike where it learns", "alike under random play"),
    ("alike where it learns", "angle alone"),
    ("alike where it learns", "x 1"),
    ("alike where it learns", "x 0.25"),
    ("alike where it learns", "angle alone, all 5 times as large"),
    ("alike where it learns", "alike where it learns, x 2.5"),
    ("angle alone, all 5 times as large", "angle alone"),
)


def scores(result: Comparison, group: str, labels: Sequence[str] = ()) -> Drawing:
    """Draw the mean over training of some labels, or of all, with a name for the group that they are."""
    by_label = {label: result.over_training(label) for label in labels or result.labels}
    return intervals({group: by_label}, "score over training")


def over_factors(result: Comparison) -> Drawing:
    """Draw the score over training against the width of the ranges, and the score without scaling."""
    by_factor = np.array([result.over_training(f"x {factor:g}") for factor in agents.FACTORS])
    drawn = sensitivity(agents.FACTORS, {"ranges": by_factor}, "width of the declared ranges, as a factor")
    return drawn.with_marks(Rule(result.over_training("nothing").mean(), label="without scaling", colour="vermilion"))


def by_unit(result: Comparison) -> Drawing:
    """Draw plain and batch norm agents in each of the units, over 500 steps."""
    early = {label: result.over_training(label, until=500) for label in result.labels}
    groups = {unit: {kind: early[f"{kind}, {unit}"] for kind in ("plain", "batch_norm")} for unit in agents.UNITS}
    return intervals(groups, "score over 500 steps")


def highest(result: Comparison, labels: Sequence[str]) -> str:
    """Name the label with the highest mean over training."""
    return max(labels, key=lambda label: result.over_training(label).mean())


def below(result: Comparison, checkpoint: int) -> Interval:
    """Say how far the agent that scales twice is below the whole one at a checkpoint."""
    return mean_interval(result["whole"][:, checkpoint] - result["scaled twice"][:, checkpoint])


def update_times(seen: np.ndarray) -> np.ndarray:
    """Measure one update of a plain and of a batch norm agent, both in plain PyTorch: the quickest of 21 rounds, in µs.

    Args:
        seen: observations to remember, shape (101 or more, 4).
    """
    kinds = [QAgent(Settings(network=kind, compiled=False)) for kind in ("plain", "batch_norm")]
    for step, agent in itertools.product(range(100), kinds):
        agent.remember(seen[step], step % 2, 1.0, seen[step + 1], terminated=False)

    def microseconds(agent: QAgent, calls: int = 20) -> float:
        start = time.perf_counter()
        for _ in range(calls):
            agent.learn()
        return (time.perf_counter() - start) / calls * 1e6

    rounds = [[microseconds(agent) for agent in kinds] for _ in range(21)]
    return np.min(rounds, axis=0)  # what else the machine does only ever adds


def gain(result: Comparison, ours: str, theirs: str = "nothing", until: float | None = None) -> Interval:
    """Compare two labels by their mean over training, on the same seeds."""
    return mean_interval(result.over_training(ours, until=until) - result.over_training(theirs, until=until))


def _small_rate(seeds: range) -> Comparison:
    wide = dataclasses.replace(agents.BASE, learning_rate=agents.SMALL, observation_scale=tuple(4 * RANGES))
    return compare({**agents.ways(agents.SMALL), "x 4": wide}, seeds, steps=4_000, checkpoints=10)


def _parts(seeds: range) -> Comparison:
    def deviation(i: int) -> Callable[[QAgent], float]:
        def in_memory(agent: QAgent) -> float:
            return float(agent.memory.storage.observations[: len(agent.memory), i].std())

        in_memory.__name__ = f"deviation {i}"
        return in_memory

    scaled_by = {
        name: dataclasses.replace(agents.BASE, observation_scale=tuple(scale)) for name, scale in agents.parts().items()
    }
    return compare(scaled_by, seeds, steps=1_200, checkpoints=6, diagnostics=tuple(map(deviation, range(4))))


def _ways(seeds: range) -> Comparison:
    return compare(agents.ways(agents.LARGE), seeds, steps=1_200, checkpoints=6)


def _rates(seeds: range) -> dict[str, np.ndarray]:
    result = compare(agents.at_rates(), seeds, steps=1_200, checkpoints=6)
    return {label: result.over_training(label) for label in result.labels}


def _units(seeds: range) -> Comparison:
    return compare(agents.in_units(), seeds, steps=1_500, checkpoints=(250, 500, 1_000, 1_500))


def _acting(seeds: range) -> Comparison:
    return compare(mistakes.acting(), seeds, steps=1_200, checkpoints=6)


def _blank_target(seeds: range) -> Comparison:
    return compare(mistakes.targets(), seeds, steps=800, checkpoints=4, diagnostics=("loss",))


def _by_unit(result: Comparison) -> Differences:
    early = {label: result.over_training(label, until=500) for label in result.labels}
    return against({f"batch_norm, {unit}": f"plain, {unit}" for unit in agents.UNITS})(early)


def _by_part(result: Comparison) -> Differences:
    way = {label: result.over_training(label) for label in result.labels}
    return {**against_the_first(way), **{f"{a} minus {b}": way[a] - way[b] for a, b in PAIRS}}


_ON = "on 20 unseen starts"
_EXAMINED = f"each examination {_ON}"
RECORDS = Records(
    Path("records/normalisation.json"),  # beside the notebook
    {
        "ways": Measurement(_ways, 64, _EXAMINED),
        "small rate": Measurement(_small_rate, 64, _EXAMINED),
        "parts": Measurement(_parts, 128, _EXAMINED, 64, _by_part),
        "rates": Measurement(_rates, 64, f"1,200 steps, mean of 6 examinations {_ON}", 64, no_claims),
        "units": Measurement(_units, 64, _EXAMINED, 32, _by_unit),
        "acting": Measurement(_acting, 128, _EXAMINED, held_out=64),
        "blank target": Measurement(_blank_target, 32, _EXAMINED),
    },
)
measured = RECORDS.measured
