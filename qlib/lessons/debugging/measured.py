"""How often each instrument was right on the drawer's agents: what `records/debugging.json` holds, and its code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch

import qlib
from qlib.core.memory import Batch
from qlib.lessons.debugging import drawer
from qlib.study.instruments import LOOKS

SEEDS = 16
SOUND, SPARE = drawer.FAULTS[drawer.Whole], "nothing is wrong, other seeds"
LABELS = [*drawer.FAULTS.values(), SPARE]
SYMPTOMS = ("score", "highest value / ceiling", "gap between actions", "loss", "gradient")
Numbers = Mapping[str, np.ndarray]


def maker(label: str) -> Callable[[qlib.Settings, int], qlib.QAgent]:
    """Return what makes an agent with a fault from settings and a seed; SPARE is the sound one on seeds of its own."""
    if label == SPARE:
        return lambda settings, seed: drawer.Whole(settings, 10_000 + seed)
    return drawer.named(label)


def gradient(agent: qlib.QAgent) -> float:
    """Return the norm of the gradient of an agent's own loss, on 256 transitions of its memory."""
    slots = torch.randint(len(agent.memory), (256,), generator=torch.Generator().manual_seed(0))
    batch = Batch(*(column[slots] for column in agent.memory.storage))
    parts = torch.autograd.grad(agent.loss(batch), list(agent.online.parameters()), allow_unused=True)
    return float(torch.cat([part.flatten() for part in parts if part is not None]).norm())


def symptoms(steps: int = 1_500, seeds: int = SEEDS) -> Numbers:
    """Train each agent, and take SYMPTOMS at the end: label to an array (seeds, symptoms)."""
    variants = {label: functools.partial(maker(label), drawer.SETTINGS) for label in LABELS}
    looked = ("highest value", "action gap", "loss", gradient)
    found = qlib.compare(
        variants, seeds=seeds, steps=steps, checkpoints=1, starts=20, diagnostics=looked, executor="here"
    )
    ceiling = 1 / (1 - drawer.SETTINGS.gamma)
    highest, gap, loss, norm = (
        found.diagnostics[name][:, :, -1] for name in ("highest value", "action gap", "loss", "gradient")
    )
    columns = np.stack([found.scores[:, :, -1], highest / ceiling, gap, loss, norm], axis=-1)
    return dict(zip(LABELS, columns, strict=True))


def audits(episodes: int = 30, seeds: int = SEEDS) -> Numbers:
    """Audit each agent: label to an array (seeds, LOOKS), 1 where a finding is suspicious, else 0."""

    def one(label: str, seed: int) -> list[int]:
        suspicious = qlib.audit(lambda k: maker(label)(drawer.SETTINGS, 100 * seed + k), episodes).suspicious
        return [int(name in suspicious) for name in LOOKS]

    return {label: np.array([one(label, seed) for seed in range(seeds)]) for label in LABELS}


def probed(seeds: int = SEEDS) -> Numbers:
    """Train each agent on each probe: label to an array (seeds, probes), 1 where the probe fails, else 0."""

    def one(label: str, seed: int) -> list[int]:
        def make(settings: qlib.Settings) -> qlib.QAgent:
            return maker(label)(replace(settings, target_network="soft", tau=0.2, double=True), seed)

        return [int(not verdict.passed) for verdict in qlib.probes.examine(make)]

    return {label: np.array([one(label, seed) for seed in range(seeds)]) for label in LABELS}
