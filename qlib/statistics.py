"""How sure a few seeds make us."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats


def mean_interval(
    samples: Sequence[float] | np.ndarray, confidence: float = 0.95, statistic: Callable = np.mean
) -> tuple[float, float, float]:
    """Average over seeds, with the interval that a bootstrap gives (Efron 1979; percentile method).

    Args:
        samples: one number per seed, shape (seeds,), at least 2.
        confidence: the interval's nominal coverage.
        statistic: what is taken over the seeds, the mean if nothing else is said; it takes `axis`.

    Returns:
        Statistic, lower end, upper end.

    Raises:
        ValueError: if there are fewer than 2 samples.
    """
    samples = np.asarray(samples, dtype=float)
    if samples.size < 2:
        raise ValueError(f"{samples.size} sample has no interval: give one number per seed, from at least 2 seeds.")
    if np.ptp(samples) == 0:  # a bootstrap of equal numbers has no width
        return float(samples[0]), float(samples[0]), float(samples[0])
    interval = stats.bootstrap(
        (samples,), statistic, confidence_level=confidence, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return float(statistic(samples)), float(interval.low), float(interval.high)
