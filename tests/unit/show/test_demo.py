"""An episode that Python plays for the page: greedy, as it was, and nothing of the agent changes."""

import dataclasses
import re

import pytest
import torch

import qlib
from qlib.show.demo import demonstrate, film, first_sight


def test_a_demonstration_is_greedy_and_says_how_it_ended(small):
    agent = qlib.QAgent(small)
    state = agent.generator.get_state()
    demo = demonstrate(agent, seed=3)
    assert torch.equal(agent.generator.get_state(), state)
    assert demo.trajectory.shape == (len(demo.trajectory), 2)
    assert demo.ending == "the pole fell"
    assert abs(demo.trajectory[-1, 1]) > 0.2095 > abs(demo.trajectory[-2, 1])
    assert demo.seconds == pytest.approx((len(demo.trajectory) - 1) * 0.02, abs=2)


def test_other_environments_are_filmed_and_nothing_of_the_agent_changes(small):
    agent = qlib.QAgent(dataclasses.replace(small, env_id="MountainCar-v0"))
    state = agent.generator.get_state()
    shown = film(agent, seed=1)
    assert torch.equal(agent.generator.get_state(), state)
    assert len(shown.frames) == 51 and all(frame.startswith(b"\xff\xd8") for frame in shown.frames)
    assert shown.ending == "reached the time limit, after 200 steps, return −200"
    assert sum(map(len, shown.frames)) < 500_000, "a saved notebook stays small"


def test_of_a_game_each_step_is_shown_and_the_return_is_that_of_the_episode():
    pytest.importorskip("minatar")
    agent = qlib.QAgent(dataclasses.replace(qlib.MINATAR, memory_size=200))
    shown = film(agent, seed=1)
    (steps, score) = re.fullmatch(r"ended by its own rules, after (\d+) steps, return (\d+)", shown.ending).groups()
    assert shown.every == 1 and len(shown.frames) == int(steps) + 1
    assert float(score) == qlib.evaluate(agent, 1, seed=1)[0]
    assert shown.seconds == pytest.approx(0.08 * len(shown.frames), abs=2)


def test_the_first_sight_is_the_environment_s(small):
    assert first_sight(dataclasses.replace(small, env_id="MountainCar-v0")).shape == (400, 600, 3)


@pytest.mark.parametrize("error", [ValueError, NotImplementedError])  # the second is gymnasium's own render
def test_an_environment_without_a_camera_says_so(endless, monkeypatch, error):
    def dark(*args, **kwargs):
        raise error("There is no camera.")

    agent = qlib.QAgent(endless)
    monkeypatch.setattr("qlib.show.demo.make_env", dark)
    shown = film(agent, seed=1)
    assert shown.frames == () and shown.ending.endswith("cannot be drawn here: There is no camera.")
    assert first_sight(endless) is None
