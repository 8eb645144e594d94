"""Lesson 15's pictures: both ends of every control give a picture, and the numbers that they say are right."""

import numpy as np
import pytest

from qlib.lessons.why_so_slow import pictures as speed

SPENT = {"act": 1.0, "draw": 2.0, "backward": 7.0}


def words(picture) -> str:
    return " ".join(t.get_text() for ax in picture.figure.axes for t in ax.texts)


def test_parts_are_shares_of_the_whole():
    picture, text = speed.parts(SPENT)
    assert "70.0 %" in words(picture)
    assert picture.png() and text == "The three largest: backward 70 %, draw 20 %, act 10 %."


@pytest.mark.parametrize(("times_faster", "whole"), [(1, "1.00"), (2, "1.54"), (100, "3.26")])
def test_a_faster_part_obeys_amdahl(times_faster, whole):
    picture, text = speed.faster_part(SPENT, "backward", times_faster)
    assert picture.png() and f"makes the whole {whole} times faster" in text
    assert "If it took no time at all: 3.33 times." in text


@pytest.mark.parametrize("part", SPENT)
def test_every_part_draws(part):
    assert speed.faster_part(SPENT, part, 100)[0].png()


@pytest.mark.parametrize("floor", (None, 2.5))
def test_the_waterfall_names_ratios_to_the_first(floor):
    times = {
        "first": np.array([90.0, 100, 130]),
        "slower": np.array([120.0, 125, 130]),
        "last": np.array([9.0, 10, 30]),
    }
    picture = speed.waterfall(times, floor)
    assert "10 µs   10.0 times faster" in words(picture)
    assert ("2.5 µs   40 times" in words(picture)) == (floor is not None)
    assert picture.png() and "first 100, slower 125, last 10" in picture.alt


def test_the_bar_of_a_change_that_saves_shows_what_it_saved():
    picture = speed.waterfall({"first": np.full(3, 100.0), "second": np.full(3, 40.0)})
    bars = [(bar.get_x(), bar.get_width()) for bar in picture.figure.axes[0].patches]
    assert (40.0, 60.0) in bars


@pytest.mark.parametrize("width", (24, 512))
@pytest.mark.parametrize("batch", (64, 1_024))
def test_overhead_draws_at_both_ends(width, batch):
    picture, text = speed.overhead(width * batch / 1e3, {"PyTorch": 240.0, "compiled": 10.0}, 36, width, batch)
    assert "180 to 360 µs, not measured" in words(picture)
    assert picture.png() and text.startswith(f"Width {width}, batch {batch}: ")


@pytest.mark.parametrize(
    ("arithmetic", "verdict"),
    [(1.0, "longer than the fastest way"), (1_000.0, "only a measurement"), (10_000.0, "here a GPU can pay")],
)
def test_what_is_said_about_a_gpu_follows_the_fastest_way(arithmetic, verdict):
    assert verdict in speed.overhead(arithmetic, {"PyTorch": 5_000.0, "compiled": 10.0}, 36, 24, 64)[1]


def test_the_other_pictures_draw():
    assert "8, 24" in speed.rates(np.array([8, 24]), np.array([3e3, 1e4])).alt
    assert speed.rates(np.array([8, 24]), np.array([3e3, 1e4])).png()
    curves = {"one": np.arange(1, 6), "other": np.zeros(5, int)}
    assert speed.over_time(curves).png() and "one 5, other 0" in speed.over_time(curves).alt
    picture = speed.gaps({1: np.array([1e-6, 0.0])}, {1: np.array([[1e-6, 2e-2], [0.0, 1e-7]])})
    assert picture.png() and "seed 1: 0e+00 and up to 2e-02" in picture.alt
