"""Tensors as boxes: every number has its place, every pair of brackets its frame, every dimension its arrow."""

from qlib.show import boxes
from qlib.show.shapes import Arrow, Box, Words


def test_places_keep_blocks_apart():
    spots = boxes.places((3, 2, 2))
    assert len({tuple(spot) for spot in spots}) == 12
    assert boxes.places(()).shape == (1, 2)


def test_a_tensor_has_a_frame_for_each_pair_of_brackets_and_an_arrow_for_each_dimension():
    marks = boxes.frames((3, 2), (0.0, 1.0), "a")
    assert [len([m for m in marks if isinstance(m, kind)]) for kind in (Box, Arrow)] == [1 + 3, 2]
    assert [m.words for m in marks if isinstance(m, Words)] == ["dim 0: 3", "dim 1: 2", "a"]


def test_a_box_hides_what_lies_under_it():
    box = boxes.box(2, 1, 7, "blue")
    assert (box.words, box.x, box.y, box.fill, box.solid) == ("7", 2, 1, "blue", True)
