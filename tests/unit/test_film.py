"""The README's moving picture: small enough for a README, and made by a script."""

import film
import pytest
from PIL import Image, ImageDraw


def test_the_picture_moves_and_is_small():
    path = film.Path(film.__file__).parent / "panel.gif"
    assert path.stat().st_size <= film.MOST == 2_000_000
    assert Image.open(path).n_frames > 50


def frames():
    for x in range(5):
        picture = Image.new("RGB", (40, 20), "white")
        ImageDraw.Draw(picture).rectangle((x, 5, x + 9, 15), fill="#0072b2")
        yield picture


def test_a_film_that_is_too_large_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "film.gif"
    assert film.save(list(frames()), path) == path.stat().st_size
    assert Image.open(path).n_frames == 5
    monkeypatch.setattr(film, "MOST", 10)
    with pytest.raises(ValueError, match="at most 10 are wanted: film fewer moments"):
        film.save(list(frames()), path)
