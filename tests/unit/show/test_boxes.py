"""Tensors as boxes: every number has its place, every pair of brackets its frame, every dimension its arrow."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from qlib.show import boxes


def test_places_keep_blocks_apart():
    spots = boxes.places((3, 2, 2))
    assert len({tuple(spot) for spot in spots}) == 12
    assert boxes.places(()).shape == (1, 2)


def test_a_tensor_has_a_frame_for_each_pair_of_brackets_and_an_arrow_for_each_dimension():
    _, ax = boxes.canvas()
    boxes.frames(ax, (3, 2), (0.0, 1.0), "a")
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert (len(frames), len(arrows)) == (1 + 3, 2)
    assert [text.get_text() for text in ax.texts] == ["dim 0: 3", "dim 1: 2", "a"]
