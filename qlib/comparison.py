"""Settings against each other over many seeds: the measurement behind every claim."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from tqdm.auto import tqdm

from qlib.agent import QAgent
from qlib.ensemble import Ensemble
from qlib.settings import Settings, demand_whole
from qlib.statistics import mean_interval

if TYPE_CHECKING:
    from qlib.plotting import Picture

Variant = Settings | Callable[[int], QAgent]
"""Settings, or a function from a seed to an agent: how a lesson compares an agent that it broke."""


@dataclass(frozen=True)
class Comparison:
    """Greedy scores of several variants over seeds and training steps.

    Statistics are those of Agarwal et al. 2021, with 95 % bootstrap intervals over seeds.
    """

    labels: tuple[str, ...]
    """The variants' names."""
    steps: np.ndarray
    """Environment steps at each checkpoint, shape (checkpoints,)."""
    scores: np.ndarray
    """Mean unshaped greedy return, shape (variants, seeds, checkpoints); NaN where nothing was measured."""
    notes: tuple[str, ...] = field(default=())
    """What went wrong on the way, in words."""

    def __getitem__(self, label: str) -> np.ndarray:
        """Return one variant's scores, shape (seeds, checkpoints)."""
        if label not in self.labels:
            near = difflib.get_close_matches(label, self.labels) or self.labels
            raise ValueError(f"There is no variant {label!r} here. Near it: {', '.join(map(repr, near))}.")
        return self.scores[self.labels.index(label)]

    def final(self) -> dict[str, np.ndarray]:
        """Return each variant's scores at the last checkpoint, shape (seeds,)."""
        return {label: self[label][:, -1] for label in self.labels}

    def solved_at(self, bar: float = 475.0) -> dict[str, np.ndarray]:
        """Return the steps at which each seed first reached the bar, shape (seeds,); infinity if it never did."""
        reached = self.scores >= bar
        first = np.where(reached.any(2), self.steps[reached.argmax(2)], np.inf)
        return dict(zip(self.labels, first, strict=True))

    def interquartile_mean(self) -> dict[str, tuple[float, float, float]]:
        """Return the mean of the middle half of the final scores, with its interval: mean, low, high."""
        return {label: mean_interval(x, statistic=_interquartile) for label, x in self.final().items()}

    def improvement(self, label: str, over: str) -> float:
        """Return the probability that a seed of one variant ends above a seed of the other; ties count half."""
        ours, theirs = self[label][:, -1], self[over][:, -1]
        return float(stats.mannwhitneyu(ours, theirs).statistic / (len(ours) * len(theirs)))

    def table(self, bar: float = 475.0) -> str:
        """List the final scores: mean and interval, interquartile mean, seeds that end solved and that ever were."""
        width = max(map(len, self.labels))
        lines = [f"{'':{width}}   mean [95 % interval]      middle half   end ≥ {bar:g}   ever ≥ {bar:g}"]
        ever = self.solved_at(bar)
        for label, final in self.final().items():
            if not np.isfinite(final).all():
                lines.append(
                    f"{label:{width}}   not measured to the end by {np.isnan(final).sum()} of {len(final)} seeds"
                )
                continue
            between = "[ one seed has none ]"
            if len(final) > 1:
                _, low, high = mean_interval(final)
                between = f"[{low:6.1f}, {high:6.1f}]"
            lines.append(
                f"{label:{width}}   {final.mean():6.1f} {between}   {_interquartile(final):8.1f}   "
                f"{(final >= bar).sum():4d} of {len(final):2d}   {np.isfinite(ever[label]).sum():4d} of {len(final):2d}"
            )
        return "\n".join([*lines, *self.notes])

    def plot(self) -> Picture:
        """Draw each variant's mean score over training, with its 95 % interval."""
        from qlib.plotting import comparison  # a picture of this is a floor above this

        return comparison(self)

    def __repr__(self) -> str:
        variants, seeds, checkpoints = self.scores.shape
        head = f"Comparison of {variants} variants over {seeds} seeds, {checkpoints} checkpoints"
        return f"{head} to {self.steps[-1]:,} steps\n{self.table()}"


