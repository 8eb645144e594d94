"""What a memory costs: a ring of tensors beside a deque of tuples of small tensors, as the original notebook has it."""

from __future__ import annotations

import collections
import random
import timeit
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import psutil
import torch

from qlib.core.memory import Batch, ReplayMemory


class Price(NamedTuple):
    """Bytes a transition, and seconds a batch of 64."""

    bytes: float
    seconds: float


def from_deque(deque: Sequence, places: Sequence[int]) -> Batch:
    """Stack the transitions at these places of a deque into a Batch."""
    return Batch(*(torch.stack(column) for column in zip(*(deque[i] for i in places), strict=True)))


def prices(n: int = 20_000) -> dict[str, Price]:
    """Measure both with n transitions."""
    ring: ReplayMemory = ReplayMemory(n)
    before = psutil.Process().memory_info().rss
    deque: collections.deque = collections.deque(maxlen=n)
    for i in range(n):
        here, there = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0.5, 0.6, 0.7, 0.8])
        deque.append((here, torch.tensor(i % 2), torch.tensor(1.0), there, torch.tensor(False)))
        ring.push(here, i % 2, 1.0, there, False)
    grown = psutil.Process().memory_info().rss - before - ring.nbytes
    draw = random.Random(0)
    return {
        "ring": Price(ring.nbytes / n, _seconds(lambda: ring.sample(64))),
        "deque": Price(grown / n, _seconds(lambda: from_deque(deque, draw.sample(range(n), 64)))),
    }


def is_dear(prices: Mapping[str, Price]) -> bool:
    """Say whether a transition in the deque takes more than ten times the bytes of one in the ring."""
    return prices["deque"].bytes > 10 * prices["ring"].bytes


def _seconds(function: Callable) -> float:
    return min(timeit.repeat(function, number=200, repeat=5)) / 200  # the least disturbed of five
