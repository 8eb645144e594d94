"""Agents that differ in their seeds: trained in lock-step, examined on the way, and what to do if one fails."""

from __future__ import annotations

import contextlib
import copy
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import numpy as np

from qlib.core.agent import QAgent
from qlib.core.settings import Settings
from qlib.core.training import EndlessError
from qlib.engine.ensemble import Ensemble
from qlib.study.diagnostics import Diagnostic, diagnose

Variant = Settings | Callable[[int], QAgent]
"""Settings, or a function from a seed to an agent: how a lesson compares an agent that it broke."""


@dataclass
class Task:
    """Variants to be measured on some seeds, and what is known of them."""

    variants: Sequence[Variant]
    seeds: range
    at: np.ndarray
    """Environment steps at the checkpoints, shape (checkpoints,)."""
    starts: int
    """Unseen starts in each examination."""
    diagnostics: tuple[Diagnostic, ...]
    values: np.ndarray = field(init=False)
    """Scores, and then the diagnostics, shape (variants, 1 + diagnostics, seeds, checkpoints); NaN: not measured;
    -infinity: the loss was no longer finite."""
    failures: list[tuple[int, int, int, Exception]] = field(default_factory=list)
    """Variant, seed, the checkpoint's step that was not reached, and why."""

    def __post_init__(self) -> None:
        shape = (len(self.variants), 1 + len(self.diagnostics), len(self.seeds), len(self.at))
        self.values = np.full(shape, np.nan)

    def part(self, v: int, seeds: range) -> Task:
        """Return a task for some seeds of one variant."""
        return Task(self.variants[v : v + 1], seeds, self.at, self.starts, self.diagnostics)

    def travelling(self) -> Self:
        """Return what another process must know of it: the variants need not be such as can be sent."""
        known = copy.copy(self)
        known.variants, known.diagnostics = (), ()
        known.failures = [(*where, _sendable(error)) for *where, error in self.failures]  # type: ignore[misc]
        return known


class Group:
    """Agents of one variant that learn in lock-step, with the examinations that are still to be made.

    Args:
        task: what is measured.
        v: of which variant.
        seeds: on which of its seeds.
        in_exams: see `turns`.
    """

    def __init__(self, task: Task, v: int, seeds: range, in_exams: Callable[[], None]) -> None:
        self.task, self.v, self.seeds, self.in_exams = task, v, seeds, in_exams
        with _failing():
            self.ensemble = Ensemble([make(task.variants[v], seed) for seed in seeds])
        self._waiting: list[tuple] = []

    def train(self, c: int, before_step: Callable[[], None]) -> None:
        """Train up to checkpoint c, and keep what its examination needs."""
        ensemble = self.ensemble
        while ensemble.steps < self.task.at[c]:
            before_step()
            try:
                ensemble.step()
            except Exception as error:
                raise _Failed(error) from error
        with _failing():
            beside = np.array([diagnose(agent, self.task.diagnostics) for agent in ensemble.agents])
            policies = ensemble.policies()
            scores = ensemble.evaluate(self.task.starts, before_step=self.in_exams) if policies is None else None
        self._waiting.append((c, policies, scores, ensemble.alive.copy(), beside))

    @property
    def waiting(self) -> int:
        """The number of examinations to be made."""
        return len(self._waiting)

    def examine(self) -> None:
        """Make the examinations: all at once takes a fraction of the time that they take one by one.

        Interrupted, they are still to be made.
        """
        past = iter(self._past([policies for _, policies, *_ in self._waiting if policies is not None]))
        first = self.seeds.start - self.task.seeds.start
        for c, policy, scores, alive, beside in self._waiting:
            score = scores if policy is None else next(past)
            found = np.vstack([np.where(alive, score, -np.inf), beside.T])
            self.task.values[self.v, :, first : first + len(self.seeds), c] = found
        self._waiting = []

    def _past(self, policies: list[np.ndarray]) -> np.ndarray | list:
        """Score policies of several times, shape (policies, seeds); if one fails, each agent's alone: its are NaN."""
        if not policies:
            return []
        errors: dict[int, Exception] = {}
        play = partial(self.ensemble.evaluate_past, starts=self.task.starts, before_step=self.in_exams)
        with contextlib.suppress(Exception):
            try:
                return play(policies)
            except EndlessError as error:  # one agent after the other would take as long again
                errors = dict.fromkeys(range(len(self.seeds)), error)
        scores = np.full((len(policies), len(self.seeds)), np.nan)
        for i in set(range(len(self.seeds))) - errors.keys():
            try:
                scores[:, i] = play([policy[i : i + 1] for policy in policies])[:, 0]
            except Exception as error:
                errors[i] = error
        step = int(self.task.at[self._waiting[0][0]])
        self.task.failures += [(self.v, self.seeds[i], step, error) for i, error in errors.items()]
        return scores


def turns(
    task: Task,
    before_step: Callable[[], None] = lambda: None,
    together: int = 1,
    in_exams: Callable[[], None] = lambda: None,
) -> Iterator[int]:
    """Measure a task: its variants take turns at every checkpoint; yield the number of new scores after each turn.

    A group of which one agent fails begins again, each agent alone, and only the failing one is lost. Interrupted, it
    examines what was trained up to then.

    Args:
        before_step: called before each step; what it raises ends the measurement.
        together: checkpoints that are examined at once.
        in_exams: called before each step of an examination; what it raises ends the measurement if it is no Exception,
            which would be a failure of the agents.
    """
    plans = [(v, task.seeds) for v in range(len(task.variants))]
    groups: dict[tuple[int, range], Group] = {}
    try:
        for c in range(len(task.at)):
            for plan in list(plans):
                for part in _train(task, plan, c, groups, plans, before_step, in_exams):
                    if groups[part].waiting >= together:  # more, where it began again
                        groups[part].examine()
                yield len(plan[1])
    finally:
        for group in groups.values():
            group.examine()


def finish_all(
    task: Task, pause: Callable[[], None] = lambda: None, tell: Callable[[int], object] = lambda n: None
) -> Task:
    """Measure a task to its end, or as far as an interrupt lets it, and return what is known: what a worker does."""
    try:
        for scores in turns(task, pause, together=len(task.at)):
            tell(scores)
    except KeyboardInterrupt:
        pass  # whoever interrupted knows
    return task.travelling()


def _train(
    task: Task, plan: tuple[int, range], c: int, groups: dict, plans: list, before_step: Callable, in_exams: Callable
) -> list:
    """Train one group up to checkpoint c, or if it fails each of its agents; return those that got there."""
    v, seeds = plan
    try:
        if plan not in groups:
            groups[plan] = Group(task, v, seeds, in_exams)
            for missed in range(c):
                groups[plan].train(missed, before_step)
        groups[plan].train(c, before_step)
        return [plan]
    except _Failed as failed:
        plans.remove(plan)
        if len(seeds) == 1:
            task.failures.append((v, seeds[0], int(task.at[c]), failed.error))
            return []
        groups.pop(plan, None)
        alone = [(v, range(seed, seed + 1)) for seed in seeds]
        plans += alone
        return [part for one in alone for part in _train(task, one, c, groups, plans, before_step, in_exams)]


def make(variant: Variant, seed: int) -> QAgent:
    """Make the agent of a variant and a seed."""
    return QAgent(variant, seed) if isinstance(variant, Settings) else variant(seed)


class _Failed(Exception):
    """An agent failed; what `before_step` raises is nobody's failure."""

    def __init__(self, error: Exception) -> None:
        self.error = error


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise _Failed(error) from error


def _sendable(error: Exception) -> Exception:
    """Return an error as it is, or its words where it cannot travel to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
