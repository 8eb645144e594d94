"""Lesson 15's pictures: both ends of every control give a picture, and the numbers that they say are right."""

import numpy as np
import pytest
from controls import drawn, make_ends_test, marks, texts

from qlib.lessons.why_so_slow import pictures as speed
from qlib.lessons.why_so_slow.arithmetic import BATCHES, WIDTHS, Sizes, Speed
from qlib.show.explorer import Explorer
from qlib.show.marks import Bars, Line

SPENT = {"act": 1.0, "draw": 2.0, "backward": 7.0}


def sizes(compiled: float, rates: float = 1e4) -> Sizes:
    times = {("compiled", w, b): compiled for w in WIDTHS for b in BATCHES}
    return Sizes(Speed(np.full(6, rates)), times | {("PyTorch", w, b): 9 * compiled for w in WIDTHS for b in BATCHES})


EXPLORERS = {
    "faster part": lambda: Explorer(
        lambda part, times_faster: speed.faster_part(SPENT, part, times_faster),
        name="faster part",
        record=1_000,
        part=list(SPENT),
        times_faster=(1, 100, 1, 1),
    ),
    "sizes": lambda: Explorer(
        lambda width, batch: speed.sizes(sizes(50.0), 36, width, batch),
        name="sizes",
        width=list(WIDTHS),
        batch=list(BATCHES),
    ),
}

test_every_control_at_both_ends = make_ends_test(EXPLORERS)


@pytest.mark.parametrize("name", EXPLORERS)
def test_what_an_explorer_carries_is_light(name):
    assert 0 < len(EXPLORERS[name]().view.recorded) < 150_000


def test_parts_are_shares_of_the_whole():
    picture, text = speed.parts(SPENT)
    assert texts(picture) == ["10.0 %", "20.0 %", "70.0 %"]
    (bars,) = marks(picture, Bars)
    assert bars.x == pytest.approx([10, 20, 70]) and list(picture.panels[0].y.ticks.values()) == list(SPENT)
    assert drawn(picture) and text == "The three largest: backward 70 %, draw 20 %, act 10 %."


@pytest.mark.parametrize(("times_faster", "whole"), [(1, "1.00"), (2, "1.54"), (100, "3.26")])
def test_a_faster_part_obeys_amdahl(times_faster, whole):
    picture, text = speed.faster_part(SPENT, "backward", times_faster)
    mine, rest = marks(picture, Bars)
    assert mine.hatched and mine.x == pytest.approx([70, 70 / times_faster])
    assert rest.base == pytest.approx(mine.x) and rest.x - rest.base == pytest.approx([30, 30])
    assert drawn(picture) and f"makes the whole {whole} times faster" in text
    assert "If it took no time at all: 3.33 times." in text


@pytest.mark.parametrize("part", SPENT)
def test_every_part_draws(part):
    assert drawn(speed.faster_part(SPENT, part, 100)[0])


@pytest.mark.parametrize("floor", (None, 2.5))
def test_the_waterfall_names_ratios_to_the_first(floor):
    times = {
        "first": np.array([90.0, 100, 130]),
        "slower": np.array([120.0, 125, 130]),
        "last": np.array([9.0, 10, 30]),
    }
    picture = speed.waterfall(times, floor)
    assert "10 µs, 10.0 times faster" in texts(picture)
    assert ("2.5 µs, 40 times faster" in texts(picture)) == (floor is not None)
    assert drawn(picture) and "first 100, slower 125, last 10" in picture.alt


def test_the_striped_part_of_a_bar_is_what_the_change_saved():
    picture = speed.waterfall({"first": np.full(3, 100.0), "second": np.full(3, 40.0)})
    striped, whole = marks(picture, Bars)
    assert striped.hatched and striped.base.tolist() == whole.x.tolist() == [100, 40]
    assert striped.x.tolist() == [100, 100] and whole.base == picture.panels[0].x.low == 20


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("batch", BATCHES)
def test_every_size_draws(width, batch):
    picture, text = speed.sizes(sizes(50.0), 36, width, batch)
    assert "180 to 360 µs, not measured" in texts(picture)
    assert drawn(picture) and text.startswith(f"Width {width}, batch {batch}: ")


def test_a_size_shows_what_is_not_arithmetic():
    picture = speed.sizes(sizes(100.0, 178_176 / 25), 36, 24, 64)[0]
    assert "100 µs, 75 % beside the arithmetic" in texts(picture)
    arithmetic, rest, start = marks(picture, Bars)
    assert arithmetic.hatched and arithmetic.x[1] == pytest.approx(25) and rest.base == pytest.approx(arithmetic.x)
    assert (start.base, start.x) == (180, [360])


@pytest.mark.parametrize(
    ("compiled", "verdict", "said"),
    [
        (20.0, "longer than the compiled update", "more time"),
        (200.0, "only a measurement", "about as long"),
        (5_000.0, "here a GPU can pay", "less time"),
    ],
)
def test_what_is_said_about_a_gpu_follows_the_compiled_way(compiled, verdict, said):
    assert verdict in speed.against_a_gpu(compiled, 36)
    assert speed.starting(36, compiled) == (said, {"kernels": 36, "low": 180.0, "high": 360.0, "compiled": compiled})


def test_a_slip_stands_beside_the_whole_one():
    picture = speed.requests({"fetching": 5, "loss": 9}, {"A": {"fetching": 261, "loss": 9}})
    assert texts(picture)[:2] == ["261", "9"] and ("grey: the whole one", "faint") in picture.key
    slip, whole = marks(picture, Bars)
    assert list(slip.x) == [261, 9] and whole.x == [5, 9]
    assert drawn(picture) and "A: fetching 261, loss 9" in picture.alt


def test_the_other_pictures_draw():
    assert "8, 24" in speed.rates(np.arange(1e3, 7e3, 1e3)).alt
    assert marks(speed.rates(np.arange(1e3, 7e3, 1e3)), Line)[0].y == pytest.approx(np.arange(1, 7))
    assert "one 3, other 7" in speed.asked_for({"one": 3, "other": 7}).alt
    curves = {"one": np.arange(1, 6), "other": np.zeros(5, int)}
    assert drawn(speed.over_time(curves)) and "one 5, other 0" in speed.over_time(curves).alt
    picture = speed.gaps({1: (np.array([1e-6, 0.0]), np.array([[1e-6, 2e-2], [0.0, 1e-7]]))})
    nudged, readable = marks(picture, Line)[:2], marks(picture, Line)[2]
    assert [list(line.y) for line in nudged] == [[1e-6, 2e-2], [1e-10, 1e-7]] and list(readable.y) == [1e-6, 1e-10]
    assert drawn(picture) and "seed 1: 0e+00 and up to 2e-02" in picture.alt
