"""One step down a gradient that is given: PyTorch's own, and back to the last good networks where there is none."""

import numpy as np
import pytest
import torch

import qlib
from qlib.engine import descent
from qlib.engine.takeover import take


def rows(seed=0):
    """Make two agents' rows of ten parameters, before their first step."""
    found = np.zeros((2, 6, 10), np.float32)
    found[:, :2] = np.random.default_rng(seed).normal(size=(2, 2, 10))
    found[:, 4:] = found[:, :2] + 1
    return found


def advance(all_rows, counts, losses, gradients, who, rate=0.01, share=0.0, decay=0.0, max_norm=np.inf):
    after = np.zeros(len(who))
    shares = np.full(len(who), share)
    descent.advance_all(all_rows, counts, losses, gradients, np.array(who), shares, rate, decay, max_norm, after)
    return after


@pytest.mark.parametrize(("decay", "max_norm"), [(0.0, np.inf), (0.1, np.inf), (0.0, 0.5)])
def test_steps_are_those_of_adamw_for_who_learns_and_for_nobody_else(decay, max_norm):
    mine, counts = rows(), np.zeros((2, 3), np.float32)
    before, parameter = mine.copy(), torch.nn.Parameter(torch.from_numpy(mine[1, 0].copy()))
    optimizer = torch.optim.AdamW([parameter], 0.01, weight_decay=decay)
    for seed in range(5):
        gradients = np.random.default_rng(seed).normal(size=(2, 10)).astype(np.float32)
        assert advance(mine, counts, np.array([7.0, 8.0]), gradients, [1], decay=decay, max_norm=max_norm) == [8.0]
        parameter.grad = torch.from_numpy(gradients[1].copy())
        torch.nn.utils.clip_grad_norm_([parameter], max_norm)
        optimizer.step()
    np.testing.assert_allclose(mine[1, 0], parameter.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(mine[0], before[0])
    assert (counts == [[0, 0, 0], [5, 5, 5]]).all()


@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_without_a_finite_loss_and_gradient_an_agent_goes_back_to_its_last_good_networks(broken):
    mine, counts = rows(), np.zeros((2, 1), np.float32)
    good, losses, gradients = mine[0, 4:].copy(), np.ones(2), np.ones((2, 10), np.float32)
    if broken == "loss":
        losses[0] = np.inf
    else:
        gradients[0, 3] = np.nan
    after = advance(mine, counts, losses, gradients, [0, 1], share=0.5)
    assert np.isnan(after[0]) and after[1] == 1.0
    np.testing.assert_array_equal(mine[0, :2], good)
    assert (counts.ravel() == [0, 1]).all() and not mine[0, 2:4].any(), "Adam has seen nothing of it"


def test_a_share_of_1_copies_and_a_share_between_mixes(small):
    agent = qlib.QAgent(qlib.Settings(hidden=(8,), batch_size=8, memory_size=200, target_network="hard"))
    for _ in qlib.train(agent, steps=60):
        pass
    fast, slots = take(agent), np.zeros((1, 8), np.int64)
    target = fast.rows[0, 1].copy()
    fast.update(slots, 1e-3, np.array([0.25]))
    np.testing.assert_allclose(fast.rows[0, 1], target + 0.25 * (fast.rows[0, 0] - target), rtol=1e-5, atol=1e-7)
    fast.update(slots, 1e-3, np.array([1.0]))
    np.testing.assert_array_equal(fast.rows[0, 1], fast.rows[0, 0])
