"""A job in the background: it obeys at once, loses nothing, and changes nothing by being watched."""

import asyncio
import dataclasses
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch
from waiting import ANSWER, wait

import qlib
from qlib.show.demo import demonstrate
from qlib.show.training_job import FASTEST, SPEEDS, TrainingJob, standing


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "qlib training"]


@pytest.fixture
def job(small):
    made = TrainingJob(qlib.QAgent(small), steps=1_000_000)
    yield made
    made.close()


@pytest.fixture
def demonstrating(small):
    """A job whose agent the page cannot play, so that Python plays it."""
    made = TrainingJob(qlib.QAgent(dataclasses.replace(small, network="batch_norm")), steps=1_000_000)
    yield made
    made.close()


@pytest.mark.parametrize("network", ["plain", "batch_norm"])
def test_a_watched_run_is_the_same_run(small, network):
    """Eight reports a second, the snapshots and the demonstrations draw nothing from the agent's generator."""
    small = dataclasses.replace(small, network=network)
    reports = []
    job = TrainingJob(
        qlib.QAgent(small), steps=700, report=lambda s: reports.append(s.demo or s.snapshots.moments()[1:])
    )
    asyncio.run(job.finished())
    assert job.state == "finished"
    assert any(reports)
    alone = qlib.QAgent(small)
    # the loss is NaN before the first update, and NaN differs from itself
    assert repr(job.history) == repr(list(qlib.train(alone, steps=700)))
    assert all(map(torch.equal, job.agent.online.parameters(), alone.online.parameters()))


def test_pause_and_stop_answer_within_the_time_and_lose_nothing(job):
    job.start()
    wait(lambda: len(job.history) >= 3)
    asked = time.monotonic()
    job.pause()
    wait(lambda: job.state == "paused")
    assert time.monotonic() - asked < ANSWER
    steps = job.agent.steps
    time.sleep(0.1)
    assert job.agent.steps == steps
    job.start()
    wait(lambda: job.agent.steps > steps)
    asked = time.monotonic()
    job.stop()
    wait(lambda: not job.alive)
    assert time.monotonic() - asked < ANSWER
    assert job.state == "stopped"
    episodes, steps = len(job.history), job.agent.steps
    job.start()
    wait(lambda: len(job.history) > episodes)
    assert job.agent.steps > steps
    assert [e.number for e in job.history] == list(range(1, len(job.history) + 1))


def test_stop_answers_in_the_middle_of_the_slow_original():
    job = TrainingJob(qlib.QAgent(qlib.ORIGINAL), demos=False)
    job.start()
    wait(lambda: job.agent.updates > 200, seconds=60)
    asked = time.monotonic()
    job.stop()
    wait(lambda: not job.alive)
    assert time.monotonic() - asked < ANSWER


def test_stop_ends_a_paused_run_and_a_late_pause_does_not_start_one(job):
    job.start()
    job.pause()
    wait(lambda: job.state == "paused")
    job.stop()
    wait(lambda: not job.alive)
    job.pause()
    asyncio.run(asyncio.wait_for(job.finished(), 5))
    assert job.state == "stopped"


def test_pausing_changes_nothing(small):
    job = TrainingJob(qlib.QAgent(small), steps=500)
    job.start()
    wait(lambda: job.history)
    job.pause()
    time.sleep(0.05)
    asyncio.run(job.finished())
    assert repr(job.history) == repr(list(qlib.train(qlib.QAgent(small), steps=500)))


def test_an_epsilon_that_falls_by_steps_is_held_within_an_episode_too(small):
    settings = dataclasses.replace(small, epsilon_episodes=None, epsilon_steps=10**6)
    job = TrainingJob(qlib.QAgent(settings), steps=500)
    job.hold_epsilon(0.25)
    job.start()
    wait(lambda: len(job.history) > 3)
    job.stop()
    wait(lambda: not job.alive)
    assert {record.epsilon for record in job.history} == {0.25}


