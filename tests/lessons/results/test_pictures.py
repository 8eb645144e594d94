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


def test_a_profile_counts_the_seeds_that_get_to_each_score():
    picture = pictures.profiles({"ours": np.array([50.0, 480, 500, 500]), "theirs": np.full(4, 120.0)})
    first = picture.figure.axes[0].lines[0]
    assert [first.get_ydata()[at] for at in (0, 50, 51, 475, 500)] == [1, 1, 0.75, 0.75, 0.5]
    assert "ours 75% and 75%, theirs 100% and 0%" in picture.alt and picture.png()


def test_how_often_one_is_fooled_is_counted_from_every_place():
    picture, times = pictures.fooled(np.array([9.0, 9, 9, 1]), np.array([5.0, 5, 9, 5]))
    assert times == {1: 2, 2: 2, 3: 2, 4: 0}  # worked out by hand
    assert "2 with 1, 2 with 2, 2 with 3; else 0" in picture.alt and picture.png()


def test_seeds_are_counted_from_the_episode_on_that_solved_them():
    picture = pictures.solved({"one": np.array([100.0, 151, np.inf]), "two": np.array([150.0, 150, 300])}, 300)
    one = picture.figure.axes[0].lines[1]
    assert [one.get_ydata()[at] for at in (99, 100, 150, 151, 300)] == [0, 1, 1, 2, 2]
    assert "one 1 and 2, two 2 and 3" in picture.alt and picture.png()


def test_a_mean_with_zeros_is_drawn_until_its_window_is_full():
    row = np.full(300, 7.0)
    picture = pictures.two_means(row, np.where(np.arange(300) < 99, 0.0, 7.0))
    assert "episode 50: 0 and 7" in picture.alt and "episode 100: 7 and 7" in picture.alt and picture.png()


def test_one_seed_is_drawn_at_all_of_its_examinations():
    picture = pictures.one_seed(np.array([10, 20, 30]), np.array([500.0, 480, 187]))
    assert picture.alt == "One seed's greedy scores: 500, 480, 187." and picture.png()
