"""What lesson 11's cells look at comes out in the words of its questions, and so it does for what is broken."""

import gymnasium
import numpy as np
import pytest
import torch
from definitions import record

import qlib
from qlib.lessons.normalisation import found
from qlib.lessons.normalisation.scaling import min_max

SPACE = gymnasium.make("CartPole-v1").observation_space


@pytest.mark.parametrize("velocity", [-0.5, 0.0, 3.0])
def test_the_spaces_bounds_leave_two_numbers(velocity):
    scaled = found.by_the_space(np.array([0.1, velocity, 0.02, 0.8], np.float32), SPACE.low, SPACE.high)
    assert np.isnan(scaled).tolist() == [False, True, False, True]
    made = found.passed_on(qlib.QAgent(qlib.Settings(), seed=0), scaled)
    assert found.proper(made) == "action" and np.isnan(made["loss"])


def test_a_whole_observation_makes_three_proper_things():
    made = found.passed_on(qlib.QAgent(qlib.Settings(), seed=0), np.array([0.1, -0.5, 0.02, 0.8], np.float32))
    assert found.proper(made) == "values and action and loss"
    assert found.proper({"loss": float("nan")}) == "none"


def test_alike_is_judged_to_one_in_twenty():
    assert [found.compared(now, 10.0) for now in (9.0, 9.6, 10.4, 11.0)] == [
        "more alike", "as unlike as before", "as unlike as before", "less alike",
    ]  # fmt: skip
    seen = np.array([[1.0, 1.0, 1.0, 2.0], [-1.0, -1.0, -1.0, -2.0]])
    assert found.unlike(seen, "nothing") == pytest.approx(2)
    assert found.unlike(seen, "mean and deviation") == pytest.approx(1)


def test_batch_norm_answers_one_state_in_eval_mode_only():
    network = qlib.QNetworkBN()
    assert found.answer_to(network, torch.zeros(1, 4))[0] == "an error"
    assert found.answer_to(network.eval(), torch.zeros(1, 4)) == ("two values", "")


def test_only_train_mode_looks_at_the_company():
    states = torch.randn(9, 4, generator=torch.Generator().manual_seed(1))
    plain, normed = qlib.QNetwork(), qlib.QNetworkBN()
    wild = torch.cat([states[:1], 5 * states[1:]])
    assert found.same_in_both(plain, normed, (states, wild)) == "plain and batch norm in eval mode"
    assert found.same_in_both(plain, normed, (states, states)) == "all three"
    assert not normed.training


def test_a_loss_is_judged_beside_a_whole_agents():
    assert [found.size(loss, 1.0) for loss in (0.4, 0.6, 1.9, 2.1)] == [
        "smaller than a whole agent's", "about as large", "about as large", "larger than a whole agent's",
    ]  # fmt: skip
    assert len(found.ends(record("normalisation", "blank target"))) == 4


def test_a_refusal_is_given_in_sentences():
    said = found.refusal(min_max, np.zeros(4), SPACE.low, SPACE.high)
    assert "dimension" in said[0] and len(said) > 1
    assert found.refusal(min_max, np.zeros(1), [0.0], [1.0]) == ["No error."]
