"""The training session: it obeys at once, loses nothing, and changes nothing by being watched."""

import asyncio
import dataclasses
import threading
import time

import numpy as np
import pytest
import torch

import qlib
from qlib.demonstration import demonstrate
from qlib.live import TrainingSession

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
