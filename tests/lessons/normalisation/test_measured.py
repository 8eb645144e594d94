"""Every number of lesson 11's prose that a record holds is the record's."""

import numpy as np
import pytest
from controls import drawn, marks
from definitions import NOTEBOOKS, record

from qlib.lessons.normalisation import agents, measured, rates, rows
from qlib.show.marks import Line, Rule
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

TEXT = " ".join(
    line.removeprefix("# ").strip() for line in (NOTEBOOKS / "11_normalisation.py").read_text().splitlines()
).replace("−", "-")


def gain(name, ours, theirs="nothing", sign=1):
    def change():
        result = record("normalisation", name)
        return sign * (result.over_training(ours) - result.over_training(theirs))

    return change


def loss(name, ours, theirs="nothing"):
    return gain(name, ours, theirs, -1)


def across(ours, theirs):
    ways, parts = record("normalisation", "ways"), record("normalisation", "parts")
    return ways.over_training(ours)[:64] - parts.over_training(theirs)[:64]


def units(ours, theirs):
    result = record("normalisation", "units")
    return result.over_training(ours, until=500) - result.over_training(theirs, until=500)


def acting(checkpoint):
    result = record("normalisation", "acting")
    return result["scaled twice"][:, checkpoint] - result["whole"][:, checkpoint]


def blank(way):
    return loss("blank target", f"{way}, blank target", way)


LIVED = "alike where it learns"
SAID = [  # as the prose says it; a loss is said without its sign
    ("19 [2, 37]", loss("ways", "0 to 1")),
    ("67 [54, 81]", gain("small rate", "ranges")),
    ("60 [47, 74]", gain("small rate", "batch norm")),
    ("11 [3, 18]", loss("small rate", "0 to 1")),
    ("21 [16, 27]", loss("small rate", "x 4")),
    ("11 [4, 18]", gain("small rate", "running")),
    ("55 [46, 64]", loss("parts", "x 4")),
    ("109 [96, 123]", gain("parts", "x 0.25")),
    ("48 [34, 62]", gain("parts", "angle alone", "all by one number")),
    ("110 [97, 122]", gain("parts", LIVED)),
    ("68 [52, 83]", gain("parts", LIVED, "alike under random play")),
    ("43 [28, 59]", lambda: -across("0 to 1", "x 2")),
    ("14 [4, 25]", gain("parts", "x 2")),
    ("29 [19, 38]", gain("parts", "all by one number")),
    ("35 [28, 42]", loss("parts", "position alone")),
    ("42 [29, 55]", gain("parts", "alike under random play")),
    ("32 [17, 47]", loss("parts", "alike where it learns, x 2.5", LIVED)),
    ("20 [5, 35]", gain("parts", "angle alone, all 5 times as large", "angle alone")),
    ("49 [28, 70]", lambda: -across("running", LIVED)),
    ("+11 [-14, +36]", lambda: units("batch_norm, all in hundredths", "batch_norm, as it is")),
    ("20 [17, 22]", lambda: units("batch_norm, position in mm", "plain, position in mm")),
    ("48 [35, 60]", gain("acting", "scaled twice", "acts unscaled")),
    ("76 [52, 100]", lambda: -acting(-1)),
    ("-1 [-28, +27]", lambda: acting(2)),
    ("130 [105, 154]", blank("batch norm")),
    ("94 [70, 118]", blank("running")),
]


@pytest.mark.parametrize(("words", "values"), SAID, ids=[words for words, _ in SAID])
def test_a_number_of_the_prose_is_the_records(words, values):
    assert words in TEXT
    value, low, high = mean_interval(values())
    said = [abs(float(number)) for number in words.replace("[", "").replace("]", "").replace(",", "").split()]
    np.testing.assert_allclose(said, np.abs([value, low, high]), atol=0.51)


def test_what_the_prose_says_without_an_interval():
    ways, small, parts = (record("normalisation", name) for name in ("ways", "small rate", "parts"))
    for ours, theirs in (("running", "ranges"), ("batch norm", "ranges"), ("running", "batch norm")):
        assert measured.gain(ways, ours, theirs).verdict() == "open"
    assert all(64 < measured.gain(ways, way).value < 71 for way in ("ranges", "running", "batch norm"))
    assert measured.gain(small, "running", "ranges").below() and measured.gain(small, "running", "batch norm").below()
    assert [round(parts.over_training(name).mean()) for name in ("nothing", "x 1")] == [115, 180]
    usual = record("normalisation", "units").over_training("batch_norm, as it is", until=500)
    assert round(usual.mean()) == 107
    for other in ("x 0.25", "angle alone, all 5 times as large"):
        assert measured.gain(parts, LIVED, other).verdict() == "open"


def verdicts(found):
    return {words: change.verdict() for words, change in found.items()}


def test_every_figure_has_its_findings_and_can_be_drawn():
    figures = [
        (rows.ways("ways"), 7),
        (rows.ways("small rate"), 8),
        (rows.parts(), 12),
        (rows.pairs(), 11),
        (rows.units(), 5),
        (rows.acting(), 9),
        (rows.targets(), 2),
    ]
    for figure, n in figures:
        assert len(figure.claims) == n and drawn(figure)
    ways = rows.ways("ways").claims
    assert str(ways["ranges minus nothing"]) == "70 [53, 86], and 66 [36, 97] on held-out seeds"
    assert ways["ranges minus nothing"].verdict() == "above"
    assert list(rows.parts().claims) == list(agents.parts())[1:], "each divisor but nothing, by its name alone"
    assert len(rows.unlike()) == 14 and rows.unlike()[1].endswith(" 6.9")


