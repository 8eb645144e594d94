"""Settings against each other over many seeds: the measurement behind every claim."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from functools import partial
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from qlib.core.agent import QAgent
from qlib.core.demands import demand_independent, demand_whole, is_whole
from qlib.core.settings import Settings
from qlib.engine.ensemble import Ensemble
from qlib.study.diagnostics import DIAGNOSTICS, Diagnostic, diagnose, named
from qlib.study.result import Comparison

Variant = Settings | Callable[[int], QAgent]
"""Settings, or a function from a seed to an agent: how a lesson compares an agent that it broke."""


def compare(
    variants: Mapping[str, Variant],
    seeds: int = 16,
    steps: int = 10_000,
    executor: Executor | str | None = None,
    checkpoints: int | Sequence[int] = 20,
    starts: int = 20,
    diagnostics: Sequence[str | Diagnostic] = (),
) -> Comparison:
    """Train each variant on the same seeds, and score the greedy policy as training goes on.

    Interrupting returns what was measured so far. `measure` gives the same numbers as they come.

    Args:
        variants: label to Settings, or to a function from a seed to a QAgent.
        seeds: agents per variant, seeds 0 to seeds - 1.
        steps: environment steps of each agent.
        executor: None trains in this process; "processes" uses the cores; anything with `submit` as in
            `concurrent.futures.Executor`, such as `client.get_executor()` of a Dask cluster, spreads the work.
        checkpoints: examinations, evenly spaced, the last at the end; or the steps at which to examine.
        starts: unseen starts in each examination, the same for all.
        diagnostics: what else to measure at each checkpoint: names from `qlib.diagnostics`, or functions from a
            QAgent to a number. They change nothing in the training.

    Returns:
        A Comparison.

    Raises:
        ValueError: if there is no variant, a number is not a whole number from 1 up, a diagnostic is unknown, or a
            variant's agents are not new ones of different seeds.
        TypeError: if a variant, a diagnostic or the executor is of another kind.
    """
    if executor is not None and executor != "processes" and not hasattr(executor, "submit"):
        raise TypeError(
            f"executor={executor!r} has no submit: give None, 'processes' or a concurrent.futures Executor."
        )
    plan = _Plan(variants, seeds, steps, checkpoints, starts, diagnostics)
    own = ProcessPoolExecutor(os.cpu_count()) if executor == "processes" else None
    pool, hands = (own, os.cpu_count()) if own else (executor, None)
    try:
        with tqdm(total=plan.values[:, 0].size, desc="compare", unit="score", leave=False) as bar:
            for scores in _here(plan) if pool is None else _spread(plan, pool, hands):
                bar.update(scores)
    except KeyboardInterrupt:
        plan.notes.append("Interrupted: what is missing was not measured.")
    finally:
        if own is not None:
            own.shutdown(cancel_futures=True)
    return plan.result()


def measure(
    variants: Mapping[str, Variant],
    seeds: int = 16,
    steps: int = 10_000,
    checkpoints: int | Sequence[int] = 20,
    starts: int = 20,
    diagnostics: Sequence[str | Diagnostic] = (),
    before_step: Callable[[], None] = lambda: None,
) -> Generator[Comparison, None, None]:
    """Train all variants side by side in this process, and yield what is known after each examination.

    The variants take turns at every checkpoint, so that all curves grow at one pace. Arguments and numbers are those
    of `compare`; they are checked at once. Whoever iterates may stop: between two yields nothing runs. `before_step`
    is called before each step of the agents; what it raises ends the measurement.

    Yields:
        A Comparison, NaN where nothing is measured yet; the last is what `compare` returns.
    """
    plan = _Plan(variants, seeds, steps, checkpoints, starts, diagnostics)
    return (plan.result() for _ in _here(plan, before_step))


def examine(
    variant: Variant,
    seeds: Sequence[int],
    at: Sequence[int],
    starts: int,
    diagnostics: Sequence[Diagnostic] = (),
    before_step: Callable[[], None] = lambda: None,
    together: int = 1,
) -> Iterator[np.ndarray]:
    """Train a group of agents in lock-step, and yield their scores and diagnostics at each checkpoint.

    Args:
        together: checkpoints to train on before they are all examined at once, which takes a fraction of the time.

    Yields:
        Shape (1 + diagnostics, len(seeds)): the scores first, -infinity where the loss is no longer finite.
    """
    ensemble = Ensemble([_maker(variant)(seed) for seed in seeds])
    waiting = []
    for checkpoint in at:
        while ensemble.steps < checkpoint:
            before_step()
            ensemble.step()
        policies, alive = ensemble.policies(), ensemble.alive.copy()
        beside = np.array([diagnose(agent, diagnostics) for agent in ensemble.agents])  # (seeds, diagnostics)
        if policies is None:
            yield np.vstack([np.where(alive, ensemble.evaluate(starts), -np.inf), beside.T])
            continue
        waiting.append((policies, alive, beside))
        if len(waiting) == together or checkpoint == at[-1]:
            scores = ensemble.evaluate_past([policies for policies, *_ in waiting], starts)
            for score, (_, alive, beside) in zip(scores, waiting, strict=True):
                yield np.vstack([np.where(alive, score, -np.inf), beside.T])
            waiting = []


def examine_all(
    variant: Variant, seeds: Sequence[int], at: Sequence[int], starts: int, diagnostics: Sequence[Diagnostic]
) -> np.ndarray:
    """Return all that `examine` yields, shape (1 + diagnostics, len(seeds), checkpoints): a worker's whole task."""
    return np.stack(list(examine(variant, seeds, at, starts, diagnostics, together=20)), axis=-1)