def test_changes_act_while_it_runs(job):
    job.start()
    wait(lambda: job.history)
    job.change(lambda: job.hold_epsilon(0.25))
    job.change(lambda: job.set_learning_rate(0.01))
    job.change(lambda: job.set_stick(-7.0))
    wait(lambda: job.agent.settings.stick == -7.0)
    seen = len(job.history)
    wait(lambda: len(job.history) > seen + 3)
    job.stop()
    wait(lambda: not job.alive)
    agent = job.agent
    assert {record.epsilon for record in job.history[seen + 1 :]} == {0.25}
    assert agent.optimizer.param_groups[0]["lr"] == agent.settings.learning_rate == 0.01
    newest = agent.memory.storage.terminated[: len(agent.memory)].nonzero().flatten()
    assert -7.0 in agent.memory.storage.rewards[newest]
    job.change(lambda: job.set_stick(None))
    job.start()
    seen = len(job.history)
    wait(lambda: len(job.history) > seen + 30)
    job.stop()
    wait(lambda: not job.alive)
    assert set(agent.memory.storage.rewards[: len(agent.memory)].tolist()) == {1.0}


def test_going_on_after_the_end_trains_as_much_again(small):
    job = TrainingJob(qlib.QAgent(small), steps=200)
    asyncio.run(job.finished())
    assert 200 <= job.agent.steps < 400
    job.start()
    wait(lambda: not job.alive)
    assert 400 <= job.agent.steps < 600


@pytest.mark.parametrize("steps", [np.int64(2_000), None])
def test_going_on_after_stop_trains_for_the_rest(small, steps):
    """And not for a whole run again."""
    small = dataclasses.replace(small, episodes=60)

    def report(job):
        if job.agent.steps > 1_200 if steps else job.agent.episodes > 40:
            job._report = lambda job: None
            job.stop()

    job = TrainingJob(qlib.QAgent(small), steps, report, demos=False)
    job.every = 0.0
    job.start()
    wait(lambda: not job.alive)
    assert job.state == "stopped"
    assert job.agent.steps < 2_000 if steps else job.agent.episodes < 60
    job.start()
    wait(lambda: not job.alive)
    assert job.state == "finished"
    if steps:
        assert 2_000 <= job.agent.steps < 2_000 + 501, "to the end of the episode in which the run is over"
    else:
        assert job.agent.episodes == 60


def test_the_time_that_is_left_is_said_at_the_pace_of_late(job, monkeypatch):
    job.start()
    wait(lambda: job.history)
    assert job.seconds_left is None, "too early to tell"
    job.pause()
    wait(lambda: job.state == "paused")
    assert job.seconds_left is None
    done = job._done()
    job._began, job.state = (time.monotonic() - 10.0, done - 1_000), "running"
    assert job.seconds_left == pytest.approx((1_000_000 - done) / 100, rel=0.01)


def test_a_run_without_steps_is_as_long_as_the_settings_say(small):
    settings = dataclasses.replace(small, episodes=7, epsilon_decay="original", epsilon_episodes=None)
    job = TrainingJob(qlib.QAgent(settings))
    asyncio.run(job.finished())
    np.testing.assert_array_equal([e.epsilon for e in job.history], qlib.epsilon_schedule(settings, 7))


def test_a_diverged_run_says_so_and_keeps_agent_and_history(small, monkeypatch):
    job = TrainingJob(qlib.QAgent(small), steps=10_000)
    learn = job.agent.learn

    def diverge():
        if len(job.history) == 5:
            raise qlib.DivergedError("The loss is nan.")
        return learn()

    monkeypatch.setattr(job.agent, "learn", diverge)
    with pytest.raises(qlib.DivergedError):
        asyncio.run(job.finished())
    assert job.state == "failed"
    assert len(job.history) == 5
    monkeypatch.setattr(job.agent, "learn", learn)
    job.start()
    wait(lambda: len(job.history) > 6)
    job.close()


def test_an_interrupt_of_the_waiting_cell_stops_the_training(job):
    async def interrupted():
        waiting = asyncio.create_task(job.finished())
        while len(job.history) < 2:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(interrupted())
    wait(lambda: not job.alive)
    assert job.state == "stopped"
    assert len(job.history) >= 2


def test_starting_twice_makes_one_thread(job):
    for _ in range(5):
        job.start()
    assert len(threads()) == 1


@pytest.mark.parametrize("steps", [0, np.int64(-1), 2.5, True])
def test_a_length_must_be_a_whole_number_above_zero(small, steps):
    with pytest.raises(ValueError, match=r"steps=.* is not allowed"):
        TrainingJob(qlib.QAgent(small), steps=steps)


