"""Lesson 03's pictures: what the explorer says is what PyTorch does, for every control at every place."""

import ast
import itertools

import pytest
import torch
from definitions import NOTEBOOKS

from qlib.lessons.tensor_shapes import pictures as shapes
from qlib.show.explorer import Explorer
from qlib.show.picture import Picture

EVERY = list(itertools.product(shapes.SHAPES, shapes.OPERATIONS, range(-3, 4)))


@pytest.mark.parametrize(("shape", "operation", "dim"), EVERY)
def test_explorer_tells_what_pytorch_does(shape, operation, dim):
    size = ast.literal_eval(shape)
    picture, words = shapes.explore(shape, operation, dim)
    assert isinstance(picture, Picture)
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
    written = [text.get_text() for text in picture.figure.axes[0].texts]
    boxed = [text for text in written if text.isdigit()]
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
    assert picture.png().startswith(b"\x89PNG")
    assert ("Say the shape" in words) == (move == 0)


def test_squeeze_of_another_size_is_said_to_do_nothing():
    assert "leaves the tensor as it is" in shapes.explore("(3, 2)", "squeeze", 0)[1]
    assert "it is gone" in shapes.explore("(3, 1)", "squeeze", 1)[1]


def test_explorer_changes_its_picture_with_the_slider():
    explorer = Explorer(shapes.explore, shape=shapes.SHAPES, operation=list(shapes.OPERATIONS), dim=(-3, 3, 1, 0))
    before = explorer.children[1].value
    explorer.controls["dim"].value = 1
    assert "(4,) → (4, 1)" in explorer.readout
    assert explorer.children[1].value != before
    explorer.controls["dim"].value = 3
    assert explorer.readout.startswith("There is no dimension 3")


@pytest.mark.parametrize("shape", ["(4,)", "(3, 2)"])
@pytest.mark.parametrize("operation", shapes.OPERATIONS)
@pytest.mark.parametrize("move", [0.1, 0.5, 0.9])
def test_boxes_under_way_cover_nothing_of_the_input(shape, operation, move):
    hidden, _ = shapes.explore(shape, operation, 0, 0.0)
    n_still = len(hidden.figure.axes[0].patches)
    ax = shapes.explore(shape, operation, 0, move)[0].figure.axes[0]
    standing, moving = ax.patches[:n_still], ax.patches[n_still:]
    assert moving
    assert max(patch.zorder for patch in moving) < min(patch.zorder for patch in standing)
    written = [text for text in ax.texts if text.get_text().isdigit()]
    assert max(text.zorder for text in written[-len(moving) :]) < min(patch.zorder for patch in standing)


def test_a_guess_is_drawn_beside_the_boxes():
    draw = shapes.asked("(4,)", "stack", 0)
    assert "you said" not in [text.get_text()[:8] for text in draw(None).figure.axes[0].texts]
    picture = draw("(8,)")
    assert picture.alt.endswith("becomes (2, 4). You said (8,).")
    assert "you said (8,)" in [text.get_text() for text in picture.figure.axes[0].texts]


ASKED = [
    ("(4,)", "unsqueeze", 1),
    ("(4,)", "stack", 0),
    ("(4,)", "cat", 0),
    ("(3, 2)", "gather", 1),
    ("(3, 2)", "max", 1),
]


@pytest.mark.parametrize("asked", ASKED, ids=[operation for _, operation, _ in ASKED])
def test_a_guess_lies_on_no_box_and_no_other_word(asked):
    figure = shapes.asked(*asked)("(3, 1)").figure
    figure.canvas.draw()
    ax = figure.axes[0]
    (said,) = [text for text in ax.texts if text.get_text().startswith("you said")]
    others = [text for text in ax.texts if text is not said and text.get_text()]
    for other in [*ax.patches, *others]:
        assert not said.get_window_extent().overlaps(other.get_window_extent()), other
