"""Statistics over seeds: what they cannot be taken of is refused in words."""

import math

import numpy as np
import pytest

from qlib.study.statistics import mean_interval, superiority

SAMPLE = [1.0, 2.0, 4.0]


@pytest.mark.parametrize("confidence", [95, 0, 1, -0.5, math.nan, "0.95", True])
def test_a_confidence_is_a_share(confidence):
    for take in (lambda: mean_interval(SAMPLE, confidence), lambda: superiority(SAMPLE, SAMPLE, confidence)):
        with pytest.raises(ValueError, match=f"confidence={confidence!r} is not allowed.*such as 0.95"):
            take()


def test_samples_are_one_number_per_seed():
    rows = np.ones((3, 2))
    for take in (lambda: mean_interval(rows), lambda: superiority(rows, rows), lambda: superiority(SAMPLE, rows)):
        with pytest.raises(ValueError, match=r"shape \(3, 2\).*one number per seed"):
            take()


@pytest.mark.parametrize("infinity", [math.inf, -math.inf])
def test_infinity_has_no_mean(infinity):
    with pytest.raises(ValueError, match="1 of 4 samples are infinite"):
        mean_interval([*SAMPLE, infinity])


@pytest.mark.filterwarnings("error")
def test_infinity_is_above_every_other_number():
    """Steps until something that never came can still be ranked."""
    never = np.full(3, math.inf)
    assert superiority(never, np.array(SAMPLE)) == (1, 1, 1)
    assert superiority(never, never) == (0.5, 0.5, 0.5)
    assert superiority(np.array([0.0, 3.0, math.inf]), np.array(SAMPLE))[0] == pytest.approx(5 / 9)


def test_what_was_not_measured_stays_nan():
    assert all(map(math.isnan, mean_interval([*SAMPLE, math.nan])))
    assert all(map(math.isnan, superiority([*SAMPLE, math.nan], SAMPLE)))