def test_an_episode_that_never_ends_is_obeyed_and_its_demonstration_says_why_it_was_cut_off(endless):
    seen = []
    job = TrainingJob(qlib.QAgent(endless), 100, lambda job: seen.append(job.steps_now))
    job.start()
    wait(lambda: job.steps_now > 200 and job.demo)
    asked = time.monotonic()
    job.pause()
    wait(lambda: job.state == "paused")
    assert time.monotonic() - asked < ANSWER
    assert max(seen) > 100, "and reports meanwhile"
    job.start()
    asked = time.monotonic()
    job.stop()
    wait(lambda: not job.alive)
    assert time.monotonic() - asked < ANSWER
    assert job.state == "stopped"
    assert len(job.demo.trajectory) == 1_001
    assert job.demo.ending == "cut off here: this environment has not ended the episode after 1,000 steps"


def test_a_run_to_watch_takes_its_time_and_learns_the_same(small, monkeypatch):
    monkeypatch.setitem(SPEEDS, "to watch", 2.0)
    job = TrainingJob(qlib.QAgent(small), steps=400, speed="to watch")
    began = time.monotonic()
    job.start()
    wait(lambda: job.agent.steps >= 200)  # of the first steps' pace a busy machine makes what it likes
    assert job.seconds_left == pytest.approx(2 - (time.monotonic() - began), abs=0.7)
    asyncio.run(job.finished())
    assert 1.8 <= time.monotonic() - began
    assert repr(job.history) == repr(list(qlib.train(qlib.QAgent(small), steps=400)))


def test_a_run_to_watch_is_paused_stopped_and_hurried_at_once(small, monkeypatch):
    monkeypatch.setitem(SPEEDS, "to watch", 1e4)
    job = TrainingJob(qlib.QAgent(small), steps=400, speed="to watch")
    job.start()
    wait(lambda: job.state == "running")
    for act, seen in ((job.pause, "paused"), (job.start, "running")):
        asked = time.monotonic()
        act()
        wait(lambda seen=seen: job.state == seen)
        assert time.monotonic() - asked < ANSWER
    assert job.agent.steps < 5
    job.change(lambda: job.set_speed(FASTEST))
    wait(lambda: job.state == "finished")
    assert job.agent.steps >= 400


def test_a_speed_that_is_not_there_is_refused(small):
    with pytest.raises(ValueError, match="speed='slow' is not allowed: choose one of 'to watch', "):
        TrainingJob(qlib.QAgent(small), speed="slow")


def test_a_run_to_watch_has_sixty_moments_at_least_and_the_one_of_a_pause(small):
    job = TrainingJob(qlib.QAgent(dataclasses.replace(small, hidden=(64, 64))), steps=15_000)
    asyncio.run(job.finished())
    assert len(job.snapshots.moments()) >= 60
    assert job.snapshots.moments()[-1].step == job.agent.steps
    job.start()
    wait(lambda: job.agent.steps > 15_700)
    job.pause()
    wait(lambda: job.state == "paused")
    assert job.snapshots.moments()[-1].step == job.agent.steps
    job.close()


def test_a_machine_that_has_compiled_nothing_yet_is_told_to_wait(small, monkeypatch):
    monkeypatch.setattr("qlib.show.training_job.is_compiled", lambda images: False)
    job, said = TrainingJob(qlib.QAgent(small), steps=200), []
    job._report = lambda job: said.append(standing(job))
    asyncio.run(job.finished())
    assert "the first update is compiled, once on this machine: some ten seconds" in said[0]
    assert "compiled" not in said[-1]
    monkeypatch.undo()
    assert "compiled" not in standing(TrainingJob(qlib.QAgent(small)))


def test_other_environments_are_filmed_as_they_train(small):
    agent = qlib.QAgent(dataclasses.replace(small, env_id="MountainCar-v0"))
    job = TrainingJob(agent, steps=200)
    asyncio.run(job.finished())
    assert job.demo.trained_steps == 200 and job.demo.frames


def broken(*args, **kwargs):
    raise RuntimeError("This is broken.")


