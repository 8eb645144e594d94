"""What lesson 05 trains: one run that is kept in order, and agents that learn from the news or from everything."""

from __future__ import annotations

import dataclasses

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.memory import Batch
from qlib.core.settings import Settings
from qlib.core.training import evaluate, train
from qlib.study.statistics import Interval, mean_interval

BRIEF = Settings(  # learns something within a thousand steps
    observation_scale=(2.4, 2.0, 0.2095, 2.0), stick=-10.0, gamma=0.95, learning_rate=5e-3, epsilon_episodes=15
)
WAYS = {  # two settings, both sensible
    "gamma 0.98, rate 0.002": {"gamma": 0.98, "learning_rate": 2e-3},
    "gamma 0.95, rate 0.005": {"gamma": 0.95, "learning_rate": 5e-3},
}
POOLS = {"last 64 only": 64, "everything so far": 10_000}  # a memory of 64 is the last 64 steps


def kept_in_order(steps: int = 2_000, seed: int = 1) -> tuple[Batch, np.ndarray]:
    """Train an agent and return its transitions in order, and the number of the episode of each, shape (steps,)."""
    recorder = QAgent(BRIEF, seed)
    lengths = [episode.steps for episode in train(recorder, steps=steps)]
    log = Batch(*(column[:steps] for column in recorder.memory.storage))  # the ring never came round
    return log, np.repeat(np.arange(len(lengths)), lengths)[:steps]  # the last episode went on beyond


def score(memory_size: int, seed: int, **changes) -> float:
    """Train for 1,000 steps, an update of 64 after each; return the mean steps of the greedy policy in 30 episodes."""
    agent = QAgent(dataclasses.replace(BRIEF, memory_size=memory_size, **changes), seed)
    env = make_env(BRIEF)
    observation, _ = env.reset(seed=seed)
    for step in range(1_000):
        action = agent.act(observation, epsilon=max(0.05, 1 - step / 250))
        following, reward, terminated, truncated, _ = env.step(action)
        agent.remember(observation, action, float(reward), following, terminated)
        agent.learn()  # does nothing until there are 64
        observation = env.reset()[0] if terminated or truncated else following
    assert agent.updates == 1_000 - 63  # whatever the memory: as many draws of as many
    return float(evaluate(agent, 30).mean())


def scores(seeds: int = 16) -> dict[str, np.ndarray]:
    """Return the scores of each pool in each setting, by "setting: pool", shape (seeds,)."""
    return {
        f"{way}: {pool}": np.array([score(size, seed, **changes) for seed in range(seeds)])
        for way, changes in WAYS.items()
        for pool, size in POOLS.items()
    }


def pools(scores: dict[str, np.ndarray], way: str) -> dict[str, np.ndarray]:
    """Pick the scores of both pools in one setting, by pool."""
    return {pool: scores[f"{way}: {pool}"] for pool in POOLS}


def gain(scores: dict[str, np.ndarray]) -> Interval:
    """Subtract the last 64's scores from everything's, seed by seed, and average."""
    recent, everything = scores.values()
    return mean_interval(everything - recent)


def better(scores: dict[str, np.ndarray]) -> str:
    """Say which of two pools scores higher over the seeds, or that the interval of the difference holds zero."""
    verdicts = {"above": "everything so far", "below": "the last 64", "open": "no difference shows"}
    return verdicts[gain(scores).verdict()]


def becomes(early: float, late: float) -> str:
    """Say what becomes of a share, in the question's words."""
    return "it falls" if late < early else "it rises" if late > early else "it stays"


def kept(remembered: list[np.ndarray]) -> str:
    """Say which of three observations a list holds, in the question's words; they begin with 0, 1 and 2."""
    words = {0: "three times the first", 2: "three times the newest"}
    held = {int(each[0]) for each in remembered}
    return words[held.pop()] if len(held) == 1 else "all three observations"
