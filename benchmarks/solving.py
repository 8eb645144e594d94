"""Tables 2 and 3: how soon and how surely agents learn, and the original's whole run."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import torch

import qlib
from benchmarks.timing import is_installed, spread, table

SOLVED = 475.0


class Run(NamedTuple):
    """Training seconds and mean greedy score at each examination, each of shape (examinations,)."""

    seconds: np.ndarray
    scores: np.ndarray

    @property
    def first(self) -> int | None:
        """The number of the first examination that was passed."""
        passed = np.flatnonzero(self.scores >= SOLVED)
        return int(passed[0]) if len(passed) else None


def run(settings: qlib.Settings, seed: int, steps: int, every: int) -> Run:
    """Train one of our agents and examine it every so many steps; examining is not training time."""
    agent = qlib.QAgent(settings, seed=seed)
    seconds, scores, spent = [], [], 0.0
    started = time.perf_counter()
    for _ in qlib.train(agent, steps=steps):
        if agent.steps >= every * (len(scores) + 1) or agent.steps >= steps:
            spent += time.perf_counter() - started
            seconds.append(spent)
            scores.append(qlib.evaluate(agent).mean())
            started = time.perf_counter()
    return Run(np.array(seconds), np.array(scores))


def run_stable_baselines(seed: int, steps: int = 50_000, every: int = 1_000) -> Run:
    """Train Stable-Baselines3's DQN with its zoo's hyperparameters, examined in the same way."""
    from stable_baselines3 import DQN
    from stable_baselines3.common.callbacks import BaseCallback

    class Examiner(BaseCallback):
        settings = qlib.RECOMMENDED  # of which `evaluate` takes the environment only, beside `greedy`

        def _on_training_start(self) -> None:
            self.seconds: list[float] = []
            self.scores: list[float] = []
            self.spent, self.started = 0.0, time.perf_counter()

        def greedy(self, observations: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return self.model.q_net(torch.as_tensor(observations)).argmax(1).numpy()

        def _on_step(self) -> bool:
            if self.num_timesteps % every == 0:
                self.spent += time.perf_counter() - self.started
                self.seconds.append(self.spent)
                self.scores.append(qlib.evaluate(self).mean())  # type: ignore[arg-type]
                self.started = time.perf_counter()
            return True

    examiner = Examiner()
    DQN(  # rl-baselines3-zoo, hyperparams/dqn.yml, CartPole-v1
        "MlpPolicy",
        "CartPole-v1",
        learning_rate=2.3e-3,
        batch_size=64,
        buffer_size=100_000,
        learning_starts=1_000,
        gamma=0.99,
        target_update_interval=10,
        train_freq=256,
        gradient_steps=128,
        exploration_fraction=0.16,
        exploration_final_eps=0.04,
        policy_kwargs={"net_arch": [256, 256]},
        seed=seed,
        device="cpu",
    ).learn(steps, callback=examiner)
    return Run(np.array(examiner.seconds), np.array(examiner.scores))


def report(seeds: int = 20, peers: int = 5) -> str:
    """Write table 2."""
    ours, theirs = [], []
    for seed in range(seeds):
        if seed < peers and is_installed("stable_baselines3"):  # turn about
            theirs.append(run_stable_baselines(seed))
        ours.append(run(qlib.RECOMMENDED, seed, steps=30_000, every=1_000))
    rows, medians = [], {}
    for name, runs in (("`RECOMMENDED`, 30,000 steps", ours), ("Stable-Baselines3, 50,000 steps", theirs)):
        if not runs:
            rows.append([name, "not installed", "", "", "", ""])
            continue
        solved = [r for r in runs if r.first is not None]
        seconds = [r.seconds[r.first] for r in solved]
        # a run that never solved counts as longer than all others in the median
        medians[name] = float(np.median(seconds + [np.inf] * (len(runs) - len(solved))))
        rows.append(
            [
                name,
                f"{len(solved)} of {len(runs)}",
                spread([r.first + 1 for r in solved], 0) + " thousand" if solved else "",
                spread(seconds, 2) if solved else "",
                f"{sum(r.scores[-1] >= SOLVED for r in runs)} of {len(runs)}",
                f"{sum((r.scores[-3:] >= SOLVED).all() for r in runs)} of {len(runs)}",
            ]
        )
    head = ["", "ever solved", "first solved, steps", "seconds of training until then", "end solved", "last three"]
    text = (
        "Solved: mean greedy score of at least 475 over 100 unseen starts, examined every 1,000 steps; examining is "
        "not counted. One thread each, turn about.\n\n" + table(head, rows)
    )
    if len(medians) == 2:
        first, second = medians.values()
        text += f"\n\nRatio of the medians of seconds: {second / first:.1f}."
    return text


def report_original() -> str:
    """Write table 3."""
    agent = qlib.QAgent(qlib.ORIGINAL, seed=0)
    started = time.perf_counter()
    for _ in qlib.train(agent, episodes=1_000):
        pass
    seconds = time.perf_counter() - started
    each = seconds / agent.updates * 1e6
    head = ["episodes", "steps", "updates", "seconds", "µs an update, all included", "greedy score at the end"]
    row = [f"{number:,}" for number in (agent.episodes, agent.steps, agent.updates, round(seconds, 1))]
    return (
        "`ORIGINAL`, seed 0: 40 updates after every step, one thread. The original notebook's own run took 7,980 s on "
        "its author's machine.\n\n" + table(head, [[*row, f"{each:.1f}", f"{qlib.evaluate(agent).mean():.1f}"]])
    )
