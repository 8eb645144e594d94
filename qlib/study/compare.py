"""Settings against each other over many seeds: the measurement behind every claim."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor
from concurrent.futures import wait as wait_for
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from qlib.core.agent import QAgent
from qlib.core.demands import demand_independent, demand_whole, is_whole
from qlib.core.settings import Settings
from qlib.engine.takeover import can_compile
from qlib.study import hands
from qlib.study.diagnostics import DIAGNOSTICS, Diagnostic, diagnose, named
from qlib.study.group import Task, Variant, finish_all, turns
from qlib.study.result import Comparison

WORTH_A_PROCESS = 10_000  # steps of one agent: below, one process is done before another has begun
PLACES = (None, "here", "processes")


def compare(
    variants: Mapping[str, Variant],
    seeds: int = 16,
    steps: int = 10_000,
    executor: Executor | str | None = None,
    checkpoints: int | Sequence[int] = 20,
    starts: int = 20,
    diagnostics: Sequence[str | Diagnostic] = (),
    timeout: float = 3_600.0,
) -> Comparison:
    """Train each variant on the same seeds, and score the greedy policy as training goes on.

    All cores of this machine work on it (on Linux), with the numbers that one core would give. Interrupting returns
    what was measured so far. `measure` gives the same numbers as they come.

    Args:
        variants: label to Settings, or to a function from a seed to a QAgent. It may be called in another process:
            what it writes down elsewhere stays there.
        seeds: agents per variant, seeds 0 to seeds - 1.
        steps: environment steps of each agent.
        executor: None uses the cores of this machine; "here" trains in this process; anything with `submit` as in
            `concurrent.futures.Executor`, such as `client.get_executor()` of a Dask cluster, spreads the work.
        checkpoints: examinations, evenly spaced, the last at the end; or the steps at which to examine.
        starts: unseen starts in each examination, the same for all.
        diagnostics: what else to measure at each checkpoint: names from `qlib.diagnostics`, or functions from a
            QAgent to a number. They change nothing in the training; what one keeps for itself, it keeps in the process
            that it runs in.
        timeout: seconds to wait for the next news of an executor's workers; then what is missing is given up.

    Returns:
        A Comparison. What failed on the way, of which variant and seed, stands in its notes, and is NaN in the scores.

    Raises:
        ValueError: if there is no variant, a number is not a whole number from 1 up, a diagnostic is unknown, or a
            variant's agents are not new ones of different seeds.
        TypeError: if a variant, a diagnostic or the executor is of another kind.
        Exception: what a variant raised, if there is nothing else to report.
    """
    if executor not in PLACES and not hasattr(executor, "submit"):
        raise TypeError(
            f"executor={executor!r} has no submit: give None, 'here', 'processes' or a concurrent.futures Executor."
        )
    plan = _Plan(variants, seeds, steps, checkpoints, starts, diagnostics)
    cores = 1 if executor == "here" or not plan.may_travel else hands.hands()
    if executor is None and len(plan.labels) * seeds * steps < WORTH_A_PROCESS:
        cores = 1
    with tqdm(total=plan.values[:, 0].size, desc="compare", unit="score", leave=False) as bar:
        try:
            if hasattr(executor, "submit"):
                _submit(plan, executor, timeout, bar.update)
            elif cores > 1:
                _fork(plan, cores, bar.update)
            else:
                for scores in turns(plan.task, together=len(plan.at)):
                    bar.update(scores)
        except KeyboardInterrupt:
            plan.notes.append("Interrupted: what is missing was not measured.")
    plan.demand_something()
    return plan.result()


def measure(
    variants: Mapping[str, Variant],
    seeds: int = 16,
    steps: int = 10_000,
    checkpoints: int | Sequence[int] = 20,
    starts: int = 20,
    diagnostics: Sequence[str | Diagnostic] = (),
    before_step: Callable[[], None] = lambda: None,
    in_exams: Callable[[], None] = lambda: None,
) -> Generator[Comparison, None, None]:
    """Train all variants side by side in this process, and yield what is known after each examination.

    The variants take turns at every checkpoint, so that all curves grow at one pace. Arguments and numbers are those
    of `compare`; they are checked at once. Whoever iterates may stop: between two yields nothing runs. `before_step`
    is called before each step of the agents, `in_exams` before each step of an examination: what they raise ends the
    measurement (an Exception in an examination is a failure of the agents).

    Yields:
        A Comparison, NaN where nothing is measured yet; the last is what `compare` returns.
    """
    plan = _Plan(variants, seeds, steps, checkpoints, starts, diagnostics)
    return _results(plan, before_step, in_exams)


def _results(plan: _Plan, before_step: Callable, in_exams: Callable) -> Generator[Comparison, None, None]:
    for _ in turns(plan.task, before_step, in_exams=in_exams):
        yield plan.result()
    plan.demand_something()


class _Plan:
    """What is to be measured, and what has been."""

    def __init__(self, variants, seeds, steps, checkpoints, starts, diagnostics) -> None:
        for name, value in {"seeds": seeds, "steps": steps, "starts": starts}.items():
            demand_whole(name, value)
        self.at = _steps(checkpoints, steps)
        self.diagnostics = named(diagnostics)
        trial = _demand(variants, seeds, self.diagnostics.values())
        self.labels, self.notes = tuple(variants), list[str]()
        self.may_travel = all(agent.device.type == "cpu" for agent in trial)
        self.task = Task(list(variants.values()), range(seeds), self.at, starts, tuple(self.diagnostics.values()))

    @property
    def values(self) -> np.ndarray:
        return self.task.values

    def parts(self, whole: int, n: int) -> list[tuple[int, range]]:
        """Cut the work into (variant, seeds): so many variants stay whole, the others are cut in n."""
        seeds = len(self.task.seeds)
        size = -(-seeds // n)
        cuts = [range(first, min(first + size, seeds)) for first in range(0, seeds, size)]
        return [(v, cut) for v in range(len(self.labels)) for cut in ([range(seeds)] if v < whole else cuts)]

    def fill(self, part: tuple[int, range], done: Task) -> None:
        """Put in what a part of the work has given."""
        v, seeds = part
        self.values[v, :, seeds.start : seeds.stop] = done.values[0]
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


def _fork(plan: _Plan, cores: int, tell: Callable[[int], Any]) -> None:
    """Measure the plan by processes of this machine. What one does not give back, because it died, is measured here."""
    can_compile()  # once, before it is inherited
    parts = plan.parts(len(plan.labels) // cores * cores, cores)  # lock-step pays, and so does an equal share
    missing = dict(enumerate(parts))

    def hear(k: int, what: str, said: Any) -> None:
        if what == "told":
            tell(said)
        else:
            plan.fill(missing.pop(k), said)

    def work(part: tuple[int, range], tell: Callable[[int], None], pause: Callable[[], None]) -> Task:
        return finish_all(plan.task.part(*part), pause, tell)

    hands.spread(work, parts, min(cores, len(parts)), hear)
    _make_up_for(plan, list(missing.values()), len(parts), "its process ended", tell)


def _submit(plan: _Plan, pool: Any, timeout: float, tell: Callable[[int], Any]) -> None:
    """Measure the plan by an executor's workers, four parts a variant, since nobody knows how many there are."""
    parts = plan.parts(0, 4)
    futures: dict[Any, tuple[int, range]] = {}
    lost: dict[tuple[int, range], Exception] = {}

    def take(future: Any) -> None:
        part = futures.pop(future)
        try:
            plan.fill(part, future.result())
            tell(len(part[1]) * len(plan.at))
        except Exception as error:  # a worker died, or the variant cannot travel: each cluster has its own words
            lost[part] = error

    try:
        for part in parts:
            try:
                futures[pool.submit(finish_all, plan.task.part(*part))] = part
            except Exception as error:
                lost[part] = error
        while futures:
            done, _ = wait_for(futures, timeout, return_when=FIRST_COMPLETED)
            if not done:
                plan.notes.append(
                    f"{len(futures)} of {len(parts)} parts did not come back within {timeout:,.0f} s and were not "
                    "measured. Look at the workers, or raise timeout."
                )
                break
            for future in done:
                take(future)
    except KeyboardInterrupt:
        for future in [future for future in futures if future.done()]:
            take(future)
        raise
    finally:
        for future in futures:
            future.cancel()
    if lost:
        first = next(iter(lost.values()))
        _make_up_for(plan, list(lost), len(parts), f"a worker said: {type(first).__name__}: {first}", tell)


def _make_up_for(plan: _Plan, lost: Sequence[tuple[int, range]], n: int, why: str, tell: Callable[[int], Any]) -> None:
    """Measure in this process what others did not give back."""
    if lost:
        plan.notes.append(f"{len(lost)} of {n} parts were measured in this process instead, because {why}")
    for part in lost:
        task = plan.task.part(*part)
        try:
            for scores in turns(task, together=len(plan.at)):
                tell(scores)
        finally:
            plan.fill(part, task)


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


def _demand(variants: Mapping[str, Variant], seeds: int, diagnostics: Iterable[Diagnostic]) -> list[QAgent]:
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


def _trial(variant: Any, seeds: int) -> list[Any]:
    """Make a function's agents once; one that cannot be made is reported when it is measured, beside the others."""
    agents = []
    for seed in range(seeds):
        try:
            agents.append(variant(seed) if callable(variant) else variant)
        except Exception:
            continue
    return agents
