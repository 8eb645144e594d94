"""How often each instrument was right on the drawer's agents: what `records/debugging.json` holds, and its code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

import qlib
from qlib.core.memory import Batch
from qlib.lessons.debugging import faults
from qlib.study import hands
from qlib.study.held_out import Differences, Measurement, Records, against_the_first, no_claims
from qlib.study.instruments import LOOKS

SOUND, SPARE = faults.FAULTS[faults.Whole], "nothing is wrong, other seeds"
LABELS = [*faults.FAULTS.values(), SPARE]
SYMPTOMS = ("score", "highest value / ceiling", "gap between actions", "loss", "gradient")
COUNTED = "counted rows"
COUNTS = ("rows", "next observation", "rewards", "ends", "updates")  # lines of the audit that compare what was stored
Numbers = Mapping[str, np.ndarray]


def maker(label: str) -> Callable[[qlib.Settings, int], qlib.QAgent]:
    """Return what makes an agent with a fault from settings and a seed; SPARE is the sound one on seeds of its own."""
    if label == SPARE:
        return lambda settings, seed: faults.Whole(settings, 10_000 + seed)
    return faults.named(label)


def gradient(agent: qlib.QAgent) -> float:
    """Return the norm of the gradient of an agent's own loss, on 256 transitions of its memory."""
    slots = torch.randint(len(agent.memory), (256,), generator=torch.Generator().manual_seed(0))
    batch = Batch(*(column[slots] for column in agent.memory.storage))
    parts = torch.autograd.grad(agent.loss(batch), list(agent.online.parameters()), allow_unused=True)
    return float(torch.cat([part.flatten() for part in parts if part is not None]).norm())


def symptoms(seeds: range, steps: int = 600) -> Numbers:
    """Train each agent, and take SYMPTOMS at the end: label to an array (seeds, symptoms)."""
    variants = {label: functools.partial(maker(label), faults.SETTINGS) for label in LABELS}
    looked = ("highest value", "action gap", "loss", gradient)
    found = qlib.compare(variants, seeds, steps, "here", checkpoints=1, starts=20, diagnostics=looked)
    ceiling = 1 / (1 - faults.SETTINGS.gamma)
    highest, gap, loss, norm = (
        found.diagnostics[name][:, :, -1] for name in ("highest value", "action gap", "loss", "gradient")
    )
    columns = np.stack([found.scores[:, :, -1], highest / ceiling, gap, loss, norm], axis=-1)
    return dict(zip(LABELS, columns, strict=True))


def audits(seeds: Sequence[int], episodes: int = 20) -> Numbers:
    """Audit each agent: label to an array (seeds, LOOKS), 1 where a finding is suspicious, else 0."""

    def one(job: tuple[str, int]) -> list[int]:
        label, seed = job
        suspicious = qlib.audit(lambda k: maker(label)(faults.SETTINGS, 100 * seed + k), episodes).suspicious
        return [int(name in suspicious) for name in LOOKS]

    return _by_label(one, seeds)


def probed(seeds: Sequence[int]) -> Numbers:
    """Train each agent on each probe: label to an array (seeds, probes), 1 where the probe fails, else 0."""

    def one(job: tuple[str, int]) -> list[int]:
        label, seed = job

        def make(settings: qlib.Settings) -> qlib.QAgent:
            return maker(label)(faults.probing(settings), seed)

        return [int(not verdict.passed) for verdict in qlib.probes.examine(make)]

    return _by_label(one, seeds)


def _by_label(one: Callable[[tuple[str, int]], list[int]], seeds: Sequence[int]) -> Numbers:
    """Call a function with each label and seed, on all cores; return the rows by label."""
    rows = np.array(hands.each(one, [(label, seed) for label in LABELS for seed in seeds]))
    return dict(zip(LABELS, rows.reshape(len(LABELS), len(seeds), -1), strict=True))


def alarms(
    symptoms: Numbers, probed: Numbers, audits: Numbers, whole: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Say of each instrument on which agents it gave an alarm: name to an array (labels, seeds) of bool.

    A score is an alarm below those of the sound agents, another symptom above or below theirs; a probe when it fails;
    a line of the audit when it is suspicious. SPARE, the last label, shows the false alarms: it had no part in this.

    Args:
        symptoms, probed, audits: what was measured.
        whole: symptoms of the sound agents that set the limits, shape (seeds, SYMPTOMS); None: those measured here.
    """
    whole = symptoms[SOUND] if whole is None else whole
    low, high = whole.min(0), np.where(np.array(SYMPTOMS) == "score", np.inf, whole.max(0))
    found = {
        name: np.array([(symptoms[label][:, i] < low[i]) | (symptoms[label][:, i] > high[i]) for label in LABELS])
        for i, name in enumerate(SYMPTOMS)
    }
    counts = [i for i, name in enumerate(LOOKS) if name in COUNTS]
    found[COUNTED] = np.array([audits[label][:, counts].any(1) for label in LABELS])
    found["any probe"] = np.array([probed[label].any(1) for label in LABELS])
    for i, name in enumerate(LOOKS):
        each = np.array([audits[label][:, i] for label in LABELS]).astype(bool)
        if each.any():  # the others never spoke
            found[f"audit: {name}"] = each
    found["audit"] = np.array([audits[label].any(1) for label in LABELS])
    return found


def right(found: Mapping[str, np.ndarray]) -> dict[str, tuple[float, float, int]]:
    """Say of each instrument its share of hits, its share of false alarms, and the faults it finds on most seeds."""
    faulty = [label not in (SOUND, SPARE) for label in LABELS]
    return {
        name: (float(each[faulty].mean()), float(each[-1].mean()), int((each[faulty].mean(1) > 0.5).sum()))
        for name, each in found.items()
    }


def held_out_right() -> dict[str, tuple[float, float, int]]:
    """Say how often each instrument was right on the seeds that were held out, with the limits of the others."""
    found = {name: RECORDS.held_out(name) for name in RECORDS.measurements}
    return right(alarms(**found, whole=measured("symptoms")[SOUND]))


def both_rows(names: Sequence[str]) -> list[str]:
    """Write the share of hits and of false alarms of some instruments and of the audit, on both sets of seeds."""
    chosen, fresh = right(alarms(**{name: measured(name) for name in RECORDS.measurements})), held_out_right()
    rows = [f"{'':24} {'hits':6}{'held out':10}{'false':7}held out"]
    for name in (*names, "audit"):
        (hits, false, _), (again, wrong, _) = chosen[name], fresh[name]
        rows.append(f"{name:24} {hits:4.0%}  {again:6.0%}    {false:4.0%}   {wrong:6.0%}")
    return rows


def _scores(symptoms: Numbers) -> Differences:
    return against_the_first({label: values[:, 0] for label, values in symptoms.items()})


RECORDS = Records(
    Path("records/debugging.json"),  # beside the notebook
    {
        "symptoms": Measurement(symptoms, 16, "600 steps, 20 unseen starts; in the order of SYMPTOMS", 32, _scores),
        "probed": Measurement(probed, 16, "1: the probe fails", 32, no_claims),
        "audits": Measurement(
            audits, 16, f"20 episodes; 1: suspicious; in this order: {', '.join(LOOKS)}", 32, no_claims
        ),
    },
)
measured = RECORDS.measured
