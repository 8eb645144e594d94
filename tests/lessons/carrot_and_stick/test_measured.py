"""Every number of lesson 10's prose that a record holds is the record's."""

import numpy as np
import pytest
from definitions import NOTEBOOKS, record

from qlib.lessons.carrot_and_stick import curves, measured
from qlib.lessons.carrot_and_stick.agents import GAMMAS, STICKS
from qlib.study import by_rate
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

TEXT = " ".join(
    line.removeprefix("# ").strip() for line in (NOTEBOOKS / "10_carrot_and_stick.py").read_text().splitlines()
).replace("−", "-")
LESSON = "carrot_and_stick"


def sticks(gamma, ours, theirs="none"):
    many = record(LESSON, "sticks")
    return many[f"stick {ours}, gamma {gamma}"] - many[f"stick {theirs}, gamma {gamma}"]


def gammas(theirs):
    many = record(LESSON, "sticks")
    return many["stick none, gamma 0.8"] - many[f"stick none, gamma {theirs}"]


def shaping(ours, theirs):
    many = record(LESSON, "shaping")
    return many[ours] - many[theirs]


def tasks(label):
    return record(LESSON, "tasks")[label]


SAID = {  # as the prose says it; a loss is said without its sign
    "38 [20, 56]": (lambda: -sticks(0.8, "-100"), ".0f"),
    "89 steps, with a 95 % [interval](glossary.md#interval) of [44, 134]": (
        lambda: -sticks(0.8, "-100")[:16],
        None,
    ),
    "8 [-10, 27]": (lambda: sticks(0.99, "-10", "-100"), ".0f"),
    "26 [8, 43]": (lambda: sticks(0.99, "-10", "-1"), ".0f"),
    "20 [1, 39]": (lambda: sticks(0.95, "-10", "-100"), ".0f"),
    "54 [37, 71]": (lambda: gammas(0.95), ".0f"),
    "69 [51, 88]": (lambda: gammas(0.99), ".0f"),
    "19 [1, 37]": (lambda: shaping("potential", "none"), ".0f"),
    "12 [-1, 24]": (lambda: shaping("progress", "none"), ".0f"),
    "-7 [-26, 11]": (lambda: shaping("progress", "potential"), ".0f"),
    "165 [151, 180]": (lambda: -shaping("speed", "none"), ".0f"),
    "-16 [-52, +19]": (
        lambda: np.subtract(*[record(LESSON, "limit from scratch")[k] for k in ("limit too", "fall only")]),
        None,
    ),
    "63 [38, 89]": (
        lambda: np.subtract(*[record(LESSON, "sticks by gamma")[f"stick {k}, gamma 0.995"] for k in ("-10", "none")]),
        ".0f",
    ),
    "152 [137, 167]": (lambda: tasks("no cut, gamma 0.99, stick -100"), ".0f"),
    "84 [59, 109]": (lambda: tasks("speed, gamma 0.99"), ".0f"),
}


HELD_OUT = {  # what the prose says of the seeds that were held out
    "-4 [-28, 19]": ("shaping", "potential", "none"),
    "43 [16, 70]": ("sticks", "stick -10, gamma 0.99", "stick -1, gamma 0.99"),
    "38 [10, 65]": ("sticks", "stick -10, gamma 0.95", "stick -100, gamma 0.95"),
    "47 [17, 77]": ("sticks by gamma", "stick -10, gamma 0.995", "stick none, gamma 0.995"),
    "0 [-29, 30]": ("limit from scratch", "limit too", "fall only"),
}


@pytest.mark.parametrize("words", HELD_OUT)
def test_a_number_of_the_held_out_seeds_is_the_records(words):
    name, ours, theirs = HELD_OUT[words]
    found = measured.RECORDS.held_out(name)
    assert words in TEXT and f"{mean_interval(found[ours] - found[theirs]):.0f}" == words


def test_what_is_called_shown_and_open_is_so_on_both_sets():
    shaping = measured.RECORDS.claims("shaping")
    assert [claim.verdict() for claim in shaping.values()] == ["open", "open", "below"]
    assert measured.RECORDS.claims("short")["limit too minus fall only"].verdict() == "below"
    assert measured.RECORDS.claims("limit from scratch")["limit too minus fall only"].verdict() == "open"


@pytest.mark.parametrize("words", SAID)
def test_a_number_of_the_prose_is_the_records(words):
    assert words in TEXT
    values, spec = SAID[words]
    found = mean_interval(values())
    if spec:
        assert format(found, spec) == words
    else:
        assert all(f"{abs(number):.0f}" in words for number in found), found


