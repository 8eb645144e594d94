"""How fast and how surely agents learn: the bars of the recommended settings, printed as a table.

    python benchmarks/learning.py [--seeds 20] [--parts recommended original acrobot]

One core, one thread; time is training time, evaluation counted apart. Solved: the greedy policy's mean unshaped return
over 100 unseen starts is at least 475.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import time
from collections import deque

import numpy as np
import torch

import qlib

SOLVED = 475.0


def run(settings: qlib.Settings, seed: int, steps: int, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Train one agent and examine it every so many steps.

    Returns:
        Training seconds and mean greedy score at each examination, each of shape (examinations,).
    """
    agent = qlib.QAgent(settings, seed=seed)
    seconds, scores, spent = [], [], 0.0
    episodes = qlib.train(agent, steps=steps)
    started = time.perf_counter()
    for _ in episodes:
        if agent.steps >= every * (len(scores) + 1) or agent.steps >= steps:
            spent += time.perf_counter() - started
            seconds.append(spent)
            scores.append(qlib.evaluate(agent).mean())
            started = time.perf_counter()
    return np.array(seconds), np.array(scores)


def recommended(seeds: int, steps: int = 30_000) -> None:
    """Print when each seed first solved CartPole-v1, and where it stood at the end."""
    print(f"\nRECOMMENDED on CartPole-v1, {seeds} seeds, {steps:,} steps, examined every 1,000")
    print("seed | first solved (steps, s) | end | training s")
    firsts, ends, lasts = [], [], []
    for seed in range(seeds):
        seconds, scores = run(qlib.RECOMMENDED, seed, steps, 1_000)
        solved = np.flatnonzero(scores >= SOLVED)
        first = (solved[0] + 1, seconds[solved[0]]) if len(solved) else (np.inf, np.inf)
        firsts.append(first)
        ends.append(scores[-1])
        lasts.append((scores[-3:] >= SOLVED).all())
        print(f"{seed:4d} | {first[0]:>5}k {first[1]:7.1f} s | {scores[-1]:5.1f} | {seconds[-1]:.1f}", flush=True)
    k, s = np.median(np.array(firsts, dtype=float), axis=0)
    print(f"first solved: {np.isfinite(np.array(firsts)[:, 1]).sum()} of {seeds}; median {k:g}k steps, {s:.1f} s")
    print(f"at the end: {(np.array(ends) >= SOLVED).sum()} of {seeds} at or above {SOLVED:g}, worst {min(ends):.1f}")
    print(f"last three examinations all at or above {SOLVED:g}: {sum(lasts)} of {seeds}")


def one_update_as_in_the_original(seconds: float = 3.0) -> float:
    """Time an update the original's way: a deque of tensor tuples, sampled, stacked, plain Adam; microseconds."""
    network = qlib.QNetwork()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    memory = deque(maxlen=10_000)
    for _ in range(10_000):
        memory.append((torch.randn(4), torch.tensor(random.randrange(2)), torch.tensor(1.0), torch.randn(4)))
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        observations, actions, rewards, following = map(torch.stack, zip(*random.sample(memory, 64), strict=True))
        current = network(observations).gather(1, actions.unsqueeze(1))
        target = rewards + 0.8 * network(following).detach().max(1)[0]
        loss = torch.nn.functional.mse_loss(current, target.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e6)


def original(episodes: int = 100) -> None:
    """Print how the original's algorithm fares in 100 episodes, and how long one of its updates takes."""
    print(f"\nORIGINAL for {episodes} episodes, seed 0")
    agent = qlib.QAgent(qlib.ORIGINAL, seed=0)
    before = qlib.evaluate(agent).mean()
    started = time.perf_counter()
    history = list(qlib.train(agent, episodes=episodes))
    spent = time.perf_counter() - started
    first, last = (np.mean([e.steps for e in part]) for part in (history[:20], history[-20:]))
    print(f"steps per episode: {first:.1f} in the first 20, {last:.1f} in the last 20")
    print(f"greedy score: {before:.1f} before, {qlib.evaluate(agent).mean():.1f} after")
    ours = spent / agent.updates * 1e6
    theirs = one_update_as_in_the_original()
    print(f"{agent.updates:,} updates in {spent:.1f} s: {ours:.0f} µs each, acting and environment included")
    print(f"the original's own way of doing the update: {theirs:.0f} µs each, acting and environment not included")
    print(f"ratio: {theirs / ours:.2f}")


ACROBOT = dataclasses.replace(
    qlib.RECOMMENDED,
    env_id="Acrobot-v1",
    observation_scale=(1.0, 1.0, 1.0, 1.0, 4.0, 9.0),  # cosines and sines, then rad/s
    epsilon_episodes=10,  # an untrained episode has 500 steps here, not 20
)
"""The recommended settings for Acrobot."""


def acrobot(seeds: int = 3, steps: int = 20_000) -> None:
    """Print the scores of the same code on Acrobot-v1."""
    print(f"\nAcrobot-v1 with the recommended settings, its own scale and decay, {seeds} seeds, {steps:,} steps")
    for seed in range(seeds):
        seconds, scores = run(ACROBOT, seed, steps, steps)
        print(f"seed {seed}: mean score {scores[-1]:.1f} after {seconds[-1]:.0f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--parts", nargs="+", default=["recommended", "original", "acrobot"])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for part in arguments.parts:
        {"recommended": lambda: recommended(arguments.seeds), "original": original, "acrobot": acrobot}[part]()
