"""Lesson 16's four recipes: the original's, its lecture's, a paper's and ours; and what the paper adds, one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import nn

from qlib.core.agent import QAgent
from qlib.core.network import QNetwork, build_optimizer, mix
from qlib.core.settings import ORIGINAL, RECOMMENDED, Settings
from qlib.core.training import evaluate, train
from qlib.engine.ensemble import Ensemble

STEPS, SEEDS = 50_000, 16
AT = np.linspace(0, STEPS, 21).astype(int)[1:]
"""After how many environment steps each recipe is examined."""

PAPER = Settings(
    stick=-100.0,
    gamma=0.95,
    memory_size=2_000,
    batch_size=24,
    learning_rate=1e-3,
    epsilon_episodes=50,
    target_network="hard",
    target_every=10**9,  # never by itself: `paper` mixes once an episode
)
"""Kumar 2020 (arXiv 2006.04938); the rate and epsilon's fall are ours, for the paper leaves them open."""

LECTURE = dataclasses.replace(ORIGINAL, learning_starts=STEPS // 10)
"""The lecture notes that the original took numbers from; see `lecture`."""

RECIPES = {"original": ORIGINAL, "lecture": LECTURE, "paper": PAPER, "recommended": RECOMMENDED}

ON_200 = dataclasses.replace(PAPER, env_id="CartPole-v0")
"""The paper's own task: 200 steps, solved at a mean of 195."""

ADDED = {
    "DQN": (ON_200, False),
    "+ Double": (dataclasses.replace(ON_200, double=True), False),
    "+ dueling": (dataclasses.replace(ON_200, double=True), True),
    "+ prioritized": (dataclasses.replace(ON_200, double=True, replay="prioritized"), True),
}
"""What the paper adds, one after the other: settings, and whether the network is a dueling one."""


def paper(
    agent: QAgent, episodes: int | None = None, steps: int | None = None, at: Sequence[int] = ()
) -> tuple[list[float], list[float]]:
    """Train an agent as the paper does; return its training episodes' returns, and its scores after `at` steps."""
    returns: list[float] = []
    scores: list[float] = []
    assert agent.target is not None
    for episode in train(agent, episodes=episodes, steps=steps):
        mix(agent.target, agent.online, 0.1)  # one soft update an episode
        returns.append(episode.score)
        while len(scores) < len(at) and agent.steps >= at[len(scores)]:
            scores.append(evaluate(agent, 20).mean())
    return returns, scores


def lecture(seeds: Sequence[int], steps: int, at: Sequence[int]) -> np.ndarray:
    """Train as the lecture does: explore for a tenth, learn until seven tenths, then only act.

    Returns:
        Greedy scores, shape (seeds, len(at)).
    """
    ensemble = Ensemble([QAgent(LECTURE, seed) for seed in seeds])
    scores: list[np.ndarray] = []
    for step in range(1, steps + 1):
        if step <= steps // 10:
            for agent in ensemble.agents:
                agent.epsilon = 1.0  # explore; `learning_starts` holds the updates back
        learns = step <= 7 * steps // 10
        if learns:
            ensemble.step()
        if step in at:
            scores.append(ensemble.evaluate() if learns else scores[-1])
    return np.transpose(scores)


class Dueling(QNetwork):
    """A network that estimates the state's value and each action's advantage apart (Wang et al. 2016)."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.value = nn.Linear(cast(nn.Linear, self.layers[-1]).in_features, 1)
        nn.init.zeros_(self.value.weight)
        nn.init.zeros_(self.value.bias)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Add the advantages, less their mean, to the value: shape (B, A)."""
        hidden = self.layers[:-1](observations)
        advantage = self.layers[-1](hidden)  # (B, A)
        return self.value(hidden) + advantage - advantage.mean(1, keepdim=True)


def build(settings: Settings, seed: int, dueling: bool = False) -> QAgent:
    """Make an agent, with dueling networks if asked."""
    agent = QAgent(settings, seed)
    if dueling:
        agent.online, agent.target = (
            Dueling(4, 2, settings.hidden, None, torch.Generator().manual_seed(seed)) for _ in range(2)
        )
        agent.target.eval()
        agent.optimizer = build_optimizer(agent.online, settings)
    return agent
