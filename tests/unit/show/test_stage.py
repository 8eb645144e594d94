"""What the stage sends: the curves of a training, and the moments that the page does not have yet."""

import dataclasses

import numpy as np
import pytest

import qlib
from qlib.show.demo import Demo
from qlib.show.snapshots import Snapshots
from qlib.show.stage import WINDOW, Stage, ceiling, over_episodes
from qlib.show.training_job import TrainingJob


def training(small, n):
    job = TrainingJob(qlib.QAgent(small), steps=10, demos=False)
    job.history += [qlib.Episode(number=i + 1, steps=i, score=i, epsilon=0.5, loss=0.1) for i in range(n)]
    job.values += [1.0] * n
    return job


def test_a_training_is_charted_with_its_moving_mean(small):
    found = over_episodes(training(small, 50), more=True, alt="words")
    (dots, means), (epsilon,), (loss,), (value, top) = (panel.marks for panel in found.panels)
    np.testing.assert_array_equal(means.x, np.arange(1, 51))
    np.testing.assert_array_equal(dots.y, np.arange(50))
    assert means.y[2] == 1.0
    assert means.y[-1] == np.arange(50 - WINDOW, 50).mean()
    assert (means.label, epsilon.label, loss.label, value.label) == (f"mean of {WINDOW}", "0.5", "0.1", "1")
    assert vars(top) == vars(ceiling(small))
    assert all((panel.x.low, panel.x.high) == (1, 51) for panel in found.panels)
    assert (found.column, found.alt) == (2, "words")
    assert len(over_episodes(training(small, 50), more=False, alt="").panels) == 2


def test_before_the_first_episode_the_axes_are_there(small):
    found = over_episodes(training(small, 0), more=True, alt="")
    assert all((panel.x.low, panel.x.high, panel.y.low) == (1, 20, 0) for panel in found.panels)
    assert found.panels[0].y.high == 20, "steps, not a share"
    assert len(found.panels[0].marks) == 2, "no episode is under way"


def test_the_episode_under_way_is_a_ring_at_the_end_of_the_axis(small):
    job = training(small, 3)
    job.state, job.steps_now = "running", 180
    panel = over_episodes(job, more=False, alt="").panels[0]
    now = panel.marks[-1]
    assert (now.x, now.y, now.label, now.hollow) == ([panel.x.high], [180], "now", True) and panel.y.high == 200


def test_elsewhere_the_return_is_charted_and_no_ring_counts_steps(small):
    job = training(dataclasses.replace(small, env_id="MountainCar-v0"), 0)
    job.history += [qlib.Episode(number=i + 1, steps=200, score=-i, epsilon=0.5, loss=0.1) for i in range(5)]
    job.values += [1.0] * 5
    job.state, job.steps_now = "running", 180
    panel = over_episodes(job, more=False, alt="").panels[0]
    dots, means = panel.marks
    assert panel.title == "return of the episode" and dots.y.tolist() == [0, -1, -2, -3, -4] and means.y[-1] == -2


def test_the_ceiling_is_one_point_a_step_for_ever(small):
    found = ceiling(dataclasses.replace(small, gamma=0.9))
    assert (found.at, found.along, found.label) == (pytest.approx(10), "x", "ceiling 10")
    assert ceiling(dataclasses.replace(small, gamma=1.0)) is None
    assert ceiling(dataclasses.replace(small, env_id="Acrobot-v1")) is None


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.close()


def grown(snapshots, agent, steps):
    for step in steps:
        agent.steps = step
        snapshots.take(agent, now=True)


def test_each_moment_is_sent_once_and_all_of_them_when_nothing_more_comes(stage, small):
    agent = qlib.QAgent(small)
    snapshots = Snapshots(agent)
    stage.state = "running"
    grown(snapshots, agent, [0, 60])
    stage.play(snapshots)
    assert stage.network["sizes"] == [4, *small.hidden, 2]
    assert stage.moments["steps"] == stage.moments["fresh"] == [0, 60]
    grown(snapshots, agent, [120])
    stage.play(snapshots)
    assert (stage.moments["steps"], stage.moments["fresh"]) == ([0, 60, 120], [120])
    size = len(snapshots.moments()[0].numbers)
    assert len(stage.moments["numbers"]) == size
    stage.state = "finished"
    stage.play(snapshots)
    assert stage.moments["fresh"] == [0, 60, 120] and len(stage.moments["numbers"]) == 3 * size


def test_a_page_that_was_loaded_anew_asks_and_gets_all(stage, small):
    agent = qlib.QAgent(small)
    snapshots = Snapshots(agent)
    stage.state = "running"
    for steps in ([0, 60], [120]):
        grown(snapshots, agent, steps)
        stage.play(snapshots)
    stage._asked(stage, {"want": "moments"}, [])
    assert stage.moments["fresh"] == [0, 60, 120]


def test_a_training_that_begins_anew_clears_the_page(stage, small):
    agent = qlib.QAgent(small)
    snapshots = Snapshots(agent)
    grown(snapshots, agent, [0, 60])
    stage.play(snapshots)
    seen = []
    stage.observe(lambda change: seen.append(change.new), "moments")
    stage.play(Snapshots(agent))
    assert seen == [{}]


def test_an_episode_that_python_played_is_sent_as_it_is(stage, small):
    demo = Demo(12, np.zeros((3, 2)), "the pole fell")
    stage.play(Snapshots(qlib.QAgent(small)), demo)
    assert stage.demo["trained_steps"] == 12 and np.frombuffer(stage.demo["trajectory"]).shape == (6,)
    stage.play(Snapshots(qlib.QAgent(small)))
    assert stage.demo == {}
