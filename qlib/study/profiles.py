"""Performance profiles: what share of the seeds gets how far, at every score at once (Agarwal et al. 2021)."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import stats

from qlib.study.statistics import demand_samples


def performance_profile(samples: np.ndarray, scores: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Give the share of seeds at or above each score, with a band that holds the whole true curve so often.

    The band is Kolmogorov's, of one half-width for all scores: where scores tie, as at the ceiling, it is a little too
    wide, and never too narrow. So a profile may be searched for the score at which two recipes differ most. Who names
    one score before looking has a narrower interval there: `share_interval`.

    Args:
        samples: one number per seed, shape (seeds,), at least 2.
        scores: at which to ask, shape (n,).
        confidence: how often the band holds the whole curve.

    Returns:
        Share, low and high, shape (3, n).

    Raises:
        ValueError: if there are fewer than 2 samples, one is NaN, their shape is not (seeds,), or the confidence is not
            between 0 and 1.
    """
    samples = demand_samples(samples, confidence)
    if np.isnan(samples).any():
        raise ValueError(f"{np.isnan(samples).sum()} of {samples.size} samples are NaN: leave them out and say so.")
    share = (samples[:, None] >= np.asarray(scores, float)).mean(0)
    half = _half_width(len(samples), float(confidence))
    return np.array([share, np.maximum(share - half, 0), np.minimum(share + half, 1)])


@cache  # it takes longer than all the rest
def _half_width(n: int, confidence: float) -> float:
    """Return the half-width of Kolmogorov's band around the shares of n samples."""
    return float(stats.kstwo.ppf(confidence, n))


def parted(ours: np.ndarray, theirs: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Say at which scores the whole band of ours lies above that of theirs, shape (n,) bool.

    Args:
        ours, theirs: one number per seed, shape (seeds,) each.
        scores: at which to ask, shape (n,).
    """
    return performance_profile(ours, scores)[1] > performance_profile(theirs, scores)[2]
