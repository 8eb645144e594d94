"""Table 9: one recipe in other environments, beside Stable-Baselines3 with the settings that its zoo tuned for each."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch

import qlib
from benchmarks.timing import is_installed, spread, table
from qlib.engine.ensemble import Ensemble
from qlib.study.held_out import CONFIRMING
from qlib.study.statistics import share_interval

STEPS = {"Acrobot-v1": 40_000, "MountainCar-v0": 60_000, "LunarLander-v3": 100_000}
"""Environment steps of our run; what the zoo's takes stands with its settings."""
BROAD: dict[str, Any] = {"policy_kwargs": {"net_arch": [256, 256]}}
ZOO: dict[str, tuple[int, dict[str, Any]]] = {  # rl-baselines3-zoo at 22e3ff2, hyperparams/dqn.yml: steps, and the rest
    "Acrobot-v1": (
        100_000,
        {
            "learning_rate": 6.3e-4,
            "batch_size": 128,
            "buffer_size": 50_000,
            "learning_starts": 0,
            "gamma": 0.99,
            "target_update_interval": 250,
            "train_freq": 4,
            "gradient_steps": -1,
            "exploration_fraction": 0.12,
            "exploration_final_eps": 0.1,
        },
    ),
    "MountainCar-v0": (
        120_000,
        {
            "learning_rate": 4e-3,
            "batch_size": 128,
            "buffer_size": 10_000,
            "learning_starts": 1_000,
            "gamma": 0.98,
            "target_update_interval": 600,
            "train_freq": 16,
            "gradient_steps": 8,
            "exploration_fraction": 0.2,
            "exploration_final_eps": 0.07,
        },
    ),
}
ZOO["LunarLander-v3"] = ZOO["Acrobot-v1"]  # the zoo has the same numbers for both


class Ended(NamedTuple):
    """Agents of one environment at the end of their training."""

    scores: np.ndarray  # (agents,): mean greedy returns over 100 unseen starts
    steps: int
    seconds: float  # of one core for the training of an agent


def ours(env_id: str, seeds: range) -> Ended:
    """Train our agents together on the recipe that was carried over."""
    settings = qlib.carry_over(env_id, STEPS[env_id])
    started = time.process_time()
    ensemble = Ensemble([qlib.QAgent(settings, seed) for seed in seeds])
    while ensemble.steps < STEPS[env_id]:
        ensemble.step()
    seconds = (time.process_time() - started) / len(seeds)
    scores = np.where(ensemble.alive, ensemble.evaluate(starts=100), -np.inf)
    return Ended(scores, STEPS[env_id], seconds)


def theirs(env_id: str, seeds: range) -> Ended:
    """Train Stable-Baselines3's DQN with its zoo's settings for the environment, examined in the same way."""
    from stable_baselines3 import DQN

    steps, settings = ZOO[env_id]
    scores, seconds = [], 0.0
    for seed in seeds:
        started = time.process_time()
        model = DQN("MlpPolicy", env_id, **settings, **BROAD, seed=seed, device="cpu").learn(steps)
        seconds += time.process_time() - started

        def greedy(observations: np.ndarray, network: Any = model.q_net) -> np.ndarray:
            with torch.no_grad():
                return network(torch.as_tensor(observations)).argmax(1).numpy()

        starts = range(1_000_000, 1_000_100)
        scores.append(qlib.core.training.exam(greedy, qlib.Settings(env_id=env_id), starts).mean())
    return Ended(np.array(scores), steps, seconds / len(seeds))


def row(name: str, env_id: str, ended: Ended) -> list[str]:
    """Write a row of the table: how many agents reach gymnasium's own bar."""
    bar = gym.spec(env_id).reward_threshold
    n, solved = len(ended.scores), int((ended.scores >= bar).sum())
    share = f"{solved} of {n}, {share_interval(solved, n):.2f}"
    return [env_id, name, f"{ended.steps:,}", share, spread(ended.scores, 0), f"{bar:g}", f"{ended.seconds:.0f}"]


def report(seeds: int = 10, peers: int = 5) -> str:
    """Write table 9."""
    rows = []
    for env_id in STEPS:
        if env_id.startswith("Lunar") and not is_installed("Box2D"):
            rows.append([env_id, 'not installed: pip install -e ".[box2d]"', "", "", "", "", ""])
            continue
        rows.append(row("carried over", env_id, ours(env_id, range(CONFIRMING, CONFIRMING + seeds))))
        if is_installed("stable_baselines3"):
            found = theirs(env_id, range(CONFIRMING, CONFIRMING + peers))
            rows.append(row("Stable-Baselines3, zoo", env_id, found))
    return written(rows)


def written(rows: list[list[str]]) -> str:
    """Write the table, with what it says."""
    head = ["", "", "steps", "agents that reach the bar at the end", "score at the end", "bar", "core seconds an agent"]
    return (
        "`qlib.carry_over(env_id, steps)`: `RECOMMENDED` with scales and schedules that it finds by itself, no number "
        "chosen for an environment. Beside it Stable-Baselines3's DQN with the settings that its zoo tuned for each. "
        "Held-out seeds from 5000 up; the score is the mean greedy return over 100 unseen starts at the end, as median "
        "(minimum to maximum) over agents; the bar is the one that gymnasium registers. Our agents train together on "
        "one core.\n\n" + table(head, rows)
    )