def test_a_change_that_raises_does_not_end_the_run(job):
    job.start()
    wait(lambda: job.history)
    job.change(broken)
    wait(lambda: job.refused)
    seen = len(job.history)
    wait(lambda: len(job.history) > seen)
    job.change(lambda: None)
    wait(lambda: job.refused is None)
    assert job.error is None


def test_a_change_that_raises_at_the_very_end_is_kept_and_the_run_ends(job):
    job._end = lambda: job._changes.append(broken)
    job.start()
    wait(lambda: job.history)
    job.stop()
    wait(lambda: not job.alive)
    assert job.state == "stopped"
    assert str(job.refused) == "This is broken."


@pytest.mark.filterwarnings("ignore:The work goes on")
def test_a_report_that_raises_does_not_end_the_run(small):
    job = TrainingJob(qlib.QAgent(small), steps=300, report=broken)
    asyncio.run(job.finished())
    assert job.state == "finished"
    assert job.agent.steps >= 300


def test_a_demonstration_that_raises_at_the_end_is_a_failed_run(demonstrating, monkeypatch):
    job = demonstrating
    job.start()
    wait(lambda: job.history)
    monkeypatch.setattr("qlib.show.training_job.demonstrate", broken)
    job.stop()
    wait(lambda: not job.alive)
    assert job.state == "failed"
    assert str(job.error) == "This is broken."


def test_no_change_is_lost_in_the_last_moments(small):
    """Each click comes at another moment around the thread's end."""
    job = TrainingJob(qlib.QAgent(small), steps=20, demos=False)
    done = []
    for number in range(30):
        job.start()
        while job.alive:
            time.sleep(0.0002)
            job.change(lambda number=number: done.append(number))
    wait(lambda: not job.alive)
    assert not job._changes
    assert sorted(set(done)) == list(range(30))


def test_a_change_in_the_very_last_window_is_obeyed(job):
    """After the last look at the queue and before the thread is gone, a click waits and is then obeyed at once."""
    done, clicks = [], []

    class Slow(type(job._changes)):
        def __bool__(self):
            empty = len(self) == 0
            if empty and job.state == "stopped" and not clicks:
                click = threading.Thread(target=lambda: job.change(lambda: done.append(1)))
                clicks.append(click)
                click.start()
                time.sleep(0.05)
            return not empty

    job._changes = Slow()
    job.start()
    wait(lambda: job.history)
    job.stop()
    wait(lambda: not job.alive and clicks)
    clicks[0].join(5)
    assert done == [1]


def test_start_returns_at_once_while_the_former_run_unwinds(demonstrating, monkeypatch):
    job, gate = demonstrating, threading.Event()
    job.start()
    wait(lambda: job.history)
    monkeypatch.setattr(
        "qlib.show.training_job.demonstrate", lambda *args, **kwargs: gate.wait(3) and demonstrate(*args, **kwargs)
    )
    job.stop()
    time.sleep(0.1)
    asked = time.monotonic()
    job.start()
    assert time.monotonic() - asked < ANSWER
    steps = job.agent.steps
    gate.set()
    wait(lambda: job.agent.steps > steps)
    assert job.state == "running"
    assert len(threads()) == 1


def test_sessions_are_closed_before_python_ends():
    code = """
import atexit, time
atexit.register(lambda: print(job.state, job.alive))  # called after what is registered later
import qlib
from qlib.show.training_job import TrainingJob
job = TrainingJob(qlib.QAgent(qlib.Settings(hidden=(8,), batch_size=8)), steps=1_000_000)
job.start()
while not job.history:
    time.sleep(0.01)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, "stopped False\n"), ended.stderr


def test_an_agent_with_batch_norm_can_be_asked_while_it_trains(small):
    settings = dataclasses.replace(small, network="batch_norm")
    job = TrainingJob(qlib.QAgent(settings), steps=600, demos=False)
    job.start()
    while job.alive:
        job.agent.q_values(job._start_state)
        qlib.evaluate(job.agent, episodes=2)
    assert job.error is None
    alone = qlib.QAgent(settings)
    assert repr(job.history) == repr(list(qlib.train(alone, steps=600)))
    assert all(map(torch.equal, job.agent.online.state_dict().values(), alone.online.state_dict().values()))
