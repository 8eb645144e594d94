"""A still picture: what a cell that ends in one shows, and what Jupyter then keeps of it."""

import gc
import weakref

import numpy as np
import pytest

from qlib.show.picture import Picture, figure, label_ends


def drawn() -> Picture:
    fig, ax = figure(4, 2)
    ax.plot([0, 1])
    ax.set(xlabel="steps", ylabel="score")
    return Picture(fig, 'A line that rises from "0" to 1.')


def test_a_picture_is_shown_at_its_width_with_its_words():
    picture = drawn()
    assert 'alt="A line that rises from &quot;0&quot; to 1."' in picture._repr_html_()
    assert "width:400px" in picture._repr_html_()
    wider = drawn()
    wider.figure.set_size_inches(5, 2)
    assert "width:500px" in wider._repr_html_()


def test_a_picture_that_was_shown_keeps_its_image_and_lets_its_figure_go():
    picture = drawn()
    gone = weakref.ref(picture.figure)
    first = picture._repr_html_()
    gc.collect()
    assert gone() is None, "Out would hold megabytes for each picture of each Run All"
    assert picture._repr_html_() == first and picture.png()[:4] == b"\x89PNG"
    with pytest.raises(RuntimeError, match="make the picture anew"):
        picture.figure  # noqa: B018


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_names_of_lines_stand_in_their_order_apart_and_inside(scale):
    _, ax = figure(4, 2)
    ax.set(xlim=(0, 1), ylim=(1, 100), yscale=scale)
    ends = {"top": 99.0, "bottom": 1.0, "near": 98.0, "beyond": 500.0, "low": 1.01}
    label_ends(ax, [(1, y, name, "black") for name, y in ends.items()])
    assert [text.get_text() for text in ax.texts] == ["bottom", "low", "near", "top", "beyond"]
    heights = ax.transData.transform([text.xy for text in ax.texts])[:, 1]
    gap = 14 * ax.figure.dpi / 72  # a line of text, in pixels
    assert (np.diff(heights) > 0.999 * gap).all()
    assert heights[0] == pytest.approx(ax.bbox.ymin) and heights[-1] == pytest.approx(ax.bbox.ymax)