def compare(
    variants: Mapping[str, Variant],
    seeds: int = 16,
    steps: int = 10_000,
    executor: Executor | str | None = None,
    checkpoints: int = 20,
    starts: int = 20,
) -> Comparison:
    """Train each variant on the same seeds, and score the greedy policy as training goes on.

    Interrupting returns what was measured so far.

    Args:
        variants: label to Settings, or to a function from a seed to a QAgent.
        seeds: agents per variant, seeds 0 to seeds - 1.
        steps: environment steps of each agent.
        executor: None trains in this process; "processes" uses the cores; anything with `submit` as in
            `concurrent.futures.Executor`, such as `client.get_executor()` of a Dask cluster, spreads the work.
        checkpoints: examinations, evenly spaced, the last at the end.
        starts: unseen starts in each examination, the same for all.

    Returns:
        A Comparison.

    Raises:
        ValueError: if there is no variant, or a number is not a whole number from 1 up.
        TypeError: if a variant or the executor is of another kind.
    """
    _demand(variants, executor, seeds=seeds, steps=steps, checkpoints=checkpoints, starts=starts)
    at = np.unique(np.linspace(0, steps, min(checkpoints, steps) + 1).round().astype(int)[1:])
    scores = np.full((len(variants), seeds, len(at)), np.nan)
    notes: list[str] = []
    own = ProcessPoolExecutor() if executor == "processes" else None
    pool = own or executor
    # Lock-step pays: one group a variant here, and some groups where there are hands to share them.
    size = seeds if pool is None else max(1, -(-seeds // 4))
    groups = [range(first, min(first + size, seeds)) for first in range(0, seeds, size)]
    jobs = [(v, group) for v in range(len(variants)) for group in groups]
    makers = list(variants.values())
    try:
        with tqdm(total=len(jobs) * len(at), desc="compare", leave=False) as bar:
            if pool is None:
                for v, group in jobs:
                    for c, measured in enumerate(examine(makers[v], group, at, starts)):
                        scores[v, group.start : group.stop, c] = measured
                        bar.update()
            else:
                _spread(pool, jobs, makers, at, starts, scores, notes, bar)
    except KeyboardInterrupt:
        notes.append("Interrupted: what is missing was not measured.")
    finally:
        if own is not None:
            own.shutdown(cancel_futures=True)
    for label, of_variant in zip(variants, scores, strict=True):
        diverged = int(np.isneginf(of_variant[:, -1]).sum())
        if diverged:
            notes.append(f"{label}: the loss of {diverged} of {seeds} seeds was no longer finite.")
    return Comparison(tuple(variants), at, np.where(np.isneginf(scores), np.nan, scores), tuple(notes))


def examine(variant: Variant, seeds: Sequence[int], at: np.ndarray, starts: int):
    """Train a group of agents in lock-step, and yield their scores at each checkpoint, shape (len(seeds),)."""
    ensemble = Ensemble([_maker(variant)(seed) for seed in seeds])
    for checkpoint in at:
        while ensemble.steps < checkpoint:
            ensemble.step()
        yield np.where(ensemble.alive, ensemble.evaluate(starts), -np.inf)


def _maker(variant: Variant) -> Callable[[int], QAgent]:
    return partial(QAgent, variant) if isinstance(variant, Settings) else variant


def examine_all(variant: Variant, seeds: Sequence[int], at: np.ndarray, starts: int) -> np.ndarray:
    """Return what `examine` yields, shape (len(seeds), checkpoints); a worker's whole task."""
    return np.stack(list(examine(variant, seeds, at, starts)), axis=1)


def _spread(pool: Any, jobs, makers, at, starts, scores, notes, bar) -> None:
    futures: dict[Any, tuple] = {}
    lost: dict[tuple, Exception] = {}
    try:
        for v, group in jobs:
            try:
                futures[pool.submit(examine_all, makers[v], group, at, starts)] = v, group
            except Exception as error:
                lost[v, group] = error
        for future in as_completed(futures):
            v, group = futures[future]
            try:
                scores[v, group.start : group.stop] = future.result()
                bar.update(len(at))
            except Exception as error:  # a worker died, or the variant cannot travel: each cluster has its own words
                lost[v, group] = error
    except KeyboardInterrupt:
        for future in futures:
            future.cancel()
        raise
    if lost:
        why = next(iter(lost.values()))
        notes.append(
            f"{len(lost)} of {len(jobs)} groups were trained in this process instead, because a worker said: "
            f"{type(why).__name__}: {why}"
        )
    for v, group in lost:
        scores[v, group.start : group.stop] = examine_all(makers[v], group, at, starts)
        bar.update(len(at))


def _demand(variants: Mapping[str, Variant], executor: Any, **numbers: int) -> None:
    for name, value in numbers.items():
        demand_whole(name, value)
    if not isinstance(variants, Mapping) or not variants:
        raise ValueError('variants must name at least one: compare({"mine": settings}).')
    for label, variant in variants.items():
        if not isinstance(label, str):
            raise TypeError(f"The label {label!r} is no text: name each variant in words.")
        agent = _maker(variant)(0) if isinstance(variant, Settings) or callable(variant) else None  # a trial
        if not isinstance(agent, QAgent):
            raise TypeError(f"{label!r} is {variant!r}; a variant is Settings, or a function from a seed to a QAgent.")
    if executor is not None and executor != "processes" and not hasattr(executor, "submit"):
        raise TypeError(
            f"executor={executor!r} has no submit: give None, 'processes' or a concurrent.futures Executor."
        )


def _interquartile(x: np.ndarray, axis: int = -1) -> np.ndarray:
    return stats.trim_mean(x, 0.25, axis=axis)
