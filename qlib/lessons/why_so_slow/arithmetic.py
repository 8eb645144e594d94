"""The arithmetic that an update has to do, how fast this processor does it, and what else an update takes."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import NamedTuple

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import ORIGINAL
from qlib.lessons.why_so_slow.stopwatch import turn_about

RATED = (8, 24, 64, 128, 256, 512)  # widths at which the processor is timed
WIDTHS = (256, 128, 64, 24)
BATCHES = (1024, 256, 64)


def multiply_adds(width: int, batch: int, n_observations: int = 4, n_actions: int = 2) -> int:
    """Return the multiply-adds of one update of a network with two hidden layers of this width."""
    first, rest = n_observations * width, width * width + width * n_actions
    target = online = gradient = first + rest
    below = rest  # nobody asks for the gradient of the observations
    return batch * (target + online + gradient + below)


class Speed(NamedTuple):
    """Multiply-adds in a microsecond, by the width of the matrices; shape (widths,)."""

    rates: np.ndarray

    def microseconds(self, width: int, batch: int) -> float:
        """Return how long the multiply-adds of one update take at the speed of matrices of this width."""
        return float(multiply_adds(width, batch) / np.interp(np.log(width), np.log(RATED), self.rates))


def measure_speed(rows: int = 64, rounds: int = 9) -> Speed:
    """Let NumPy multiply stacks of matrices, so many that the call itself costs next to nothing."""
    counts = {width: max(1, 10_000_000 // (rows * width**2)) for width in RATED}  # so that each takes about as long
    stacks = {
        width: (np.ones((n, rows, width), np.float32), np.ones((n, width, width), np.float32))
        for width, n in counts.items()
    }
    times = turn_about({str(width): partial(np.matmul, *both) for width, both in stacks.items()}, rounds)
    return Speed(np.array([n * rows * width**2 / min(times[str(width)]) for width, n in counts.items()]))


class Sizes(NamedTuple):
    """What one update takes at each size, in microseconds: (way, width, batch) to the median of the rounds."""

    speed: Speed
    times: dict[tuple[str, int, int], float]

    def rest(self, way: str, width: int, batch: int) -> float:
        """Return what an update takes beside its multiply-adds, at least 0."""
        return max(0.0, self.times[way, width, batch] - self.speed.microseconds(width, batch))

    def growth(self, small: tuple[int, int], large: tuple[int, int]) -> tuple[str, dict[str, float]]:
        """Compare two sizes, each a width and a batch.

        Returns:
            How the compiled update's rest grows, in the words of the lesson's question, and the numbers of its answer.
        """
        times = multiply_adds(*large) / multiply_adds(*small)
        rest, torch = (self.rest(way, *large) / max(self.rest(way, *small), 1e-3) for way in ("compiled", "PyTorch"))
        words = {1: "not at all", 10: "some ten times", 100: "some hundred times", times: "as the multiply-adds do"}
        nearest = min(words, key=lambda known: abs(np.log(known / max(rest, 0.1))))
        return words[nearest], {"times": times, "rest": rest, "torch": torch}


def measure_sizes(collector: QAgent, speed: Speed, rounds: int = 5) -> Sizes:
    """Time qlib's update, readable and compiled, with wider layers and larger batches, turn about."""
    ways = {
        (way, width, batch): _learner_of(collector, width, batch, way == "compiled").learn
        for way in ("PyTorch", "compiled")
        for width in WIDTHS
        for batch in BATCHES
    }
    times = turn_about({str(size): learn for size, learn in ways.items()}, rounds, milliseconds=4)
    return Sizes(speed, {size: float(np.median(times[str(size)])) for size in ways})


def _learner_of(collector: QAgent, width: int, batch: int, compiled: bool) -> QAgent:
    settings = dataclasses.replace(ORIGINAL, hidden=(width, width), batch_size=batch, compiled=compiled)
    agent = QAgent(settings, seed=0)
    agent.memory = collector.memory
    return agent
