"""A Comparison: what may be concluded from scores that are known, by hand."""

import numpy as np
import pytest

import qlib


def made_up(scores):
    scores = np.asarray(scores, dtype=float)
    steps = 100 * np.arange(1, scores.shape[2] + 1)
    return qlib.Comparison(tuple("abc"[: len(scores)]), steps, scores)


def test_statistics_by_hand():
    result = made_up([[[0, 480], [0, 490], [0, 100], [0, 200]], [[480, 100], [0, 100], [0, 100], [0, 100]]])
    assert result.final()["a"].tolist() == [480, 490, 100, 200]
    assert result.solved_at()["a"].tolist() == [200, 200, np.inf, np.inf]
    assert result.solved_at()["b"].tolist() == [100, np.inf, np.inf, np.inf]
    assert result.interquartile_mean()["a"] == pytest.approx(340)  # of 100, 200, 480, 490 the middle two
    # 3 seeds of a beat all 4 of b, one ties with all 4.
    value, low, high = result.improvement("a", "b")
    assert value == pytest.approx((3 * 4 + 4 * 0.5) / 16)
    assert low < value <= high <= 1
    assert result.improvement("b", "a")[0] == pytest.approx(1 - value)
    value, low, high = result.improvement("a", "a")
    assert low < 0.4 < value == 0.5 < 0.6 < high, "which seed stands beside which does not matter"
    assert result.interquartile_mean()["b"] == 100


def test_a_comparison_may_be_made_of_lists():
    result = qlib.Comparison(("a",), [10, 20], [[[1, 2], [3, 4]]])
    assert result.final()["a"].tolist() == [2, 4]
    assert result.solved_at(2)["a"].tolist() == [20, 10]


@pytest.mark.parametrize(
    ("labels", "steps", "scores", "diagnostics"),
    [
        (("a",), [10, 20], np.zeros((2, 3, 2)), {}),
        (("a", "b"), [10], np.zeros((2, 3, 2)), {}),
        (("a", "b"), [[10, 20]], np.zeros((2, 3, 2)), {}),
        (("a", "b"), [10, 20], np.zeros((2, 2)), {}),
        (("a", "b"), 20, np.zeros((2, 3)), {}),
        (("a", "b"), [10, 20], np.zeros((2, 3, 2)), {"loss": np.zeros((3, 2))}),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(labels, steps, scores, diagnostics):
    with pytest.raises(ValueError, match=r"do not belong together.*\(variants, seeds, checkpoints\)"):
        qlib.Comparison(labels, steps, scores, diagnostics=diagnostics)


def test_a_difference_is_paired_by_seed():
    start, gain = np.array([10, 200, 300, 460]), np.array([20, 30, 25, 25])
    result = made_up(np.stack([start + gain, start])[:, :, np.newaxis])
    mean, low, high = result.difference("a", over="b")
    assert mean == 25
    assert 15 < low < 25 < high < 35, "the seeds differ by hundreds, their gains by ten"
    assert result.difference("b", over="a")[0] == -25
    assert result.difference("a", over="b", bar=475)[0] == pytest.approx(1 / 4)
    with pytest.raises(ValueError, match="no variant 'c'"):
        result.difference("a", over="c")
    with pytest.raises(ValueError, match="at least 2 seeds"):
        made_up([[[1.0]], [[2.0]]]).difference("a", over="b")


def test_what_was_not_measured_makes_a_statistic_nan():
    result = made_up([[[500], [np.nan]], [[100], [100]]])
    for bar in (None, 475):
        assert np.isnan(result.difference("a", "b", bar)).all()
    assert np.isnan(result.improvement("a", "b")).all()
    assert np.isnan(result.interquartile_mean()["a"])


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    rng, hits = np.random.default_rng(0), {"difference": 0, "improvement": 0}
    for _ in range(40):
        seeds = rng.normal(0, 100, 16)
        result = made_up(np.stack([seeds + rng.normal(10, 10, 16), seeds])[:, :, np.newaxis])
        apart = made_up(rng.normal(0, 1, (2, 16, 1)))
        hits["difference"] += result.difference("a", "b")[1] <= 10 <= result.difference("a", "b")[2]
        hits["improvement"] += apart.improvement("a", "b")[1] <= 0.5 <= apart.improvement("a", "b")[2]
    assert min(hits.values()) >= 33, hits


def test_an_unknown_label_names_the_near_ones():
    result = qlib.Comparison(("double", "single"), [10], np.zeros((2, 3, 1)))
    for ask in (lambda: result["doubel"], lambda: result.over_training("doubel")):
        with pytest.raises(ValueError, match=r"'doubel'.*'double'"):
            ask()


def test_over_training_is_the_mean_of_each_seeds_checkpoints_between_two_steps():
    result = made_up([[[1, 2, 6], [10, 20, 60]]])  # at 100, 200 and 300 steps
    assert result.over_training("a").tolist() == [3, 30]
    assert result.over_training("a", after=100).tolist() == [4, 40], "a checkpoint at the step itself is before it"
    assert result.over_training("a", until=np.int64(200)).tolist() == [1.5, 15], "and one at the end is inside"
    with pytest.raises(ValueError, match=r"no checkpoint after 300.*\[100, 200, 300\]"):
        result.over_training("a", after=300)
    assert np.isnan(made_up([[[1, np.nan]]]).over_training("a")).all()


def test_a_difference_may_be_taken_over_training():
    result = made_up([[[0, 30], [100, 130], [500, 500]], [[0, 0], [100, 100], [460, 500]]])
    over_training = result.difference("a", over="b", when="over training")
    assert over_training.value == pytest.approx((15 + 15 + 20) / 3)
    assert result.difference("a", "b").value == pytest.approx(20)
    share = result.difference("a", "b", bar=490, when="over training")
    assert share.value == pytest.approx(1 / 3) and result.difference("a", "b", bar=490).value == 0
    with pytest.raises(ValueError, match="when='always' is not allowed: give 'at the end' or 'over training'"):
        result.difference("a", "b", when="always")


def test_the_table_says_how_sure_each_mean_is():
    result = made_up([[[500], [400]], [[100], [100]]])
    (row,) = (line for line in result.table().splitlines() if line.startswith("a"))
    assert row.startswith("a    450.0 [-185.3, 1085.3] ")
    assert result.table(np.int64(475)) == result.table(475.0)
    assert "1 of  2 [0.09, 0.91]" in row and "100.0 [     ?,      ?]" in result.table()
    assert "one seed has none" in made_up([[[500]]]).table()


def test_the_plot_and_the_table_name_every_variant():
    result = made_up(np.arange(12.0).reshape(2, 3, 2))
    assert all(label in result.table() and label in result.plot().alt for label in result.labels)
