"""Lesson 14's pictures of depth."""

import numpy as np
from controls import drawn, make_ends_test, marks

from qlib.lessons.from_images import depth
from qlib.show.explorer import Explorer
from qlib.show.marks import Interval, Line
from qlib.show.shapes import Arrow, Box

test_every_control_at_both_ends = make_ends_test(
    {"gradients": lambda: Explorer(depth.gradients, name="gradients", depth=[2, 6, 12])}
)


def test_the_block_has_a_way_past():
    drawing = depth.block()
    assert len(marks(drawing, Box)) == 5 and len(marks(drawing, Arrow)) == 7 and drawn(drawing)
    past = max(marks(drawing, Arrow), key=lambda arrow: arrow.to_x - arrow.x)
    assert past.bend and past.colour == "vermilion"


def test_the_gradient_fades_without_a_way_past_and_the_words_say_by_how_much():
    drawing, words = depth.gradients(6)
    plain, residual, he = marks(drawing, Line)
    assert he.y[0] > 0.3 * he.y[-1]
    assert len(plain.y) == 7 and plain.y[0] < 0.05 * plain.y[-1] and residual.y[0] > 0.3 * residual.y[-1]
    assert "1 part in" in words and "%" in words


def test_shares_are_drawn_by_depth_in_percent():
    shares = {f"{d}, {kind}": np.linspace(0.4, 0.6, 5) for d in (2, 12) for kind in ("plain", "residual")}
    drawing = depth.by_depth(shares)
    assert [mark.label for mark in marks(drawing, Interval)] == ["plain", "residual"]
    assert marks(drawing, Interval)[0].y.tolist() == [50, 50]
