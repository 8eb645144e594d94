"""The playground: every control at both ends, a line that repeats the run, curves that say what was measured."""

import asyncio
import dataclasses
import functools
import gc
import re
import threading
import time
import weakref
from xml.etree import ElementTree

import ipywidgets
import numpy as np
import pytest
import torch

import qlib
from qlib.show import curves
from qlib.show.as_code import spell_settings
from qlib.show.curves import Panel
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


def wait(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.002)


def run(playground):
    playground.run_button.click()
    wait(lambda: not playground._run.alive)
    return playground


def svg(playground):
    return ElementTree.fromstring(re.search("<svg.*</svg>", playground._picture.value)[0])


def repeat(line, **names):
    """Run a copied line up to its picture, in a namespace with nothing but these names."""
    imports, expression = line.split("; ", 1)
    exec(imports, names)
    return eval(expression.removesuffix(".plot()"), names)


def test_run_measures_what_compare_measures(playground):
    one = run(playground(gamma=(0.0, 1.0, 0.1, 0.9)))
    np.testing.assert_array_equal(one.result.scores, qlib.compare({"run": tiny()}, 3, 10).scores)
    mean, low, high = mean_interval(one.result.scores[0, :, -1])
    tidy = curves.tidy
    assert one.readout == (
        f"After 10 steps: greedy score {tidy(mean)} (95 % interval {tidy(low)} to {tidy(high)}), mean of 3 agents; "
        "0 of 3 end solved (475 or more)."
    )
    assert one.readout in one._text.value
    assert "500" in [node.text for node in svg(one).iter("text")]  # the whole scale from the first score on
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


@pytest.mark.parametrize(
    "settings",
    [
        qlib.Settings(),
        qlib.ORIGINAL,
        qlib.RECOMMENDED,
        dataclasses.replace(qlib.RECOMMENDED, stick=-10.0, gamma=0.8),
        dataclasses.replace(qlib.ORIGINAL, network="batch_norm", hidden=(64, 64), max_gradient_norm=None),
        qlib.Settings(gamma=np.float64(0.9), observation_scale=tuple(np.array([1.0, 2.0, 3.0, 4.0]))),
    ],
)
def test_settings_spelled_are_those_settings(settings):
    spelled = spell_settings(settings)
    assert eval(spelled, {"qlib": qlib, "dataclasses": dataclasses}) == settings
    assert "np." not in spelled


def test_settings_are_spelled_from_the_nearest_ready_ones():
    changed = dataclasses.replace(qlib.RECOMMENDED, stick=-10.0)
    assert spell_settings(changed) == "dataclasses.replace(qlib.RECOMMENDED, stick=-10.0)"
    assert spell_settings(qlib.ORIGINAL) == "qlib.ORIGINAL"


def test_every_control_at_both_ends_gives_a_picture(playground):
    one = playground(gamma=(0.0, 1.0, 0.1, 0.9), stick=[None, -100.0])
    for gamma in (0.0, 1.0):
        for stick in (None, -100.0):
            one.controls["gamma"].value, one.controls["stick"].value = gamma, stick
            run(one)
            assert one._run.error is None
            assert one.readout.startswith("After 10 steps: greedy score")
            assert f"gamma={gamma}" in one.line
            assert one._picture.value


def test_what_build_does_not_accept_is_a_sentence_and_loses_nothing(playground):
    one = run(playground(gamma=(0.9, 1.5, 0.1, 0.9)))
    before, line = one.result, one.line
    one.controls["gamma"].value = 1.5
    run(one)
    assert "gamma=1.5 is not allowed" in one.readout
    assert "gamma=1.5 is not allowed" in one._refusal.value and "still the run before" in one._refusal.value
    assert one.result is before
    assert one.line == line
    one.controls["gamma"].value = 0.9
    run(one)
    assert one.readout.startswith("After 10 steps") and not one._refusal.value


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

    one = run(playground(wild, rate=(1e-3, 1e30, 1.0, 1e30)))
    assert one._run.error is None
    assert "was no longer finite" in one.readout
    assert one._picture.value
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
    assert "nan" not in one._picture.value


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
        assert "nan" not in one._picture.value
        if len(broken) < 3:
            assert f"paired by seed: none ({few} diverged, in this run or the last)." in one.readout
            assert (f"loss none ({few} have no finite number), " in one.readout) == breaks
        elif breaks:
            assert one.readout.startswith("After 3 steps: greedy score"), "the last that there is"
            assert "loss none (3 of 3 agents have no finite number), " in one.readout
            assert "The loss of 3 of 3 seeds was no longer finite." in one.readout


