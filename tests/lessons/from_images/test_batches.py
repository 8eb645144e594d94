"""Lesson 14's five stacks: each has its fault, and no other."""

import numpy as np
import pytest
from controls import drawn

from qlib.lessons.from_images import batches


@pytest.mark.parametrize("fault", batches.BATCHES.values())
def test_each_stack_has_its_fault_and_no_other(fault):
    stack = batches.made(fault)
    assert (stack.shape == (4, 10, 6)) == (fault != "channels last")
    assert (stack.max() > 1) == (fault == "not scaled")
    if fault != "channels last":
        rows = np.diff([np.argwhere(frame)[0, 0] for frame in stack])
        assert (rows == 0).all() == (fault == "a stack repeated")
        assert (rows < 0).any() == (fault == "a frame of the next episode")


def test_all_five_are_drawn_and_the_alternative_says_what_there_is_to_see():
    drawing = batches.batches()
    assert len(drawing.panels) == 5 and drawn(drawing)
    assert "B: shape (10, 6, 4), largest 1" in drawing.alt and "E: shape (4, 10, 6), largest 255" in drawing.alt
    assert not any(fault in drawing.alt for fault in batches.BATCHES.values())
