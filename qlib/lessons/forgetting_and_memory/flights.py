"""The flight recorder of lesson 12: agents that get good and bad again, with instruments and every examined network."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import numpy as np
import torch

import qlib
from qlib.core.agent import QAgent
from qlib.core.memory import Batch
from qlib.core.settings import Settings
from qlib.lessons.forgetting_and_memory import valuemap
from qlib.show.drawing import Drawing
from qlib.study.result import Comparison

BASE = Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    gamma=0.99,
    learning_rate=2e-3,
    epsilon_episodes=30,
)
"""Lesson 12's base: scaled observations, gamma 0.99, one network, a constant learning rate, a memory of 10,000."""

FORGETFUL = {
    f"learning rate {rate}": dataclasses.replace(BASE, memory_size=1_000, learning_rate=rate) for rate in (3e-3, 1e-3)
}
"""The base with a small memory, at two learning rates: forgets within seconds."""

LARGER = {"memory of 10,000": dataclasses.replace(BASE, learning_rate=3e-3)}
STEPS, EXAMINATIONS = 8_000, 40


def gradient_norm(agent: QAgent) -> float:
    """Norm of the loss's gradient on 256 transitions of the memory, without a unit. NaN while the memory is empty."""
    if len(agent.memory) == 0:
        return float("nan")
    generator = torch.Generator().manual_seed(0)
    slots = torch.randint(len(agent.memory), (256,), generator=generator)
    batch = Batch(*(column[slots] for column in agent.memory.storage))
    parts = torch.autograd.grad(agent.loss(batch), list(agent.online.parameters()))
    return float(sum(part.square().sum() for part in parts) ** 0.5)


SIGNS = {
    "falls in memory": -1,
    "action gap": -1,
    "doomed value": +1,
    "highest value": +1,
    "loss": +1,
    "gradient norm": +1,
}
"""Instrument to the direction in which a move would be its warning."""

_ASKED: tuple[str | Callable[[QAgent], float], ...] = (*list(SIGNS)[:-1], gradient_norm)

Networks = dict[tuple[str, int], list[dict[str, torch.Tensor]]]
"""Of each variant and seed: the online network's state at each examination."""


def record(seeds: int = 16) -> tuple[Comparison, Networks]:
    """Train the forgetful agents, and keep their instruments and their networks at each examination."""
    networks: Networks = {}
    labels = {settings.learning_rate: label for label, settings in FORGETFUL.items()}

    def keep(agent: QAgent) -> float:
        copies = {name: tensor.clone() for name, tensor in agent.online.state_dict().items()}
        networks.setdefault((labels[agent.settings.learning_rate], agent.seed), []).append(copies)
        return 0.0

    run = qlib.compare(FORGETFUL, seeds, STEPS, "here", EXAMINATIONS, diagnostics=(*_ASKED, keep))  # here: to keep
    return _named(run), networks


@functools.lru_cache(1)
def many(seeds: range) -> Comparison:
    """Measure agents of each forgetful kind, and of one with a larger memory; 128 seeds take minutes."""
    return _named(qlib.compare(FORGETFUL | LARGER, seeds, STEPS, "processes", EXAMINATIONS, diagnostics=_ASKED))


def _named(run: Comparison) -> Comparison:
    found = {name.replace("_", " "): values for name, values in run.diagnostics.items()}
    return dataclasses.replace(run, diagnostics={name: found[name] for name in SIGNS})


def falls(scores: np.ndarray) -> np.ndarray:
    """Return each agent's largest fall from one examination to the next, shape (seeds,), of scores (seeds, n)."""
    return (scores[:, :-1] - scores[:, 1:]).max(1)


def came_back(scores: np.ndarray) -> int:
    """Count the agents that were as good as before their largest fall at some later examination."""
    before = (scores[:, :-1] - scores[:, 1:]).argmax(1)
    return sum(bool(max(each[at + 1 :]) >= each[at]) for each, at in zip(scores, before, strict=True))


def value_map(run: Comparison, networks: Networks, label: str) -> Callable[..., tuple[Drawing, str]]:
    """Make the function that draws what an agent of a variant thought, of a seed, a step and where the cart is."""
    viewer, scores = QAgent(FORGETFUL[label]), run[label]
    ceiling = 1 / (1 - viewer.settings.gamma)

    def network_at(seed: int, step: int, cart_position: float, cart_velocity: float) -> tuple[Drawing, str]:
        at = int(np.searchsorted(run.steps, step))
        viewer.online.load_state_dict(networks[label, seed][at])
        title = f"{label}, seed {seed}, step {run.steps[at]:,}: score {scores[seed, at]:.0f}"
        drawing, words = valuemap.draw(
            lambda states: viewer.q_values(states).numpy(), cart_position, cart_velocity, ceiling
        )
        return drawing, f"{title}. {words}"

    return network_at


def worst(run: Comparison, label: str) -> tuple[int, int]:
    """Find the seed with the largest fall of all, and the step just before it."""
    drops = run[label][:, :-1] - run[label][:, 1:]
    seed, at = np.unravel_index(drops.argmax(), drops.shape)
    return int(seed), int(run.steps[at])


def corners(run: Comparison, networks: Networks, label: str, bar: float = 475.0) -> Mapping[str, np.ndarray]:
    """Ask good networks of a variant for the higher of two lost corners, the upright pole at rest, and a doomed state.

    Returns:
        "corner", "upright" and "doomed", in discounted steps, one number for each examination at or above the bar.
    """
    places = np.array([[0, 0, 0.2095, 3.0], [0, 0, -0.2095, -3.0], [0, 0, 0, 0]], np.float32)
    viewer, found = QAgent(FORGETFUL[label]), []
    good = run[label] >= bar
    for seed, at in zip(*np.nonzero(good), strict=True):
        viewer.online.load_state_dict(networks[label, int(seed)][at])
        *both, upright = viewer.q_values(places).max(1).values.tolist()
        found.append((max(both), upright))
    corner, upright = np.transpose(found)
    return {
        "corner": corner,
        "upright": upright,
        "doomed": run.diagnostics["doomed value"][run.labels.index(label)][good],
    }
