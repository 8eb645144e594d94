"""compare(): the same numbers wherever they are computed, and words where something went wrong."""

import dataclasses
import os
import random
import signal
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import tiny
import torch

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.study import compare as comparison
from qlib.study import hands

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(8,), memory_size=500, learning_starts=50, batch_size=16)
VARIANTS = {"double": SMALL, "single": dataclasses.replace(SMALL, double=False)}
SIZE = {"seeds": 5, "steps": 300, "checkpoints": 3, "starts": 4}


@pytest.fixture(scope="module")
def result():
    return qlib.compare(VARIANTS, **SIZE)


def test_the_scores_have_the_promised_shape(result):
    assert result.scores.shape == (2, 5, 3)
    assert result.steps.tolist() == [100, 200, 300]
    assert np.isfinite(result.scores).all()
    assert len(np.unique(result.scores)) > 10


def test_the_last_scores_are_those_of_agents_trained_alone(result):
    for seed in range(SIZE["seeds"]):
        (alone,) = qlib.compare({"x": lambda s, seed=seed: qlib.QAgent(SMALL, seed)}, **SIZE | {"seeds": 1}).scores
        np.testing.assert_array_equal(alone[0], result["double"][seed])


@pytest.mark.parametrize("still", ["", "1"])
def test_a_page_to_be_saved_gets_no_bar_which_would_stay_at_0_percent(still, monkeypatch, capsys):
    monkeypatch.setenv("QLIB_STILL", still)
    qlib.compare(VARIANTS, **SIZE | {"steps": 30, "checkpoints": 1})
    assert ("compare" in capsys.readouterr().err) == (still == "")


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


def test_a_variant_that_is_defined_here_travels_to_the_processes(result):
    spread = qlib.compare({"double": lambda seed: qlib.QAgent(SMALL, seed)}, executor="processes", **SIZE)
    np.testing.assert_array_equal(spread["double"], result["double"])
    assert spread.notes == ()


def test_a_variant_that_cannot_travel_is_measured_here(result):
    with ProcessPoolExecutor(1) as executor:
        spread = qlib.compare({"double": lambda seed: qlib.QAgent(SMALL, seed)}, executor=executor, **SIZE)
    np.testing.assert_array_equal(spread["double"], result["double"])
    assert "3 of 3 parts were measured on this machine instead" in repr(spread)


def test_one_seed_has_a_table_and_a_plot_without_an_interval():
    one = qlib.compare({"a": SMALL}, **SIZE | {"seeds": 1})
    assert "one seed has none" in repr(one)
    assert one.plot().alt


def test_a_variant_that_fails_is_found_before_the_first_is_trained(monkeypatch):
    monkeypatch.setattr(Ensemble, "step", lambda ensemble: pytest.fail("training began"))
    with pytest.raises(ValueError, match="Nope-v0"):
        qlib.compare({"good": SMALL, "bad": dataclasses.replace(SMALL, env_id="Nope-v0")}, **SIZE)
    with pytest.raises(TypeError, match="'none'"):
        qlib.compare({"none": lambda seed: None}, **SIZE)
    with pytest.raises(TypeError, match="label 1"):
        qlib.compare({1: SMALL}, **SIZE)


ONE, TRAINED = qlib.QAgent(SMALL), qlib.QAgent(SMALL, 1)
list(qlib.train(TRAINED, episodes=1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda seed: qlib.QAgent(SMALL), r"'x' has agents of the seeds \[0, 0, 0, 0, 0\]"),
        (lambda seed: ONE, r"'x' has agents of the seeds \[0, 0, 0, 0, 0\]"),
        (lambda seed: TRAINED if seed else ONE, "'x' has an agent that was trained already"),
    ],
)
def test_agents_that_are_not_independent_are_refused_before_training(monkeypatch, make, words):
    monkeypatch.setattr(Ensemble, "step", lambda ensemble: pytest.fail("training began"))
    with pytest.raises(ValueError, match=words):
        qlib.compare({"good": SMALL, "x": make}, **SIZE)


def test_dependent_agents_that_a_trial_does_not_meet_are_refused_too():
    with pytest.raises(ValueError, match=r"seeds \[0, 1, 2, 2, 2\]"):
        qlib.compare({"x": lambda seed: qlib.QAgent(SMALL, min(seed, 2))}, **SIZE)


def test_seeds_may_be_offset_and_one_seed_may_be_any():
    offset = qlib.compare({"x": lambda seed: qlib.QAgent(SMALL, 1 + seed)}, **SIZE | {"seeds": 2})
    alone = qlib.compare({"x": lambda seed: qlib.QAgent(SMALL, 2)}, **SIZE | {"seeds": 1})
    np.testing.assert_array_equal(offset["x"][1], alone["x"][0])


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
    diverged = np.isnan(result["wild"][:, -1]).sum()
    assert f"wild: the loss of {diverged} of 5 seeds" in repr(result)
    assert "calm" in result.plot().alt and result.plot().still().png()


