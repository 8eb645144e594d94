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
from qlib.lessons.normalisation import agents, mistakes, pictures
from qlib.lessons.normalisation.pictures import RANGES
from qlib.show.picture import Picture, intervals
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


def scores(result: Comparison, group: str, labels: Sequence[str] = ()) -> Picture:
    """Draw the mean over training of some labels, or of all, with a name for the group that they are."""
    by_label = {label: result.over_training(label) for label in labels or result.labels}
    return intervals({group: by_label}, "score over training")


def over_factors(result: Comparison) -> Picture:
    """Draw the score over training against the width of the ranges."""
    by_factor = np.array([result.over_training(f"x {factor:g}") for factor in agents.FACTORS])
    return pictures.over_factors(agents.FACTORS, by_factor, result.over_training("nothing"))


def by_unit(result: Comparison) -> Picture:
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
    """Measure one update of a plain and of a batch norm agent, both in plain PyTorch, in microseconds.

    Args:
        seen: observations to remember, shape (101 or more, 4).
    """
    kinds = [QAgent(Settings(network=kind, compiled=False)) for kind in ("plain", "batch_norm")]
    for step, agent in itertools.product(range(100), kinds):
        agent.remember(seen[step], step % 2, 1.0, seen[step + 1], terminated=False)

    def microseconds(agent: QAgent, calls: int = 60) -> float:
        start = time.perf_counter()
        for _ in range(calls):
            agent.learn()
        return (time.perf_counter() - start) / calls * 1e6

    return np.median([[microseconds(agent) for agent in kinds] for _ in range(7)], axis=0)


def gain(result: Comparison, ours: str, theirs: str = "nothing", until: float | None = None) -> Interval:
    """Compare two labels by their mean over training, on the same seeds."""
    return mean_interval(result.over_training(ours, until=until) - result.over_training(theirs, until=until))


def gain_rows(result: Comparison, until: float | None = None) -> list[str]:
    """Write each way's score over training, and what it gains over nothing."""
    rows = [f"{'':10} score  minus nothing"]
    for way in result.labels:
        words = f"{way:10} {result.over_training(way, until=until).mean():5.0f}"
        change = gain(result, way, until=until)
        rows.append(words if way == "nothing" else f"{words}  {change:+4.0f} {change.verdict()}")
    return rows


def pair_rows(result: Comparison, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Write the difference of each pair over training."""
    width = max(len(" minus ".join(pair)) for pair in pairs)
    changes = [(" minus ".join(pair), gain(result, *pair)) for pair in pairs]
    return [f"{words:{width}}  {change:+4.0f} {change.verdict()}" for words, change in changes]


def part_rows(result: Comparison) -> list[str]:
    """Write each divisor's score, its gain, and how unlike the four inputs were in the memories of its agents."""
    in_memory = np.stack([values[:, :, -1] for values in result.diagnostics.values()], axis=-1)  # (parts, seeds, 4)
    rows = [f"{'':33} score  minus nothing             widest / narrowest input in its memory"]
    for name, deviations, scale in zip(result.labels, in_memory, agents.parts().values(), strict=True):
        inputs = deviations / scale
        unlike, change = (inputs.max(1) / inputs.min(1)).mean(), gain(result, name)
        words = f"{change:+4.0f} {change.verdict():5}" if name != "nothing" else " " * 24
        rows.append(f"{name:33} {result.over_training(name).mean():5.0f}  {words}  {unlike:5.1f}")
    return rows


def across_rows(ways: Comparison, parts: Comparison) -> list[str]:
    """Write two differences between the records of the ways and of the divisors, on the seeds that both have."""
    seeds, rows = slice(64), []
    for ours, theirs in (("0 to 1", "x 2"), ("running", "alike where it learns")):
        change = mean_interval(ways.over_training(ours)[seeds] - parts.over_training(theirs)[seeds])
        rows.append(f"{f'{ours} minus {theirs}':36}  {change:+4.0f} {change.verdict()}")
    return rows


def unit_rows(result: Comparison) -> list[str]:
    """Write how batch norm and a plain network do over 500 steps in each of the units, then batch norm."""
    rows, usual = [], result.over_training("batch_norm, as it is", until=500)
    for unit in agents.UNITS:
        plain, normed = (result.over_training(f"{kind}, {unit}", until=500) for kind in ("plain", "batch_norm"))
        words = f"plain {plain.mean():3.0f}  batch norm {normed.mean():3.0f}"
        words += f"  minus plain {mean_interval(normed - plain):+4.0f}"
        if unit != "as it is":
            words += f"  minus usual {mean_interval(normed - usual):+4.0f}"
        rows.append(f"{unit:18} {words}")
    for unit in agents.UNITS:
        rows.append(f"{unit:18} batch norm at {result.steps} steps: {result[f'batch_norm, {unit}'].mean(0).round()}")
    return rows


def rates(large: Comparison, small: Comparison) -> list[str]:
    """Write both learning rates: what each way gains over nothing, and the differences between the best three."""
    three = ("running", "ranges"), ("batch norm", "ranges"), ("running", "batch norm")
    rows = ["rate 0.003, 1,200 steps:", *gain_rows(large), *pair_rows(large, three)]
    rows += ["", "rate 0.0003, over 1,200 steps:", *gain_rows(small, 1_200)]
    return [*rows, "", "the same over 4,000 steps:", *gain_rows(small), *pair_rows(small, three)]


def all_parts(ways: Comparison, parts: Comparison) -> list[str]:
    """Write all of section 5's second half: thirteen divisors, pairs of them, and two pairs with the ways."""
    return [*part_rows(parts), "", *pair_rows(parts, PAIRS), "", *across_rows(ways, parts)]


def acting_rows(result: Comparison) -> list[str]:
    """Write how the agents that act on other inputs differ: over training, at 600 steps, and at the end."""
    rows = [f"{'':32}  {'over training':17}  {'at 600 steps':17}  at the end"]
    for ours, theirs in (("scaled twice", "whole"), ("acts unscaled", "whole"), ("scaled twice", "acts unscaled")):
        middle = mean_interval(result[ours][:, 2] - result[theirs][:, 2])
        whole, last = gain(result, ours, theirs), result.difference(ours, theirs)
        rows.append(f"{f'{ours} minus {theirs}':32}  {whole:+4.0f}  {middle:+4.0f}  {last:+4.0f}")
    return rows


def target_rows(result: Comparison) -> list[str]:
    """Write the loss at the end and the scores of each agent with a whole or a blank target, and what blank costs."""
    pairs = zip(result.labels, result.diagnostics["loss"][:, :, -1], strict=True)
    rows = [
        f"{label:25} median loss at the end {np.median(losses):6.2f}   scores {result[label].mean(0).round()}"
        for label, losses in pairs
    ]
    both = ((f"{way}, blank target", way) for way in ("batch norm", "running"))
    return [*rows, "", "over training:", *pair_rows(result, tuple(both))]


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
    result = compare(agents.by_rate(), seeds, steps=1_200, checkpoints=6)
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
