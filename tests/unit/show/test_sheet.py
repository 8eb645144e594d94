"""A table on a canvas: every word in its column, boxes around the cells that are meant."""

import pytest

from qlib.show.shapes import Box, Words
from qlib.show.sheet import sheet

HEADS, ROWS = ["s", "a long head", "y"], [["A", "1.00", "2"], ["B", "3.00", "4"]]


def test_an_empty_cell_has_no_words_and_all_have_room():
    drawing = sheet(HEADS, [["A", "", "2"]], "words")
    assert [one.words for one in drawing.panels[0].marks] == [*HEADS, "A", "2"]
    assert drawing.numbers()["least"] == drawing.width


def test_words_stand_below_their_heads_and_apart():
    drawing = sheet(HEADS, ROWS, "words", {1: "vermilion"})
    words = drawing.panels[0].marks
    assert [one.words for one in words] == [*HEADS, *ROWS[0], *ROWS[1]]
    columns = [[one.x for one in words[k::3]] for k in range(3)]
    assert all(len(set(column)) == 1 for column in columns)
    ends = [(one.x - len(one.words) / 2, one.x + len(one.words) / 2) for one in words[:3]]
    assert ends[0][1] < ends[1][0] and ends[1][1] < ends[2][0]
    assert [one.y for one in words[::3]] == sorted({one.y for one in words}), "from the top down"
    assert {one.words for one in words if one.colour == "vermilion"} == {"a long head", "1.00", "3.00"}
    assert [one.bold for one in words] == [True] * 3 + [False] * 6
    left, top, right, bottom = drawing.panels[0].frame
    assert (left, top) == (0, 0) and right == pytest.approx(drawing.width / 8) and bottom > words[-1].y


def test_a_box_stands_around_its_cell_and_a_note_below_all():
    plain, drawing = (
        sheet(HEADS, ROWS, "words"),
        sheet(HEADS, ROWS, "words", boxes={(1, 1): "blue", (0, 2): "vermilion"}, notes={"blue": "what it means"}),
    )
    blue, dashed = (mark for mark in drawing.panels[0].marks if isinstance(mark, Box))
    cell, note = (
        next(m for m in drawing.panels[0].marks if isinstance(m, Words) and m.words == w)
        for w in ("3.00", "what it means")
    )
    assert (blue.x, blue.y, blue.dash, blue.words) == (cell.x, cell.y, 0, "") and blue.width > 4
    assert (
        dashed.numbers()["dash"] == 1
        and type(dashed.dash) is int
        and dashed.y < blue.y < note.y
        and note.colour == "blue"
    )
    assert drawing.height > plain.height