def test_interrupting_keeps_what_is_done(monkeypatch, result):
    step, calls = Ensemble.step, []

    def interrupted(ensemble):
        calls.append(1)
        if len(calls) == 350:  # in the second variant's second hundred
            raise KeyboardInterrupt
        step(ensemble)

    monkeypatch.setattr(Ensemble, "step", interrupted)
    kept = qlib.compare(VARIANTS, **SIZE)
    np.testing.assert_array_equal(kept["double"][:, :2], result["double"][:, :2])
    np.testing.assert_array_equal(kept["single"][:, :1], result["single"][:, :1])
    assert np.isfinite(kept.scores).sum() == 15
    assert "Interrupted" in repr(kept)
    assert "not measured to the end by 5 of 5 seeds" in repr(kept)
    assert kept.plot().still().png()


def test_interrupting_an_executor_keeps_what_is_done_and_cancels_the_rest(result):
    futures = []

    class Interrupts:
        def submit(self, function, *arguments):
            futures.append(Future())
            if len(futures) == 1:
                futures[0].set_result(function(*arguments))
            if len(futures) == 4:
                raise KeyboardInterrupt
            return futures[-1]

    kept = qlib.compare(VARIANTS, executor=Interrupts(), **SIZE)
    assert "Interrupted" in repr(kept)
    assert [future.cancelled() for future in futures[:3]] == [False, True, True]
    np.testing.assert_array_equal(kept["double"][:2], result["double"][:2])
    assert np.isfinite(kept.scores).sum() == 6


def test_measure_gives_each_picture_as_it_comes(result):
    every = list(comparison.measure(VARIANTS, **SIZE))
    counts = [[np.isfinite(of_variant).sum() for of_variant in one.scores] for one in every]
    assert counts == [[5, 0], [5, 5], [10, 5], [10, 10], [15, 10], [15, 15]], "the variants take turns"
    np.testing.assert_array_equal(every[-1].scores, result.scores)
    assert np.isnan(every[0].scores[0, :, 1:]).all(), "what was yielded does not grow afterwards"
    lines = [one.plot().panels[0].marks for one in every]
    ends = [sorted(line.x[np.isfinite(line.y)][-1] for line in drawn) for drawn in lines]
    assert ends == [[100], [100, 100], [100, 200], [200, 200], [200, 300], [300, 300]], (
        "lines end where their labels stand"
    )


def test_measure_may_be_left_between_two_yields():
    measuring = comparison.measure(VARIANTS, **SIZE)
    first = next(measuring)
    measuring.close()
    assert np.isfinite(first.scores).sum() == 5
    assert list(measuring) == []


def test_measure_complains_before_it_is_iterated():
    with pytest.raises(ValueError, match="steps=0"):
        comparison.measure(VARIANTS, **SIZE | {"steps": 0})


def broken(seed):
    raise RuntimeError("there is no such agent")


def one_is_missing(seed):
    return broken(seed) if seed == 3 else qlib.QAgent(SMALL, seed)


@pytest.mark.parametrize("executor", ["here", "processes"])
def test_what_fails_is_reported_and_the_rest_is_kept(result, executor):
    kept = qlib.compare(VARIANTS | {"broken": broken, "one": one_is_missing}, executor=executor, **SIZE)
    np.testing.assert_array_equal(kept["double"], result["double"])
    np.testing.assert_array_equal(kept["one"][[0, 1, 2, 4]], result["double"][[0, 1, 2, 4]])
    assert np.isnan(kept["broken"]).all() and np.isnan(kept["one"][3]).all()
    words = "one: seed 3 was lost before step 100, because of RuntimeError: there is no such agent"
    assert words in repr(kept)
    assert "broken: seeds 0, 1, 2, 3, 4 were lost before step 100" in repr(kept)


@pytest.mark.parametrize("executor", ["here", "processes"])
def test_if_there_is_nothing_else_to_report_the_error_is_raised(executor):
    with pytest.raises(RuntimeError, match="no such agent"):
        qlib.compare({"broken": broken}, executor=executor, **SIZE)


def test_a_future_that_never_ends_is_given_up_and_that_is_said(result):
    class Forgets:
        def submit(self, function, *arguments):
            future = Future()
            if arguments[0].seeds.start == 0:
                future.set_result(function(*arguments))
            return future

    kept = qlib.compare(VARIANTS, executor=Forgets(), timeout=0.2, **SIZE)
    np.testing.assert_array_equal(kept["double"][:2], result["double"][:2])
    assert "4 of 6 parts did not come back within 0 s and were not measured" in repr(kept)


