"""Lesson 16's agent of your own: loaded, and put beside the recipes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import RECOMMENDED
from qlib.core.training import train
from qlib.show.table import Table
from qlib.study.result import Comparison


def my_agent(path: Path) -> QAgent:
    """Load an agent of CartPole-v1.

    Raises:
        ValueError: if it is an agent of another environment.
    """
    agent = QAgent.load(path)
    if agent.settings.env_id != "CartPole-v1":
        raise ValueError(
            f"{path} holds an agent for {agent.settings.env_id}. The recipes play CartPole-v1, so its scores cannot "
            "stand beside theirs: save one of CartPole-v1, or change MY_RUN."
        )
    return agent


def mine_or_new(path: Path) -> tuple[QAgent, str]:
    """Load your agent if there is one, else train one for a second; return it, and what to call it."""
    if path.exists():
        return my_agent(path), "your agent"
    agent = QAgent(RECOMMENDED, seed=100)
    for _ in train(agent, steps=4_000):
        pass
    return agent, "an agent trained just now"


def beside(result: Comparison, steps: int, score: float, name: str) -> Table:
    """Say of how many seeds of each recipe an agent is above, at the examination nearest to its steps.

    Args:
        result: the recipes.
        steps: the environment steps of the agent.
        score: its mean greedy score on the starts of the examinations.
        name: what to call it.
    """
    first, last = result.steps[[0, -1]]
    head = f"{name}: {score:.1f} after {steps:,} steps"
    if steps < first / 2:
        return Table(
            f"{head}. The recipes were first examined after {first:,}: nothing",
            "of theirs is as young. Train it longer, save it again, and run this again.",
        )
    nearest = int(np.abs(result.steps - steps).argmin())
    scores = {label: result[label][:, nearest] for label in result.labels}
    rows = [f"{head}. The recipes after {result.steps[nearest]:,}:", f"  {'':12} below it   level   above it"]
    for label, theirs in scores.items():
        below, level, above = (theirs < score).sum(), (theirs == score).sum(), (theirs > score).sum()
        rows.append(f"  {label:12} {below:8} {level:7} {above:10}")
    if steps > last:
        rows.append(f"It had more steps than the recipes' {last:,}: so it had the better chance.")
    return Table(*rows)
