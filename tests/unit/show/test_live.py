"""The training session: it obeys at once, loses nothing, and changes nothing by being watched."""

import asyncio
import dataclasses
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch

import qlib
from qlib.show.demonstration import demonstrate
from qlib.show.live import TrainingSession

ANSWER = 0.3  # seconds that a control may take


def wait(condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "qlib training"]


@pytest.fixture
def session(small):
    made = TrainingSession(qlib.QAgent(small), steps=1_000_000)
    yield made
    made.close()


def test_a_watched_run_is_the_same_run(small):
    """Eight reports a second and the demonstrations draw nothing from the agent's generator."""
    reports = []
    session = TrainingSession(qlib.QAgent(small), steps=700, report=lambda s: reports.append(s.demo))
    asyncio.run(session.finished())
    assert session.state == "finished"
    assert any(reports)
    alone = qlib.QAgent(small)
    # the loss is NaN before the first update, and NaN differs from itself
    assert repr(session.history) == repr(list(qlib.train(alone, steps=700)))
    assert all(map(torch.equal, session.agent.online.parameters(), alone.online.parameters()))


def test_pause_and_stop_answer_within_the_time_and_lose_nothing(session):
    session.start()
    wait(lambda: len(session.history) >= 3)
    asked = time.monotonic()
    session.pause()
    wait(lambda: session.state == "paused")
    assert time.monotonic() - asked < ANSWER
    steps = session.agent.steps
    time.sleep(0.1)
    assert session.agent.steps == steps
    session.start()
    wait(lambda: session.agent.steps > steps)
    asked = time.monotonic()
    session.stop()
    wait(lambda: not session.alive)
    assert time.monotonic() - asked < ANSWER
    assert session.state == "stopped"
    episodes, steps = len(session.history), session.agent.steps
    session.start()
    wait(lambda: len(session.history) > episodes)
    assert session.agent.steps > steps
    assert [e.number for e in session.history] == list(range(1, len(session.history) + 1))


def test_stop_answers_in_the_middle_of_the_slow_original():
    session = TrainingSession(qlib.QAgent(qlib.ORIGINAL), demos=False)
    session.start()
    wait(lambda: session.agent.updates > 200, seconds=60)
    asked = time.monotonic()
    session.stop()
    wait(lambda: not session.alive)
    assert time.monotonic() - asked < ANSWER


def test_stop_ends_a_paused_run_and_a_late_pause_does_not_start_one(session):
    session.start()
    session.pause()
    wait(lambda: session.state == "paused")
    session.stop()
    wait(lambda: not session.alive)
    session.pause()
    asyncio.run(asyncio.wait_for(session.finished(), 5))
    assert session.state == "stopped"


def test_pausing_changes_nothing(small):
    session = TrainingSession(qlib.QAgent(small), steps=500)
    session.start()
    wait(lambda: session.history)
    session.pause()
    time.sleep(0.05)
    asyncio.run(session.finished())
    assert repr(session.history) == repr(list(qlib.train(qlib.QAgent(small), steps=500)))


def test_changes_act_while_it_runs(session):
    session.start()
    wait(lambda: session.history)
    session.change(lambda: session.hold_epsilon(0.25))
    session.change(lambda: session.set_learning_rate(0.01))
    session.change(lambda: session.set_stick(-7.0))
    wait(lambda: session.agent.settings.stick == -7.0)
    seen = len(session.history)
    wait(lambda: len(session.history) > seen + 3)
    session.stop()
    wait(lambda: not session.alive)
    agent = session.agent
    assert {record.epsilon for record in session.history[seen + 1 :]} == {0.25}
    assert agent.optimizer.param_groups[0]["lr"] == agent.settings.learning_rate == 0.01
    newest = agent.memory.storage.terminated[: len(agent.memory)].nonzero().flatten()
    assert -7.0 in agent.memory.storage.rewards[newest]
    session.change(lambda: session.set_stick(None))
    session.start()
    seen = len(session.history)
    wait(lambda: len(session.history) > seen + 30)
    session.stop()
    wait(lambda: not session.alive)
    assert set(agent.memory.storage.rewards[: len(agent.memory)].tolist()) == {1.0}


def test_going_on_after_the_end_trains_as_much_again(small):
    session = TrainingSession(qlib.QAgent(small), steps=200)
    asyncio.run(session.finished())
    assert 200 <= session.agent.steps < 400
    session.start()
    wait(lambda: not session.alive)
    assert 400 <= session.agent.steps < 600


def test_a_run_without_steps_is_as_long_as_the_settings_say(small):
    settings = dataclasses.replace(small, episodes=7, epsilon_decay="original", epsilon_episodes=None)
    session = TrainingSession(qlib.QAgent(settings))
    asyncio.run(session.finished())
    np.testing.assert_array_equal([e.epsilon for e in session.history], qlib.epsilon_schedule(settings, 7))


def test_a_diverged_run_says_so_and_keeps_agent_and_history(small, monkeypatch):
    session = TrainingSession(qlib.QAgent(small), steps=10_000)
    learn = session.agent.learn

    def diverge():
        if len(session.history) == 5:
            raise qlib.DivergedError("The loss is nan.")
        return learn()

    monkeypatch.setattr(session.agent, "learn", diverge)
    with pytest.raises(qlib.DivergedError):
        asyncio.run(session.finished())
    assert session.state == "failed"
    assert len(session.history) == 5
    monkeypatch.setattr(session.agent, "learn", learn)
    session.start()
    wait(lambda: len(session.history) > 6)
    session.close()