def test_the_limits_counts_are_the_records():
    times = record(LESSON, "limit")["times punished"]
    assert "at least 12 times, 18 times on average" in TEXT and (times.min(), round(times.mean())) == (12, 18)
    times = record(LESSON, "limit from scratch")["times punished"]
    assert "it came 4.3 times on average, and never in 1 of 16 seeds" in TEXT
    assert (round(times.mean(), 1), (times == 0).sum()) == (4.3, 1)


def test_what_the_playgrounds_tasks_say():
    assert all(tasks(f"no cut, gamma 0.99, stick {stick}").mean() < 15 for stick in ("none", "-1", "-10"))
    assert tasks("speed, gamma 0.8").mean() == pytest.approx(9.4, abs=0.1)
    assert mean_interval(tasks("none, gamma 0.99") - tasks("speed, gamma 0.99")).above()


def test_every_record_has_the_labels_that_its_measurement_gives():
    assert set(measured.RECORDS.measurements) == {
        "sticks", "sticks by gamma", "shaping", "limit", "limit from scratch", "short", "gaps", "tasks", "paid",
    }  # fmt: skip
    assert len(record(LESSON, "sticks")) == len(STICKS) * len(GAMMAS)
    gaps = record(LESSON, "gaps")
    for gamma in (0.8, 0.99):
        ratio = gaps[f"gap when tipping, gamma {gamma}"] / gaps[f"gap when calm, gamma {gamma}"]
        assert mean_interval(ratio).above(2)
        assert gaps[f"right when tipping, gamma {gamma}"].mean() > 0.99
    paid = record(LESSON, "paid")
    assert paid["paid per step, speed"].mean() == pytest.approx(6, abs=0.1)


def test_the_sticks_have_a_finding_for_each_stick_at_each_gamma():
    claims = measured.stick_claims()
    assert [claim.verdict() for claim in claims.values()] == (
        "open open below open above open open above above".split()
    )
    assert str(claims["gamma 0.8, stick -100"]) == "-38 [-56, -20], and -62 [-87, -37] on held-out seeds"
    assert len(claims) == 9 and measured.helped_by("-10") == ["0.95", "0.99"]
    change = measured.against_no_stick(record(LESSON, "sticks"), 0.8, "-100", slice(16))
    assert change.shape == (16,) and round(change.mean()) == -89


def test_the_speed_bonus_pays_more_for_a_step_and_less_for_the_episode():
    paid = record("carrot_and_stick", "paid")
    assert measured.more_or_less(paid) == "more for a step, less for the episode"
    turned = {label.replace("speed", "x").replace("none", "speed").replace("x", "none"): paid[label] for label in paid}
    assert measured.more_or_less(turned) == "less for a step, more for the episode"
    claims = measured.paid_claims()
    assert [claim.verdict() for claim in claims.values()] == ["below", "open"] and "leave that open" in TEXT
    assert measured.RECORDS.claims("paid")["paid per step, speed minus paid per step, none"].verdict() == "above"


def test_the_gaps_are_findings_in_percent_of_the_ceiling():
    claims = measured.gap_claims()
    assert {where: claim.verdict() for where, claim in claims.items()} == {
        "where it is calm": "below",
        "where it is tipping": "below",
    }
    gaps = record(LESSON, "gaps")
    wider = 100 * (gaps["gap when tipping, gamma 0.8"] - gaps["gap when tipping, gamma 0.99"])
    assert claims["where it is tipping"].chosen.value == pytest.approx(wider.mean())


def test_over_gamma_a_stick_helps_at_long_horizons_and_no_stick_is_as_good_at_its_own():
    grid = record(LESSON, "sticks by gamma")
    assert len(grid) == len(curves.OVER) * len(curves.NAMES) == 28
    means = by_rate.curve(grid, "stick none", curves.OVER, "gamma").mean(1).round()
    at = dict(zip(curves.OVER, means, strict=True))
    assert (at[0.8], at[0.99]) == (263, 180) and max(means) == 263 and min(means) == 180
    assert "from 263 steps at gamma 0.8 to 180 at 0.99" in TEXT
    level = by_rate.curve(grid, "stick -10", curves.OVER, "gamma").mean(1)
    assert np.ptp(level) < np.ptp(means) / 2
    claims = measured.RECORDS.claims("sticks by gamma")
    for gamma in (0.95, 0.98, 0.99, 0.995):
        assert claims[f"stick -10, gamma {gamma} minus stick none, gamma {gamma}"].verdict() == "above"
    own = curves.at_their_best(grid, measured.RECORDS.held_out("sticks by gamma"))
    assert {gain.verdict() for gain in own.values()} == {"open"} and len(own) == 3
    assert curves.own_gammas(grid) == "stick none 0.8, stick -1 0.8, stick -10 0.8, stick -100 0.98"
