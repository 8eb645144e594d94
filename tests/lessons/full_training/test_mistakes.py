"""Lesson 07's plots still pile up without an error, and counting them still shows it."""

import warnings

import matplotlib
import pytest
from definitions import defined

from qlib.show import picture as plotting

matplotlib.use("agg")
import matplotlib.pyplot as plt

DURATIONS = [9, 21, 14, 35, 12, 60, 44]


@pytest.fixture(scope="module")
def lesson():
    return defined("07_full_training", "no_name", "no_wiping", "in_place", "piled_up", plt=plt)


@pytest.fixture(autouse=True)
def nothing_open():
    plt.close("all")
    yield
    plt.close("all")


@pytest.mark.parametrize("n", [2, 7])
def test_two_ways_to_draw_pile_up_episode_by_episode_and_the_third_does_not(lesson, n):
    found = {name: lesson["piled_up"](lesson[name], DURATIONS[:n]) for name in ("no_name", "no_wiping", "in_place")}
    assert found == {"no_name": (n, n), "no_wiping": (1, n), "in_place": (1, 1)}
    assert not plt.get_fignums(), "the lesson leaves nothing open"


@pytest.mark.parametrize(("name", "grows"), [("no_name", "figures"), ("no_wiping", "curves"), ("in_place", None)])
def test_the_two_counts_of_the_diagnostic_find_it_after_two_episodes(lesson, name, grows):
    counts = []
    for episode in (1, 2):
        lesson[name](DURATIONS[:episode])
        counts.append({"figures": len(plt.get_fignums()), "curves": len(plt.gca().lines)})
    assert [what for what in counts[0] if counts[1][what] > counts[0][what]] == ([grows] if grows else [])
    shown = [list(line.get_ydata()) for line in plt.gca().lines]
    assert shown[-1] == DURATIONS[:2] and all(curve == DURATIONS[: len(curve)] for curve in shown), "it looks right"


def test_matplotlib_says_so_at_the_21st_figure_and_only_there(lesson):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in ("in_place", "no_wiping"):
            lesson["piled_up"](lesson[name], range(25))
        assert not caught
        lesson["piled_up"](lesson["no_name"], range(25))
    assert [str(warning.message).split(". ")[0] for warning in caught] == ["More than 20 figures have been opened"]


def test_the_lessons_own_pictures_are_none_of_pyplots():
    plotting.figure()
    assert not plt.get_fignums()
