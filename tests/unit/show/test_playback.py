"""Films of some moments of a training: the slider chooses one, and a page without a kernel plays the last."""

import numpy as np
import pytest

from qlib.show.demo import screened
from qlib.show.playback import Playback

SCREENS = np.random.default_rng(0).integers(0, 256, (2, 5, 12, 12), dtype=np.uint8)
FILMS = [screened(each, step, "the film ends here") for each, step in zip(SCREENS, (0, 1_000), strict=True)]


def test_the_slider_chooses_the_film_and_begins_with_the_last():
    shown = Playback(FILMS)
    assert shown.view.demo["frames"] == FILMS[1].frames and shown.view.demo["trained_steps"] == 1_000
    shown.moment.place = 0
    assert shown.view.demo["frames"] == FILMS[0].frames and shown.view.demo["trained_steps"] == 0
    assert not shown.view.cart
    shown.close()


def test_one_film_needs_no_slider():
    shown = Playback(FILMS[1:])
    assert list(shown.children) == [shown.view]
    shown.close()


def test_a_page_without_a_kernel_has_the_last_film_and_a_picture_of_all():
    shown = Playback(FILMS)
    data = shown._repr_mimebundle_()
    still = (data[0] if isinstance(data, tuple) else data)["text/html"]
    assert (
        'data-part="stage"' in still
        and "<img" in still
        and "after 0, 1,000 training steps" in still
        and '"trained_steps":1000' in still
    )
    shown.close()


def test_a_film_shows_each_screen_four_times_as_large():
    assert len(FILMS[0].frames) == 5 and FILMS[0].every == 1
    assert FILMS[0].seconds == pytest.approx(5 * 0.08 + 1.2)
