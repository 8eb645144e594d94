"""The remedies of lesson 12, one change of the base each, what they are compared with, and their tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from scipy import stats

from qlib.core.agent import QAgent
from qlib.core.memory import ReplayMemory
from qlib.core.network import QNetwork, build_optimizer
from qlib.core.settings import ORIGINAL, RECOMMENDED, Settings
from qlib.lessons.forgetting_and_memory.flights import BASE
from qlib.show.table import Table
from qlib.study.compare import compare
from qlib.study.held_out import Twice
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, corrected

STEPS = 20_000
Variant = Settings | Callable[[int], QAgent]


class KeepingFalls(ReplayMemory):
    """A ring that skips the slots which hold a fall, until falls fill half of it."""

    cursor = 0

    def next_slot(self) -> int:
        """Return the slot where the next transition goes."""
        fallen = self.storage.terminated.numpy()
        if fallen.mean() < 0.5:
            while fallen[self.cursor]:
                self.cursor = (self.cursor + 1) % self.capacity
        slot, self.cursor = self.cursor, (self.cursor + 1) % self.capacity
        return slot


def keeping(settings: Settings) -> Callable[[int], QAgent]:
    """Return a function from a seed to an agent whose memory spares the falls."""

    def make(seed: int) -> QAgent:
        agent = QAgent(settings, seed)
        agent.memory = KeepingFalls(settings.memory_size)
        return agent

    return make


class Residual(QNetwork):
    """A QNetwork whose second layer adds its input to its output (He et al. 2016)."""

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Value both actions: (B, 4) to (B, 2)."""
        first, relu, second, _, last = self.layers
        x = relu(first(observations if self.scale is None else observations / self.scale))
        return last(x + relu(second(x)))


class ResidualAgent(QAgent):
    """A QAgent with a residual network."""

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        super().__init__(settings, seed)
        generator = torch.Generator().manual_seed(seed)
        self.online = Residual(4, 2, settings.hidden, settings.observation_scale, generator)
        self.optimizer = build_optimizer(self.online, settings)


FALLING: dict[str, Any] = {"learning_rate_end": 4e-6, "learning_rate_steps": STEPS}
SOFT: dict[str, Any] = {"target_network": "soft", "tau": 0.02}
CHANGES: dict[str, dict[str, Any]] = {
    "base": {},
    **{f"memory {size:,}": {"memory_size": size} for size in (64, 500, 2_000, 100_000)},
    "hard target": {"target_network": "hard", "target_every": 200},
    "soft target": SOFT,
    "soft target, Double DQN": {**SOFT, "double": True},
    "lower rate": {"learning_rate": 5e-4},
    "falling rate": FALLING,
    "weight decay": {"weight_decay": 0.01},
    "gamma 0.998": {"gamma": 0.998},
    "64-64 units": {"hidden": (64, 64)},
    "prioritized": {"replay": "prioritized", "priority_beta_steps": STEPS},
}
"""What is changed about the base, one thing at a time."""

OUT: dict[str, dict[str, Any]] = {
    "double": {"double": False},
    "target network": {"target_network": "none", "double": False},
    "gamma 0.998": {"gamma": BASE.gamma},
    "falling rate": {"learning_rate_end": None},
    "weight decay": {"weight_decay": 0.0},
    "64-64 units": {"hidden": BASE.hidden},
    "memory 50,000": {"memory_size": BASE.memory_size},
    "rewards times 0.1": {"reward_scale": 1.0},
    "doubled ranges": {"observation_scale": BASE.observation_scale},
    "tau 0.05": {"tau": 0.01},
    "500 steps before": {"learning_starts": 0},
    "60 episodes": {"epsilon_episodes": BASE.epsilon_episodes},
}
"""What RECOMMENDED goes back to in the base, one thing at a time."""

BATCHES: dict[str, dict[str, Any]] = {
    **{f"batch {size}": {"batch_size": size} for size in (16, 128)},
    **{f"gradient clipped to {norm}": {"max_gradient_norm": float(norm)} for norm in (1, 10)},
}
"""The original's other suspects: the size of a batch, and gradients that explode."""


def variants() -> dict[str, Variant]:
    """List all that the record "remedies" measures."""
    found: dict[str, Variant] = {label: dataclasses.replace(BASE, **change) for label, change in CHANGES.items()}
    for size in (500, 2_000):
        found[f"{size:,}, keeping falls"] = keeping(dataclasses.replace(BASE, memory_size=size))
    found["soft target, falling rate"] = dataclasses.replace(BASE, **SOFT, **FALLING)
    found["memory 500, falling rate"] = dataclasses.replace(BASE, memory_size=500, **FALLING)
    recommended = dataclasses.replace(RECOMMENDED, learning_rate_steps=STEPS)
    found["RECOMMENDED"] = recommended
    found["residual"] = lambda seed: ResidualAgent(BASE, seed)
    return found | {f"without {name}": dataclasses.replace(recommended, **change) for name, change in OUT.items()}


def measure(seeds: range) -> Comparison:
    """Measure every remedy; 64 seeds take an hour."""
    return compare(variants(), seeds, steps=STEPS)


