"""Clocks: one with laps that says where the time goes, and one that is fair to several ways of doing a thing."""

from __future__ import annotations

import collections
import os
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch


class Stopwatch(collections.defaultdict[str, float]):
    """Seconds by part: `lap(part)` books the time since the last lap, or since `start`, under that part."""

    def __init__(self) -> None:
        super().__init__(float)

    def start(self) -> None:
        """Begin a lap."""
        self.last = time.perf_counter()

    def lap(self, part: str) -> None:
        """End a lap and begin the next."""
        now = time.perf_counter()
        self[part] += now - self.last
        self.last = now


def turn_about(
    ways: Mapping[str, Callable[[], object]], rounds: int = 15, milliseconds: float = 8.0
) -> dict[str, np.ndarray]:
    """Time several functions in turns, so that a busy moment of the machine hits all of them.

    Args:
        ways: name to function; each is called once before, untimed.
        rounds: how often each has its turn.
        milliseconds: a turn makes as many calls as take about so long.

    Returns:
        Name to microseconds per call, shape (rounds,).
    """
    times, calls = {name: np.zeros(rounds) for name in ways}, {}
    for name, function in ways.items():
        function()
        calls[name] = max(1, round(milliseconds / 1e3 / seconds(function)))
    for i in range(rounds):
        for name, function in ways.items():
            times[name][i] = seconds(function, calls[name]) / calls[name] * 1e6
    return times


def seconds(function: Callable[[], object], calls: int = 1) -> float:
    """Return how long some calls take together."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - start


def medians(times: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the median of each way's rounds."""
    return {name: float(np.median(rounds)) for name, rounds in times.items()}


def cores() -> int:
    """Return how many processor cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def all_cores(function: Callable[[], object], rounds: int = 3) -> tuple[str, dict[str, float]]:
    """Time a function with one thread of PyTorch and with one for each core, twice each; put the number back.

    Returns:
        What more threads do to it, in the words of the lesson's question, and the numbers of its answer.
    """
    before, times = torch.get_num_threads(), {}
    try:
        for n, name in ((1, "one"), (cores(), "all"), (1, "one again"), (cores(), "all again")):
            torch.set_num_threads(n)  # not within a turn: threads that wait for work would disturb the next one
            times[name] = turn_about({"": function}, rounds)[""]
    finally:
        torch.set_num_threads(before)
    median = medians({name: np.r_[times[name], times[f"{name} again"]] for name in ("one", "all")})
    ratio = median["all"] / median["one"]
    said = "it becomes faster" if ratio < 0.9 else "it becomes slower" if ratio > 1.1 else "hardly anything"
    return said, {"cores": cores(), "ratio": ratio}


def first_call(function: Callable[[], object]) -> tuple[str, dict[str, float]]:
    """Time a function's first call, and later ones.

    Returns:
        How many times as long the first one is, in the words of the lesson's question, and the numbers of its answer.
    """
    first = seconds(function)
    later = medians(turn_about({"": function}))[""]
    ratio = first * 1e6 / later
    said = "less than 10 times" if ratio < 10 else "10 to 1,000 times" if ratio < 1_000 else "more than 1,000 times"
    return said, {"seconds": first, "later": later}