def test_without_being_told_it_uses_all_cores_for_what_is_worth_it(monkeypatch, result):
    used, spread = [], hands.spread

    def count(work, jobs, n, hear):
        used.append(n)
        spread(work, jobs, n, hear)

    monkeypatch.setattr(hands, "spread", count)
    monkeypatch.setattr(hands, "hands", lambda: 2)
    np.testing.assert_array_equal(qlib.compare(VARIANTS, **SIZE).scores, result.scores)
    assert used == [], "3,000 steps in all are done before a process has begun"
    monkeypatch.setattr(comparison, "WORTH_A_PROCESS", 1)
    np.testing.assert_array_equal(qlib.compare(VARIANTS, **SIZE).scores, result.scores)
    qlib.compare(VARIANTS, executor="here", **SIZE)
    assert used == [2]


def dying(until):
    """Make agents of which seed 1 ends its process at its fiftieth step, while `until` is not there."""
    main = os.getpid()

    class Dies(qlib.QAgent):
        def explore(self, epsilon):
            if self.seed == 1 and self.steps == 50 and not until.exists():
                assert os.getpid() != main, "what ends a process is never tried in the kernel's own"
                until.with_suffix(".tried").touch()
                os._exit(9)
            return super().explore(epsilon)

    return lambda seed: Dies(SMALL, seed)


def test_a_process_that_dies_once_is_made_up_for_by_another(result, tmp_path, monkeypatch):
    spread = hands.spread

    def let_it_live_the_second_time(*arguments):
        spread(*arguments)
        (tmp_path / "gone").touch()

    monkeypatch.setattr(hands, "spread", let_it_live_the_second_time)
    kept = qlib.compare({"double": dying(tmp_path / "gone")}, executor="processes", **SIZE)
    np.testing.assert_array_equal(kept["double"], result["double"])
    assert (tmp_path / "gone.tried").exists()
    assert "parts began again, each seed alone: their process ended" in repr(kept)


def test_a_seed_that_ends_every_process_takes_no_other_with_it_and_not_the_kernel(result, tmp_path):
    kept = qlib.compare({"double": dying(tmp_path / "never")}, executor="processes", **SIZE)
    np.testing.assert_array_equal(kept["double"][[0, 2, 3, 4]], result["double"][[0, 2, 3, 4]])
    assert np.isnan(kept["double"][1]).all()
    assert "double: seed 1 was lost before step 100, because of RuntimeError: its process ended, twice" in repr(kept)


def test_processes_do_not_draw_the_same_from_global_generators():
    class Noisy(qlib.QAgent):
        def explore(self, epsilon):
            if self.steps == 0:
                self.first = np.random.random(), random.random(), torch.rand(()).item()  # noqa: NPY002
            return super().explore(epsilon)

    asked = [lambda agent, k=k: agent.first[k] for k in range(3)]
    for k, function in enumerate(asked):
        function.__name__ = f"draw {k}"
    noisy = qlib.compare(
        {"noisy": lambda seed: Noisy(SMALL, seed)},
        **SIZE | {"seeds": 2, "steps": 40, "checkpoints": 1},
        executor="processes",
        diagnostics=asked,
    )
    assert all(len(set(values[0, :, 0])) == 2 for values in noisy.diagnostics.values())


@pytest.mark.parametrize("executor", ["here", "processes"])
def test_real_interrupts_leave_what_was_measured(executor):
    many = {"seeds": 4, "steps": 10**6, "checkpoints": range(50, 10**6, 50), "starts": 2, "executor": executor}
    for seconds in (0.6, 0.9, 1.2):
        timer = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        kept = qlib.compare(VARIANTS, **many)
        timer.join()
        assert "Interrupted: what is missing was not measured." in kept.notes
        measured = np.isfinite(kept.scores)
        assert measured.any() and not measured.all()
        np.testing.assert_array_equal(measured, np.sort(measured, axis=-1)[..., ::-1])  # no holes


def test_agents_that_see_images_are_compared_wherever_they_train():
    sizes = {"seeds": 2, "steps": 60, "checkpoints": 2, "starts": 5}
    here, there = (qlib.compare({"images": tiny.few()}, executor=where, **sizes) for where in ("here", "processes"))
    np.testing.assert_array_equal(here.scores, there.scores)
    agent = qlib.QAgent(tiny.few(), 1)
    for _ in qlib.train(agent, steps=60):
        pass
    assert here.scores[0, 1, -1] == qlib.evaluate(agent, 5).mean(), "what each would have learned alone"
