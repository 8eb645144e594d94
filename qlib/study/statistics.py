"""How sure a few seeds make us."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from qlib.core.demands import is_number


class Interval(NamedTuple):
    """A statistic over seeds, and the two ends of its interval; it prints itself as "-33 [-59, -6]".

    A format is applied to each of the three numbers, so that columns stand in line: f"{interval:+4.0f}". Without one,
    there are as many digits as the interval's width leaves meaning to. Ends that are not known, NaN, print as "?".
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
        """Say "above" or "below" if the whole interval lies there, else "open"; "unknown" if the value is NaN."""
        if math.isnan(self.value):
            return "unknown"
        return "above" if self.above(bar) else "below" if self.below(bar) else "open"

    def __format__(self, spec: str) -> str:
        value, low, high = (format(number, spec or self._digits()) for number in self)
        if math.isnan(self.low):
            (width,) = re.findall(r"^\+?(\d+)", spec) or [0]
            low = high = "?".rjust(int(width))
        return f"{value} [{low}, {high}]"

    def __str__(self) -> str:
        return format(self)

    def _digits(self) -> str:
        width = self.high - self.low
        return f".{max(0, round(1 - math.log10(width)))}f" if 0 < width < math.inf else "g"


def mean_interval(samples: Sequence[float] | np.ndarray, confidence: float = 0.95) -> Interval:
    """Average over seeds, with Student's t interval (Student 1908).

    Where more than half of the samples are one number, as at the ceiling of 500 steps, the mean hangs on the few
    others, of which the next seeds may hold more or none: then no interval of the mean covers as often as it says, and
    its ends are NaN. Ask for a share instead: `share_interval`.

    Args:
        samples: one number per seed, shape (seeds,), at least 2.
        confidence: the interval's nominal coverage.

    Returns:
        The mean and its interval; NaN if a sample is NaN.

    Raises:
        ValueError: if there are fewer than 2 samples, their shape is not (seeds,), one is infinite, or the confidence
            is not between 0 and 1.
    """
    samples = demand_samples(samples, confidence)
    if np.isinf(samples).any():
        raise ValueError(
            f"{np.isinf(samples).sum()} of {samples.size} samples are infinite, and then there is no mean to have an "
            "interval. Leave them out and say so, or compare ranks with superiority()."
        )
    mean = float(samples.mean())
    if np.isnan(samples).any() or np.unique(samples, return_counts=True)[1].max() > len(samples) / 2:
        return Interval(mean, math.nan, math.nan)
    low, high = _student(samples, confidence)
    return Interval(mean, float(low), float(high))


