"""The training panel: every button and control at both ends, one panel a name, files that lose nothing."""

import asyncio
import dataclasses
import math
import threading
import time
from collections import deque

import ipywidgets
import numpy as np
import pytest
import tiny
from waiting import wait

import qlib
from qlib.core.training import Episode
from qlib.show import picture
from qlib.show.training_job import FASTEST
from qlib.show.training_panel import CURVES, TrainingPanel


@pytest.fixture
def panel(small, monkeypatch, tmp_path):
    monkeypatch.delenv("QLIB_STILL", raising=False)
    monkeypatch.chdir(tmp_path)
    made = TrainingPanel(small, steps=1_000_000, controls=True, name="test")
    yield made
    made.close()


def marks(panel, which=0):
    return panel.view.drawing["panels"][which]["marks"]


def drawn(panel, which=0):
    return np.array(next(mark["y"] for mark in marks(panel, which) if mark["kind"] == "line"), float)


def episodes(panel):
    return np.array(marks(panel)[0]["x"])


def test_train_pause_go_on_stop_reset(panel):
    assert panel.progress == "An untrained agent. Press Train."
    panel.train_button.click()
    wait(lambda: len(panel.history) > 3 and len(episodes(panel)) > 2)
    assert panel.train_button.disabled
    assert "steps now, longest" in panel.progress
    panel.pause_button.click()
    wait(lambda: panel.view.state == "paused")
    assert panel.progress.endswith("paused")
    before = panel.view.drawing
    time.sleep(0.3)
    assert panel.view.drawing == before
    assert panel.train_button.description == "Go on"
    panel.train_button.click()
    wait(lambda: panel.view.drawing != before)
    panel.stop_button.click()
    wait(lambda: panel.progress.startswith("stopped"))
    assert panel.stop_button.disabled
    done = panel.agent.episodes
    panel.train_button.click()
    wait(lambda: panel.agent.episodes > done)
    panel.reset_button.click()
    assert panel.agent.steps == 0
    assert panel.history == []
    assert episodes(panel).size == 0


def test_the_curves_are_the_history(panel):
    panel.train_button.click()
    wait(lambda: len(panel.history) > 30)
    panel.stop_button.click()
    wait(lambda: not panel.session.alive)
    history = panel.history
    np.testing.assert_array_equal(episodes(panel), [e.number for e in history])
    np.testing.assert_array_equal(marks(panel)[0]["y"], [e.steps for e in history])
    for which, values in enumerate(
        [
            picture.moving_mean([e.steps for e in history], 20),
            [e.epsilon for e in history],
            [e.loss for e in history],
            panel.session.values,
        ]
    ):
        np.testing.assert_allclose(drawn(panel, which), values, rtol=0, atol=1e-4 * np.nanmax(np.abs(values)))
    assert np.isfinite(drawn(panel, 3)).all()
    assert panel.view.drawing["alt"] == f"{CURVES} {panel.progress}"
    assert repr(panel.picture()) == f"Drawing: {CURVES}"
    assert [one.numbers() for one in panel.picture().panels] == panel.view.drawing["panels"]


def test_a_long_run_sends_no_more_than_a_short_one(panel):
    record = Episode(number=1, steps=9, score=9.0, epsilon=0.5, loss=0.1)
    panel.session.history += [dataclasses.replace(record, number=i + 1) for i in range(5_000)]
    panel.session.values += [1.0] * 5_000
    panel._refresh(panel.session)
    assert len(episodes(panel)) == len(drawn(panel)) == 300
    assert episodes(panel)[-1] == 5_000


