"""Table 10: convolutions on MinAtar's Breakout: an update, steps a second, and many agents at once."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap

import qlib
from benchmarks.timing import is_installed, spread, table, turn_about
from qlib.core.guards import LastGood
from qlib.core.images import Image
from qlib.core.memory import Batch
from qlib.core.network import build

SETTINGS = dataclasses.replace(qlib.MINATAR, double=False, learning_starts=200, batch_size=64, steps_per_update=2)
"""What both can: Stable-Baselines3 has no Double DQN."""
AGENTS = 8
CLOCK = time.process_time  # neighbours count less


def ours(settings: qlib.Settings = SETTINGS, steps: int = 400) -> qlib.QAgent:
    """Make an agent that has something to learn from."""
    agent = qlib.QAgent(settings)
    for _ in qlib.train(agent, steps=steps):
        pass
    return agent


def bare(network: qlib.QNetworkConv, batch: Batch, settings: qlib.Settings) -> Callable[[], None]:
    """Make the shortest update that PyTorch has of a network's layers on bytes: nothing is looked at or kept."""
    blocks = [layer for block in copy.deepcopy(network.filters) for layer in (plain_conv(block), nn.ReLU())]
    online = nn.Sequential(*blocks, nn.Flatten(), copy.deepcopy(network.layers))
    target = copy.deepcopy(online)
    optimizer = torch.optim.Adam(online.parameters(), settings.learning_rate, fused=True)
    bytes_here, bytes_there = (
        x.permute(0, 3, 1, 2).contiguous() if network.image.channels == "last" else x
        for x in (batch.observations, batch.next_observations)
    )

    def update() -> None:
        here, there = bytes_here.float() / network.image.high, bytes_there.float() / network.image.high
        current = online(here).gather(1, batch.actions.unsqueeze(1)).squeeze(1)
        with torch.no_grad():
            values = batch.rewards + settings.gamma * target(there).max(1).values * ~batch.terminated
        loss = F.mse_loss(current, values)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


def plain_conv(block: nn.Conv2d) -> nn.Conv2d:
    conv = nn.Conv2d(block.in_channels, block.out_channels, block.kernel_size, block.stride, block.padding)  # type: ignore[arg-type]
    conv.load_state_dict(block.state_dict())
    return conv


def report_updates(rounds: int) -> str:
    """Write what an update costs beside PyTorch's bare one, for MinAtar's images and for Atari's."""
    rows = []
    agent = ours()
    screens = Image((84, 84), "none", "uint8", 0, 255, 4)
    atari = dataclasses.replace(SETTINGS, **qlib.MNIH_2013, batch_size=32)
    large = copy.deepcopy(agent)
    large.settings, large.observed = atari, screens
    large.online = build(atari, 0, 3, image=screens)
    large.target = copy.deepcopy(large.online)
    large.optimizer = torch.optim.AdamW(large.online.parameters(), 3e-4, fused=True)
    large._good = LastGood()
    seen = torch.randint(0, 256, (2, 32, 4, 84, 84), dtype=torch.uint8)
    of_atari = agent.memory.sample(32)._replace(observations=seen[0], next_observations=seen[1])
    small = agent.memory.sample(64)
    for name, one, batch, number, update in (
        ("MinAtar, batch 64, `QAgent.learn`: compiled, and with its draw", agent, small, 40, agent.learn),
        ("the same, `QAgent.update`", agent, small, 40, lambda: agent.update(small)),
        ("`MNIH_2013` on 84 x 84 x 4, batch 32, `QAgent.update`", large, of_atari, 5, lambda: large.update(of_atari)),
    ):
        ways = {"bare": bare(one.online, batch, one.settings), "ours": update}
        times = turn_about(ways, number, rounds, CLOCK)
        rows.append([name, *(spread(times[k] * 1e3, 2) for k in ("bare", "ours")), ratio(times["ours"], times["bare"])])
    return table(["one update", "bare PyTorch, ms", "ours, ms", "times bare"], rows)


def ratio(one: np.ndarray, other: np.ndarray) -> str:
    return f"{np.median(one) / np.median(other):.2f}"


class _ForStableBaselines(gym.ObservationWrapper):
    """The same images as its CnnPolicy takes them: channels first, 0 or 255."""

    def __init__(self, env: gym.Env) -> None:
        super().__init__(env)
        self.observation_space = gym.spaces.Box(0, 255, (4, 10, 10), np.uint8)

    def observation(self, observation: np.ndarray) -> np.ndarray:
        return (observation.transpose(2, 0, 1) * 255).astype(np.uint8)


def theirs() -> Any:
    """Make Stable-Baselines3's DQN with the same network, batch, memory, rate and rhythm."""
    from stable_baselines3 import DQN
    from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

    class Convolutions(BaseFeaturesExtractor):
        def __init__(self, space: gym.Space) -> None:
            super().__init__(space, 128)
            convolutions = [nn.Conv2d(4, 16, 3), nn.ReLU(), nn.Flatten()]
            self.layers = nn.Sequential(*convolutions, nn.Linear(1024, 128), nn.ReLU())

        def forward(self, observations: torch.Tensor) -> torch.Tensor:
            return self.layers(observations)

    return DQN(
        "CnnPolicy",
        _ForStableBaselines(qlib.make_env(SETTINGS)),
        learning_rate=SETTINGS.learning_rate,
        buffer_size=SETTINGS.memory_size,
        learning_starts=SETTINGS.learning_starts,
        batch_size=SETTINGS.batch_size,
        gamma=SETTINGS.gamma,
        train_freq=SETTINGS.steps_per_update,
        target_update_interval=SETTINGS.target_every * SETTINGS.steps_per_update,
        exploration_fraction=1.0,
        policy_kwargs={"features_extractor_class": Convolutions, "net_arch": []},
        device="cpu",
        seed=0,
    )


