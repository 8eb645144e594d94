"""What lesson 13 measured over many seeds: read from its record, or measured again; an hour or more in all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.settings import Settings
from qlib.core.training import evaluate, train
from qlib.lessons.sparse_rewards import pictures, tiles
from qlib.lessons.sparse_rewards.cars import CLIMB, DENSE, LINEAR, Logbook, coder
from qlib.study import hands
from qlib.study.compare import compare
from qlib.study.held_out import Measurement, Records, Twice, no_claims
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, mean_interval, share_difference

STEPS, SOLVED = 100_000, -110.0

_EPSILON: dict[str, Any] = {"epsilon_start": 1.0, "epsilon_end": 0.05, "epsilon_episodes": 100}
_TILES: dict[str, tuple[dict[str, Any], float]] = {
    "tiles": ({}, 0.0),
    "tiles, epsilon": (_EPSILON, 0.0),
    "tiles, −100": (_EPSILON, -100.0),
}


def first_flags(cars: Comparison) -> dict[str, np.ndarray]:
    """Return the step at which each seed first reached the flag, infinity for never, by label."""
    return dict(zip(cars.labels, cars.diagnostics["first_flag"][:, :, -1], strict=True))


def car_rows(cars: Comparison) -> list[str]:
    """Write of each learner when it found the flag, what it has seen and how it ends."""
    rows = [f"{'':15} reached  median first  plane seen         score at the end          -110 or better"]
    seen = dict(zip(cars.labels, cars.diagnostics["plane_seen"][:, :, -1], strict=True))
    for label, first in first_flags(cars).items():
        reached, ends = np.isfinite(first), cars[label][:, -1]
        middle = f"{np.median(first):9,.0f}" if reached.mean() > 0.5 else "        -"
        means = f"{mean_interval(seen[label]):4.0%}  {mean_interval(ends):6.1f}"
        rows.append(f"{label:15} {reached.sum():4} of 16 {middle}    {means} {(ends >= SOLVED).sum():6} of 16")
    return rows


def replay_changes(*cars: Comparison) -> dict[str, Interval]:
    """Return what prioritized replay changes against uniform, by measure, over the seeds of all that is given."""
    labels = "prioritized", "uniform"
    found = [np.concatenate([np.isfinite(first_flags(one)[label]).astype(float) for one in cars]) for label in labels]
    ends = [np.concatenate([one[label][:, -1] for one in cars]) for label in labels]
    solved = [(each >= SOLVED).astype(float) for each in ends]
    return {
        "score": mean_interval(ends[0] - ends[1]),
        "share that found the flag": share_difference(found[0], found[1]),
        "share that solved it": share_difference(solved[0], solved[1]),
    }


def replay_rows() -> list[str]:
    """Write these changes with their intervals: on seeds 0 to 15, on the next sixteen, and on all."""
    cars = measured("mountain car"), measured("other seeds")
    first, second, both = replay_changes(cars[0]), replay_changes(cars[1]), replay_changes(*cars)
    rows = [f"{'prioritized minus uniform':26} {'seeds 0 to 15':24} {'seeds 16 to 31':24} {'all 32':24}"]
    for name, one in first.items():
        verdict = Twice(one, second[name]).verdict()
        rows.append(f"{name:26} {one:+6.2f} {second[name]:+6.2f} {both[name]:+6.2f} {verdict}")
    return rows


PAIRS = ("prioritized", "uniform"), ("control, α = 0", "uniform"), ("prioritized", "control, α = 0")


def poles_said(poles: np.ndarray) -> dict[str, Any]:
    """Return what is said of tiles on CartPole: means and solved seeds, here and on 32 held-out seeds.

    Args:
        poles: each seed's score at the end, shape (seeds,).
    """
    fresh = RECORDS.held_out("tiles on CartPole")["tiles"]
    return {
        "mean": mean_interval(poles),
        "solved": (poles >= 475).sum(),
        "fresh": mean_interval(fresh),
        "fresh_solved": (fresh >= 475).sum(),
    }


def first_flag(agent: QAgent) -> float:
    """Return the step that first reached the flag, of a memory that holds all steps; infinity for never."""
    goals = np.flatnonzero(agent.memory.storage.terminated[: len(agent.memory)].numpy())
    return float(goals[0] + 1) if len(goals) else np.inf


def plane_seen(agent: QAgent) -> float:
    """Return the share of a 20 by 20 grid over the plane that an agent's memory has seen."""
    return float(pictures.was_there(agent.memory.storage.observations[: len(agent.memory)].numpy()).mean())