@pytest.mark.parametrize("running", [False, True])
def test_every_control_works_at_both_ends(panel, running):
    if running:
        panel.train_button.click()
        wait(lambda: len(panel.history) > 2)
    for value in (0.0, 1.0):
        panel.epsilon.value = value
        assert panel.hold.value
        wait(lambda value=value: panel.session.held_epsilon == value)
    panel.hold.value = False
    wait(lambda: panel.session.held_epsilon is None)
    for rate in (1e-5, 1e-1):
        panel.learning_rate.value = rate
        wait(lambda rate=rate: panel.agent.settings.learning_rate == pytest.approx(rate))
    for label, stick in (("−100", -100.0), ("−1", -1.0), ("none", None)):
        panel.stick.label = label
        wait(lambda stick=stick: panel.agent.settings.stick == stick)
        assert panel.stick.index is not None  # the menu shows what is chosen
    assert panel.session.error is None


def test_a_setting_that_was_not_touched_stays(panel):
    assert panel.stick.label == "none"
    assert panel.agent.settings == panel._first[0]
    assert panel.session.held_epsilon is None


def test_saved_and_loaded_is_the_same_agent(panel):
    panel.train_button.click()
    wait(lambda: len(panel.history) > 5)
    panel.save_button.click()
    wait(lambda: "Saved my_agent.safetensors" in panel._message.value)
    panel.stop_button.click()
    wait(lambda: not panel.session.alive)
    saved = qlib.QAgent.load("my_agent.safetensors")
    panel.load_button.click()
    assert panel.agent.steps == saved.steps
    assert panel.train_button.description == "Go on"
    panel.train_button.click()
    wait(lambda: len(panel.history) > saved.episodes)
    assert [episode.number for episode in panel.history] == list(range(1, len(panel.history) + 1))


@pytest.mark.parametrize("name", ["", "  ", "no/such/folder/agent.safetensors", ".", "/proc/x.safetensors"])
def test_a_bad_file_name_is_a_sentence_and_loses_nothing(panel, name):
    agent = panel.agent
    panel.file_name.value = name
    panel.save_button.click()
    assert "Not saved" in panel._message.value
    panel.load_button.click()
    assert "Not loaded, your agent is as it was" in panel._message.value
    assert panel.agent is agent


def test_a_save_that_fails_does_not_end_the_run(panel):
    panel.train_button.click()
    wait(lambda: panel.history)
    panel.file_name.value = "/proc/x.safetensors"
    panel.save_button.click()
    wait(lambda: "Not saved" in panel._message.value)
    seen = len(panel.history)
    wait(lambda: len(panel.history) > seen)
    assert panel.session.error is None


def test_an_agent_of_another_environment_is_not_loaded(panel, small):
    qlib.QAgent(dataclasses.replace(small, env_id="Acrobot-v1")).save("other.safetensors")
    agent = panel.agent
    panel.file_name.value = "other.safetensors"
    panel.load_button.click()
    assert "Not loaded, your agent is as it was" in panel._message.value
    assert "other.safetensors holds an agent of Acrobot-v1, and this panel plays CartPole-v1" in panel._message.value
    assert panel.agent is agent


def test_a_change_that_fails_is_told_in_words(panel, monkeypatch):
    def refuse(reward):
        raise ValueError("This stick is broken.")

    monkeypatch.setattr(panel.session, "set_stick", refuse)
    panel.stick.value = -100.0
    assert "the last change failed: This stick is broken." in panel.progress
    panel.epsilon.value = 0.5
    assert "This stick is broken." not in panel.progress


def test_reset_goes_back_to_the_untrained_agent(panel):
    panel.train_button.click()
    wait(lambda: len(panel.view.moments["steps"]) > 3)
    panel.reset_button.click()
    assert panel.view.moments["steps"] == [0]


def test_an_agent_that_the_page_cannot_play_is_played_by_python_and_reset_clears_it(small, monkeypatch):
    monkeypatch.delenv("QLIB_STILL", raising=False)
    panel = TrainingPanel(dataclasses.replace(small, network="batch_norm"), steps=1_000_000, name="batch norm")
    panel.train_button.click()
    wait(lambda: panel.view.demo)
    assert len(panel.view.demo["trajectory"]) % 16 == 0
    panel.reset_button.click()
    assert panel.view.demo == panel.view.moments == {}
    panel.close()


