"""The playground: every control at both ends, a line that repeats the run, curves that say what was measured."""

import asyncio
import dataclasses
import functools
import gc
import json
import re
import threading
import time
import weakref

import ipywidgets
import numpy as np
import pytest
import torch
from waiting import wait

import qlib
from qlib.core.training import exam
from qlib.show.panel import tidy
from qlib.show.playground import Playground
from qlib.study.statistics import mean_interval

TINY = qlib.Settings(hidden=(8,), batch_size=4, memory_size=200)


def tiny(gamma=0.9, stick=None):
    return dataclasses.replace(TINY, gamma=gamma, stick=stick)


def tiny_agents(gamma=0.9):
    return lambda seed: qlib.QAgent(tiny(gamma), seed)


def halves(agent):
    return agent.steps / 2


@pytest.fixture
def playground(monkeypatch):
    """Make playgrounds of three agents and ten steps, closed at the end."""
    monkeypatch.delenv("QLIB_STILL", raising=False)
    made = []

    def make(build=tiny, **options):
        made.append(Playground(build, **{"steps": 10, "seeds": 3, **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def run(playground):
    playground.run_button.click()
    wait(lambda: not playground._job.alive)
    return playground


def panels(playground):
    """Return what the page draws."""
    return playground.view.drawing["panels"]


def curve(playground, label, which=0):
    """Return the curve of a panel whose name begins so, None where it has no number."""
    return next(mark["y"] for mark in panels(playground)[which]["marks"] if mark.get("label", "").startswith(label))


def each(playground, which=0):
    """Return the numbers of each agent, shape (seeds, checkpoints)."""
    return np.array(panels(playground)[which]["marks"][0]["y"], float).reshape(playground.seeds, -1)[:, :-1]


def repeat(line, **names):
    """Run a copied line up to its picture, in a namespace with nothing but these names."""
    imports, expression = line.split("; ", 1)
    exec(imports, names)
    return eval(expression.removesuffix(".plot()"), names)


def test_run_measures_what_compare_measures(playground):
    one = run(playground(gamma=(0.0, 1.0, 0.1, 0.9)))
    np.testing.assert_array_equal(one.result.scores, qlib.compare({"run": tiny()}, 3, 10).scores)
    mean, low, high = mean_interval(one.result.scores[0, :, -1])
    assert one.readout == (
        f"After 10 steps: greedy score {tidy(mean)} (95 % interval {tidy(low)} to {tidy(high)}), mean of 3 agents; "
        "0 of 3 end solved (475 or more)."
    )
    assert one.readout in one._text.value
    assert panels(one)[0]["y"]["high"] == 500  # the whole scale from the first score on
    assert not one.run_button.disabled
    assert one.stop_button.disabled


@pytest.mark.parametrize("diagnostics", [(), ("action gap", halves)])
@pytest.mark.parametrize("build", [tiny, tiny_agents])
def test_the_copied_line_repeats_the_run(playground, build, diagnostics):
    one = playground(build, gamma=(0.0, 1.0, 0.1, 0.9), diagnostics=diagnostics)
    one.controls["gamma"].value = 0.3
    run(one)
    assert one.line.endswith(".plot()")
    assert "\n" not in one.line
    one.controls["gamma"].value = 0.9  # the line is the run's, not the control's
    again = repeat(one.line, tiny_agents=tiny_agents, halves=halves)
    np.testing.assert_array_equal(again["run"], one.result["run"])
    for name, values in one.result.diagnostics.items():
        np.testing.assert_array_equal(again.diagnostics[name], values)
    assert np.isfinite(again["run"]).all()


def test_every_control_at_both_ends_gives_a_picture(playground):
    one = playground(gamma=(0.0, 1.0, 0.1, 0.9), stick=[None, -100.0])
    for gamma in (0.0, 1.0):
        for stick in (None, -100.0):
            one.controls["gamma"].value, one.controls["stick"].value = gamma, stick
            run(one)
            assert one._job.error is None
            assert one.readout.startswith("After 10 steps: greedy score")
            assert f"gamma={gamma}" in one.line
            assert None not in curve(one, "mean")


def test_what_build_does_not_accept_is_a_sentence_and_loses_nothing(playground):
    one = run(playground(gamma=(0.9, 1.5, 0.1, 0.9)))
    before, line = one.result, one.line
    one.controls["gamma"].value = 1.5
    run(one)
    assert "gamma=1.5 is not allowed" in one.readout
    assert "gamma=1.5 is not allowed" in one._message.value and "still the run before" in one._message.value
    assert one.result is before
    assert one.line == line
    one.controls["gamma"].value = 0.9
    run(one)
    assert one.readout.startswith("After 10 steps") and not one._message.value


def test_a_bad_start_is_a_sentence_and_finished_comes_back(playground):
    one = playground(gamma=(1.1, 1.5, 0.1, 1.5))
    assert "gamma=1.5 is not allowed" in one.readout
    asyncio.run(one.finished())
    with pytest.raises(ValueError, match=r"There is no picture yet: gamma=1\.5"):
        one.picture()


def test_a_bug_in_build_is_an_error_in_its_cell_and_leaves_the_former_one(playground):
    one = playground(gamma=(0.0, 1.0), name="same")
    with pytest.raises(TypeError, match="unexpected keyword"):
        playground(lambda beta: tiny(), gamma=(0.0, 1.0), name="same")
    assert one.comm is not None


def test_a_build_without_a_name_that_a_line_could_call_is_a_sentence(playground):
    one = run(playground(lambda gamma: tiny(gamma), gamma=(0.0, 1.0)))  # settings spell themselves
    assert repeat(one.line)["run"].shape == (3, 10)
    other = playground(lambda gamma: tiny_agents(gamma), gamma=(0.0, 1.0))
    assert "define it with def" in other.readout


@pytest.mark.parametrize("nameless", [lambda agent: 1.0, functools.partial(halves)])
def test_a_diagnostic_without_a_name_that_a_line_could_call_is_a_sentence(playground, nameless):
    one = playground(diagnostics=[nameless])
    assert "define it with def" in one.readout
    one.run_button.click()
    assert "define it with def" in one.readout
    assert one.line == "" and one.result is None


def test_agents_that_diverge_are_a_sentence(playground):
    def wild(rate):
        return dataclasses.replace(TINY, learning_rate=rate)

    one = run(playground(wild, rate=[1e30]))
    assert one._job.error is None
    assert "was no longer finite" in one.readout
    assert len(panels(one)) == 1
    assert one.picture().alt == one.readout


def test_where_some_diverge_there_is_no_mean_of_the_others(playground):
    def one_is_broken():
        def make(seed):
            agent = qlib.QAgent(TINY, seed)
            if seed == 1:
                torch.nn.init.constant_(next(agent.online.parameters()), np.nan)
            return agent

        return make

    one = run(playground(one_is_broken))
    assert "After 10 steps: 2 of 3 agents have a score; 0 of 3 end solved" in one.readout
    assert "The loss of 1 of 3 seeds was no longer finite." in one.readout
    assert "nan" not in one.readout
    mean = curve(one, "mean")
    assert mean[-1] is None and mean[0] is not None


@pytest.mark.parametrize("broken", [{1}, {0, 1, 2}])
def test_a_mean_that_is_no_number_is_said_in_words(playground, broken):
    def build(breaks):
        def make(seed):
            agent = qlib.QAgent(TINY, seed)
            if breaks and seed in broken:
                torch.nn.init.constant_(next(agent.online.parameters()), np.nan)
            return agent

        return make

    def infinite(agent):
        return np.inf if agent.seed in broken else 1.0

    one = run(playground(build, breaks=False, diagnostics=["loss", infinite, halves]))
    few = f"{len(broken)} of 3 agents"
    assert re.search(rf"loss [\d.]+, infinite none \({few} have no finite number\), halves 5\.$", one.readout)
    for breaks in (True, False):  # the broken ones are in this run first, and then in the last
        one.controls["breaks"].value = breaks
        run(one)
        assert "nan" not in one.readout and "inf " not in one.readout
        assert all(np.isfinite([place for place, _ in panel["y"]["ticks"]]).all() for panel in panels(one))
        assert "nan" not in json.dumps(panels(one), allow_nan=False)
        if len(broken) < 3:
            assert f"paired by seed: none ({few} diverged, in this run or the last)." in one.readout
            assert (f"loss none ({few} have no finite number), " in one.readout) == breaks
        elif breaks:
            assert one.readout.startswith("After 3 steps: greedy score"), "the last that there is"
            assert "loss none (3 of 3 agents have no finite number), " in one.readout
            assert "The loss of 3 of 3 seeds was no longer finite." in one.readout


def test_agents_that_fail_on_the_way_are_a_sentence(playground):
    def breaks(agent):
        if agent.steps > 4:
            raise RuntimeError("the diagnostic broke")
        return 0.0

    one = run(playground(diagnostics=[breaks]))
    assert one.readout.startswith("After 4 steps: greedy score")
    assert one.readout.endswith("Seeds 0, 1, 2 were lost before step 5, because of RuntimeError: the diagnostic broke.")
    assert not one.run_button.disabled


def test_an_error_of_all_agents_is_a_sentence(playground):
    def breaks(agent):
        raise RuntimeError("the diagnostic broke")

    one = run(playground(diagnostics=[breaks]))
    assert one.readout == "The run ended: the diagnostic broke"
    assert not one.run_button.disabled


def test_the_last_run_stays_as_a_pale_line_and_is_compared(playground):
    one = run(playground(gamma=(0.0, 1.0, 0.1, 0.9)))
    assert "last run" not in str(panels(one))
    first = one.result
    one.controls["gamma"].value = 0.0
    run(one)
    np.testing.assert_allclose(curve(one, "last run"), first["run"].mean(0), atol=1e-2)
    change, *_ = mean_interval(one.result["run"][:, -1] - first["run"][:, -1])
    assert f"paired by seed: {'+' if change > 0 else ''}{tidy(change)} (95 % interval" in one.readout


def test_axes_are_there_at_once_and_curves_come_in(playground):
    one = playground()
    seen = [one.view.drawing]  # before the first run, so that nothing moves when it comes
    one.view.observe(lambda change: seen.append(change.new), "drawing")
    run(one)
    assert seen[0]["panels"][0]["x"]["label"] == "environment steps"
    assert seen[0]["panels"][0]["x"]["high"] == 10
    lengths = [sum(y is not None for y in drawing["panels"][0]["marks"][0]["y"]) for drawing in seen]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 11  # nothing yet, and each of the examinations


def test_stop_does_not_wait_for_an_examination(playground):
    one = playground(steps=1_000_000)
    one.run_button.click()
    wait(lambda: one.readout.startswith("Step ") and one._job.steps > 20)
    assert one.run_button.disabled
    clicked = time.monotonic()
    one.stop_button.click()
    assert one.stop_button.disabled
    wait(lambda: not one._job.alive)
    assert time.monotonic() - clicked < 0.3
    assert one.readout == f"Stopped at step {one._job.steps:,} of 1,000,000. No agent has a score."
    assert one.result is None
    assert not one.run_button.disabled


def test_a_run_that_is_replaced_ends(playground):
    one = playground(steps=1_000_000)
    one.run()
    former = one._job
    one.run()
    assert not former._thread.is_alive()
    one.stop()
    wait(lambda: not one._job.alive)


def test_stop_keeps_what_is_measured(playground):
    done = threading.Event()

    def slow(agent):
        if agent.steps >= 3:
            done.set()
            time.sleep(0.05)
        return 0.0

    one = playground(diagnostics=[slow])
    one.run_button.click()
    wait(done.is_set)
    assert one.run_button.disabled
    one.stop_button.click()
    assert one.stop_button.disabled
    wait(lambda: not one._job.alive)
    measured = np.isfinite(one.result["run"]).all(0)
    assert 0 < measured.sum() < 10
    at = f"Stopped at step {one._job.steps} of 10."
    assert one.readout.startswith(f"{at} After {one.result.steps[measured][-1]} steps: ")
    assert " are solved" in one.readout
    assert not one.run_button.disabled
    run(one)
    assert one.readout.startswith("After 10 steps")
    assert any(y is not None for y in curve(one, "last run"))


def test_diagnostics_are_panels_below_on_the_same_axis(playground):
    one = run(playground(diagnostics=["loss", halves]))
    titles = [panel["title"] for panel in panels(one)]
    assert titles == ["greedy score of 3 agents, their mean and its 95 % interval", "loss", "halves"]
    np.testing.assert_array_equal(each(one, 2), np.tile(one.result.steps / 2, (3, 1)))
    assert len(one.picture().still().figure.axes) == 3
    assert re.search(r"Means of the others: loss [\d.]+, halves 5\.$", one.readout)


def test_one_agent_has_no_interval(playground):
    one = run(playground(seeds=1))
    assert "interval" not in one.readout
    assert "mean of 1 agent;" in one.readout
    assert one.picture().alt == one.readout


def test_other_environments_have_their_own_bar_and_axis(playground):
    one = run(playground(lambda: dataclasses.replace(TINY, env_id="MountainCar-v0"), steps=2))
    assert "greedy score −200" in one.readout
    assert "(−110 or more)" in one.readout
    axis = panels(one)[0]["y"]
    assert axis["low"] < -200 < axis["high"] < 0


def test_an_environment_that_never_ends_is_a_sentence_before_anything_runs(playground, endless, monkeypatch):
    monkeypatch.setattr(exam, "__defaults__", (500, *exam.__defaults__[1:]))  # a hundred thousand steps take long
    one = playground(lambda: endless)
    assert one.readout.startswith("An episode of CartPoleEndless-v0 has not ended after 500 steps")
    run(one)
    assert one.readout.startswith("The run ended: An episode of CartPoleEndless-v0 has not ended after 500 steps")
    assert not one.run_button.disabled


@pytest.mark.parametrize("whole", [int, np.int64, np.int32])
def test_whole_numbers_of_numpy_are_whole_numbers(playground, whole):
    one = run(playground(steps=whole(4), seeds=whole(2)))
    assert one.result["run"].shape == (2, 4)
    assert "seeds=2, steps=4)" in one.line


def test_still_pictures_only_at_the_end_and_finished_starts_the_run(playground, monkeypatch):
    monkeypatch.setenv("QLIB_STILL", "1")
    one = Playground(tiny, steps=10, seeds=3, name="still")
    pictures = []
    one.view.observe(lambda change: pictures.append(change.new), "drawing")
    asyncio.run(one.finished())
    assert len(pictures) == 1
    assert repr(one.picture()) == f"Drawing: {one.readout}"
    result = one.result
    asyncio.run(one.finished())  # what has ended is not run again
    assert one.result is result
    one.close()


def test_a_cell_that_runs_again_leaves_nothing_behind(playground):
    gc.collect()
    count = len(ipywidgets.widgets.widget._instances)
    first = run(playground(name="same", gamma=(0.0, 1.0)))
    run(first)
    widgets = len(ipywidgets.widgets.widget._instances)
    first.run_button.click()  # and is replaced while it runs
    threads = threading.active_count()
    for _ in range(2):
        last = playground(name="same", gamma=(0.0, 1.0))
    assert len(ipywidgets.widgets.widget._instances) == widgets
    assert threading.active_count() < threads
    assert first.comm is None
    last.close()
    assert len(ipywidgets.widgets.widget._instances) == count


def test_a_former_playground_is_forgotten(monkeypatch):
    monkeypatch.delenv("QLIB_STILL", raising=False)
    gone = []
    for _ in range(2):
        one = run(Playground(tiny, steps=10, seeds=3, name="same"))
        gone += [weakref.ref(one), weakref.ref(one.result)]
    one.close()
    del one
    gc.collect()
    assert [ref() for ref in gone] == [None] * 4


@pytest.mark.parametrize("bad", [{"steps": 0}, {"seeds": 0}, {"diagnostics": ["los"]}])
def test_bad_sizes_say_what_is_allowed(bad):
    with pytest.raises(ValueError, match=r"not allowed|'loss'"):
        Playground(tiny, **bad)
