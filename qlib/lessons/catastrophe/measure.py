"""What lesson 09 measures with: its settings, agents side by side, and findings over sets of seeds."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

import qlib
from qlib.core.agent import QAgent
from qlib.core.memory import Batch
from qlib.core.settings import Settings
from qlib.show.findings import Findings
from qlib.study.held_out import Measurement, Records, against, twice
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, mean_interval

BRIEF = Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    gamma=0.99,
    learning_rate=3e-3,
    epsilon_episodes=30,
)
"""Quick to learn and quick to spoil: scaled observations, gamma 0.99, one network, a large learning rate."""

NORMED = dataclasses.replace(BRIEF, network="batch_norm", target_network="soft", tau=0.05)
"""The same with batch norm, and with the soft target network that it needs to learn in 600 steps."""

SIXTEENS = {"seeds 0 to 15": slice(16), "seeds 16 to 31": slice(16, 32)}


def random_batch(settings: Settings = BRIEF, seed: int = 0) -> Batch:
    """Draw a batch of 64 from 500 steps of random play."""
    player = QAgent(dataclasses.replace(settings, updates_per_step=0), seed)
    for _ in qlib.train(player, steps=500):
        pass
    return player.memory.sample(64, player.generator)


def gradient(agent: QAgent, batch: Batch) -> torch.Tensor:
    """Return the gradient of an agent's loss by the weights of its online network, one row of numbers."""
    parts = torch.autograd.grad(agent.loss(batch), list(agent.online.parameters()))
    return torch.cat([part.flatten() for part in parts])


def side_by_side(whole: QAgent, broken: QAgent, batch: Batch) -> dict[str, bool]:
    """Say which of targets, loss and gradient two agents share to the last bit."""
    looks: dict[str, Callable[[QAgent], torch.Tensor]] = {
        "targets": lambda agent: agent.td_target(batch),
        "loss": lambda agent: agent.loss(batch),
        "gradient": lambda agent: gradient(agent, batch),
    }
    return {name: torch.equal(look(whole), look(broken)) for name, look in looks.items()}


def last(result: Comparison, name: str) -> dict[str, float]:
    """Return each variant's diagnostic at the last examination, the median over its seeds."""
    return dict(zip(result.labels, np.median(result.diagnostics[name][:, :, -1], axis=1).tolist(), strict=True))


def highest(result: Comparison) -> dict[str, float]:
    """Return each variant's highest value at any examination, the median over its seeds."""
    tops = np.median(result.diagnostics["highest value"].max(2), axis=1)
    return dict(zip(result.labels, tops.tolist(), strict=True))


def over_training(
    kinds: Mapping[str, Settings | Callable[[int], QAgent]], steps: int, examinations: int
) -> Measurement:
    """Say how to train agents of each kind, and to keep their scores over training, by label."""

    def scores(seeds: range) -> dict[str, np.ndarray]:
        result = qlib.compare(dict(kinds), seeds, steps, "processes", examinations)
        return {label: result.over_training(label) for label in result.labels}

    how = f"{steps:,} steps, mean of {examinations} examinations on 20 unseen starts"
    return Measurement(scores, 128, how, held_out=64)


def both_scores(kinds: Mapping[str, Settings], steps: int, examinations: int) -> Measurement:
    """Say how to train agents of each kind, and to keep their scores at the end and over training."""

    def scores(seeds: range) -> dict[str, np.ndarray]:
        result = qlib.compare(dict(kinds), seeds, steps, "processes", examinations)
        ends = {f"{label}, at the end": result[label][:, -1] for label in result.labels}
        return ends | {f"{label}, over training": result.over_training(label) for label in result.labels}

    first, *others = kinds
    pairs = {f"{other}, {when}": f"{first}, {when}" for other in others for when in ("at the end", "over training")}
    how = f"{steps:,} steps, {examinations} examinations on 20 unseen starts"
    return Measurement(scores, 128, how, 64, against(pairs))


class Difference(NamedTuple):
    """One number per seed, of the seeds that were chosen on and of those that were held out."""

    chosen: np.ndarray
    held_out: np.ndarray

    def minus(self, other: Difference) -> Difference:
        """Subtract another difference of the same seeds."""
        return Difference(self.chosen - other.chosen, self.held_out - other.held_out)

    def loss(self) -> Interval:
        """Say by how much it lies below 0, on the seeds that were chosen on."""
        return mean_interval(-self.chosen)


class Found(NamedTuple):
    """Label to scores, shape (seeds,), of the seeds that were chosen on and of those that were held out."""

    chosen: Mapping[str, np.ndarray]
    held_out: Mapping[str, np.ndarray]

    def difference(self, ours: str, theirs: str) -> Difference:
        """Subtract one label's scores from another's."""
        return Difference(*(each[ours] - each[theirs] for each in self))


def recorded(name: str, measurement: Measurement, again: bool = False) -> Found:
    """Return a measurement on both sets of seeds.

    Args:
        name: of the measurement.
        measurement: how it is made.
        again: make it now, on both sets, and keep it.
    """
    records = Records(Path("records/catastrophe.json"), {name: measurement})  # beside the notebook
    return Found(records.measured(name, again), records.held_out(name))


def against_none(found: Found) -> dict[str, Difference]:
    """Subtract what agents without a target network score, at the end and over training, from what others do."""
    return {
        label: found.difference(label, f"none,{label.split(',')[-1]}") for label in found.chosen if "none" not in label
    }


def slow_losses(beside: Mapping[str, Difference]) -> dict[str, Interval]:
    """Return what the slow hard and the slow soft target network lose at the end."""
    slow = "hard, every 100, at the end", "soft, tau 0.01, at the end"
    return {label.split(",")[0]: beside[label].loss() for label in slow}


def sets(differences: Mapping[str, Difference]) -> Findings:
    """Draw differences on the seeds that were chosen on, on the held-out ones, and on the first two sixteens alone."""
    both = twice(*({words: each[i] for words, each in differences.items()} for i in (0, 1)))
    parts = {
        name: {words: mean_interval(each.chosen[part]) for words, each in differences.items()}
        for name, part in SIXTEENS.items()
    }
    return Findings(both, parts=parts)


def same_weights(kind: type[QAgent], seeds: int = 16, steps: int = 150) -> int:
    """Count the seeds after which an agent has the weights of qlib's, bit for bit, an update after each step."""
    return sum(torch.equal(_weights(QAgent, seed, steps), _weights(kind, seed, steps)) for seed in range(seeds))


def _weights(kind: type[QAgent], seed: int, steps: int) -> torch.Tensor:
    agent = kind(dataclasses.replace(BRIEF, compiled=False), seed)  # every line in plain PyTorch
    for _ in qlib.train(agent, steps=steps):
        pass
    return torch.cat([parameter.detach().flatten() for parameter in agent.online.parameters()])


def kept_by(forward: Callable[[], object]) -> tuple[int, int]:
    """Count the tensors, and their bytes, that autograd keeps of a forward pass for a `backward()` to come."""
    kept: list[int] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.nbytes)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        forward()
    return len(kept), sum(kept)


def times_as_long(one: Callable[[], object], other: Callable[[], object], rounds: int = 41) -> tuple[float, ...]:
    """Say how many times as long one call takes as another: the quartiles over rounds that time both in turn."""

    def taken(call: Callable[[], object]) -> float:
        start = time.perf_counter()
        for _ in range(100):
            call()
        return time.perf_counter() - start

    return tuple(np.quantile([taken(one) / taken(other) for _ in range(rounds)], [0.25, 0.5, 0.75]).tolist())