class _Plan:
    """What is to be measured, and what has been."""

    def __init__(self, variants, seeds, steps, checkpoints, starts, diagnostics) -> None:
        for name, value in {"seeds": seeds, "steps": steps, "starts": starts}.items():
            demand_whole(name, value)
        self.at = _steps(checkpoints, steps)
        self.diagnostics = named(diagnostics)
        _demand(variants, min(seeds, 2), self.diagnostics.values())
        self.labels, self.makers, self.seeds, self.starts = tuple(variants), list(variants.values()), seeds, starts
        self.values = np.full((len(variants), 1 + len(self.diagnostics), seeds, len(self.at)), np.nan)
        self.notes: list[str] = []

    def job(self, v: int, seeds: Sequence[int]) -> tuple[Variant, Sequence[int], Any, int, tuple[Diagnostic, ...]]:
        """Return the arguments with which `examine` measures some seeds of a variant."""
        return self.makers[v], seeds, self.at, self.starts, tuple(self.diagnostics.values())

    def result(self) -> Comparison:
        scores, *beside = np.moveaxis(self.values, 1, 0)
        notes = list(self.notes)
        for label, diverged in zip(self.labels, np.isneginf(scores).any(-1).sum(-1), strict=True):
            if diverged:
                notes.append(f"{label}: the loss of {diverged} of {self.seeds} seeds was no longer finite.")
        return Comparison(
            self.labels,
            self.at,
            np.where(np.isneginf(scores), np.nan, scores),
            tuple(notes),
            {name: values.copy() for name, values in zip(self.diagnostics, beside, strict=True)},
        )


def _here(plan: _Plan, before_step: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Fill the plan in this process, checkpoint by checkpoint; yield the number of new scores."""
    running = [examine(*plan.job(v, range(plan.seeds)), before_step) for v in range(len(plan.labels))]
    for c in range(len(plan.at)):
        for v, examination in enumerate(running):
            plan.values[v, :, :, c] = next(examination)
            yield plan.seeds


def _spread(plan: _Plan, pool: Any, hands: int | None) -> Iterator[int]:
    """Fill the plan by an executor's workers, group by group; yield the number of new scores.

    Lock-step pays for large groups, and many hands want small ones: a group for each hand, or if nobody knows how many
    there are, four a variant. What a worker does not give back is measured here.
    """
    groups_each = -(-hands // len(plan.labels)) if hands else 4
    size = -(-plan.seeds // groups_each)
    groups = [range(first, min(first + size, plan.seeds)) for first in range(0, plan.seeds, size)]
    jobs = [(v, group) for v in range(len(plan.labels)) for group in groups]
    futures: dict[Any, tuple] = {}
    lost: dict[tuple, Exception] = {}
    try:
        for v, group in jobs:
            try:
                futures[pool.submit(examine_all, *plan.job(v, group))] = v, group
            except Exception as error:
                lost[v, group] = error
        for future in as_completed(futures):
            v, group = futures[future]
            try:
                plan.values[v, :, group.start : group.stop] = future.result()
            except Exception as error:  # a worker died, or the variant cannot travel: each cluster has its own words
                lost[v, group] = error
            else:
                yield len(group) * len(plan.at)
    finally:
        for future in futures:
            future.cancel()
    if lost:
        why = next(iter(lost.values()))
        plan.notes.append(
            f"{len(lost)} of {len(jobs)} groups were trained in this process instead, because a worker said: "
            f"{type(why).__name__}: {why}"
        )
    for v, group in lost:
        plan.values[v, :, group.start : group.stop] = examine_all(*plan.job(v, group))
        yield len(group) * len(plan.at)


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


def _maker(variant: Variant) -> Callable[[int], QAgent]:
    return partial(QAgent, variant) if isinstance(variant, Settings) else variant


def _demand(variants: Mapping[str, Variant], seeds: int, diagnostics: Iterable[Diagnostic]) -> None:
    if not isinstance(variants, Mapping) or not variants:
        raise ValueError('variants must name at least one: compare({"mine": settings}).')
    for label, variant in variants.items():
        if not isinstance(label, str):
            raise TypeError(f"The label {label!r} is no text: name each variant in words.")
        tries = 1 if isinstance(variant, Settings) else seeds if callable(variant) else 0
        agents = [_maker(variant)(seed) for seed in range(tries)]  # a trial
        if not agents or not all(isinstance(agent, QAgent) for agent in agents):
            raise TypeError(f"{label!r} is {variant!r}; a variant is Settings, or a function from a seed to a QAgent.")
        demand_independent(agents, repr(label))
        diagnose(agents[0], [d for d in diagnostics if d in DIAGNOSTICS.values()])  # those can do without a memory