def share_interval(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Give a share of seeds with Wilson's interval, which has a width at 0 and at 1, too (Wilson 1927).

    Args:
        hits: how many did it.
        n: of how many.
        confidence: the interval's nominal coverage.

    Raises:
        ValueError: if hits is not from 0 to n, or the confidence is not between 0 and 1.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share: give hits from 0 to n, and an n from 1 up.")
    _demand_confidence(confidence)
    return Interval(hits / n, *_wilson(int(hits), n, float(confidence)))


@cache  # a study asks the same few counts again and again, and SciPy tests a hypothesis on the way
def _wilson(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval."""
    found = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def share_difference(ours: np.ndarray, theirs: np.ndarray, confidence: float = 0.95) -> Interval:
    """Subtract two shares of the same seeds, with an interval that adds half a seed to each cell (Agresti, Min 2005).

    Args:
        ours, theirs: whether each seed did it, shape (seeds,) each, paired by seed.
        confidence: the interval's nominal coverage.
    """
    ours, theirs = (demand_samples(each, confidence) for each in (ours, theirs))
    if np.isnan(ours).any() or np.isnan(theirs).any():
        return Interval(math.nan, math.nan, math.nan)
    only_ours, only_theirs, n = ((ours > theirs).sum() + 0.5, (ours < theirs).sum() + 0.5, len(ours) + 2)
    centre = (only_ours - only_theirs) / n
    half = stats.norm.ppf((1 + confidence) / 2) * math.sqrt((only_ours + only_theirs) / n - centre**2) / math.sqrt(n)
    return Interval(float((ours - theirs).mean()), float(max(-1, centre - half)), float(min(1, centre + half)))


def detectable(samples: np.ndarray, n: int, power: float = 0.8) -> float:
    """Say how large a difference must be for n seeds to show it as often as `power` says, by a t test at 5 %.

    Args:
        samples: differences, one per seed, whose spread is taken for the truth, shape (seeds,).
        n: how many seeds there will be, at least 2.
        power: the share of such experiments in which the interval leaves 0 out.
    """
    samples = demand_samples(samples, power)
    reach = stats.t.ppf(0.975, n - 1) + stats.t.ppf(power, n - 1)
    return float(reach * samples.std(ddof=1) / math.sqrt(n))


def discoveries(samples: Mapping[str, np.ndarray], rate: float = 0.05) -> dict[str, str]:
    """Say of each difference in a table whether it is shown, when the table has many (Benjamini and Hochberg 1995).

    Of many differences that are none, one in twenty looks like one. Here at most the share `rate` of those called
    "above" or "below" is expected to be none.

    Args:
        samples: label to a difference for each seed, shape (seeds,); what has no interval is "open".
        rate: the false discovery rate.

    Returns:
        Label to "above", "below" or "open".
    """
    tested = {label: x for label, x in samples.items() if not math.isnan(mean_interval(x).low)}
    shown = corrected({label: float(stats.ttest_1samp(x, 0).pvalue) for label, x in tested.items()}, rate)
    return {
        label: ("above" if np.mean(x) > 0 else "below") if label in shown else "open" for label, x in samples.items()
    }


def corrected(chances: Mapping[str, float], rate: float = 0.05) -> list[str]:
    """List which of many p values are still small when they are corrected for their number, as in `discoveries`."""
    found = stats.false_discovery_control(list(chances.values())) if chances else []
    return [label for label, chance in zip(chances, found, strict=True) if chance <= rate]


def band(values: np.ndarray) -> np.ndarray:
    """Average over seeds, with the 95 % t interval, to be drawn: seeds that are all alike have a band without width.

    Args:
        values: shape (seeds, checkpoints).

    Returns:
        Mean, low and high, shape (3, checkpoints): NaN where a seed has no finite number; one seed has no interval.
    """
    values = np.asarray(values, float)
    values = np.where(np.isfinite(values).all(0), values, math.nan)
    low, high = _student(values, 0.95) if len(values) > 1 else np.full((2, *values.shape[1:]), math.nan)
    return np.array([values.mean(0), low, high])


def interquartile_mean(samples: np.ndarray, axis: int = -1) -> np.ndarray:
    """Average the middle half: nearly as robust as a median, nearly as sharp as a mean (Agarwal et al. 2021).

    It comes without an interval: on the records of this project, whose seeds often form two heaps, none that was tried
    covers 93 % with 16 seeds (percentile bootstrap, Tukey and McLaughlin's t).
    """
    return stats.trim_mean(samples, 0.25, axis=axis)


def superiority(ours: np.ndarray, theirs: np.ndarray, confidence: float = 0.95) -> Interval:
    """Estimate the probability that one of ours exceeds one of theirs (Agarwal et al. 2021); a tie counts half.

    Args:
        ours, theirs: one number per seed, shape (seeds,), at least 2 each; infinity is above every other.
        confidence: the interval's nominal coverage.

    Returns:
        The probability and its interval (DeLong et al. 1988); NaN if a sample is NaN. Groups that do not overlap get
        Wilson's interval of as many pairs as the smaller group has seeds.

    Raises:
        ValueError: if there are fewer than 2 samples of either, a shape is not (seeds,), or the confidence is not
            between 0 and 1.
    """
    ours, theirs = (demand_samples(each, confidence) for each in (ours, theirs))
    if np.isnan(ours).any() or np.isnan(theirs).any():
        return Interval(math.nan, math.nan, math.nan)
    above = (ours[:, None] > theirs) + 0.5 * (ours[:, None] == theirs)
    value, fewer = float(above.mean()), min(len(ours), len(theirs))
    spread = sum(above.mean(axis).var(ddof=1) / len(above.mean(axis)) for axis in (0, 1))
    if not spread:
        return Interval(value, *share_interval(round(value * fewer), fewer, confidence)[1:])
    half = stats.t.ppf((1 + confidence) / 2, 2 * fewer - 2) * math.sqrt(spread) / (value * (1 - value))
    odds = math.log(value / (1 - value))  # on the scale of log odds no end leaves 0 to 1
    return Interval(value, *(1 / (1 + math.exp(-end)) for end in (odds - half, odds + half)))


def _student(samples: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the t interval over the first axis."""
    n, mean = len(samples), samples.mean(0)
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * samples.std(0, ddof=1) / math.sqrt(n)
    return mean - half, mean + half


def demand_samples(samples: Sequence[float] | np.ndarray, confidence: float) -> np.ndarray:
    """Return samples as an array, if they are one number per seed, of two seeds or more."""
    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 1:
        raise ValueError(f"These samples have shape {samples.shape}: give one number per seed, shape (seeds,).")
    if samples.size < 2:
        raise ValueError(f"{samples.size} sample has no interval: give one number per seed, from at least 2 seeds.")
    _demand_confidence(confidence)
    return samples


def _demand_confidence(confidence: float) -> None:
    if not is_number(confidence) or not 0 < confidence < 1:
        raise ValueError(
            f"confidence={confidence!r} is not allowed: confidence must be a number above 0 and below 1, such as 0.95."
        )
