"""Lesson 03's missing `squeeze` still ruins learning, and the lesson's diagnostics still find it."""

import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from definitions import FIRST, compare, defined

import qlib
from qlib.lessons.tensor_shapes.learning import QUICK, Broken, one_sided, told

LESSON = "03_tensor_shapes"


@pytest.fixture(scope="module")
def batch():
    """64 transitions of an agent that acts by chance."""
    agent = qlib.QAgent(QUICK, FIRST)
    for _ in qlib.train(agent, steps=64):
        pass
    return agent.memory.sample(64, agent.generator)


def gap(agent):
    """Measure by how much the values of the two actions differ, on average over the memory."""
    return agent.q_values(agent.memory.storage.observations[: len(agent.memory)]).diff(dim=1).abs().mean().item()


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_column_against_a_row_does_not_learn_to_choose():
    found = compare(
        {"whole": QUICK, "broken": lambda seed: Broken(QUICK, seed)},
        steps=450,
        checkpoints=[350, 400, 450],
        diagnostics=(gap,),
    )
    whole, broken = np.median(found.scores.mean(2), axis=1)
    assert whole > 2 * broken, (whole, broken)
    assert (found.scores[1, :, 0] < 10).mean() > 0.5
    whole, broken = found.diagnostics["gap"][:, :, -1].mean(1)
    assert whole > 3 * broken, (whole, broken)


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_where_every_value_has_met_its_target_the_broken_loss_still_asks_for_their_mean(batch):
    whole, broken = (kind(QUICK, FIRST) for kind in (qlib.QAgent, Broken))
    values = whole.online(batch.observations).gather(1, batch.actions.unsqueeze(1)).squeeze(1).detach()  # (B,)
    met = batch._replace(rewards=values, terminated=torch.ones(64, dtype=torch.bool))
    assert whole.loss(met).item() == 0
    torch.testing.assert_close(broken.loss(met), 2 * values.var(correction=0))


def test_a_warning_made_an_error_stops_the_broken_one_only(batch):
    whole, broken = (kind(QUICK, FIRST) for kind in (qlib.QAgent, Broken))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Using a target size")  # as the lesson says it
        whole.loss(batch)
        with pytest.raises(UserWarning, match="Using a target size"):
            broken.loss(batch)


def test_an_assertion_on_shapes_finds_the_broken_one_only(batch, monkeypatch):
    seen = []

    def mse_loss(values, targets):
        seen.append((tuple(values.shape), tuple(targets.shape)))
        return torch.zeros(())

    monkeypatch.setattr(F, "mse_loss", mse_loss)
    for kind in (qlib.QAgent, Broken):
        kind(QUICK, FIRST).loss(batch)
    assert seen == [((64,), (64,)), ((64, 1), (64,))]


def test_what_is_told_of_both_kinds_is_what_they_scored():
    whole, broken = np.array([[60.0, 0.5], [80.0, 0.7]]), np.array([[9.0, 0.1], [15.0, 0.2]])
    found = told(whole, broken)
    assert (found["answer"], found["whole"], found["fast"]) == (12, 70.0, 1)
    assert found["difference"].value == 58.0 and found["closer"].value == pytest.approx(0.45)


def test_stack_is_cat_of_what_is_unsqueezed():
    a, b = torch.arange(4), torch.arange(4, 8)
    assert torch.equal(torch.stack([a, b], 0), torch.cat([a.unsqueeze(0), b.unsqueeze(0)], 0))


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_broken_curve_is_flat_at_the_mean_and_the_whole_one_is_a_wave():
    fit = defined(LESSON, "fit", "x", "y", F=F)
    y = fit["y"].numpy()
    whole, broken = fit["fit"](broken=False), fit["fit"](broken=True)
    assert np.abs(whole - y).max() < 0.15
    assert np.abs(broken - y.mean()).max() < 0.15


def test_a_cart_pushed_to_one_side_falls_within_ten_steps():
    assert 8 < one_sided() < 10
