"""What lesson 04 tries: agents that are scored with some epsilon left on, and two buttons."""

from __future__ import annotations

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.settings import Settings
from qlib.core.training import exam, train

BRIEF = Settings(  # learns something within 500 steps
    observation_scale=(2.4, 2.0, 0.2095, 2.0), stick=-10.0, gamma=0.95, learning_rate=5e-3, epsilon_episodes=15
)


def made_up_states(n: int = 1_000) -> np.ndarray:
    """Draw states of CartPole's usual sizes, shape (n, 4), float32."""
    return np.random.default_rng(0).normal(scale=[0.5, 0.8, 0.1, 0.8], size=(n, 4)).astype(np.float32)


def favourites(agents: list[QAgent]) -> np.ndarray:
    """Say in which share of the made-up states each agent takes the action that it takes most often."""
    right = np.array([agent.q_values(made_up_states()).argmax(1).double().mean().item() for agent in agents])
    return np.maximum(right, 1 - right)


def trained(seeds: range = range(16), steps: int = 500) -> list[QAgent]:
    """Train one agent a seed for some steps, and to the end of the episode that reaches them."""
    agents = [QAgent(BRIEF, seed) for seed in seeds]
    for agent in agents:
        for _ in train(agent, steps=steps):
            pass
    return agents


def play(agent: QAgent, epsilon: float, episodes: int = 30, seed: int = 1_000_000) -> np.ndarray:
    """Play as `qlib.evaluate` does, but with an epsilon; return the steps of each episode."""
    rng = np.random.default_rng([seed, agent.seed])

    def policy(observations: np.ndarray) -> np.ndarray:
        actions = agent.greedy(observations)
        random = rng.random(episodes) < epsilon
        actions[random] = rng.integers(agent.n_actions, size=random.sum())
        return actions

    return exam(policy, agent.settings, range(seed, seed + episodes))


def one_start(agent: QAgent, epsilon: float, seed: int = 1) -> int:
    """Play one episode from one start; return its steps."""
    env = make_env(BRIEF)
    observation, _ = env.reset(seed=seed)
    over, steps = False, 0
    while not over:
        observation, _, terminated, truncated, _ = env.step(agent.act(observation, epsilon))
        over, steps = terminated or truncated, steps + 1
    return steps


def is_an_action(number: torch.Tensor) -> bool:
    """Say whether a number could be an action of CartPole's."""
    return bool(number < 2)


def alike(scores: dict[float, set[int]]) -> str:
    """Say with which of two epsilons all scores are the same, in the question's words."""
    same = [f"only with epsilon {epsilon:g}" for epsilon, found in scores.items() if len(found) == 1]
    return "with both" if len(same) == 2 else (same or ["with neither"])[0]


def how_long(steps: float, others: float) -> str:
    """Say how long some steps are beside others, in the question's words."""
    times = steps / others
    return "more than twice as long" if times > 2 else "about as long" if times > 0.75 else "half as long"


def blank() -> QAgent:
    """Make an agent to which every state is a tie: all weights are zero."""
    agent = QAgent(BRIEF, seed=0)
    for parameter in agent.online.parameters():
        parameter.data.zero_()
    return agent


def buttons(epsilons: np.ndarray, floor: float = 0.0, runs: int = 1_000, seed: int = 0) -> np.ndarray:
    """Press one of two buttons, once for each epsilon; say of each run whether it ends with the better one.

    The first pays 0.5. The second pays 0.2 for 1,000 presses, and 1.0 from then on. No epsilon is below the floor.
    """
    rng = np.random.default_rng(seed)
    values, everyone = np.zeros((runs, 2)), np.arange(runs)
    for press, epsilon in enumerate(np.maximum(epsilons, floor)):
        pays = np.array([0.5, 0.2 if press < 1_000 else 1.0])
        random = rng.random(runs) < epsilon
        actions = np.where(random, rng.integers(2, size=runs), values.argmax(1))
        values[everyone, actions] += 0.1 * (pays[actions] - values[everyone, actions])
    return values.argmax(1) == 1
