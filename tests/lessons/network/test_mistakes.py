"""Lesson 02's network is qlib's, a ReLU at its end still ruins it, and what the lesson says of a trained one holds."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from definitions import defined
from torch import nn

import qlib
from qlib.lessons.network import falls
from qlib.lessons.network.presets import BRIEF

LESSON = "02_network"


@pytest.fixture(scope="module")
def played():
    return falls.play(60)


@pytest.fixture(scope="module")
def fits(played):
    fit = defined(LESSON, "fit", F=F, nn=nn, states=played.states, returns=played.returns)["fit"]
    return {end: np.array([fit(end(), seed) for seed in range(16)]) for end in (nn.Identity, nn.ReLU)}


def test_the_lessons_network_is_qlibs():
    own = defined(LESSON, "Network", nn=nn)["Network"]()
    network = qlib.QNetwork(4, 2, hidden=(24, 24), generator=torch.Generator().manual_seed(0))
    own.load_state_dict(dict(zip(own.state_dict(), network.state_dict().values(), strict=True)))
    observations = torch.randn(64, 4)
    assert torch.equal(own(observations), network(observations))


def test_without_a_relu_three_layers_are_one():
    network = qlib.QNetwork(4, 2, hidden=(24, 24), generator=torch.Generator().manual_seed(0))
    w1, b1, w2, b2, w3, b3 = (p.detach() for p in network.parameters())
    x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    walked = ((x @ w1.T + b1) @ w2.T + b2) @ w3.T + b3
    torch.testing.assert_close(x @ (w3 @ w2 @ w1).T + w3 @ (w2 @ b1 + b2) + b3, walked)


def test_returns_before_the_fall_are_those_of_the_pencil(played):
    means = [played.returns[played.steps_left == left].mean().item() for left in range(1, 9)]
    by_hand = [-10.0]
    while len(by_hand) < 8:
        by_hand.append(1 + 0.8 * by_hand[-1])
    assert means == pytest.approx(by_hand)
    assert by_hand[4] < 0 < by_hand[5]  # "from six steps on"
    assert len(played.states) == len(played.returns) == len(played.steps_left)


def test_a_relu_at_the_end_says_nothing_of_a_fall(fits, played):
    last = played.steps_left == 1
    assert fits[nn.ReLU].min() == 0
    assert fits[nn.ReLU][:, last].mean() > -0.1
    assert fits[nn.Identity][:, last].mean() < -4


def test_what_is_told_of_the_last_step_is_what_the_networks_said(fits, played):
    last = played.steps_left == 1
    told = falls.told(played.steps_left, fits[nn.Identity], fits[nn.ReLU])
    assert told["answer"] == round(float(fits[nn.ReLU][:, last].mean()), 1)
    assert told["open_end"] == pytest.approx(fits[nn.Identity][:, last].mean())
    assert told["silent"] == sum(not values.any() for values in fits[nn.ReLU]) > 0


def test_some_networks_with_a_relu_at_their_end_die_and_no_other(fits):
    assert (fits[nn.ReLU].max(axis=1) == 0).any()
    assert fits[nn.Identity].max(axis=1).min() > 0


def test_behind_a_relu_that_cuts_there_is_no_gradient():
    largest = defined(LESSON, "largest_gradient", nn=nn)["largest_gradient"]
    assert largest(nn.ReLU()) == 0
    assert largest(nn.Identity()) > 10


def test_without_a_relu_at_the_end_more_steps_come_nearer_to_the_fall(fits, played):
    fit = defined(LESSON, "fit", F=F, nn=nn, states=played.states, returns=played.returns)["fit"]
    last = played.steps_left == 1
    assert fit(nn.Identity(), 0, steps=750)[last].mean() < fits[nn.Identity][0, last].mean() - 1


def test_a_trained_network_sends_the_cart_under_the_pole():
    agent = qlib.QAgent(BRIEF, seed=0)
    list(qlib.train(agent, steps=4_000))

    def values(*observations):
        return agent.q_values(np.array(observations, dtype=np.float32)).numpy()

    leaning = values([0, 0, 0.05, 0], [0, 0, 0.05, -1.0], [0, 0, -0.05, 0])
    assert leaning.argmax(1).tolist() == [1, 0, 0]
    further = (
        values(*([0, 0, angle, 0] for angle in (0.05, 0.15, 0.2))),
        values(*([0, 0, -angle, 0] for angle in (0.05, 0.15, 0.2))),
    )
    for side in further:
        assert (np.diff(side, axis=0) < 0).all()
    upright = values([0, 0, 0, 0], [0, 0, 0.05, 0], [0, 0, -0.05, 0])
    assert np.abs(upright[1:] - upright[0]).max() < 1  # near the upright little changes
