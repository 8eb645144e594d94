"""Statistics over seeds: as wide as they say, in words that fit, and refused of what has none."""

import math

import numpy as np
import pytest

from qlib.study.statistics import (
    Interval,
    band,
    detectable,
    discoveries,
    interquartile_mean,
    mean_interval,
    share_difference,
    share_interval,
    superiority,
)

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
    assert superiority(never, np.array(SAMPLE)) == (1, *share_interval(3, 3)[1:])
    assert superiority(never, never)[0] == 0.5
    assert superiority(np.array([0.0, 3.0, math.inf]), np.array(SAMPLE))[0] == pytest.approx(5 / 9)


def test_what_was_not_measured_stays_nan():
    assert all(map(math.isnan, mean_interval([*SAMPLE, math.nan])))
    assert all(map(math.isnan, superiority([*SAMPLE, math.nan], SAMPLE)))


def test_more_confidence_is_a_wider_interval_of_the_size_that_theory_gives():
    """The mean of a normal sample lies within z standard errors, and z is 0.674 for one half, 2.576 for 99 %."""
    sample = np.random.default_rng(0).normal(size=400)
    error = sample.std() / 20
    for confidence, z in ((0.5, 0.674), (0.95, 1.960), (0.99, 2.576), (np.float32(0.5), 0.674)):
        mean, low, high = mean_interval(sample, confidence)
        assert (high - low) / 2 == pytest.approx(z * error, rel=0.06), confidence
        assert low < mean == sample.mean() < high


def test_more_confidence_widens_the_probability_of_improvement_too():
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(0.3, 1, 40), rng.normal(0, 1, 40)
    widths = [high - low for _, low, high in (superiority(ours, theirs, c) for c in (0.5, 0.95, 0.99))]
    assert widths[1] / widths[0] == pytest.approx(1.960 / 0.674, rel=0.1)
    assert widths[2] / widths[1] == pytest.approx(2.576 / 1.960, rel=0.1)


def test_whole_numbers_of_numpy_are_samples_as_pythons_are():
    assert mean_interval(np.arange(5)) == mean_interval(list(range(5))) == mean_interval(np.arange(5.0))
    assert superiority(np.arange(5), np.arange(3)) == superiority(np.arange(5.0), np.arange(3.0))


def test_an_interval_is_a_tuple_of_three():
    for found in (
        mean_interval(SAMPLE),
        superiority(SAMPLE, SAMPLE),
        mean_interval([2, 2]),
        mean_interval([math.nan] * 2),
    ):
        assert isinstance(found, Interval) and len(found) == 3
    assert interquartile_mean(np.array([0.0, 1.0, 2.0, 99.0])) == 1.5


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((-33.4, -59.2, -6.1), "-33 [-59, -6]"),
        ((0.594, 0.552, 0.634), "0.59 [0.55, 0.63]"),
        ((1234.5, 1229.1, 1240.2), "1234 [1229, 1240]"),
        ((1.5, 0.25, 2.75), "1.5 [0.2, 2.8]"),
        ((100.0, 100.0, 100.0), "100 [100, 100]"),
        ((math.nan, math.nan, math.nan), "nan [?, ?]"),
        ((500.0, math.nan, math.nan), "500 [?, ?]"),
    ],
)
def test_an_interval_prints_the_digits_that_its_width_leaves_meaning_to(interval, words):
    assert str(Interval(*interval)) == f"{Interval(*interval)}" == words


def test_a_format_is_that_of_each_of_the_three_numbers():
    interval = Interval(-33.4, -59.2, 6.1)
    assert f"{interval:+.0f}" == "-33 [-59, +6]"
    assert f"{interval:+6.1f}" == " -33.4 [ -59.2,   +6.1]"
    assert f"{Interval(0.25, 0.0, 0.5):.0%}" == "25% [0%, 50%]"
    assert f"{Interval(500.0, math.nan, math.nan):+6.1f}" == "+500.0 [     ?,      ?]"


def test_an_interval_says_on_which_side_of_a_bar_it_lies():
    assert Interval(2, 1, 3).verdict() == "above" and Interval(-2, -3, -1).verdict() == "below"
    assert Interval(2, 1, 3).verdict(2.5) == Interval(1, 0, 2).verdict() == Interval(-1, -2, 0).verdict() == "open"
    assert Interval(2, 1, 3).verdict(0.5) == "above" and Interval(2, 1, 3).verdict(np.int64(4)) == "below"
    assert Interval(2, 1, 3).above() is True and Interval(2, 1, 3).above(1) is False
    assert Interval(2, 1, 3).below(4) is True and Interval(2, 1, 3).below(3) is False
    unknown = mean_interval([1.0, math.nan])
    assert unknown.verdict() == "unknown" and not unknown.above() and not unknown.below()