def test_an_error_while_it_runs_is_a_sentence(playground):
    def breaks(agent):
        if agent.steps > 4:
            raise RuntimeError("the diagnostic broke")
        return 0.0

    one = run(playground(diagnostics=[breaks]))
    assert one.readout == "The run ended: the diagnostic broke"
    assert not one.run_button.disabled
    assert one.result is not None


def test_the_last_run_stays_as_a_pale_line_and_is_compared(playground):
    one = run(playground(gamma=(0.0, 1.0, 0.1, 0.9)))
    assert "last run" not in one._picture.value
    first = one.result
    one.controls["gamma"].value = 0.0
    run(one)
    assert "last run" in one._picture.value
    [panel] = one._panels(one.result)
    np.testing.assert_array_equal(panel.last, first["run"])
    change, *_ = mean_interval(one.result["run"][:, -1] - first["run"][:, -1])
    assert f"paired by seed: {'+' if change > 0 else ''}{curves.tidy(change)} (95 % interval" in one.readout


def test_axes_are_there_at_once_and_curves_come_in(playground):
    one, seen = playground(), []
    one._picture.observe(lambda change: seen.append(change.new), "value")
    run(one)
    assert ">environment steps<" in seen[0]
    lengths = [page.count(",") for page in seen]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 11  # nothing yet, and each of the examinations


def test_stop_does_not_wait_for_an_examination(playground):
    one = playground(steps=1_000_000)
    one.run_button.click()
    wait(lambda: one.readout.startswith("Step ") and one._run.steps > 20)
    assert one.run_button.disabled
    clicked = time.monotonic()
    one.stop_button.click()
    assert one.stop_button.disabled
    wait(lambda: not one._run.alive)
    assert time.monotonic() - clicked < 0.3
    assert one.readout == f"Step {one._run.steps:,} of 1,000,000. No agent has a score."
    assert one.result is None
    assert not one.run_button.disabled


def test_a_run_that_is_replaced_ends(playground):
    one = playground(steps=1_000_000)
    one.run()
    former = one._run
    one.run()
    assert not former._thread.is_alive()
    one.stop()
    wait(lambda: not one._run.alive)


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
    wait(lambda: not one._run.alive)
    measured = np.isfinite(one.result["run"]).all(0)
    assert 0 < measured.sum() < 10
    assert one.readout.startswith(f"Step {one._run.steps} of 10. After {one.result.steps[measured][-1]} steps: ")
    assert " are solved" in one.readout
    assert not one.run_button.disabled
    run(one)
    assert one.readout.startswith("After 10 steps")
    assert "last run" in one._picture.value


def test_diagnostics_are_panels_below_on_the_same_axis(playground):
    one = run(playground(diagnostics=["loss", halves]))
    text = [node.text for node in svg(one).iter("text")]
    assert [title for title in text if title in ("greedy score", "loss", "halves")] == [
        "greedy score",
        "loss",
        "halves",
    ]
    assert text.count("environment steps") == 1
    panels = one._panels(one.result)
    np.testing.assert_array_equal(panels[2].values, np.tile(one.result.steps / 2, (3, 1)))
    assert len(one.picture().figure.axes) == 3
    assert re.search(r"Means of the others: loss [\d.]+, halves 5\.$", one.readout)


def test_one_agent_has_no_interval(playground):
    one = run(playground(seeds=1))
    assert "interval" not in one.readout
    assert "mean of 1 agent;" in one.readout
    assert one.picture().alt == one.readout


def test_other_environments_have_their_own_bar_and_axis(playground):
    one = run(playground(lambda: dataclasses.replace(TINY, env_id="MountainCar-v0"), steps=2))
    assert "greedy score -200" in one.readout
    assert "(-110 or more)" in one.readout
    heights = [node.text for node in svg(one).iter("text") if node.get("text-anchor") == "end"]
    assert "500" not in heights
    assert "0" not in heights


def test_still_pictures_only_at_the_end_and_finished_starts_the_run(playground, monkeypatch):
    monkeypatch.setenv("QLIB_STILL", "1")
    one = Playground(tiny, steps=10, seeds=3, name="still")
    pictures = []
    one._picture.observe(lambda change: pictures.append(change.new), "value")
    asyncio.run(one.finished())
    assert len(pictures) == 1
    assert repr(one.picture()) == f"Picture: {one.readout}"
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


