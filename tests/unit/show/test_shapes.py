"""Boxes, arrows and words reach as far as they are drawn."""

from qlib.show.shapes import Arrow, Box, Words


def test_a_box_reaches_from_edge_to_edge():
    assert Box(2, 3, 1, 4).reach() == ([1.5, 2.5], [1, 5])
    assert Box(2, 3, 1, 4, "5", "blue", fill="green", dash=1).numbers() == {
        "kind": "box",
        "x": 2,
        "y": 3,
        "width": 1,
        "height": 4,
        "words": "5",
        "colour": "blue",
        "fill": "green",
        "edge": 1.0,
        "solid": False,
        "round": False,
        "bold": False,
        "size": 13.0,
        "dash": 1,
    }


def test_an_arrow_reaches_from_its_tail_to_its_head():
    assert Arrow(0, 1, 5, -2).reach() == ([0, 5], [1, -2])
    assert Words(0, 0, "here", right=8).numbers()["right"] == 8
