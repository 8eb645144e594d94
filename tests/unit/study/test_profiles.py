"""A performance profile counts seeds; how often its band holds the whole curve, `test_coverage.py` says."""

import numpy as np
import pytest

from qlib.study.profiles import parted, performance_profile
from qlib.study.statistics import share_interval

SEEDS = np.array([10.0, 20.0, 20.0, 500.0])


def test_a_profile_is_the_share_of_seeds_at_or_above_each_score():
    share, low, high = performance_profile(SEEDS, [0, 10, 11, 20, 21, 500, 501])
    np.testing.assert_array_equal(share, [1, 1, 0.75, 0.75, 0.25, 0.25, 0])
    assert (low <= share).all() and (share <= high).all() and low.min() == 0 and high.max() == 1
    assert (high - low)[2] == pytest.approx(1 - (0.75 - 0.624), abs=1e-3), "Kolmogorov's half-width for 4 seeds, 0.624"


def test_more_confidence_is_a_wider_band_and_more_seeds_a_narrower_one():
    widths = [np.ptp(performance_profile(np.arange(n), [n / 2], c)[1:]) for n, c in ((64, 0.5), (64, 0.95), (16, 0.95))]
    assert widths == sorted(widths)
    _, low, high = share_interval(32, 64)
    assert widths[1] > high - low, "all scores at once cost more than one that was named before"


def test_bands_part_where_one_lies_above_the_other():
    ours, theirs = np.full(16, 500.0), np.linspace(10, 160, 16)
    assert parted(ours, theirs, [5, 100, 200, 500, 501]).tolist() == [False, False, True, True, False]
    assert not parted(theirs, ours, np.arange(0, 501)).any()


@pytest.mark.parametrize("bad", [[1.0], [1.0, np.nan], np.ones((2, 2))])
def test_what_is_no_profile_is_refused(bad):
    with pytest.raises(ValueError, match=r"seeds|NaN"):
        performance_profile(bad, [0])
    with pytest.raises(ValueError, match="confidence"):
        performance_profile(SEEDS, [0], 95)
