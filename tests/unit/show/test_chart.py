"""What a panel's picture sends: the numbers of its curves, ticks that can be read, and the same standing still."""

import numpy as np
import pytest

from qlib.show.chart import Plot, tidy
from qlib.show.view import over_seeds
from qlib.study.result import Comparison


def chart(values, last=None, limits=None, diagnostics=()):
    """Chart scores of shape (seeds, checkpoints), a run before, and diagnostics."""
    steps = np.arange(1, np.shape(values)[1] + 1) * 100
    runs = [
        None if run is None else Comparison(("run",), steps, np.array([run], float), diagnostics=dict(diagnostics))
        for run in (values, last)
    ]
    return over_seeds(runs[0], runs[1], limits)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gone", [np.nan, np.inf])
def test_the_mean_ends_where_an_agent_has_no_number(gone):
    [plot] = chart([[1, 2, 3], [1, 2, gone]]).plots
    np.testing.assert_array_equal(plot.line[0], [1, 2, np.nan])
    np.testing.assert_array_equal(plot.seeds, [[1, 2, 3], [1, 2, gone]])
    assert plot.label == "mean 2"
    assert np.isfinite(plot.ticks()).all()


def test_a_comparison_is_charted_with_the_run_before_and_its_diagnostics():
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = chart(values, values + 10, (0, 500), {"loss": values[np.newaxis] / 100})
    score, loss = found.plots
    assert (found.ends, found.unit) == ((0, 200), "environment steps")
    np.testing.assert_array_equal(score.last[0], [12, 13])
    assert score.ticks() == [0, 100, 200, 300, 400, 500]
    assert score.key == "thick: mean of 2 agents, with its 95 % interval · thin: each agent" and not loss.key
    assert (loss.title, loss.label, score.label) == ("loss", "mean 0.03", "mean 3")


def test_what_is_sent_is_what_is_drawn():
    sent = chart([[1.0, 2.0], [3.0, 4.0]]).numbers()
    np.testing.assert_array_equal(np.frombuffer(sent["x"]), [100, 200])
    [plot] = sent["plots"]
    np.testing.assert_array_equal(np.frombuffer(plot["seeds"]), [1, 2, 3, 4])
    assert np.frombuffer(plot["line"]).shape == (6,)
    assert plot["last"] is None and plot["dots"] is None
    assert sent["ticks"] == [0, 50, 100, 150, 200]


def test_one_wild_agent_does_not_flatten_the_others():
    values = np.random.default_rng(0).uniform(0, 10, (16, 20))
    values[3, 7] = 1e9
    assert chart(values).plots[0].ticks()[-1] in (10, 12.5)


@pytest.mark.parametrize("value", [np.nan, 0.0, -3.5, 1e-12, 1e12])
def test_flat_and_missing_curves_are_drawn(value):
    found = chart(np.full((4, 3), value))
    ticks = found.numbers()["plots"][0]["ticks"]
    assert len(ticks) >= 2 and np.isfinite(ticks).all()
    assert found.still("words").png().startswith(b"\x89PNG")


@pytest.mark.parametrize("level", [0.0, 5.0, -300.0])
def test_a_level_line_has_ticks_around_it(level):
    ticks = chart(np.full((2, 3), level)).plots[0].ticks()
    assert len(ticks) >= 3
    assert ticks[0] < level < ticks[-1]


@pytest.mark.parametrize(("high", "top"), [(9, 10), (11, 20), (130, 200), (260, 500), (501, 1000), (0, 1)])
def test_a_growing_axis_changes_three_times_in_a_decade(high, top):
    line = np.array([[0.0, high]]) if high else np.zeros((1, 0))
    assert Plot("x", line, "", 88, (0, 0)).ticks()[-1] == top


def test_a_level_and_what_is_going_on_lie_on_the_axis():
    assert Plot("x", np.ones((1, 2)), "", 88, (0, 0), edge=(50.0, "top")).ticks()[-1] == 50
    assert Plot("x", np.ones((1, 2)), "", 88, (0, 0), now=180).ticks()[-1] == 200


def test_a_still_chart_has_an_axis_for_each_quantity_and_both_runs():
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    picture = chart(values, values + 10, (0, 500), {"loss": values[np.newaxis]}).still("words")
    above, below = picture.figure.axes
    assert [text.get_text() for text in above.texts] == ["mean of 2 agents", "last run"]
    np.testing.assert_array_equal(above.lines[0].get_ydata(), [2, 3])
    assert above.get_ylim() == (0, 500)
    low, high = below.get_ylim()
    assert low < 2 < 3 < high, "its own scale"
    assert (above.get_title(loc="left"), below.get_title(loc="left")) == ("greedy score", "loss")
    assert picture.alt == "words"


@pytest.mark.parametrize(("number", "words"), [(0.00123, "0.00123"), (99.95, "100"), (1234.5, "1,234"), (-3.0, "-3")])
def test_a_number_is_short(number, words):
    assert tidy(number) == words
