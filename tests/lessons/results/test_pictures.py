"""The pictures of lesson 16."""

import numpy as np
import pytest
from controls import drawn, make_ends_test, marks, texts

from qlib.lessons.results import pictures
from qlib.show.explorer import Explorer
from qlib.show.marks import Bars, Dots, Line, Rule
from qlib.show.shapes import Words

SCORES = np.array([[10.0, 90.0, 50.0], [20.0, 30.0, 40.0], [500.0, 100.0, 60.0], [5.0, 5.0, 30.0]])
VARIANTS = {"ours": SCORES, "theirs": SCORES[::-1] / 2}
FOUR = {label: np.random.default_rng(0).integers(9, 501, (16, 20)).astype(float) for label in "abcd"}


def rank():
    return Explorer(
        lambda statistic, seeds, first: pictures.ranking(FOUR, statistic, seeds, first),
        name="rank",
        statistic=list(pictures.STATISTICS),
        seeds=(1, 16, 1, 16),
        first=(0, 15),
    )


test_every_control_at_both_ends = make_ends_test({"rank": rank})


def test_what_the_explorer_carries_is_light():
    assert 0 < len(rank().view.recorded) < 150_000


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
    dots = [dots for dots in marks(picture, Dots) if dots.colour == "faint"]
    assert [sorted(each.x) for each in dots] == [[30, 50], [15, 25]]
    assert [each.x for each in marks(picture, Dots) if each not in dots] == [[40], [20]]
    assert [word.words for word in marks(picture, Words)] == ["40", "20"] and drawn(picture)


def test_the_best_checkpoint_shows_each_seeds_best():
    picture, words = pictures.ranking(VARIANTS, "best checkpoint", 4, 0)
    assert "ours 165, theirs 82" in words
    assert sorted(marks(picture, Dots)[0].x) == [30, 40, 90, 500]


@pytest.mark.parametrize("at", [5, 30, 900])
def test_ones_own_agent_is_a_star_within_the_picture(at):
    picture = pictures.among(np.array([10, 20, 30]), VARIANTS, (at, 123.0, "your agent"))
    star, name = marks(picture, Words)
    assert star.words == "★" and (star.x, star.y) == (name.x, name.y) == (min(at, 30), 123)
    assert name.words == "your agent" and {"ours", "theirs"} <= set(texts(picture))
    assert f"your agent: 123 after {at} steps" in picture.alt and drawn(picture)


def test_a_profile_counts_the_seeds_that_get_to_each_score():
    picture = pictures.profiles({"ours": np.array([50.0, 480, 500, 500]), "theirs": np.full(4, 120.0)})
    first = marks(picture, Line)[0]
    assert [first.y[at] for at in (0, 50, 51, 475, 500)] == [1, 1, 0.75, 0.75, 0.5]
    assert "ours 75% and 75%, theirs 100% and 0%" in picture.alt and drawn(picture)


def test_how_often_one_is_fooled_is_counted_from_every_place():
    picture, times = pictures.fooled(np.array([9.0, 9, 9, 1]), np.array([5.0, 5, 9, 5]))
    assert times == {1: 2, 2: 2, 3: 2, 4: 0}  # worked out by hand
    assert marks(picture, Bars)[0].y == [2, 2, 2, 0]
    assert "2 with 1, 2 with 2, 2 with 3; else 0" in picture.alt and drawn(picture)


def test_seeds_are_counted_from_the_episode_on_that_solved_them():
    picture = pictures.solved({"one": np.array([100.0, 151, np.inf]), "two": np.array([150.0, 150, 300])}, 300)
    one = marks(picture, Line)[0]
    assert marks(picture, Rule)[0].at == 150
    assert [one.y[at] for at in (99, 100, 150, 151, 300)] == [0, 1, 1, 2, 2]
    assert "one 1 and 2, two 2 and 3" in picture.alt and drawn(picture)


def test_a_mean_with_zeros_is_drawn_until_its_window_is_full():
    row = np.full(300, 7.0)
    picture = pictures.two_means(row, np.where(np.arange(300) < 99, 0.0, 7.0))
    what_there_is, zeros = marks(picture, Line)
    assert what_there_is.y == pytest.approx(row) and not zeros.y[:99].any() and np.isnan(zeros.y[99:]).all()
    assert "episode 50: 0 and 7" in picture.alt and "episode 100: 7 and 7" in picture.alt and drawn(picture)


def test_one_seed_is_drawn_at_all_of_its_examinations():
    picture = pictures.one_seed(np.array([10, 20, 30]), np.array([500.0, 480, 187]))
    assert list(marks(picture, Line)[0].y) == [500, 480, 187] and marks(picture, Rule)[0].at == 475
    assert picture.alt == "One seed's greedy scores: 500, 480, 187." and drawn(picture)
