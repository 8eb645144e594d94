"""What a comparison is to measure, checked before anything is trained, and what has been measured of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.demands import demand_independent, demand_whole, is_whole
from qlib.core.settings import Settings
from qlib.study.diagnostics import DIAGNOSTICS, Diagnostic, diagnose, named
from qlib.study.group import Task, Variant
from qlib.study.result import Comparison

Part = tuple[int, range]
"""A variant's number, and some of its seeds."""


class Plan:
    """What is to be measured, and what has been."""

    def __init__(self, variants, seeds, steps, checkpoints, starts, diagnostics) -> None:
        for name, value in {"steps": steps, "starts": starts}.items():
            demand_whole(name, value)
        seeds, steps, starts = _seeds(seeds), int(steps), int(starts)  # numpy's small ones overflow when added to
        self.at = _steps(checkpoints, steps)
        self.diagnostics = named(diagnostics)
        trial = _demand(variants, seeds, self.diagnostics.values())
        self.labels, self.notes = tuple(variants), list[str]()
        self.may_travel = all(agent.device.type == "cpu" for agent in trial)
        self.task = Task(list(variants.values()), seeds, self.at, starts, tuple(self.diagnostics.values()))

    @property
    def values(self) -> np.ndarray:
        return self.task.values

    def parts(self, whole: int, n: int) -> list[Part]:
        """Cut the work into (variant, seeds): so many variants stay whole, the others are cut in n."""
        seeds = self.task.seeds
        size = -(-len(seeds) // n)
        cuts = [seeds[first : first + size] for first in range(0, len(seeds), size)]
        return [(v, cut) for v in range(len(self.labels)) for cut in ([seeds] if v < whole else cuts)]

    def fill(self, part: Part, done: Task) -> None:
        """Put in what a part of the work has given."""
        v, seeds = part
        first = seeds.start - self.task.seeds.start
        self.values[v, :, first : first + len(seeds)] = done.values[0]
        self.task.failures += [(v, seed, step, error) for _, seed, step, error in done.failures]

    def demand_something(self) -> None:
        """Raise what a variant raised if nothing at all was measured: then there is nothing else to report."""
        if self.task.failures and np.isnan(self.values[:, 0]).all():
            raise self.task.failures[0][-1]

    def result(self) -> Comparison:
        scores, *beside = np.moveaxis(self.values, 1, 0)
        notes = list(self.notes)
        lost: dict[tuple[str, str], list[int]] = {}
        for v, seed, step, error in self.task.failures:
            why = f"lost before step {step:,}, because of {type(error).__name__}: {error}"
            lost.setdefault((self.labels[v], why), []).append(seed)
        for (label, why), seeds in lost.items():
            who = f"seed {seeds[0]} was" if len(seeds) == 1 else f"seeds {', '.join(map(str, sorted(seeds)))} were"
            notes.append(f"{label}: {who} {why}")
        for label, diverged in zip(self.labels, np.isneginf(scores).any(-1).sum(-1), strict=True):
            if diverged:
                n = len(self.task.seeds)
                notes.append(f"{label}: the loss of {diverged} of {n} seeds was no longer finite.")
        return Comparison(
            self.labels,
            self.at,
            np.where(np.isneginf(scores), np.nan, scores),
            tuple(notes),
            {name: values.copy() for name, values in zip(self.diagnostics, beside, strict=True)},
        )


def _seeds(seeds: int | range) -> range:
    """Return the seeds that a number or a range means."""
    if not isinstance(seeds, range):
        demand_whole("seeds", seeds)
        return range(int(seeds))
    if not seeds or seeds.step != 1 or seeds.start < 0:
        raise ValueError(
            f"seeds={seeds} is not allowed: give a number of them, or a range without gaps that holds a seed, from 0 "
            "up, such as range(5000, 5032)."
        )
    return seeds


def _steps(checkpoints: int | Sequence[int], steps: int) -> np.ndarray:
    """Return the environment steps at which to examine, shape (checkpoints,)."""
    if not isinstance(checkpoints, Sequence | np.ndarray):
        demand_whole("checkpoints", checkpoints)
        return np.unique(np.linspace(0, steps, min(checkpoints, steps) + 1).round().astype(int)[1:])
    at = list(checkpoints)
    if not at or not all(map(is_whole, at)) or at != sorted(set(at)) or at[0] < 1 or at[-1] > steps:
        raise ValueError(
            f"checkpoints={checkpoints!r} is not allowed: give a number of them, or whole steps that rise, from 1 to "
            f"steps={steps}."
        )
    return np.array(at)


def _demand(variants: Mapping[str, Variant], seeds: range, diagnostics: Iterable[Diagnostic]) -> list[QAgent]:
    """Refuse what is no variant before anything is trained, and return an agent of each that could be made."""
    if not isinstance(variants, Mapping) or not variants:
        raise ValueError('variants must name at least one: compare({"mine": settings}).')
    known = [d for d in diagnostics if d in DIAGNOSTICS.values()]  # those can do without a memory
    found = []
    for label, variant in variants.items():
        if not isinstance(label, str):
            raise TypeError(f"The label {label!r} is no text: name each variant in words.")
        agents = [QAgent(variant)] if isinstance(variant, Settings) else _trial(variant, seeds)
        if not all(isinstance(agent, QAgent) for agent in agents):
            raise TypeError(f"{label!r} is {variant!r}; a variant is Settings, or a function from a seed to a QAgent.")
        demand_independent(agents, repr(label))
        if any(agent.settings != agents[0].settings for agent in agents):
            raise ValueError(
                f"{label!r} has agents of different settings: the agents of a variant differ in the seeds."
            )
        for agent in agents[:1]:
            diagnose(agent, known)
            found.append(agent)
    return found


def _trial(variant: Any, seeds: range) -> list[Any]:
    """Make a function's agents once; one that cannot be made is reported when it is measured, beside the others."""
    agents = []
    for seed in seeds:
        try:
            agents.append(variant(seed) if callable(variant) else variant)
        except Exception:
            continue
    return agents
