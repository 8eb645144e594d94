"""An agent of one's own stands beside the recipes, where there is something to compare it with."""

import numpy as np
import pytest

import qlib
from qlib.lessons.results import own
from qlib.study.result import Comparison

RESULT = Comparison(("low", "high"), np.array([100, 200]), np.array([[[10.0, 20.0], [30.0, 40.0]], [[50.0, 60.0]] * 2]))


def test_it_is_counted_against_every_seed_at_the_nearest_examination():
    text = str(own.beside(RESULT, 190, 40.0, "mine"))
    assert "mine: 40.0 after 190 steps. The recipes after 200:" in text
    assert text.splitlines()[2].split() == ["low", "1", "1", "0"]
    assert text.splitlines()[3].split() == ["high", "0", "0", "2"]
    assert "better chance" not in text and "better chance" in str(own.beside(RESULT, 300, 40.0, "mine"))


@pytest.mark.parametrize("steps", [0, 49])
def test_one_that_has_hardly_trained_is_compared_with_nobody(steps):
    text = str(own.beside(RESULT, steps, 9.0, "mine"))
    assert "nothing" in text and "low" not in text


def test_your_agent_is_loaded_if_it_is_there_and_a_new_one_is_trained_if_not(tmp_path):
    path = qlib.QAgent(qlib.Settings(), seed=7).save(tmp_path / "my_agent.safetensors")
    agent, name = own.mine_or_new(path)
    assert agent.seed == 7 and name == "your agent"
    agent, name = own.mine_or_new(tmp_path / "none.safetensors")
    assert agent.steps >= 4_000 and "just now" in name
