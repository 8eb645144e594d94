"""compare(): the same numbers wherever they are computed, and words where something went wrong."""

import dataclasses
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor

import numpy as np
import pytest

import qlib
from qlib import comparison

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(8,), memory_size=500, learning_starts=50, batch_size=16)
VARIANTS = {"double": SMALL, "single": dataclasses.replace(SMALL, double=False)}
SIZE = {"seeds": 5, "steps": 300, "checkpoints": 3, "starts": 4}


@pytest.fixture(scope="module")
def result():
    return qlib.compare(VARIANTS, **SIZE)


def made_up(scores):
    scores = np.asarray(scores, dtype=float)
    steps = 100 * np.arange(1, scores.shape[2] + 1)
    return qlib.Comparison(tuple("abc"[: len(scores)]), steps, scores)


def test_the_scores_have_the_promised_shape(result):
    assert result.scores.shape == (2, 5, 3)
    assert result.steps.tolist() == [100, 200, 300]
    assert np.isfinite(result.scores).all()
    assert len(np.unique(result.scores)) > 10


def test_the_last_scores_are_those_of_agents_trained_alone(result):
    for seed in range(SIZE["seeds"]):
        (alone,) = qlib.compare({"x": lambda s, seed=seed: qlib.QAgent(SMALL, seed)}, **SIZE | {"seeds": 1}).scores
        np.testing.assert_array_equal(alone[0], result["double"][seed])


def test_an_executor_gives_the_same_numbers(result):
    with ThreadPoolExecutor(1) as executor:
        spread = qlib.compare(VARIANTS, executor=executor, **SIZE)
    np.testing.assert_array_equal(spread.scores, result.scores)


def test_processes_give_the_same_numbers(result):
    spread = qlib.compare(VARIANTS, executor="processes", **SIZE)
    np.testing.assert_array_equal(spread.scores, result.scores)


def test_what_a_dead_worker_held_is_trained_here(result):
    class Dies:
        count = 0

        def submit(self, function, *arguments):
            future, self.count = Future(), self.count + 1
            if self.count == 2:
                future.set_exception(BrokenExecutor("a worker died"))
            else:
                future.set_result(function(*arguments))
            return future

    spread = qlib.compare(VARIANTS, executor=Dies(), **SIZE)
    np.testing.assert_array_equal(spread.scores, result.scores)
    assert "BrokenExecutor: a worker died" in repr(spread)


def test_a_variant_that_cannot_travel_is_trained_here(result):
    spread = qlib.compare({"double": lambda seed: qlib.QAgent(SMALL, seed)}, executor="processes", **SIZE)
    np.testing.assert_array_equal(spread["double"], result["double"])
    assert "trained in this process instead" in repr(spread)


def test_one_seed_has_a_table_and_a_plot_without_an_interval():
    one = qlib.compare({"a": SMALL}, **SIZE | {"seeds": 1})
    assert "one seed has none" in repr(one)
    assert one.plot().alt


def test_a_variant_that_fails_is_found_before_the_first_is_trained(monkeypatch):
    monkeypatch.setattr(comparison, "examine", lambda *arguments: pytest.fail("training began"))
    with pytest.raises(ValueError, match="Nope-v0"):
        qlib.compare({"good": SMALL, "bad": dataclasses.replace(SMALL, env_id="Nope-v0")}, **SIZE)
    with pytest.raises(TypeError, match="'none'"):
        qlib.compare({"none": lambda seed: None}, **SIZE)
    with pytest.raises(TypeError, match="label 1"):
        qlib.compare({1: SMALL}, **SIZE)


def test_a_variant_may_be_an_agent_that_a_lesson_broke(result):
    class Timid(qlib.QAgent):
        def td_target(self, batch):
            return super().td_target(batch) * 0

    broken = qlib.compare({"timid": lambda seed: Timid(SMALL, seed)}, **SIZE)
    assert np.isfinite(broken.scores).all()
    assert not np.array_equal(broken["timid"], result["double"])


def test_a_variant_that_diverges_is_named_and_the_others_go_on():
    wild = dataclasses.replace(SMALL, learning_rate=1e30)
    result = qlib.compare({"calm": SMALL, "wild": wild}, **SIZE)
    assert np.isfinite(result["calm"]).all()
    assert np.isnan(result["wild"][:, -1]).any()
    assert "wild: the loss of" in repr(result)


def test_interrupting_keeps_what_is_done(monkeypatch):
    examine, calls = comparison.examine, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        yield from examine(*arguments)

    monkeypatch.setattr(comparison, "examine", interrupted)
    result = qlib.compare(VARIANTS, **SIZE)
    assert np.isfinite(result["double"]).all() and np.isnan(result["single"]).all()
    assert "Interrupted" in repr(result)
    assert result.plot().alt


def test_statistics_by_hand():
    result = made_up([[[0, 480], [0, 490], [0, 100], [0, 200]], [[480, 100], [0, 100], [0, 100], [0, 100]]])
    assert result.final()["a"].tolist() == [480, 490, 100, 200]
    assert result.solved_at()["a"].tolist() == [200, 200, np.inf, np.inf]
    assert result.solved_at()["b"].tolist() == [100, np.inf, np.inf, np.inf]
    assert result.interquartile_mean()["a"][0] == pytest.approx(340)  # of 100, 200, 480, 490 the middle two
    # 3 seeds of a beat all 4 of b, one ties with all 4.
    assert result.improvement("a", "b") == pytest.approx((3 * 4 + 4 * 0.5) / 16)
    low, high = result.interquartile_mean()["b"][1:]
    assert low == high == 100


def test_an_unknown_label_names_the_near_ones(result):
    with pytest.raises(ValueError, match=r"'doubel'.*'double'"):
        result["doubel"]


@pytest.mark.parametrize("name", SIZE)
@pytest.mark.parametrize("value", [0, -1, 1.5])
def test_counts_must_be_whole_and_positive(name, value):
    with pytest.raises(ValueError, match=f"{name}={value}.*whole number from 1 up"):
        qlib.compare(VARIANTS, **SIZE | {name: value})


def test_variants_and_executor_must_be_of_their_kind():
    with pytest.raises(ValueError, match="at least one"):
        qlib.compare({}, **SIZE)
    with pytest.raises(TypeError, match="'x' is 3"):
        qlib.compare({"x": 3}, **SIZE)
    with pytest.raises(TypeError, match="no submit"):
        qlib.compare(VARIANTS, executor="threads", **SIZE)


def test_the_plot_and_the_table_name_every_variant(result):
    assert all(label in result.table() and label in result.plot().alt for label in result.labels)
