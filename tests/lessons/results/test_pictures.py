"""The pictures of lesson 16."""

import numpy as np
import pytest

from qlib.lessons.results import pictures

SCORES = np.array([[10.0, 90.0, 50.0], [20.0, 30.0, 40.0], [500.0, 100.0, 60.0], [5.0, 5.0, 30.0]])
VARIANTS = {"ours": SCORES, "theirs": SCORES[::-1] / 2}


@pytest.mark.parametrize(
    ("statistic", "number"),
    [
        ("mean", 45),
        ("median", 45),
        ("middle half", 45),
        ("best seed", 60),
        ("best checkpoint", (90 + 40 + 500 + 30) / 4),
    ],
)
def test_each_statistic_boils_scores_down_as_it_says(statistic, number):
    assert pictures.STATISTICS[statistic](SCORES) == pytest.approx(number)


def test_a_ranking_takes_the_seeds_that_are_asked_for_round_the_end():
    picture, words = pictures.ranking(VARIANTS, "mean", 2, 3)
    assert words == "mean, 2 of the seeds from 3 on: ours 40, theirs 20"
    (ax,) = picture.figure.axes
    dots = [line for line in ax.lines if line.get_marker() == "."]
    assert [sorted(line.get_xdata()) for line in dots] == [[30, 50], [15, 25]]
    assert picture.png()


def test_the_best_checkpoint_shows_each_seeds_best():
    picture, words = pictures.ranking(VARIANTS, "best checkpoint", 4, 0)
    assert "ours 165, theirs 82" in words
    assert sorted(picture.figure.axes[0].lines[0].get_xdata()) == [30, 40, 90, 500]


@pytest.mark.parametrize("at", [5, 30, 900])
def test_ones_own_agent_is_a_star_within_the_picture(at):
    picture = pictures.among(np.array([10, 20, 30]), VARIANTS, (at, 123.0, "your agent"))
    (ax,) = picture.figure.axes
    (star,) = [line for line in ax.lines if line.get_marker() == "*"]
    assert star.get_xdata()[0] == min(at, 30) and star.get_ydata()[0] == 123
    assert f"your agent: 123 after {at} steps" in picture.alt and picture.png()