def _deep(seeds: range) -> Comparison:
    base = dataclasses.replace(CLIMB, memory_size=STEPS, learning_starts=1_000, priority_beta_steps=STEPS)
    ways: Any = {replay: dataclasses.replace(base, replay=replay) for replay in ("uniform", "prioritized")}
    return compare(ways, seeds, STEPS, None, 10, 100, (first_flag, plane_seen))


def _others(seeds: range) -> Comparison:
    return _deep(range(seeds.start + 16, seeds.stop + 16))


def _by_tiles(settings: Settings, start_value: float, seeds: range) -> np.ndarray:
    """Measure scores, first flag and plane seen, shape (3, seeds, checkpoints)."""

    def one(seed: int) -> list[tuple]:
        agent: Any = tiles.LinearQ(settings, coder(), seed, start_value)
        log = Logbook(make_env(settings))
        found: list[tuple] = []
        for _ in train(agent, steps=STEPS, env=log):
            while agent.steps >= STEPS // 10 * (len(found) + 1) and len(found) < 10:
                seen = pictures.was_there(np.array(log.seen)).mean()
                found.append((evaluate(agent, 100).mean(), log.first, seen))
        return found

    return np.moveaxis(np.array(hands.each(one, seeds)), 2, 0)


def _cars(seeds: range) -> Comparison:
    deep = _deep(seeds)
    settings = dataclasses.replace(LINEAR, learning_rate_steps=STEPS)
    linear = [_by_tiles(dataclasses.replace(settings, **changed), start, seeds) for changed, start in _TILES.values()]
    deeply = np.stack([deep.scores, *deep.diagnostics.values()])
    scores, *beside = np.concatenate([deeply, np.stack(linear, 1)], axis=1)
    return Comparison((*deep.labels, *_TILES), deep.steps, scores, (), dict(zip(deep.diagnostics, beside, strict=True)))


def _poles_by_tiles(seeds: range) -> dict[str, list[float]]:
    def balance(seed: int) -> float:
        grids = tiles.TileCoder(*tiles.CART_POLE, tilings=16, tiles=4)
        agent: Any = tiles.LinearQ(Settings(gamma=0.99, learning_rate=0.5, epsilon_episodes=20), grids, seed)
        for _ in train(agent, steps=20_000):
            pass
        return float(evaluate(agent, 100).mean())

    return {"tiles": hands.each(balance, seeds)}


def _dense(seeds: range) -> dict[str, np.ndarray]:
    wide = compare(DENSE, seeds, steps=5_000, checkpoints=10)
    ends = {f"{label}, at the end": end for label, end in wide.final().items()}
    return ends | {f"{label}, along the way": wide.over_training(label) for label in DENSE}


def _dense_differences(many: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    whens = "at the end", "along the way"
    return {
        f"{ours} minus {theirs}, {when}": many[f"{ours}, {when}"] - many[f"{theirs}, {when}"]
        for ours, theirs in PAIRS
        for when in whens
    }


RECORDS = Records(
    Path("records/sparse_rewards.json"),  # beside the notebook
    {
        "mountain car": Measurement(_cars, 16, "each examination on 100 unseen starts"),
        "other seeds": Measurement(_others, 16, "moved on by 16, the examination at the end on 100 unseen starts"),
        "tiles on CartPole": Measurement(
            _poles_by_tiles, 16, "20,000 steps, the end on 100 unseen starts", 32, no_claims
        ),
        "dense": Measurement(_dense, 64, "5,000 steps, 10 examinations on 20 unseen starts", 32, _dense_differences),
    },
)
measured = RECORDS.measured
