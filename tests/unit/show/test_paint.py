"""Stills: every mark of a drawing is painted."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.patches import Ellipse, FancyArrowPatch, Rectangle

from qlib.show.marks import Bars, Dots, Heat, Interval, Line, Rule
from qlib.show.paint import paint, paint_mark
from qlib.show.panel import Axis, Panel
from qlib.show.picture import figure
from qlib.show.shapes import Arrow, Box, Words

X = np.arange(3.0)


def painted(*marks, **panel):
    _, ax = figure()
    paint(Panel(marks, **panel).settled(), ax)
    return ax


def test_lines_have_their_band_and_their_name():
    ax = painted(Line(X, X, X - 1, X + 1, label="mean", colour="green", dash=1))
    assert ax.lines[0].get_ydata().tolist() == [0, 1, 2] and ax.lines[0].get_linestyle() == "--"
    assert sum(isinstance(one, PolyCollection) for one in ax.collections) == 1
    assert [text.get_text() for text in ax.texts] == ["mean"]
    assert painted(Line(X, X, opacity=0.3)).lines[0].get_alpha() == 0.3 and ax.lines[0].get_alpha() is None


def test_dots_intervals_bars_and_maps_are_there():
    assert painted(Dots(X, X, hollow=True)).lines[0].get_markerfacecolor() == "none"
    assert len(painted(Interval(X, X, X - 1, X + 1)).containers) == 1
    bars = painted(Bars(X, X + 1, base=1.0, words=["a", "b", "c"]))
    assert [bar.get_height() for bar in bars.patches] == [0, 1, 2] and len(bars.texts) == 3
    assert painted(Heat(np.eye(3), 0, 3, 0, 3)).images[0].get_array().shape == (3, 3)
    assert painted(Heat(np.eye(3), 0, 3, 0, 3, smooth=True)).images[0].get_interpolation() == "bilinear"
    assert painted(Heat(np.eye(3, dtype=int), 0, 3, 0, 3, colours=["rule", "blue"])).images[0].get_clim() == (0, 1)


def test_a_map_on_a_canvas_keeps_its_pixels_square():
    assert painted(Heat(np.eye(3), 0, 3, 3, 0), frame=(0, 0, 9, 3)).get_aspect() == 1
    assert painted(Heat(np.eye(3), 0, 3, 0, 3)).get_aspect() == "auto"


def test_shapes_and_words_are_there():
    ax = painted(
        Box(1, 1, 1, 1, "in"), Box(1, 1, 1, 1, round=True), Arrow(0, 0, 1, 1), Words(0, 0, "at"), frame=(0, 0, 2, 2)
    )
    kinds = [type(patch) for patch in ax.patches]
    assert kinds == [Rectangle, Ellipse, FancyArrowPatch]
    assert {"in", "at"} <= {text.get_text() for text in ax.texts}
    assert ax.get_ylim() == (2, 0), "the top of a frame is above"


def test_rules_cross_the_panel_and_say_their_name():
    ax = painted(Rule(1, label="ceiling"), Rule(2, "y", "horizon"), Line(X, X))
    assert [text.get_text() for text in ax.texts] == ["ceiling", "horizon"] and len(ax.lines) == 3


def test_the_axes_are_as_settled():
    ax = painted(Line(X, X + 1), x=Axis("step", 0, 5, ticks={0: "now", 5: "later"}), y=Axis("worth", 1, 100, log=True))
    assert ax.get_xlim() == (0, 5) and ax.get_yscale() == "log" and ax.get_xlabel() == "step"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["now", "later"]


def test_what_is_no_mark_is_refused():
    with pytest.raises(TypeError, match="is no mark"):
        paint_mark("a line", None)


def test_an_interval_bears_its_name_beside_the_last_mean():
    ax = painted(Interval([0, 1], [2.0, 3.0], [1.0, 2.0], [3.0, 4.0], label="SARSA"))
    assert [text.get_text() for text in ax.texts] == ["SARSA"]