def measure_batches(seeds: range) -> Comparison:
    """Measure batch sizes and clipped gradients beside the base, for 10,000 steps; this takes half an hour."""
    chosen = {label: dataclasses.replace(BASE, **change) for label, change in {"base": {}, **BATCHES}.items()}
    return compare(chosen, seeds, steps=STEPS // 2, checkpoints=10)


ORIGINAL_SIZES = (1_000, 10_000, 100_000)


def measure_original(seeds: range) -> Comparison:
    """Measure three sizes of memory in the original's own settings; this takes a quarter of an hour or more."""
    sizes = {f"memory {size:,}": dataclasses.replace(ORIGINAL, memory_size=size) for size in ORIGINAL_SIZES}
    return compare(sizes, seeds, steps=STEPS, diagnostics=("falls in memory",))


def original_table(own: Comparison) -> Table:
    """Tell what the memory's size changes in the original's settings, against its own 10,000."""
    base, lines = "memory 10,000", [f"{'':16} {'falls held':>10} {'final score':>16} {'over training':>18}"]
    held = own.diagnostics["falls in memory"][:, :, -1].mean(1)
    for label, falls in zip(own.labels, held, strict=True):
        end = own.difference(label, base)
        way = own.difference(label, base, when="over training")
        changes = f"{end:+4.0f}  {way:+4.0f}" if label != base else "compared with"
        lines.append(f"{label:16} {falls:10.0f}   {changes}")
    return Table(*lines)


def sized(memory_size: int) -> Settings:
    """Return the base with another size of memory."""
    return dataclasses.replace(BASE, memory_size=memory_size)


def choose(memory_size: int, learning_rate: float, target_network: Any, rate_falls: bool, keep_falls: bool) -> Variant:
    """Return what the playground's controls say."""
    end: dict[str, Any] = {"learning_rate_end": 4e-6, "learning_rate_steps": 3_000} if rate_falls else {}
    chosen = dataclasses.replace(
        sized(memory_size), learning_rate=learning_rate, target_network=target_network, tau=0.02, **end
    )
    return keeping(chosen) if keep_falls else chosen


def against(result: Comparison, label: str, base: str) -> tuple[Interval, Interval, Interval]:
    """Return a variant's change of final score, of the share that ends solved, and of the score over training."""
    score, share = result.difference(label, base), result.difference(label, base, bar=475)
    return score, share, result.difference(label, base, when="over training")


Rows = Mapping[str, tuple[Interval, Interval, Interval]]


def rows(result: Comparison, labels: Iterable[str], base: str = "base") -> dict[str, tuple]:
    """Compare each of some variants with a base: see `against`."""
    return {label: against(result, label, base) for label in labels}


def table(found: Rows) -> Table:
    """Tell changes with their intervals; a triangle marks one that leaves 0 out."""
    lines = [f"{'':26} {'final score':^24}   {'share that ends solved':^22}   {'over training':^22}"]
    for label, (score, share, way) in found.items():
        ends = f"{score:+4.0f}    {_sign(score)}   {share:+5.2f} {_sign(share)}"
        lines.append(f"{label:26}  {ends}   {way:+4.0f}    {_sign(way)}")
    return Table(*lines)


def sure(found: Rows, which: int, up: bool = True) -> list[str]:
    """List variants whose change (0: final score, 1: share, 2: over training) has its interval above 0, or below it."""
    return [label for label, changes in found.items() if (changes[which].above() if up else changes[which].below())]


def survivors(result: Comparison, labels: Iterable[str], base: str = "base") -> list[str]:
    """List the changes that are still shown when they are corrected for the number of all three measures' rows."""
    chances: dict[str, float] = {}
    for label in labels:
        high = [result[each][:, -1] >= 475 for each in (label, base)]
        up, down = int((high[0] & ~high[1]).sum()), int((high[1] & ~high[0]).sum())
        chances[f"{label}, share"] = stats.binomtest(up, up + down).pvalue if up + down else 1.0  # McNemar's, exact
        samples = {"final score": result[label][:, -1] - result[base][:, -1]}
        samples["over training"] = result.over_training(label) - result.over_training(base)
        chances |= {f"{label}, {name}": float(stats.ttest_1samp(x, 0).pvalue) for name, x in samples.items()}
    return corrected(chances)


def twice(chosen: Comparison, fresh: Comparison, labels: Iterable[str], base: str = "base") -> dict[str, Twice]:
    """Put each change of the three measures on both sets of seeds, corrected for the number of their rows."""
    labels = list(labels)
    left, names = survivors(chosen, labels, base), ("final score", "share", "over training")
    return {
        f"{label}, {name}": Twice(one, other, f"{label}, {name}" in left)
        for label in labels
        for name, one, other in zip(names, against(chosen, label, base), against(fresh, label, base), strict=True)
    }


def shown(claims: Mapping[str, Twice]) -> list[str]:
    """List the changes that are shown: corrected, and on the same side of 0 on the seeds that were held out."""
    lines = [f"{'':40} {'chosen on':24} held out"]
    for label, claim in claims.items():
        if claim.verdict() != "open":
            digits = "+.2f" if label.endswith("share") else "+.0f"
            lines.append(f"{label:40} {f'{claim.chosen:{digits}}':24} {claim.held_out:{digits}}")
    return lines


def _sign(change: Interval) -> str:
    return "▲" if change.above() else "▼" if change.below() else " "
