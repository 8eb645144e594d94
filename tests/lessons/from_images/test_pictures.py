"""Lesson 14's pictures: both ends of every control, and the numbers are right."""

import numpy as np
import pytest
import torch
from controls import drawn, make_ends_test, marks

from qlib.lessons.from_images import ball, pictures
from qlib.show.explorer import Explorer
from qlib.show.marks import Heat
from qlib.show.shapes import Box, Words

EXPLORERS = {
    "through": lambda: Explorer(
        pictures.through, row=(0, 7, 1, 3), column=(0, 7, 1, 3), size=(2, 4, 1, 3), stride=[1, 2]
    ),
}
test_every_control_at_both_ends = make_ends_test(EXPLORERS)


def test_the_explorer_answers_everywhere_without_a_kernel_and_is_light():
    explorer = EXPLORERS["through"]()
    assert len(explorer._made) == 8 * 8 * 3 * 2 <= 400
    assert len(explorer.view.recorded) < 150_000


@pytest.mark.parametrize(("layers", "across"), [([(3, 1)], 3), ([(3, 1)] * 2, 5), ([(8, 4), (4, 2), (3, 1)], 36)])
def test_a_receptive_field_is_what_a_gradient_reaches(layers, across):
    assert pictures.field(layers)[0] == across
    image = torch.zeros(1, 1, 84, 84, requires_grad=True)
    made = image
    for size, stride in layers:
        made = torch.nn.functional.conv2d(made, torch.ones(1, 1, size, size), stride=stride)
    made[0, 0, 1, 1].backward()
    assert int(image.grad[0, 0].any(0).sum()) == across
    assert int(image.grad[0, 0].any(0).nonzero()[0, 0]) == pictures.field(layers)[1]


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (3, 2), (4, 2)])
def test_the_box_lies_on_the_pixels_that_the_words_name(size, stride):
    drawing, words = pictures.through(7, 0, size, stride)
    across, apart = pictures.field([(size, stride)] * 2)
    last = len(marks(drawing, Heat)[2].values) - 1
    box = next(box for box in marks(drawing, Box) if box.colour == "vermilion")
    assert box.width == across and box.y - box.height / 2 == last * apart and box.x == across / 2
    assert f"sees {across} × {across} pixels, from row {last * apart} and column 0 on" in words


def test_frames_stand_the_right_way_up():
    drawing = pictures.frames([ball.frame(0, 2)], ["now"])
    (heat,) = marks(drawing, Heat)
    assert heat.values[-1, 2] == 1, "the first row of a heat is the bottom one"
    assert "row 0, column 2" in drawing.alt and drawn(drawing)
    assert "7 pixels are on" in pictures.frames([np.eye(7, 9)], ["many"]).alt


def test_a_frame_without_a_name_has_no_words():
    assert marks(pictures.frames([ball.frame(0, 2)], [""]), Words) == []
    assert [word.words for word in marks(pictures.frames([ball.frame(0, 2)], ["now"]), Words)] == ["now"]
