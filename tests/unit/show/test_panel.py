"""Panels: axes that show what is there, with few round numbers, and lines that differ by more than colour."""

import numpy as np
import pytest

from qlib.show.marks import Line, Rule
from qlib.show.panel import Axis, Panel, calm, lines, tidy

X = np.arange(11.0)


def test_an_open_axis_reaches_from_the_lowest_to_the_highest_mark():
    panel = Panel([Line(X, 3 * X), Rule(40)]).settled()
    assert (panel.x.low, panel.x.high) == (0, 10) and (panel.y.low, panel.y.high) == (0, 40)
    assert all(panel.y.low <= tick <= panel.y.high for tick in panel.y.ticks) and len(panel.y.ticks) >= 3


def test_what_is_given_stays():
    panel = Panel([Line(X, X)], Axis("step", -1, 60), Axis("worth", 0, ticks={0: "none", 5: "half"})).settled()
    assert (panel.x.low, panel.x.high, panel.y.high) == (-1, 60, 10)
    assert panel.y.ticks == {0: "none", 5: "half"}


def test_a_logarithmic_axis_has_powers_of_ten_and_ignores_what_is_not_above_0():
    y = Panel([Line(X, np.array([-5, 0, 1, 10, 100, 1e3, 1e4, np.nan, 2, 3, 4]))], y=Axis(log=True)).settled().y
    assert (y.low, y.high) == (1, 1e4)
    assert list(y.ticks) == [1, 10, 100, 1e3, 1e4] and y.ticks[1e4] == "10,000"


@pytest.mark.parametrize("values", [[], [np.nan], [3.0, 3.0]])
@pytest.mark.parametrize("log", [False, True])
def test_where_there_is_nothing_or_one_level_there_is_still_an_axis(values, log):
    axis = Axis(log=log).settled(np.array(values))
    assert axis.low < axis.high and np.isfinite([axis.low, axis.high]).all()


def test_each_line_has_a_colour_and_dashes_of_its_own_and_its_name_at_its_end():
    found = lines(X, {"a": X, "b": np.array([X, X - 1, X + 1]), "c": X})
    assert [line.label for line in found] == ["a", "b", "c"]
    assert len({line.colour for line in found}) == len({line.dash for line in found}) == 3
    assert found[0].low is None and np.array_equal(found[1].high, X + 1)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (-0.5, "−0.5"), (12345.6, "12,350"), (0.1 + 0.2, "0.3"), (1e-9, "1e−09"), (2e8, "2e+08"), (475, "475")],
)
def test_numbers_are_written_short(value, words):
    assert tidy(value) == words


@pytest.mark.parametrize("level", [0.0, 5.0, -300.0])
def test_a_level_line_has_numbers_around_it(level):
    axis = calm(np.full(3, level))
    assert len(axis.ticks) >= 3 and axis.low < level < axis.high


@pytest.mark.parametrize(("high", "top"), [(9, 10), (11, 20), (130, 200), (260, 500), (501, 1000)])
def test_a_calm_axis_changes_three_times_in_a_decade(high, top):
    axis = calm(np.array([0.0, high, np.nan, np.inf]), (0, 0), 2)
    assert (axis.low, axis.high, list(axis.ticks)[-1]) == (0, top, top)


def test_a_calm_axis_without_values_goes_from_0_to_1_and_as_far_as_it_must():
    assert (calm(np.array([]), (0, 0)).low, calm(np.array([np.nan]), (0, 0)).high) == (0, 1)
    assert calm(np.array([]), (0, 20)).high == 20 and calm(np.array([-3.0]), (0, 20)).low < -3
    settled = Panel([Line(X, X)], y=calm(X, (0, 20))).settled()
    assert settled.y == Panel(settled.marks, y=settled.y).settled().y, "it stays as it is"


def test_a_canvas_tells_its_frame_and_no_axes():
    told = Panel([], frame=(0, 0, 4, 2)).settled().numbers()
    assert told["frame"] == (0, 0, 4, 2) and "x" not in told