def test_an_interrupt_of_the_waiting_cell_stops_the_training(session):
    async def interrupted():
        waiting = asyncio.create_task(session.finished())
        while len(session.history) < 2:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(interrupted())
    wait(lambda: not session.alive)
    assert session.state == "stopped"
    assert len(session.history) >= 2


def test_starting_twice_makes_one_thread(session):
    for _ in range(5):
        session.start()
    assert len(threads()) == 1


def test_a_length_must_be_above_zero(small):
    with pytest.raises(ValueError, match="steps=0 is not allowed"):
        TrainingSession(qlib.QAgent(small), steps=0)


def test_a_demonstration_is_greedy_and_says_how_it_ended(small):
    import gymnasium as gym

    agent = qlib.QAgent(small)
    state = agent.generator.get_state()
    demo = demonstrate(agent, gym.make("CartPole-v1"), seed=3)
    assert torch.equal(agent.generator.get_state(), state)
    assert demo.trajectory.shape == (len(demo.trajectory), 2)
    assert demo.ending == "the pole fell"
    assert abs(demo.trajectory[-1, 1]) > 0.2095 > abs(demo.trajectory[-2, 1])
    assert demo.seconds == pytest.approx((len(demo.trajectory) - 1) * 0.02, abs=2)


def test_other_environments_have_no_cart(small):
    session = TrainingSession(qlib.QAgent(dataclasses.replace(small, env_id="MountainCar-v0")), steps=200)
    asyncio.run(session.finished())
    assert session.demo is None


def broken(*args, **kwargs):
    raise RuntimeError("This is broken.")


def test_a_change_that_raises_does_not_end_the_run(session):
    session.start()
    wait(lambda: session.history)
    session.change(broken)
    wait(lambda: session.refused)
    seen = len(session.history)
    wait(lambda: len(session.history) > seen)
    session.change(lambda: None)
    wait(lambda: session.refused is None)
    assert session.error is None


def test_a_change_that_raises_at_the_very_end_is_kept_and_the_run_ends(session):
    session._end = lambda: session._changes.append(broken)
    session.start()
    wait(lambda: session.history)
    session.stop()
    wait(lambda: not session.alive)
    assert session.state == "stopped"
    assert str(session.refused) == "This is broken."


@pytest.mark.filterwarnings("ignore:The work goes on")
def test_a_report_that_raises_does_not_end_the_run(small):
    session = TrainingSession(qlib.QAgent(small), steps=300, report=broken)
    asyncio.run(session.finished())
    assert session.state == "finished"
    assert session.agent.steps >= 300


def test_a_demonstration_that_raises_at_the_end_is_a_failed_run(session, monkeypatch):
    session.start()
    wait(lambda: session.history)
    monkeypatch.setattr("qlib.show.live.demonstrate", broken)
    session.stop()
    wait(lambda: not session.alive)
    assert session.state == "failed"
    assert str(session.error) == "This is broken."


def test_no_change_is_lost_in_the_last_moments(small):
    """Each click comes at another moment around the thread's end."""
    session = TrainingSession(qlib.QAgent(small), steps=20, demos=False)
    done = []
    for number in range(30):
        session.start()
        while session.alive:
            time.sleep(0.0002)
            session.change(lambda number=number: done.append(number))
    wait(lambda: not session.alive)
    assert not session._changes
    assert sorted(set(done)) == list(range(30))


def test_a_change_in_the_very_last_window_is_obeyed(session):
    """After the last look at the queue and before the thread is gone, a click waits and is then obeyed at once."""
    done, clicks = [], []

    class Slow(type(session._changes)):
        def __bool__(self):
            empty = len(self) == 0
            if empty and session.state == "stopped" and not clicks:
                click = threading.Thread(target=lambda: session.change(lambda: done.append(1)))
                clicks.append(click)
                click.start()
                time.sleep(0.05)
            return not empty

    session._changes = Slow()
    session.start()
    wait(lambda: session.history)
    session.stop()
    wait(lambda: not session.alive and clicks)
    clicks[0].join(5)
    assert done == [1]


def test_start_returns_at_once_while_the_former_run_unwinds(session, monkeypatch):
    gate = threading.Event()
    session.start()
    wait(lambda: session.history)
    monkeypatch.setattr(
        "qlib.show.live.demonstrate", lambda *args, **kwargs: gate.wait(3) and demonstrate(*args, **kwargs)
    )
    session.stop()
    time.sleep(0.1)
    asked = time.monotonic()
    session.start()
    assert time.monotonic() - asked < ANSWER
    steps = session.agent.steps
    gate.set()
    wait(lambda: session.agent.steps > steps)
    assert session.state == "running"
    assert len(threads()) == 1


def test_sessions_are_closed_before_python_ends():
    code = """
import atexit, time
atexit.register(lambda: print(session.state, session.alive))  # called after what is registered later
import qlib
from qlib.show.live import TrainingSession
session = TrainingSession(qlib.QAgent(qlib.Settings(hidden=(8,), batch_size=8)), steps=1_000_000)
session.start()
while not session.history:
    time.sleep(0.01)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, "stopped False\n"), ended.stderr


def test_an_agent_with_batch_norm_can_be_asked_while_it_trains(small):
    settings = dataclasses.replace(small, network="batch_norm")
    session = TrainingSession(qlib.QAgent(settings), steps=600, demos=False)
    session.start()
    while session.alive:
        session.agent.q_values(session._start_state)
        qlib.evaluate(session.agent, episodes=2)
    assert session.error is None
    alone = qlib.QAgent(settings)
    assert repr(session.history) == repr(list(qlib.train(alone, steps=600)))
    assert all(map(torch.equal, session.agent.online.state_dict().values(), alone.online.state_dict().values()))