def report_beside(rounds: int, steps: int = 300) -> str:
    """Write steps a second of training, and what an update costs with its draw, beside Stable-Baselines3."""
    agent, other = ours(), theirs()
    other.learn(400)
    begun = {"n": 0}

    def train() -> None:
        before = agent.steps
        for _ in qlib.train(agent, steps=steps):
            pass
        begun["n"] = agent.steps - before

    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(rounds):
        start = time.process_time()
        train()
        middle = time.process_time()
        other.learn(steps, reset_num_timesteps=False)
        seconds["ours"].append(begun["n"] / (middle - start))
        seconds["theirs"].append(steps / (time.process_time() - middle))
    ways = {"ours": agent.learn, "theirs": lambda: other.train(1, SETTINGS.batch_size)}
    updates = turn_about(ways, 40, rounds, CLOCK)
    rates = {name: np.array(values) for name, values in seconds.items()}
    rows = [
        ["steps a second in training", *(spread(rates[k], 0) for k in rates), ratio(rates["ours"], rates["theirs"])],
        [
            "an update and its draw, ms",
            *(spread(updates[k] * 1e3, 2) for k in rates),
            ratio(*reversed(updates.values())),
        ],
    ]
    return table(["MinAtar's Breakout", "`QAgent`", "Stable-Baselines3's DQN", "times better"], rows)


def stacked(agents: list[qlib.QAgent], batch: Batch) -> Callable[[], None]:
    """Make one update of several agents by vmap: its convolutions become one convolution of as many groups."""
    parameters, buffers = stack_module_state([agent.online for agent in agents])  # type: ignore[arg-type]
    targets, _ = stack_module_state([agent.online for agent in agents])  # type: ignore[arg-type]
    model, gamma = copy.deepcopy(agents[0].online).to("meta"), agents[0].settings.gamma
    many = Batch(*(torch.stack([column] * len(agents)) for column in batch))
    trained = list(parameters.values())
    optimizer = torch.optim.Adam(trained, 3e-4, fused=True)

    def loss(own: dict, slow: dict, rows: Batch) -> torch.Tensor:
        current = functional_call(model, (own, buffers), (rows.observations,)).gather(1, rows.actions.unsqueeze(1))
        best = functional_call(model, (slow, buffers), (rows.next_observations,)).max(1).values * ~rows.terminated
        return F.mse_loss(current.squeeze(1), (rows.rewards + gamma * best).detach())

    gradients = vmap(grad(loss))

    def update() -> None:
        found = gradients(parameters, targets, many)
        for name, parameter in parameters.items():
            parameter.grad = found[name]
        optimizer.step()

    return update


def report_together(rounds: int) -> str:
    """Write what an update of several agents costs, stacked and one after the other."""
    first = ours()
    agents = [qlib.QAgent(SETTINGS, seed) for seed in range(2 * AGENTS)]
    batch = first.memory.sample(SETTINGS.batch_size)
    learners = [ours() for _ in range(AGENTS)]
    bare_ones = [bare(agent.online, batch, SETTINGS) for agent in agents[:AGENTS]]
    ways: dict[str, tuple[Callable[[], Any], int]] = {
        f"{AGENTS} agents stacked by `torch.func.vmap`": (stacked(agents[:AGENTS], batch), AGENTS),
        f"{2 * AGENTS} agents stacked": (stacked(agents, batch), 2 * AGENTS),
        "one after the other, bare PyTorch": (lambda: [update() for update in bare_ones], AGENTS),
        "one after the other, `QAgent.update`": (lambda: [agent.update(batch) for agent in agents[:AGENTS]], AGENTS),
        "one after the other, `QAgent.learn`": (lambda: [agent.learn() for agent in learners], AGENTS),
    }
    times = turn_about({name: function for name, (function, _) in ways.items()}, 2, rounds, CLOCK)
    rows = [[name, spread(times[name] / n * 1e3, 2)] for name, (_, n) in ways.items()]
    return table(["one update of one agent", "ms on one core"], rows)


def report(rounds: int = 7) -> str:
    """Write table 10."""
    parts = [
        f"Convolution of 16 filters of 3 x 3, {SETTINGS.hidden[0]} dense units, batch {SETTINGS.batch_size}, Adam, an "
        f"update every {SETTINGS.steps_per_update} steps; one thread. Time on the processor, in turns: medians of "
        f"{rounds} with minimum and maximum.",
        report_updates(rounds),
    ]
    if is_installed("stable_baselines3"):
        parts.append(report_beside(rounds))
    parts += [
        "Several agents of `compare()`: each core takes some of them (on Linux), and each of these updates itself. "
        "Stacked ones would be rounded otherwise than alone. What the stacks and the bare updates leave out is what "
        "`QAgent` does beside: it looks whether the loss is finite, and keeps the last good networks.",
        report_together(rounds),
    ]
    return "\n\n".join(parts)
