"""Curves that grow: their numbers, axes that seldom change and can be read, and the same standing still."""

import numpy as np
import pytest

from qlib.show.curves import AXIS, EDGE, TITLE, agents, compared, growing, latest, over_seeds, stacked
from qlib.show.marks import Line
from qlib.show.panel import Axis
from qlib.study.result import Comparison


def drawing(values, last=None, limits=(), diagnostics=()):
    """Draw scores of shape (seeds, checkpoints), a run before, and diagnostics."""
    steps = np.arange(1, np.shape(values)[1] + 1) * 100
    runs = [
        None if run is None else Comparison(("run",), steps, np.array([run], float), diagnostics=dict(diagnostics))
        for run in (values, last)
    ]
    return over_seeds(runs[0], runs[1], limits, "words")


def ticks(panel):
    return list(panel.y.ticks)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gone", [np.nan, np.inf])
def test_the_mean_ends_where_an_agent_has_no_number(gone):
    [panel] = drawing([[1, 2, 3], [1, 2, gone]]).panels
    each, mean, end = panel.marks
    np.testing.assert_array_equal(mean.y, [1, 2, np.nan])
    np.testing.assert_array_equal(each.y, [1, 2, 3, np.nan, 1, 2, gone, np.nan])
    np.testing.assert_array_equal(each.x, [100, 200, 300, np.nan] * 2)
    assert mean.label == "mean 2" and (end.x, end.y) == ([200], [2])
    assert np.isfinite(ticks(panel)).all()
    assert panel.numbers()["marks"][0]["y"] == [1, 2, 3, None, 1, 2, None, None]


def test_a_comparison_is_drawn_with_the_run_before_and_its_diagnostics():
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = drawing(values, values + 10, (0, 500), {"loss": values[np.newaxis] / 100})
    score, loss = found.panels
    assert (score.x.low, score.x.high, loss.x.label) == (0, 200, "environment steps")
    assert not score.x.ticks and not score.x.label and list(loss.x.ticks) == [0, 50, 100, 150, 200]
    _, last, mean, _ = score.marks
    np.testing.assert_array_equal(last.y, [12, 13])
    assert (last.label, mean.label, loss.marks[2].label) == ("last run", "mean 3", "mean 0.03")
    assert ticks(score) == [0, 100, 200, 300, 400, 500]
    assert score.title == "greedy score of 2 agents, their mean and its 95 % interval" and loss.title == "loss"
    assert (mean.colour, mean.dash) != (loss.marks[2].colour, loss.marks[2].dash)


def test_variants_are_means_over_seeds_with_their_names_and_nothing_where_nothing_was_measured():
    scores = np.array([[[-200.0, -100.0], [-200.0, -120.0]], [[1.0, np.nan]] * 2, [[np.nan] * 2] * 2])
    found = compared(Comparison(("whole", "broken", "late"), np.array([10, 20]), scores))
    whole, broken = found.panels[0].marks
    np.testing.assert_array_equal(whole.y, [-200, -110])
    np.testing.assert_array_equal(broken.y, [1, np.nan])
    assert (whole.label, broken.label) == ("whole", "broken") and whole.low[1] < -110 < whole.high[1]
    assert found.alt.endswith("mean of 2 seeds with its interval. At the lines' ends: whole -110, broken 1.")
    assert (found.panels[0].x.low, found.panels[0].x.high) == (0, 20)


def test_rows_are_as_high_as_they_say_and_the_lowest_bears_the_axis():
    panels = [growing("a title", [Line([0], [0])], np.zeros(1), height=height) for height in (50, 60, 70)]
    found = stacked(panels, Axis("steps", 0, 9), "words")
    assert [panel.share for panel in found.panels] == [TITLE + 50 + EDGE, TITLE + 60 + EDGE, TITLE + 70 + AXIS]
    assert found.height == sum(panel.share for panel in found.panels) and found.column == 1
    assert [bool(panel.x.label) for panel in found.panels] == [False, False, True]
    two = stacked([*panels, panels[0]], Axis("steps", 0, 9), "words", columns=2)
    assert [bool(panel.x.label) for panel in two.panels] == [False, False, True, True]
    assert two.height == two.panels[0].share + two.panels[2].share


def test_one_wild_agent_does_not_flatten_the_others():
    values = np.random.default_rng(0).uniform(0, 10, (16, 20))
    values[3, 7] = 1e9
    assert ticks(drawing(values).panels[0])[-1] in (10, 12.5)


@pytest.mark.parametrize("value", [np.nan, 0.0, -3.5, 1e-12, 1e12])
def test_flat_and_missing_curves_are_drawn(value):
    found = drawing(np.full((4, 3), value))
    assert len(ticks(found.panels[0])) >= 2 and np.isfinite(ticks(found.panels[0])).all()
    assert found.still().png().startswith(b"\x89PNG")


def test_before_the_first_score_there_are_axes_without_a_name():
    [panel] = drawing(np.full((4, 1), np.nan), limits=(0, 500)).panels
    assert ticks(panel)[-1] == 500 and panel.marks[1].label == "" and len(panel.marks[2].x) == 0


def test_a_still_has_axes_for_each_quantity_and_both_runs():
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    picture = drawing(values, values + 10, (0, 500), {"loss": values[np.newaxis]}).still()
    above, below = picture.figure.axes
    assert {text.get_text() for text in above.texts} == {"mean 3", "last run"}
    assert above.get_ylim() == (0, 500)
    low, high = below.get_ylim()
    assert low < 2 < 3 < high, "its own scale"
    assert picture.alt == "words"


def test_the_latest_number_and_the_agents_are_words():
    assert latest([1.0, 2.5, np.nan]) == "2.5" and latest([]) == latest([np.nan]) == ""
    assert agents(1) == "1 agent" and agents(16) == "16 agents"
