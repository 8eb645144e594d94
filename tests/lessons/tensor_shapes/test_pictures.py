"""Lesson 03's pictures: what the explorer says is what PyTorch does, for every control at every place."""

import ast
import itertools

import pytest
import torch
from controls import drawn, marks, texts
from definitions import NOTEBOOKS

from qlib.lessons.tensor_shapes import pictures as shapes
from qlib.show.drawing import Drawing
from qlib.show.explorer import Explorer
from qlib.show.shapes import Arrow, Box, Words

EVERY = list(itertools.product(shapes.SHAPES, shapes.OPERATIONS, range(-3, 4)))


@pytest.mark.parametrize(("shape", "operation", "dim"), EVERY)
def test_explorer_tells_what_pytorch_does(shape, operation, dim):
    size = ast.literal_eval(shape)
    picture, words = shapes.explore(shape, operation, dim)
    assert isinstance(picture, Drawing) and drawn(picture)
    namespace = {"torch": torch, "a": torch.zeros(size), "b": torch.zeros(size)}
    if dim in shapes.allowed_dims(len(size), operation):
        index_size = list(size)
        if operation == "gather":
            index_size[dim] = 1
        namespace["index"] = torch.zeros(index_size, dtype=torch.int64)
        code = shapes.OPERATIONS[operation].format(dim=dim)
        assert f"→ {tuple(eval(code, namespace).shape)}." in words
    else:
        assert words.startswith(f"There is no dimension {dim} here.")
        assert "Traceback" not in words


@pytest.mark.parametrize("operation", shapes.OPERATIONS)
def test_boxes_carry_the_numbers_to_where_pytorch_puts_them(operation):
    tensors = shapes._inputs((3, 2), operation, 1)
    result = eval(shapes.OPERATIONS[operation].format(dim=1), {"torch": torch, **tensors})
    picture, _ = shapes.explore("(3, 2)", operation, 1)
    boxed = [text for text in texts(picture) if text.isdigit()]
    n_inputs = sum(tensor.numel() for tensor in tensors.values())
    assert boxed[n_inputs:] == [str(number) for number in result.flatten().tolist()]


@pytest.mark.parametrize("operation", ["gather", "max"])
def test_the_boxes_hold_the_numbers_of_the_lessons_cell(operation):
    cell = {"a": torch.tensor([[2, 1], [0, 5], [4, 3]]), "index": torch.tensor([[1], [0], [1]])}
    source = (NOTEBOOKS / "03_tensor_shapes.py").read_text()
    assert "torch.tensor([[2.0, 1.0], [0.0, 5.0], [4.0, 3.0]]), torch.tensor([[1], [0], [1]])" in source
    for name, tensor in shapes._inputs((3, 2), operation, 1).items():
        assert torch.equal(tensor, cell[name])


@pytest.mark.parametrize("operation", shapes.OPERATIONS)
@pytest.mark.parametrize("move", [0.0, 0.5, 1.0])
def test_move_at_its_ends_and_halfway(operation, move):
    picture, words = shapes.explore("(3, 2)", operation, 1, move)
    assert drawn(picture)
    assert ("?" in texts(picture)) == ("→ ?" in picture.panels[0].title) == (move == 0)
    assert ("Say the shape" in words) == (move == 0)


def test_squeeze_of_another_size_is_said_to_do_nothing():
    assert "leaves the tensor as it is" in shapes.explore("(3, 2)", "squeeze", 0)[1]
    assert "it is gone" in shapes.explore("(3, 1)", "squeeze", 1)[1]


def test_explorer_changes_its_picture_with_the_slider():
    explorer = Explorer(shapes.explore, shape=shapes.SHAPES, operation=list(shapes.OPERATIONS), dim=(-3, 3, 1, 0))
    before = explorer._drawing.numbers()
    explorer.controls["dim"].value = 1
    assert "(4,) → (4, 1)" in explorer.readout
    assert explorer._drawing.numbers() != before
    explorer.controls["dim"].value = 3
    assert explorer.readout.startswith("There is no dimension 3")


@pytest.mark.parametrize("shape", ["(4,)", "(3, 2)"])
@pytest.mark.parametrize("operation", shapes.OPERATIONS)
@pytest.mark.parametrize("move", [0.1, 0.5, 0.9])
def test_boxes_under_way_cover_nothing_of_the_input(shape, operation, move):
    hidden, _ = shapes.explore(shape, operation, 0, 0.0)
    still = [mark.numbers() for mark in hidden.panels[0].marks[:-1]]  # without the question mark
    under_way = [mark.numbers() for mark in shapes.explore(shape, operation, 0, move)[0].panels[0].marks]
    moving, standing = under_way[: -len(still)], under_way[-len(still) :]
    assert standing == still, "what stands still is drawn last"
    assert moving and all(mark["words"].isdigit() for mark in moving)
    assert all(mark["solid"] for mark in standing if mark["kind"] == "box" and "words" in mark)


def test_a_guess_is_drawn_beside_the_boxes():
    draw = shapes.asked("(4,)", "stack", 0)
    assert "you said" not in [text[:8] for text in texts(draw(None))]
    picture = draw("(8,)")
    assert picture.alt.endswith("becomes (2, 4). You said (8,).")
    assert "you said (8,)" in texts(picture)


ASKED = [
    ("(4,)", "unsqueeze", 1),
    ("(4,)", "stack", 0),
    ("(4,)", "cat", 0),
    ("(3, 2)", "gather", 1),
    ("(3, 2)", "max", 1),
]


@pytest.mark.parametrize("asked", ASKED, ids=[operation for _, operation, _ in ASKED])
def test_a_guess_lies_on_no_box_and_no_other_word(asked):
    drawing = shapes.asked(*asked)("(3, 1)")
    (said,) = [words for words in marks(drawing, Words) if words.words.startswith("you said")]
    others = [words for words in marks(drawing, Words) if words is not said]
    assert len(others) > 2 and marks(drawing, Box) and marks(drawing, Arrow)
    for other in [*others, *marks(drawing, Box), *marks(drawing, Arrow)]:
        assert not overlap(room(said, drawing), room(other, drawing)), other


def room(mark, drawing):
    """Give a mark's (left, top, right, bottom) in units of its canvas, a letter taken as wide as its height."""
    left, _, right, _ = drawing.panels[0].frame
    unit = drawing.width / (right - left)
    if not isinstance(mark, Words):
        x, y = mark.reach()
        return min(x), min(y), max(x), max(y)
    x, y = mark.x + mark.right / unit, mark.y - mark.up / unit
    wide, high = mark.size / unit * len(mark.words), mark.size / unit
    if mark.turned:
        return x - high / 2, y - wide / 2, x + high / 2, y + wide / 2
    start = x - {"start": 0, "middle": wide / 2, "end": wide}[mark.anchor]
    return start, y - high / 2, start + wide, y + high / 2


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