def test_the_speed_is_chosen_and_stays_after_reset(panel):
    assert panel.speed.value == panel.session.speed == FASTEST
    panel.speed.value = "to watch"
    assert panel.session.speed == "to watch"
    panel.reset_button.click()
    assert panel.session.speed == "to watch"


def test_a_still_panel_does_not_dawdle(small, monkeypatch):
    monkeypatch.setenv("QLIB_STILL", "1")
    panel = TrainingPanel(small, steps=300, name="still", speed="to watch")
    assert panel.session.speed == FASTEST
    panel.close()


def test_the_ceiling_says_what_it_is(panel, small):
    assert small.gamma == 0.99
    assert [marks(panel, 3)[1][name] for name in ("kind", "at", "label")] == ["rule", 100, "ceiling 100"]
    scaled = TrainingPanel(dataclasses.replace(small, gamma=0.9, reward_scale=0.5), controls=True, name="scaled")
    assert [marks(scaled, 3)[1][name] for name in ("kind", "at", "label")] == ["rule", 5, "ceiling 5"]
    scaled.close()


def test_after_load_the_curve_and_the_cart_are_the_loaded_agents(panel):
    deque(qlib.train(panel.agent, episodes=3), maxlen=0)
    panel.session.history = [Episode(n, 10 * n, 10.0 * n, 1.0, math.nan) for n in (1, 2, 3)]
    panel.session.values = [0.0, 0.0, 0.0]
    panel.save_button.click()
    panel.reset_button.click()
    assert panel.history == [] and panel.view.moments["steps"] == [0]
    panel.load_button.click()
    assert [episode.steps for episode in panel.history] == [10, 20, 30]
    assert panel.view.moments["steps"] == [panel.agent.steps] != [0]


def test_an_agent_that_is_loaded_without_its_record_begins_its_axis_where_it_stands(panel):
    deque(qlib.train(panel.agent, episodes=3), maxlen=0)
    panel.agent.save("my_agent.safetensors")
    panel.load_button.click()
    assert panel.history == [] and panel.view.drawing["panels"][0]["x"]["low"] == 4


def test_a_rate_that_falls_is_told_and_one_that_is_held_is_not(panel, small):
    falling = TrainingPanel(dataclasses.replace(small, learning_rate_end=1e-5), controls=True, name="falling")
    deque(qlib.train(falling.agent, episodes=1), maxlen=0)
    falling._refresh(falling.session)
    assert "learning rate 1.0e-03, falling" in falling.progress
    falling.learning_rate.value = 0.01
    falling._refresh(falling.session)
    assert "falling" not in falling.progress
    falling.close()


def test_another_kind_of_agent_trains_is_reset_and_loaded_as_its_kind(small, tmp_path, monkeypatch):
    class Own(qlib.QAgent):
        pass

    monkeypatch.chdir(tmp_path)
    panel = TrainingPanel(small, controls=True, name="own", make=Own, note="yours: update")
    panel.save_button.click()
    for press in (panel.reset_button.click, panel.load_button.click):
        press()
        assert type(panel.agent) is Own
    assert any("yours: update" in getattr(child, "value", "") for child in panel.children)
    panel.close()


def test_a_failed_run_is_told_in_words(panel, monkeypatch):
    def diverge():
        raise qlib.DivergedError("The loss is nan at update 3.")

    monkeypatch.setattr(panel.agent, "learn", diverge)
    panel.train_button.click()
    wait(lambda: panel.progress.startswith("Training ended: The loss is nan at update 3."))
    assert not panel.train_button.disabled