def test_batch_norm_goes_on_learning_with_the_position_in_millimetres():
    found = record("normalisation", "units")["batch_norm, position in mm"]
    assert (np.diff(found.mean(0)) > 0).all() and "goes on learning" in TEXT


def test_the_blank_targets_end_below_the_whole_ones_and_their_losses_on_both_sides():
    found = record("normalisation", "blank target")
    losses = dict(zip(found.labels, np.median(found.diagnostics["loss"][:, :, -1], axis=1), strict=True))
    assert losses["batch norm, blank target"] < losses["batch norm"]
    assert losses["running, blank target"] > losses["running"]


def test_what_the_prose_calls_shown_and_open_is_so_on_both_sets():
    assert list(verdicts(rows.changes("ways", rows.THREE)).values()) == ["open"] * 3
    gains = [("ranges", "nothing"), ("0 to 1", "nothing"), ("running", "nothing"), ("batch norm", "nothing")]
    assert list(verdicts(rows.changes("ways", gains)).values()) == ["above", "below", "above", "above"]
    parts = verdicts(measured.RECORDS.claims("parts"))
    assert parts["x 2 minus nothing"] == "open" and parts["x 4 minus nothing"] == "below"
    assert parts["alike where it learns minus alike where it learns, x 2.5"] == "open"
    assert parts["angle alone, all 5 times as large minus angle alone"] == "open"
    assert parts["angle alone minus all by one number"] == parts["alike where it learns minus x 1"] == "above"
    assert "hardly part over 1,200 steps" in TEXT
    assert set(verdicts(rows.gains("small rate", 1_200)).values()) == {"open"}
    assert list(verdicts(rows.across()).values()) == ["below", "open"] and "34 [-4, 72], open" in TEXT
    assert str(rows.across()["running minus alike where it learns"].held_out) == "-34 [-72, 4]"
    small = verdicts(rows.changes("small rate", [*rows.THREE, ("0 to 1", "nothing"), ("x 4", "nothing")]))
    assert list(small.values()) == ["below", "open", "below", "open", "below"]


def test_at_its_own_rate_each_scaled_agent_is_level():
    grid = measured.measured("rates"), measured.RECORDS.held_out("rates")
    beside = rates.at_their_best(*grid)
    assert [name for name, change in beside.items() if change.below()] == ["nothing", "x 4"]
    assert not any(change.above() for change in beside.values())
    assert rates.at_their_best(*grid, "nothing")["x 4"].verdict() == "open"
    assert all(change.above() for name, change in rates.at_their_best(*grid, "nothing").items() if name != "x 4")
    at_once = [mean_interval(grid[0][f"{name}, rate 0.003"] - grid[0]["x 1, rate 0.003"]) for name in rates.BY_RATE[3:]]
    assert [change.verdict() for change in at_once] == ["above", "open", "above"]
    assert "x 1 highest at 0.01" in rates.draw(grid[0]).alt
    assert "At 0.003 the highest mean is that of alike where it learns" in rates.at(grid[0], 0.003)[1]


def test_pictures_show_what_the_record_holds():
    ways, parts = record("normalisation", "ways"), record("normalisation", "parts")
    assert "group: ranges 182, nothing 113" in measured.scores(ways, "group", ("ranges", "nothing")).alt
    assert measured.scores(ways, "group").alt.count(", ") == len(ways.labels)
    widths = measured.over_factors(parts)
    (curve,), (level,) = marks(widths, Line), marks(widths, Rule)
    assert "ranges highest at 0.25" in widths.alt and drawn(widths)
    np.testing.assert_allclose(curve.y, [parts.over_training(f"x {x:g}").mean() for x in agents.FACTORS])
    assert level.at == pytest.approx(parts.over_training("nothing").mean()) and level.label == "without scaling"
    assert "position in mm: plain" in measured.by_unit(record("normalisation", "units")).alt
    assert measured.highest(parts, ("x 4", "x 1", "nothing")) == "x 1"
    acting_record = record("normalisation", "acting")
    assert measured.below(acting_record, -1) == pytest.approx(mean_interval(-acting(-1)), abs=1)


def test_batch_norm_takes_longer():
    seen = np.random.default_rng(0).normal(size=(101, 4)).astype(np.float32)
    plain, normed = measured.update_times(seen)
    assert normed > plain


def test_likeness_and_gain_go_together_in_the_last_column():
    parts = record("normalisation", "parts")
    assert list(parts.labels) == list(agents.parts())
    in_memory = np.stack([values[:, :, -1] for values in parts.diagnostics.values()], axis=-1)
    inputs = in_memory / np.array(list(agents.parts().values()))[:, None]
    unlike = dict(zip(parts.labels, (inputs.max(2) / inputs.min(2)).mean(1), strict=True))
    gains = {name: measured.gain(parts, name).value for name in parts.labels}
    assert all(gains[name] > 64.5 for name in parts.labels if unlike[name] < 2.5)
    assert all(gains[name] < 42.5 for name in parts.labels if unlike[name] > 5)
    assert unlike["alike under random play"] == pytest.approx(5.1, abs=0.05)
    np.testing.assert_allclose(in_memory[parts.labels.index("x 1"), :16].mean(0), agents.LIVED, atol=0.01)
    random = agents.parts()["alike under random play"]
    assert f"{agents.LIVED[0]} m against {random[0]:.2f}" in TEXT
    assert f"{agents.LIVED[2]} rad against {random[2]:.3f}" in TEXT
