"""A still picture: what a cell that ends in one shows, and what Jupyter then keeps of it."""

import gc
import weakref

import pytest

from qlib.show.picture import Picture, figure


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