def test_a_cell_that_runs_again_replaces_its_panel(small):
    first = TrainingPanel(small, steps=1_000_000, name="again")
    first.session.start()
    session = first.session
    widgets = len(ipywidgets.widgets.widget._instances)
    for _ in range(3):
        last = TrainingPanel(small, steps=1_000_000, name="again")
        last.session.start()
    assert len(ipywidgets.widgets.widget._instances) == widgets
    assert not session.alive
    assert len([t for t in threading.enumerate() if t.name == "qlib training" and t.is_alive()]) == 1
    with pytest.raises(RuntimeError, match="replaced"):
        _ = first.agent
    last.close()


def test_a_bad_setting_leaves_the_former_panel_alone(small):
    panel = TrainingPanel(small, name="kept")
    with pytest.raises(ValueError, match="not an environment"):
        TrainingPanel(dataclasses.replace(small, env_id="NoSuch-v0"), name="kept")
    with pytest.raises(ValueError, match="steps=0 is not allowed"):
        TrainingPanel(small, steps=0, name="kept")
    assert panel.agent.steps == 0
    panel.close()


def test_whole_numbers_of_numpy_are_whole_numbers(small):
    panel = TrainingPanel(small, seed=np.int64(3), steps=np.int32(100), name="numpy")
    asyncio.run(panel.finished())
    assert (panel.agent.seed, panel.agent.steps >= 100) == (3, True)
    panel.close()


def test_go_on_after_stop_trains_for_the_rest(small):
    panel = TrainingPanel(dataclasses.replace(small, episodes=40), name="rest")
    stop_at = panel.session._report

    def report(job):
        stop_at(job)
        if len(job.history) > 25 and panel.stop_button.tooltip is None:
            panel.stop_button.tooltip = "clicked"
            panel.stop_button.click()

    panel.session._report, panel.session.every = report, 0.0
    panel.train_button.click()
    wait(lambda: not panel.session.alive)
    assert 25 < panel.agent.episodes < 40
    assert panel.train_button.description == "Go on"
    panel.train_button.click()
    wait(lambda: not panel.session.alive)
    assert panel.agent.episodes == 40
    panel.close()


def test_still_panels_show_their_end_only(small, monkeypatch):
    monkeypatch.setenv("QLIB_STILL", "1")
    panel = TrainingPanel(small, steps=300, name="still")
    shown = []
    panel.view.observe(lambda change: shown.append(change.new), "state")
    asyncio.run(panel.finished())
    assert set(shown) == {"finished"}
    assert panel.session.demo is None
    panel.close()


def test_any_other_environment_has_a_panel_that_nobody_can_play_in_the_page(small):
    panel = TrainingPanel(dataclasses.replace(small, env_id="Acrobot-v1"), steps=100, name="other")
    assert not panel.view.cart and panel.view.network == panel.view.moments == panel.view.demo == {}
    panel.close()


def test_an_agent_that_sees_images_trains_in_a_panel_as_any_other(monkeypatch):
    monkeypatch.delenv("QLIB_STILL", raising=False)
    panel = TrainingPanel(tiny.few(), steps=60, name="images")
    assert not panel.view.cart
    panel.train_button.click()
    wait(lambda: panel.view.state == "finished")
    assert panel.agent.steps >= 60 and len(panel.history) > 10 and len(episodes(panel)) > 5
    panel.close()


def test_the_slider_stands_at_the_nearest_notch_and_leaves_the_rate_alone_until_a_hand_moves_it():
    panel = TrainingPanel(qlib.RECOMMENDED, controls=True, name="notch")
    before = panel.agent.settings
    assert panel.learning_rate.value != before.learning_rate
    assert panel.learning_rate.value == pytest.approx(before.learning_rate, rel=0.12)
    assert panel.agent.settings == before and before.learning_rate_end is not None
    panel.learning_rate.place += 1
    assert panel.agent.settings.learning_rate == panel.learning_rate.value == pytest.approx(10**-2.6)
    assert panel.agent.settings.learning_rate_end is None
    panel.close()
