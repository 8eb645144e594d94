"""Atari's Pong in lesson 14: the paper's agent on smaller images, recorded, and to be trained again by one command.

`python -m qlib.lessons.from_images.pong`, called in the folder of the notebooks, trains one agent after the other and
says how long that takes; `... pong 1` trains only that of seed 1. What was trained already is not trained again.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from qlib.core import games
from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.settings import Settings
from qlib.core.training import train
from qlib.show import demo
from qlib.show.demo import Demo, screened
from qlib.show.drawing import Drawing
from qlib.show.marks import Line, Mark, Rule
from qlib.show.panel import Axis, Panel
from qlib.show.picture import moving_mean
from qlib.show.playback import Playback
from qlib.show.tokens import NAMES
from qlib.study.records import stamp

ENV_ID = "qlib/Pong-v0"
SIDE = 42  # pixels of an image, both ways
BACKGROUND, TOP = 87, 7  # its grey, and rows above the field
MOVES = (0, 2, 3)  # of Atari's six actions, the three that differ: none, up, down
SETTINGS = Settings(
    env_id=ENV_ID,
    network="conv",
    filters=((16, 6, 3), (32, 4, 2)),
    hidden=(256,),
    frames=4,
    learning_rate=3e-4,
    loss="huber",
    gamma=0.97,
    target_network="hard",
    target_every=1_000,
    double=True,
    batch_size=32,
    memory_size=100_000,
    replay="prioritized",
    priority_beta_steps=300_000,
    learning_starts=4_000,
    steps_per_update=2,
    epsilon_end=0.02,
    epsilon_steps=30_000,
)
"""The network of Mnih et al. 2013 with windows for 42 x 42 pixels, and what came after it: Double DQN, priorities."""
SEEDS = (1, 2)  # the settings were chosen on seed 0
STEPS = 400_000
MOMENTS = (0, 100_000, 200_000, 300_000, 400_000)  # steps after which the first seed's agent is filmed
SHOWN, WINDOW = 200, 20  # steps of a film, and games of a mean
RECORD, UNFINISHED = Path("records/pong.safetensors"), Path("records/unfinished")  # beside the notebook


def make(**how: Any) -> gymnasium.Env:
    """Make Pong as Machado et al. (2018) have it, but 42 x 42 pixels on black, without the actions that do the same."""
    games.register("ALE/Pong-v5")
    screen = gymnasium.wrappers.AtariPreprocessing(gymnasium.make("ALE/Pong-v5", frameskip=1, **how), screen_size=SIDE)
    field = gymnasium.wrappers.TransformObservation(screen, on_black, screen.observation_space)
    return gymnasium.wrappers.TransformAction(field, lambda action: MOVES[action], gymnasium.spaces.Discrete(3))


def on_black(screen: np.ndarray) -> np.ndarray:
    """Return a screen (42, 42) with 255 where it is no background, and 0 there and where the points are told."""
    found = np.where(np.abs(screen.astype(np.int16) - BACKGROUND) > 6, 255, 0).astype(np.uint8)
    found[:TOP] = found[-1] = 0
    return found


gymnasium.register(ENV_ID, make)


def is_here() -> bool:
    """Say whether the extra [atari] is installed."""
    return importlib.util.find_spec("ale_py") is not None


def film(agent: QAgent, seed: int = 1_000_000) -> np.ndarray:
    """Return the screens of the first steps of a greedy episode, uint8, shape (at most 200, 42, 42)."""
    env, screens, ended = make_env(agent.settings), list[np.ndarray](), False
    observation = np.array(env.reset(seed=seed)[0])
    while not ended and len(screens) < SHOWN:
        screens.append(observation[-1])
        found, _, terminated, truncated, _ = env.step(agent.act(observation))
        observation, ended = np.array(found), terminated or truncated
    return np.array(screens)


def measure(seed: int, steps: int = STEPS) -> dict[str, torch.Tensor]:
    """Train one agent, and return its episodes, its films and its last weights."""
    agent = QAgent(SETTINGS, seed)
    films, returns, ends = {"film 0": film(agent)}, list[float](), list[int]()
    began = time.monotonic()
    for episode in train(agent, steps=steps):
        returns.append(episode.score)
        ends.append(agent.steps)
        if len(films) < len(MOMENTS) and agent.steps >= MOMENTS[len(films)]:
            films[f"film {len(films)}"] = film(agent)
        if agent.episodes % 5 == 0:
            left = (time.monotonic() - began) / agent.steps * (steps - agent.steps) / 60
            late = np.mean(returns[-WINDOW:])
            print(
                f"seed {seed}: {agent.steps:,} steps, mean of {WINDOW} {late:.1f}, {left:.0f} minutes left", flush=True
            )
    arrays = {"returns": np.array(returns, np.float32), "ends": np.array(ends), **films}
    weights = {f"weights {name}": tensor.clone() for name, tensor in agent.online.state_dict().items()}
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()} | weights


def record(seeds: tuple[int, ...] = SEEDS) -> None:
    """Train the agents that have not been trained yet; with all there, keep what the lesson shows of them."""
    UNFINISHED.mkdir(parents=True, exist_ok=True)
    paths = {seed: UNFINISHED / f"pong-{seed}.safetensors" for seed in SEEDS}
    for seed in seeds:
        if not paths[seed].exists():
            save_file(measure(seed), paths[seed])
    if not all(path.exists() for path in paths.values()):
        return
    found = {seed: load_file(path) for seed, path in paths.items()}
    curves = {f"{name} {seed}": one[name] for seed, one in found.items() for name in ("returns", "ends")}
    rest = {name: tensor for name, tensor in found[SEEDS[0]].items() if name.startswith(("film", "weights"))}
    how = stamp() | {"how": f"seeds {SEEDS}, {STEPS:,} steps", "settings": dataclasses.asdict(SETTINGS)}
    save_file(curves | rest, RECORD, {"made": json.dumps(how)})


class Run:
    """What was recorded: trainings, films of the first agent, and its weights."""

    def __init__(self) -> None:
        self.held = load_file(RECORD)
        with safe_open(RECORD, "pt") as file:
            self.made = json.loads(file.metadata()["made"])

    def agent(self) -> QAgent:
        """Return the agent as it was at the end, with an empty memory."""
        agent = QAgent(SETTINGS, SEEDS[0])
        weights = {name.removeprefix("weights "): x for name, x in self.held.items() if name.startswith("weights")}
        for network in (agent.online, agent.target):
            assert network is not None
            network.load_state_dict(weights)
        agent.steps, agent.epsilon = STEPS, SETTINGS.epsilon_end
        return agent

    def curve(self) -> Drawing:
        """Draw what each agent was paid along its training."""
        marks: list[Mark] = [Rule(0, "x", "as good as its opponent", "faint", 1)]
        for which, seed in enumerate(SEEDS):
            at, means = self._means(seed)
            marks.append(Line(at, means, label=f"seed {seed}", colour=NAMES[which], dash=which))
        x, y = Axis("environment steps", 0, STEPS), Axis(f"mean return of {WINDOW} games", -21, 21)
        ends = ", ".join(f"{late:.1f}" for late in self.late)
        alt = f"Mean returns of {WINDOW} games of Pong of {len(SEEDS)} agents: near −21 at first, at the end {ends}."
        return Drawing(Panel(marks, x, y), alt=alt, height=300)

    @property
    def late(self) -> np.ndarray:
        """Mean return of each agent's last 20 training games, shape (seeds,)."""
        return np.array([self._means(seed)[1][-1] for seed in SEEDS])

    def films(self) -> list[Demo]:
        """Return the films of the first agent, one of each moment."""
        screens = [self.held[f"film {k}"].numpy() for k in range(len(MOMENTS))]
        ending = f"the film ends here, after {SHOWN - 1} steps"
        return [screened(each, step, ending) for each, step in zip(screens, MOMENTS, strict=True)]

    def _means(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        return self.held[f"ends {seed}"].numpy(), moving_mean(self.held[f"returns {seed}"].numpy(), WINDOW)


def watch(run: Run, seed: int = 0) -> Playback | None:
    """Let the recorded agent play here and now, in Atari's own colours; without the extra say what is missing."""
    if not is_here():
        print('Atari is not here: pip install -e ".[atari]" brings it.')
        return None
    return Playback([demo.film(run.agent(), seed)], "pong, live")


if __name__ == "__main__":
    record(tuple(map(int, sys.argv[1:])) or SEEDS)
