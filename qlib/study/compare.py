"""Settings against each other over many seeds: the measurement behind every claim."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor
from concurrent.futures import wait as wait_for
from typing import Any

from tqdm.auto import tqdm

from qlib.engine.takeover import can_compile
from qlib.study import hands
from qlib.study.diagnostics import Diagnostic
from qlib.study.group import Task, Variant, finish_all, turns
from qlib.study.plan import Part, Plan
from qlib.study.result import Comparison

WORTH_A_PROCESS = 10_000  # steps of one agent: below, one process is done before another has begun
PLACES = (None, "here", "processes")


def compare(
    variants: Mapping[str, Variant],
    seeds: int | range = 16,
    steps: int = 10_000,
    executor: Executor | str | None = None,
    checkpoints: int | Sequence[int] = 20,
    starts: int = 20,
    diagnostics: Sequence[str | Diagnostic] = (),
    timeout: float = 3_600.0,
) -> Comparison:
    """Train each variant on the same seeds, and score the greedy policy as training goes on.

    All cores of this machine work on it (on Linux), with the numbers that one core would give, as far as agents draw
    from their own generators. Interrupting returns what was measured so far. `measure` gives the same numbers as they
    come.

    Args:
        variants: label to Settings, or to a function from a seed to a QAgent. It may be called in another process:
            what it writes down elsewhere stays there.
        seeds: agents per variant: 16 are the seeds 0 to 15, range(5000, 5032) are those.
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
    plan = Plan(variants, seeds, steps, checkpoints, starts, diagnostics)
    cores = 1 if executor == "here" or not plan.may_travel else hands.hands()
    if executor is None and plan.values[:, 0, :, 0].size * steps < WORTH_A_PROCESS:
        cores = 1
    still = bool(os.environ.get("QLIB_STILL"))  # a saved page would keep the bar as it began, at 0 %
    with tqdm(total=plan.values[:, 0].size, desc="compare", unit="score", leave=False, disable=still) as bar:
        try:
            if hasattr(executor, "submit"):
                _submit(plan, executor, timeout, bar.update)
            elif cores > 1:
                whole = len(plan.labels) // cores * cores  # lock-step pays, and so does an equal share
                _in_processes(plan, plan.parts(whole, cores), cores, bar.update)
            else:
                for scores in turns(plan.task, together=len(plan.at)):
                    bar.update(scores)
        except KeyboardInterrupt:
            plan.notes.append("Interrupted: what is missing was not measured.")
    plan.demand_something()
    return plan.result()


def measure(
    variants: Mapping[str, Variant],
    seeds: int | range = 16,
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
    plan = Plan(variants, seeds, steps, checkpoints, starts, diagnostics)
    return _results(plan, before_step, in_exams)


def _results(plan: Plan, before_step: Callable, in_exams: Callable) -> Generator[Comparison, None, None]:
    for _ in turns(plan.task, before_step, in_exams=in_exams):
        yield plan.result()
    plan.demand_something()


def _in_processes(plan: Plan, parts: Sequence[Part], cores: int, tell: Callable[[int], Any]) -> None:
    """Measure parts of the plan by processes of this machine; what ended one is never tried in this process."""
    can_compile()  # once, before it is inherited
    lost = _fork(plan, parts, cores, tell)
    if not lost:
        return
    plan.notes.append(f"{len(lost)} of {len(parts)} parts began again, each seed alone: their process ended.")
    alone = [(v, range(seed, seed + 1)) for v, seeds in lost for seed in seeds]
    for v, one in _fork(plan, alone, cores, tell):
        plan.task.failures.append((v, one[0], int(plan.at[0]), RuntimeError("its process ended, twice")))


def _fork(plan: Plan, parts: Sequence[Part], cores: int, tell: Callable[[int], Any]) -> list[Part]:
    """Let processes measure parts, and return those that none gave back."""
    missing = dict(enumerate(parts))

    def hear(k: int, what: str, said: Any) -> None:
        if what == "told":
            tell(said)
        else:
            plan.fill(missing.pop(k), said)

    def work(part: Part, tell: Callable[[int], None], pause: Callable[[], None]) -> Task:
        return finish_all(plan.task.part(*part), pause, tell)

    hands.spread(work, parts, min(cores, len(parts)), hear)
    return list(missing.values())


def _submit(plan: Plan, pool: Any, timeout: float, tell: Callable[[int], Any]) -> None:
    """Measure the plan by an executor's workers, four parts a variant, since nobody knows how many there are."""
    parts = plan.parts(0, 4)
    futures: dict[Any, Part] = {}
    lost: dict[Part, Exception] = {}

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


def _make_up_for(plan: Plan, lost: Sequence[Part], n: int, why: str, tell: Callable[[int], Any]) -> None:
    """Measure on this machine what workers did not give back: in other processes where there are some."""
    plan.notes.append(f"{len(lost)} of {n} parts were measured on this machine instead, because {why}")
    cores = hands.hands()
    if cores > 1 and plan.may_travel:
        return _in_processes(plan, lost, cores, tell)
    for part in lost:
        task = plan.task.part(*part)
        try:
            for scores in turns(task, together=len(plan.at)):
                tell(scores)
        finally:
            plan.fill(part, task)