def points(node):
    return np.array([pair.split(",") for pair in node.get("points").split()], float)


def drawn(values, last=None, limits=None, steps=None):
    values = np.asarray(values, float)
    last = np.full_like(values, np.nan) if last is None else np.asarray(last, float)
    steps = np.arange(1, values.shape[1] + 1) * 100 if steps is None else steps
    page = curves.live(steps, [Panel("score", values, last, limits)], 'a "label"')
    assert 'aria-label="a &quot;label&quot;"' in page
    root = ElementTree.fromstring(re.search("<svg.*</svg>", page)[0])
    lines = [node for node in root.iter("polyline")]
    return lines, root


def test_the_drawing_is_the_numbers():
    values = [[0, 100, 500, np.nan], [0, 300, 500, np.nan], [0, 200, 500, np.nan]]
    lines, root = drawn(values, limits=(0, 500))
    mean = points(lines[-1])
    left, right = curves.LEFT, curves.WIDTH - curves.RIGHT
    np.testing.assert_allclose(mean[:, 0], [left + (right - left) * i / 4 for i in (1, 2, 3)], atol=0.1)
    top, height = curves.ABOVE, curves.HEIGHTS[0]
    np.testing.assert_allclose(mean[:, 1], [top + height, top + height * 0.6, top], atol=0.1)
    np.testing.assert_allclose(points(lines[1])[1], [mean[1, 0], top + height * 0.4], atol=0.1)
    _, low, high = mean_interval([100, 300, 200])
    band = points(next(root.iter("polygon")))
    np.testing.assert_allclose(band[:, 0], [*mean[:, 0], *mean[::-1, 0]])  # there and back
    np.testing.assert_allclose(band[[1, -2], 1], top + height * (1 - np.array([low, high]) / 500), atol=0.1)
    assert "mean 500" in [node.text for node in root.iter("text")]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gone", [np.nan, np.inf])
def test_the_mean_ends_where_an_agent_has_no_number(gone):
    lines, _ = drawn([[1, 2, 3], [1, 2, gone]])
    assert [len(points(line)) for line in lines] == [3, 2, 2]


def test_one_wild_agent_does_not_flatten_the_others():
    values = np.random.default_rng(0).uniform(0, 10, (16, 20))
    values[3, 7] = 1e9
    _, root = drawn(values)
    ticks = [node.text for node in root.iter("text") if node.get("text-anchor") == "end"]
    assert "10" in ticks or "12" in ticks
    lines, _ = drawn(values)
    everything = np.vstack([points(line) for line in lines])
    assert everything[:, 1].min() >= curves.ABOVE
    assert everything[:, 1].max() <= curves.ABOVE + curves.HEIGHTS[0]


@pytest.mark.parametrize("value", [np.nan, 0.0, -3.5, 1e-12, 1e12])
def test_flat_and_missing_curves_are_drawn(value):
    drawn(np.full((4, 3), value))
    assert curves.still(np.arange(1, 4), [Panel("x", np.full((4, 3), value), np.full((4, 3), np.nan))], "alt").png()


def test_labels_at_the_ends_do_not_overlap():
    for mean, last in ((500, 500), (499, 501), (200, 205), (205, 200), (0, 0)):
        _, root = drawn(np.full((4, 3), mean), np.full((4, 3), last), (0, 500))
        heights = [float(n.get("y")) for n in root.iter("text") if n.text.startswith(("mean ", "last run"))]
        assert abs(heights[0] - heights[1]) >= 12


@pytest.mark.parametrize("level", [0.0, 5.0, -300.0])
def test_a_level_line_has_ticks_that_can_be_read(level):
    nothing = np.full((2, 3), np.nan)
    picture = curves.live(np.array([1, 2, 3]), [Panel("x", np.full((2, 3), level), nothing)], "words")
    ticks = re.findall(r'text-anchor="end"[^>]*>(-?[\d.,]+(?:e[-+]\d+)?)</text>', picture)
    assert len(set(ticks)) >= 3 and not any("e" in tick for tick in ticks), ticks
    numbers = [float(tick.replace(",", "")) for tick in ticks]
    assert min(numbers) < level < max(numbers)
