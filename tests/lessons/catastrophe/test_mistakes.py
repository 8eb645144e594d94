"""Lesson 09's silent mistakes still do worse than the whole agent, and its diagnostics still catch them."""

import dataclasses

import numpy as np
import pytest
import torch
from definitions import FIRST, compare, defined

import qlib

NAMES = "ThroughTarget", "GraphWhenActing", "NoEval", "RowDoubled", "TargetInTrainMode", "moves_when_acting"
SETTINGS = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0), gamma=0.99, learning_rate=3e-3, epsilon_episodes=30)
NORMED = dataclasses.replace(SETTINGS, network="batch_norm", target_network="soft", tau=0.05)


@pytest.fixture(scope="module")
def lesson():
    """The lesson's own classes, from its cells."""
    return defined("09_catastrophe", *NAMES)


def through_target(kind):
    """Return the score over training, the last loss and the last highest value: whole's and the broken one's."""
    variants = {"whole": SETTINGS, "broken": lambda seed: kind(SETTINGS, seed)}
    found = compare(variants, steps=700, checkpoints=[500, 600, 700], starts=5, diagnostics=("loss", "highest value"))
    last = {name: np.median(values[:, :, -1], axis=1) for name, values in found.diagnostics.items()}
    return found.scores.mean((1, 2)), last["loss"], last["highest value"]


def row_doubled(kind):
    """Return the last score and the last highest value: whole's and the broken one's."""
    variants = {"whole": NORMED, "broken": lambda seed: kind(NORMED, seed)}
    found = compare(variants, seeds=6, steps=420, checkpoints=[420], starts=3, diagnostics=("highest value",))
    return found.scores.mean((1, 2)), np.median(found.diagnostics["highest value"][:, :, -1], axis=1)


def test_the_gradient_through_the_target_has_the_lower_loss_and_the_lower_score(lesson):
    (whole, broken), (loud, quiet), (high, low) = through_target(lesson["ThroughTarget"])
    assert broken < 0.8 * whole
    assert quiet < loud / 10
    assert low < high / 3


def test_the_doubled_row_is_blind(lesson):
    (whole, broken), (high, runaway) = row_doubled(lesson["RowDoubled"])
    assert broken < whole / 2
    assert runaway > 2 * high


@pytest.mark.parametrize("name", ["GraphWhenActing", "NoEval"])
def test_without_batch_norm_no_grad_and_eval_change_no_bit_of_what_is_learned(lesson, name):
    plain = dataclasses.replace(SETTINGS, compiled=False)
    agents = [kind(plain, FIRST) for kind in (qlib.QAgent, lesson[name])]
    for agent in agents:
        for _ in qlib.train(agent, steps=120):
            pass
    assert agents[0].updates > 50
    for a, b in zip(*(agent.online.parameters() for agent in agents), strict=True):
        assert torch.equal(a, b)


def test_acting_without_no_grad_keeps_a_graph(lesson):
    values = [kind(SETTINGS).q_values(np.zeros(4, np.float32)) for kind in (qlib.QAgent, lesson["GraphWhenActing"])]
    assert [value.requires_grad for value in values] == [False, True]


def test_the_diagnostics_tell_whole_from_broken(lesson):
    settings = dataclasses.replace(SETTINGS, network="batch_norm", target_network="soft")
    moved = {kind: lesson["moves_when_acting"](lesson[kind](settings)) for kind in ("RowDoubled", "TargetInTrainMode")}
    assert moved == {"RowDoubled": True, "TargetInTrainMode": False}
    assert not lesson["moves_when_acting"](qlib.QAgent(settings))
    batch = qlib.Batch(torch.zeros(3, 4), torch.tensor([0, 1, 0]), torch.ones(3), torch.ones(3, 4), torch.zeros(3) > 0)
    leaks = [kind(SETTINGS).td_target(batch).requires_grad for kind in (qlib.QAgent, lesson["ThroughTarget"])]
    assert leaks == [False, True]


def test_batch_norm_in_train_mode_says_so_for_a_batch_of_one(lesson):
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        lesson["NoEval"](NORMED).act(np.zeros(4, np.float32))


def test_a_target_network_disarms_the_gradient_through_it(lesson):
    settings = dataclasses.replace(SETTINGS, target_network="hard")
    batch = qlib.Batch(torch.zeros(3, 4), torch.tensor([0, 1, 0]), torch.ones(3), torch.ones(3, 4), torch.zeros(3) > 0)
    agents = [kind(settings, FIRST) for kind in (qlib.QAgent, lesson["ThroughTarget"])]
    gradients = [torch.autograd.grad(agent.loss(batch), list(agent.online.parameters())) for agent in agents]
    for a, b in zip(*gradients, strict=True):
        assert torch.equal(a, b)
