"""Exercise 7.3 of lesson 07: agents loaded from files that lacked one part, and what gives it away."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.memory import ReplayMemory
from qlib.core.network import build_optimizer
from qlib.core.settings import RECOMMENDED, Settings
from qlib.core.training import train
from qlib.show.table import Table

SETTINGS = Settings(**{**vars(RECOMMENDED), "learning_starts": 100})
BEFORE = 30  # episodes before the break


def _memory(agent: QAgent) -> None:
    agent.memory = ReplayMemory(agent.settings.memory_size)


def _optimizer(agent: QAgent) -> None:
    agent.optimizer = build_optimizer(agent.online, agent.settings)


def _epsilon(agent: QAgent) -> None:
    agent.epsilon = agent.settings.epsilon_start


def _random_state(agent: QAgent) -> None:
    agent.generator.manual_seed(1)


LOSES: dict[str, Callable[[QAgent], None]] = {
    "memory": _memory,
    "optimiser": _optimizer,
    "epsilon": _epsilon,
    "random state": _random_state,
}
AGENTS = {"A": "random state", "B": "optimiser", "C": "epsilon", "D": "memory"}  # what each one's file lacked


def files() -> Table:
    """Train an agent, break off, go on from each incomplete file, and lay out what can be seen."""
    whole = QAgent(SETTINGS)
    for _ in train(whole, episodes=BEFORE):
        pass
    rows = ["agent          transitions  epsilon  first update  the next three episodes"]
    for name, lost in {"never stopped": "", **AGENTS}.items():
        agent = copy.deepcopy(whole)
        if lost:
            LOSES[lost](agent)
        held, epsilon = len(agent.memory), agent.epsilon
        moved, steps = _go_on(agent)
        rows.append(f"{name:13}  {held:11,}  {epsilon:7.2f}  {moved:12.5f}  {', '.join(map(str, steps))}")
    return Table(*rows)


def _go_on(agent: QAgent) -> tuple[float, list[int]]:
    """Train three episodes; return how far the first update moved a weight in the mean, and the episodes' steps."""
    moves: list[float] = []
    update = agent.update

    def watched(batch) -> float:
        before = _weights(agent)
        loss = update(batch)
        moves.append(float(np.abs(_weights(agent) - before).mean()))
        return loss

    agent.update = watched  # type: ignore[method-assign]
    steps = [episode.steps for episode in train(agent, episodes=3)]
    return (moves or [float("nan")])[0], steps


def _weights(agent: QAgent) -> np.ndarray:
    return torch.cat([p.detach().flatten() for p in agent.online.parameters()]).numpy().copy()
