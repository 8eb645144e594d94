"""Every mistake breaks what it says, raises nothing, and still trains; a copy that is whole breaks nothing."""

import ast

import gymnasium as gym
import pytest

from qlib.lessons.on_your_own import mending
from qlib.lessons.on_your_own.behaviour import ASKED, SOUND, alike, answers, load
from qlib.lessons.on_your_own.faults import FAULTS

WHOLE = answers(SOUND, 0)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.wrong[:50])
def test_each_breaks_what_it_says_and_raises_nothing(fault, tmp_path):
    mending._write(tmp_path / "copy", [fault])
    found = answers(tmp_path / "copy", 0)
    broken = [question for question in ASKED if not alike(WHOLE[question], found[question])]
    assert any(question.startswith(fault.breaks) for question in broken), broken
    assert all(question.startswith((fault.breaks, *fault.also)) for question in broken), broken
    copy = load(tmp_path / "copy")
    agent = copy.agent.Agent(0, capacity=300)
    assert copy.train.train(agent, gym.make("CartPole-v1"), 200)
    assert copy.train.evaluate(agent, gym.make("CartPole-v1"), [1, 2]) > 0
    ast.parse((tmp_path / "copy" / fault.file).read_text())
