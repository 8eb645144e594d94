"""The silent broadcast, drawn: its grid of differences, and its cures."""

import json

import pytest

from qlib.show import broadcast
from qlib.show.shapes import Box


@pytest.mark.parametrize("batch", [2, 6])
def test_broadcast_shows_the_grid_and_its_cures(batch):
    drawing, words = broadcast.grid(batch, "none")
    boxes = [mark for mark in drawing.panels[0].marks if isinstance(mark, Box)]
    assert len(boxes) == batch**2
    assert [(box.x, box.y) for box in boxes if box.fill == "blue"] == [(i, i) for i in range(batch)], "the diagonal"
    assert f"({batch}, 1) minus ({batch},) is ({batch}, {batch})" in words
    assert "have a mean of 0.25" in words
    for cure in ("squeeze the values", "unsqueeze the targets"):
        drawing, words = broadcast.grid(batch, cure)
        assert words.endswith(f"the mean of {batch} squares is 0.25.")
        numbers = [mark.words for mark in drawing.panels[0].marks if isinstance(mark, Box)]
        assert numbers == ["+0.5", "-0.5"] * (batch // 2)
        assert json.dumps(drawing.numbers(), allow_nan=False)