def test_a_band_is_the_mean_with_its_interval():
    values = np.array([[0.0, 100.0, 5.0], [0.0, 300.0, np.nan], [0.0, 200.0, 5.0]])
    found = band(values)
    np.testing.assert_allclose(found[:, 1], mean_interval([100, 300, 200]))
    assert np.isnan(found[:, 2]).all()
    np.testing.assert_array_equal(band(values[:1, :2]), [[0, 100], [np.nan] * 2, [np.nan] * 2])  # one has no interval


@pytest.mark.parametrize("sample", [[500.0] * 16, [500.0] * 9 + [300.0] * 7, [0.0, 0.0, 0.0, -4.0]])
def test_a_mean_that_hangs_on_the_few_has_no_interval(sample):
    """At the ceiling of 500 steps half of all sets of 16 seeds hold only 500s: a width of 0 would be a lie."""
    found = mean_interval(sample)
    assert found.value == np.mean(sample) and math.isnan(found.low) and math.isnan(found.high)
    assert found.verdict() == "open" and not found.above(-1e9) and not found.below(1e9)
    assert not math.isnan(mean_interval([500.0] * 8 + list(range(8))).low), "half of them is not more than half"


@pytest.mark.parametrize(("hits", "n", "ends"), [(16, 16, (0.806, 1)), (0, 16, (0, 0.194)), (56, 60, (0.841, 0.974))])
def test_a_share_has_wilsons_interval(hits, n, ends):
    found = share_interval(hits, n)
    assert found.value == hits / n
    assert found[1:] == pytest.approx(ends, abs=5e-4)


@pytest.mark.parametrize(("hits", "n"), [(5, 4), (-1, 4), (0, 0)])
def test_a_share_is_of_some_seeds(hits, n):
    with pytest.raises(ValueError, match="is no share"):
        share_interval(hits, n)


def test_two_shares_are_paired_by_seed_and_equal_ones_have_a_width():
    ours, theirs = np.array([1, 1, 1, 0, 0, 1, 1, 1.0]), np.array([0, 0, 1, 0, 1, 1, 0, 0.0])
    value, low, high = share_difference(ours, theirs)
    assert value == (4 - 1) / 8
    centre = (4.5 - 1.5) / 10  # by hand: Agresti and Min's table of 10
    half = 1.959964 * math.sqrt((6 / 10 - centre**2) / 10)
    assert (low, high) == pytest.approx((centre - half, centre + half))
    value, low, high = share_difference(np.ones(16), np.ones(16))
    assert value == 0 and low < -0.1 and high > 0.1
    assert share_difference(np.ones(2), np.zeros(2)).high == 1, "no difference of shares is above 1"
    assert all(map(math.isnan, share_difference(np.array([1, math.nan]), np.ones(2))))


def test_of_many_differences_that_are_none_few_are_called_something():
    rng, single, corrected = np.random.default_rng(0), 0, 0
    for _ in range(40):
        none = {str(i): rng.normal(0, 1, 32) for i in range(20)}
        single += sum(mean_interval(x).verdict() != "open" for x in none.values())
        corrected += any(said != "open" for said in discoveries(none).values())
    assert single > 20, "one in twenty of 800"
    assert corrected <= 6, "a whole table is wrong one time in twenty, not one time in two"


def test_a_large_difference_is_still_shown_among_many_that_are_none():
    rng = np.random.default_rng(0)
    table = {str(i): rng.normal(0, 1, 32) for i in range(19)} | {"up": rng.normal(2, 1, 32), "tied": np.zeros(32)}
    found = discoveries(table | {"down": rng.normal(-2, 1, 32)})
    assert list(found) == [*table, "down"]
    assert (found["up"], found["down"], found["tied"]) == ("above", "below", "open")
    assert discoveries({"tied": np.zeros(4)}) == {"tied": "open"} and discoveries({}) == {}


def test_what_is_said_to_be_detectable_is_detected_four_times_in_five():
    rng = np.random.default_rng(0)
    for n in (16, 64):
        effect = detectable(np.random.default_rng(1).normal(0, 50, 4_000), n)
        found = sum(mean_interval(rng.normal(effect, 50, n)).above() for _ in range(400))
        assert 0.74 < found / 400 < 0.86, n
    assert detectable(SAMPLE, 64) < detectable(SAMPLE, 16) < detectable(SAMPLE, 16, power=0.9)
