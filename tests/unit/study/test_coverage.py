"""Intervals hold what they say: their coverage, by drawing seeds again from the project's own records.

Each recorded variant of 64 seeds or more is taken as the truth; sets of seeds are drawn from it, and counted is how
often the interval of a set holds the truth's mean or share. Nominal is 95 %.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from qlib.study.profiles import performance_profile
from qlib.study.records import kept, read
from qlib.study.result import Comparison
from qlib.study.statistics import mean_interval, share_difference, share_interval, superiority

RECORDS = Path(__file__).parents[3] / "notebooks" / "records"
DRAWS, SETS = 60, 60  # per population, and populations per kind at most


@cache
def runs():
    """List (a variant's scores, those of the record's first variant) of every record over 64 seeds or more."""
    found = []
    for path in sorted(RECORDS.glob("*.json")):
        for name, record in read(path).items():
            if "scores" not in record or np.shape(record["scores"])[1] < 64:
                continue
            of = kept(path, name)
            assert isinstance(of, Comparison)
            for take in (lambda label, of=of: of[label][:, -1], of.over_training):
                found += [(take(label), take(of.labels[0])) for label in of.labels[1:]]
    return found


def takes(kind, ours, theirs):
    """Return the truth of a kind, and the interval of some of its seeds."""
    high = [x >= 475 for x in (ours, theirs)]
    return {
        "difference of means": ((ours - theirs).mean(), lambda i: mean_interval((ours - theirs)[i])),
        "mean": (ours.mean(), lambda i: mean_interval(ours[i])),
        "share at 475": (high[0].mean(), lambda i: share_interval(high[0][i].sum(), len(i))),
        "difference of shares": (
            high[0].mean() - high[1].mean(),
            lambda i: share_difference(high[0][i].astype(float), high[1][i].astype(float)),
        ),
        "probability of improvement": (superiority(ours, theirs)[0], lambda i: superiority(ours[i], theirs[i])),
    }[kind]


KINDS = "difference of means", "mean", "share at 475", "difference of shares", "probability of improvement"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [16, 32, 64])
def test_an_interval_covers_the_truth_as_often_as_it_says(kind, n, record_property):
    rng, covered, without = np.random.default_rng(0), [], 0
    populations = runs()
    for ours, theirs in populations[:: max(1, len(populations) // SETS)]:
        truth, interval = takes(kind, ours, theirs)
        for _ in range(DRAWS):
            _, low, high = interval(rng.integers(0, len(ours), n))
            if np.isnan(low):
                without += 1
            else:
                covered.append(low <= truth <= high)
    share, refused = np.mean(covered), without / (len(covered) + without)
    record_property(
        "coverage", f"{kind:28} {n:3} seeds   {share:6.1%} of {len(covered):5}   no interval {refused:5.1%}"
    )
    assert len(covered) > 1_000
    assert 0.93 <= share <= 0.995


@pytest.mark.parametrize("n", [16, 64])
def test_a_profiles_band_holds_the_whole_curve_as_often_as_it_says(n, record_property):
    """Of a continuous score as often as it says; of the records, whose seeds tie at the ceiling, at least so often."""
    rng, scores, held = np.random.default_rng(0), np.arange(0, 501), []
    smooth = [rng.uniform(0, 500, 4_000) for _ in range(4)]
    for kind, populations, draws in (("continuous", smooth, 400), ("records", [x for x, _ in runs()][::4], 60)):
        held = []
        for population in populations:
            truth = (population[:, None] >= scores).mean(0)
            for _ in range(draws):
                _, low, high = performance_profile(rng.choice(population, n), scores)
                held.append(((low <= truth) & (truth <= high)).all())
        share = np.mean(held)
        record_property("coverage", f"profile, {kind:19} {n:3} seeds   {share:6.1%} of {len(held):5}")
        assert 0.93 <= share <= (0.98 if kind == "continuous" else 1)
