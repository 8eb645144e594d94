"""Reference solutions of lesson 17's first two commissions: a DQN from an empty cell, without qlib.

python tests/lessons/references.py cartpole 10      # ten judgements in a row; acrobot, mountain_car
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from functools import partial

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def learn(
    env: gym.Env,
    seed: int,
    scale: list[float],
    steps: int,
    gamma: float = 0.99,
    reward_scale: float = 0.1,
    potential: Callable[[np.ndarray], float] = lambda seen: 0.0,
    exploring: int = 2_000,
) -> Callable[[np.ndarray], int]:
    """Train a Double DQN for some steps, with a target network that follows slowly and a rate that falls.

    It keeps the weights after the ten episodes that were paid best: what is learned is forgotten again now and then.

    Args:
        env: with flat observations and Discrete actions.
        seed: of all randomness.
        scale: what each number of an observation is divided by.
        steps: environment steps.
        gamma: the discount.
        reward_scale: what rewards are multiplied by.
        potential: Φ(s), for a bonus that changes no best policy (Ng, Harada and Russell 1999).
        exploring: steps until epsilon has fallen to 0.02.
    """
    torch.manual_seed(seed)
    rng, n, n_actions = np.random.default_rng(seed), len(scale), int(env.action_space.n)
    divisor = torch.tensor(scale)
    online = nn.Sequential(nn.Linear(n, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, n_actions))
    target = copy.deepcopy(online)
    optimizer = torch.optim.AdamW(online.parameters(), lr=2e-3, weight_decay=0.01, fused=True)
    here, there = torch.zeros(steps, n), torch.zeros(steps, n)
    actions, rewards, ended = torch.zeros(steps, dtype=torch.int64), torch.zeros(steps), torch.zeros(steps)
    step, over, returns, best_so_far, kept = 0, True, [0.0], -np.inf, online.state_dict()
    while step < steps:
        if over:
            seen, _ = env.reset()
            x = torch.as_tensor(seen) / divisor
        if rng.random() < max(0.02, 1 - step / exploring):
            action = int(rng.integers(n_actions))
        else:
            with torch.no_grad():
                action = int(online(x).argmax())
        after, reward, terminated, truncated, _ = env.step(action)
        y = torch.as_tensor(after) / divisor
        here[step], there[step], actions[step], ended[step] = x, y, action, float(terminated)
        bonus = gamma * potential(after) * (not terminated) - potential(seen)
        rewards[step] = reward_scale * (reward + bonus)
        seen, x, over, step = after, y, terminated or truncated, step + 1
        returns[-1] += reward
        if over:
            if len(returns) >= 10 and np.mean(returns[-10:]) >= best_so_far:
                best_so_far, kept = np.mean(returns[-10:]), copy.deepcopy(online.state_dict())
            returns.append(0.0)
        if step < 500:
            continue
        rows = torch.from_numpy(rng.integers(step, size=64))
        with torch.no_grad():
            chosen = online(there[rows]).argmax(1, keepdim=True)
            best = target(there[rows]).gather(1, chosen).squeeze(1)
        goal = rewards[rows] + gamma * best * (1 - ended[rows])
        value = online(here[rows]).gather(1, actions[rows].unsqueeze(1)).squeeze(1)
        optimizer.zero_grad()
        F.mse_loss(value, goal).backward()
        optimizer.param_groups[0]["lr"] = 2e-3 * max(0.002, 1 - step / steps)
        optimizer.step()
        with torch.no_grad():
            for slow, quick in zip(target.parameters(), online.parameters(), strict=True):
                slow.lerp_(quick, 0.05)

    online.load_state_dict(kept)

    @torch.no_grad()
    def policy(observation: np.ndarray) -> int:
        return int(online(torch.as_tensor(observation) / divisor).argmax())

    return policy


def speed(seen: np.ndarray) -> float:
    """Hold speed for worth having on a hill, whichever way is up."""
    return 300 * abs(float(seen[1]))


TRAIN: dict[str, Callable[[gym.Env, int], Callable[[np.ndarray], int]]] = {
    "cartpole": partial(learn, scale=[4.8, 4.0, 0.4189, 4.0], steps=29_500, gamma=0.998),
    "acrobot": partial(learn, scale=[1.0, 1.0, 1.0, 1.0, 6.0, 12.0], steps=30_000, exploring=4_000),
    "mountain_car": partial(learn, scale=[0.9, 0.07], steps=60_000, potential=speed, exploring=8_000),
}


if __name__ == "__main__":
    from qlib.lessons.on_your_own import judge

    for _ in range(int(sys.argv[2])):
        print(getattr(judge, sys.argv[1])(TRAIN[sys.argv[1]]), flush=True)
