"""What lesson 14 measured over many seeds: read from its record, or measured again; a quarter of an hour in all."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.presets import MINATAR
from qlib.core.settings import Settings
from qlib.core.training import train
from qlib.lessons.from_images import camera, towers
from qlib.lessons.from_images.ball import ENV_ID, ceiling
from qlib.show.drawing import Drawing
from qlib.show.intervals import intervals
from qlib.show.marks import Rule
from qlib.show.shapes import Words
from qlib.study import hands
from qlib.study.compare import compare
from qlib.study.held_out import (
    Differences,
    Measurement,
    Records,
    Twice,
    against,
    against_the_first,
    no_claims,
    strictly,
)
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, share_difference

BOUNCE = Settings(
    env_id=ENV_ID,
    network="conv",
    filters=((8, 3, 1),),
    hidden=(32,),
    frames=2,
    learning_rate=5e-3,
    gamma=0.0,
    batch_size=128,
    memory_size=5_000,
    steps_per_update=6,
    epsilon_steps=500,
)
"""For the ball: one convolution, one dense layer. Where the ball goes depends on no action, so gamma is 0."""
BY_FRAMES = {
    f"{kind}, {frames} frame{'s' * (frames > 1)}": dataclasses.replace(settings, frames=frames)
    for kind, settings in {
        "conv": BOUNCE,
        "dense": dataclasses.replace(BOUNCE, network="plain", hidden=(66,)),  # about as many parameters
    }.items()
    for frames in (1, 2)
}
STEPS, DEPTHS, FITS = 1_200, (2, 6, 12), 100
LEARNED = 0.95
"""From which share on a table counts as learned."""
SHORT, LONG, CART = 100_000, 500_000, 6_000  # steps of a game, and of CartPole from pictures


def by_frames(found: Comparison) -> Drawing:
    """Draw what the four agents catch at the end, and the most that there is to catch."""
    drawn = intervals({"16 seeds": found.final()}, "balls caught, of 9")
    one, two = ceiling(1), ceiling(2)
    top = len(found.labels) - 0.5
    return drawn.with_marks(
        Rule(one, "y", colour="faint", dash=1),
        Words(one, top, "one frame", "faint", "end", right=-5),  # to its left: the other line is near
        Rule(two, "y", "two", "faint", 2),
    )


def seen_cart(found: Comparison) -> Drawing:
    """Draw how long both agents balance at the end, of the 500 steps that there are."""
    return intervals({"16 seeds": found.final()}, "mean greedy score")


def _frames(seeds: range) -> Comparison:
    return compare(BY_FRAMES, seeds, steps=STEPS, checkpoints=4)


def _by_frames(found: Comparison) -> Differences:
    ends = found.final()
    pairs = {
        "conv, 2 frames": "conv, 1 frame",
        "dense, 2 frames": "dense, 1 frame",
    }
    beside = ends["conv, 2 frames"] - ends["dense, 2 frames"]
    return {**against(pairs)(ends), "conv, 2 frames minus dense, 2 frames": beside}


def _depths(seeds: range) -> dict[str, np.ndarray]:
    table = towers.task()

    def share(depth: int, kind: str, seed: int) -> float:
        network = towers.tower(depth, seed=seed, **towers.WAYS[kind])
        towers.fit(network, *table, FITS)
        return towers.right(network, *table)

    return {
        f"{depth}, {kind}": np.array(hands.each(functools.partial(share, depth, kind), seeds))
        for depth in DEPTHS
        for kind in towers.WAYS
    }


def learned() -> dict[str, Twice]:
    """Return by depth and way on how many more seeds the table is learned than by plain towers, as a share.

    A mean over seeds that are all at the top has no interval; a share has one.
    """
    sets = RECORDS.measured("depths"), RECORDS.held_out("depths")
    plain, *others = towers.WAYS
    rows = [(depth, other) for depth in DEPTHS for other in others]
    found = {}
    for depth, other in rows:

        def more(
            shares: Mapping[str, np.ndarray], confidence: float, depth: int = depth, other: str = other
        ) -> Interval:
            ours, theirs = ((shares[f"{depth}, {kind}"] >= LEARNED).astype(float) for kind in (other, plain))
            return share_difference(ours, theirs, confidence)

        found[f"depth {depth}, {other}"] = strictly(more, *sets, len(rows))
    return found


def _kept(seeds: range) -> dict[str, np.ndarray]:
    kinds: dict[str, Callable] = {
        "dense": towers.dense,
        "convolutions": lambda seed: towers.tower(2, False, seed),
        "residual": lambda seed: towers.tower(2, True, seed),
    }
    return {name: np.array([towers.kept(make, seed)[1] for seed in seeds]) for name, make in kinds.items()}


def game(settings: Settings, steps: int) -> Callable[[range], dict[str, np.ndarray]]:
    """Make the measurement of a game: the mean return of the last 100 training episodes, at ten moments."""
    name = settings.env_id.split("/")[-1]

    def one(seed: int) -> np.ndarray:
        scores: list[float] = []
        means: list[float] = []
        agent = QAgent(settings, seed)
        for episode in train(agent, steps=steps):
            scores.append(episode.score)
            while len(means) < 10 and agent.steps >= steps // 10 * (len(means) + 1):
                means.append(float(np.mean(scores[-100:])))
        return np.array(means)

    def of(seeds: range) -> dict[str, np.ndarray]:
        return {name: np.array(hands.each(one, seeds))}

    return of


def _cart(seeds: range) -> Comparison:
    return compare(camera.BY_FRAMES, seeds, steps=CART, checkpoints=(CART,))


def _at_the_end(found: Comparison) -> Differences:
    return against_the_first(found.final())


_TABLE = f"{FITS} updates on the ball's whole table, the share that is right then"
_RETURNS = "mean return of the last 100 training episodes at ten moments"
RECORDS = Records(
    Path("records/from_images.json"),  # beside the notebook
    {
        "frames": Measurement(_frames, 16, "each examination on 20 unseen starts", 32, _by_frames),
        "depths": Measurement(_depths, 16, _TABLE, 32, no_claims),
        "kept": Measurement(_kept, 16, "200 updates on the upper half, then 200 on the lower: the share kept of it"),
    },
)
measured = RECORDS.measured
SLOWLY: dict[str, Any] = {"epsilon_steps": SHORT}  # as Young and Tian 2019
GAMES = Records(
    Path("records/from_images.json"),
    {
        "breakout, 100,000 steps": Measurement(game(MINATAR, SHORT), 16, _RETURNS, 32, no_claims, together=2),
        "breakout, 500,000 steps": Measurement(
            game(dataclasses.replace(MINATAR, **SLOWLY), LONG), 16, _RETURNS, 32, no_claims, together=2
        ),
        "space invaders, 500,000 steps": Measurement(
            game(dataclasses.replace(MINATAR, env_id="MinAtar/SpaceInvaders-v1", **SLOWLY), LONG),
            16,
            _RETURNS,
            32,
            no_claims,
            together=2,
        ),
        "cart": Measurement(
            _cart, 16, f"{CART:,} steps, the examination at the end on 20 unseen starts", 32, _at_the_end
        ),
    },
)
"""An hour, or hours: a seed of a game takes some twenty minutes, so they are kept two by two."""
