"""Does faster change what is learned? The compiled update, the readable one, and the smallest change there is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.settings import ORIGINAL
from qlib.lessons.why_so_slow.ways import flat

EVERY = 20  # updates between two looks at the weights


def nudge(agent: QAgent, seed: int) -> QAgent:
    """Move each of an agent's weights up or down to the next number that float32 can hold; return the agent."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in agent.online.parameters():
        away = torch.randint(2, parameter.shape, generator=generator) * 2.0 - 1
        parameter.data = torch.nextafter(parameter.data, 9 * away)
    return agent


def path(agent: QAgent, updates: int = 1_000) -> np.ndarray:
    """Let an agent learn; return its weights at first and after every 20 updates, shape (looks, weights)."""
    weights = [flat(agent.online)]
    for update in range(1, updates + 1):
        agent.learn()
        if update % EVERY == 0:
            weights.append(flat(agent.online))
    return np.array(weights)


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return how far two paths are apart after each look, as a share of the way that the first has gone."""
    return np.abs(a - b).max(1)[1:] / np.abs(a - a[0]).max(1)[1:]


def gaps(memory: object, seed: int, nudges: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Measure how far others part from a compiled agent that learns from a memory.

    Args:
        memory: a ReplayMemory, which nothing changes.
        seed: of all the agents, so that they begin alike and draw the same batches.
        nudges: how many agents begin with each weight in another last digit.

    Returns:
        The gap of the readable agent, shape (looks,), and those of the nudged, shape (nudges, looks).
    """

    def fresh(compiled: bool = True) -> QAgent:
        agent = QAgent(dataclasses.replace(ORIGINAL, compiled=compiled), seed=seed)
        agent.memory = memory  # type: ignore[assignment]
        return agent

    first = path(fresh())
    others = [apart(first, path(nudge(fresh(), i))) for i in range(1, nudges + 1)]
    return apart(first, path(fresh(compiled=False))), np.array(others)


def further(found: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> tuple[str, int]:
    """Say who ends further from the compiled agent on most seeds, and on how many of them.

    Args:
        found: seed to what `gaps` returns.
    """
    readable = sum(bool(own[-1] > others[:, -1].max()) for own, others in found.values())
    if readable > len(found) / 2:
        return "the readable agent", readable
    return "the most distant of the nudged ones", len(found) - readable


def largest(found: Mapping[int, tuple[np.ndarray, np.ndarray]], updates: int) -> float:
    """Return the readable agent's largest gap after so many updates, over the seeds."""
    return float(max(own[updates // EVERY - 1] for own, _ in found.values()))
