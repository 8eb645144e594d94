"""How sure a few seeds make us."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from qlib.core.demands import is_number


class Interval(NamedTuple):
    """A statistic over seeds, and the two ends of its interval; it prints itself as "-33 [-59, -6]".

    A format is applied to each of the three numbers, so that columns stand in line: f"{interval:+4.0f}". Without one,
    there are as many digits as the interval's width leaves meaning to.
    """

    value: float
    low: float
    high: float

    def above(self, bar: float = 0.0) -> bool:
        """Say whether the whole interval lies above a bar."""
        return bool(self.low > bar)

    def below(self, bar: float = 0.0) -> bool:
        """Say whether the whole interval lies below a bar."""
        return bool(self.high < bar)

    def verdict(self, bar: float = 0.0) -> str:
        """Say "above" or "below" if the whole interval lies there, "open" if it holds the bar, "unknown" if NaN."""
        if math.isnan(self.low):
            return "unknown"
        return "above" if self.above(bar) else "below" if self.below(bar) else "open"

    def __format__(self, spec: str) -> str:
        return "{:{spec}} [{:{spec}}, {:{spec}}]".format(*self, spec=spec or self._digits())

    def __str__(self) -> str:
        return format(self)

    def _digits(self) -> str:
        width = self.high - self.low
        return f".{max(0, round(1 - math.log10(width)))}f" if 0 < width < math.inf else "g"


def mean_interval(
    samples: Sequence[float] | np.ndarray, confidence: float = 0.95, statistic: Callable = np.mean
) -> Interval:
    """Average over seeds, with the interval that a bootstrap gives (Efron 1979; percentile method).

    Args:
        samples: one number per seed, shape (seeds,), at least 2.
        confidence: the interval's nominal coverage.
        statistic: what is taken over the seeds, the mean if nothing else is said; it takes `axis`.

    Returns:
        The statistic and its interval; NaN if a sample is NaN.

    Raises:
        ValueError: if there are fewer than 2 samples, their shape is not (seeds,), one is infinite, or the confidence
            is not between 0 and 1.
    """
    samples = np.asarray(samples, dtype=float)
    if samples.size < 2:
        raise ValueError(f"{samples.size} sample has no interval: give one number per seed, from at least 2 seeds.")
    if np.isinf(samples).any():
        raise ValueError(
            f"{np.isinf(samples).sum()} of {samples.size} samples are infinite, and then there is no mean to have an "
            "interval. Leave them out and say so, or compare ranks with superiority()."
        )
    return _bootstrap((samples,), statistic, confidence)


def band(values: np.ndarray) -> np.ndarray:
    """Average over seeds, with the 95 % bootstrap interval.

    Args:
        values: shape (seeds, checkpoints).

    Returns:
        Mean, low and high, shape (3, checkpoints): NaN where a seed has no finite number; one seed has no interval.
    """
    return np.array([_interval(column.tobytes()) for column in np.asarray(values, float).T]).T


@lru_cache(2048)  # a growing picture asks for its first columns again and again
def _interval(column: bytes) -> tuple[float, float, float]:
    seeds = np.frombuffer(column)
    if not np.isfinite(seeds).all():
        return math.nan, math.nan, math.nan
    return mean_interval(seeds) if len(seeds) > 1 else (float(seeds[0]), math.nan, math.nan)


def interquartile_mean(samples: np.ndarray, axis: int = -1) -> np.ndarray:
    """Average the middle half: nearly as robust as a median, nearly as sharp as a mean (Agarwal et al. 2021)."""
    return stats.trim_mean(samples, 0.25, axis=axis)


def superiority(ours: np.ndarray, theirs: np.ndarray, confidence: float = 0.95) -> Interval:
    """Estimate the probability that one of ours exceeds one of theirs (Agarwal et al. 2021); a tie counts half.

    Args:
        ours, theirs: one number per seed, shape (seeds,), at least 2 each; infinity is above every other.
        confidence: the interval's nominal coverage.

    Returns:
        The probability and its interval; NaN if a sample is NaN. A bootstrap of groups that do not overlap has no
        width.

    Raises:
        ValueError: if there are fewer than 2 samples of either, a shape is not (seeds,), or the confidence is not
            between 0 and 1.
    """
    if min(len(ours), len(theirs)) < 2:
        raise ValueError("1 sample has no interval: give one number per seed, from at least 2 seeds of each.")

    def share(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
        x, y = np.moveaxis(x, axis, -1)[..., :, np.newaxis], np.moveaxis(y, axis, -1)[..., np.newaxis, :]
        return ((x > y) + 0.5 * (x == y)).mean((-2, -1))

    return _bootstrap((np.asarray(ours, float), np.asarray(theirs, float)), share, confidence)


def _bootstrap(samples: tuple[np.ndarray, ...], statistic: Callable, confidence: float) -> Interval:
    """Draw seeds again, each sample within itself, with the same numbers each time."""
    for sample in samples:
        if sample.ndim != 1:
            raise ValueError(f"These samples have shape {sample.shape}: give one number per seed, shape (seeds,).")
    if not is_number(confidence) or not 0 < confidence < 1:
        raise ValueError(
            f"confidence={confidence!r} is not allowed: confidence must be a number above 0 and below 1, such as 0.95."
        )
    if any(np.isnan(sample).any() for sample in samples):
        return Interval(math.nan, math.nan, math.nan)
    value = float(statistic(*samples, axis=-1))
    if all((sample == sample[0]).all() for sample in samples):  # a bootstrap of equal numbers has no width
        return Interval(value, value, value)
    interval = stats.bootstrap(
        samples, statistic, confidence_level=confidence, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return Interval(value, float(interval.low), float(interval.high))
