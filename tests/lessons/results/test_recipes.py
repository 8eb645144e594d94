"""The recipes of lesson 16 do what their table says."""

import numpy as np
import pytest
import torch

import qlib
from qlib.lessons.results import recipes


def test_the_paper_moves_the_target_a_tenth_of_the_way_once_an_episode():
    agent = recipes.build(recipes.ON_200, 0)
    before = [p.clone() for p in agent.target.parameters()]
    recipes.paper(agent, episodes=1)
    for old, target, online in zip(before, agent.target.parameters(), agent.online.parameters(), strict=True):
        torch.testing.assert_close(target, old + 0.1 * (online - old))


def test_the_paper_is_examined_at_the_first_end_after_each_mark():
    returns, scores = recipes.paper(recipes.build(recipes.PAPER, 1), steps=120, at=[30, 90])
    assert len(scores) == 2 and sum(returns) >= 120


def test_the_lecture_explores_then_learns_then_only_acts():
    scores = recipes.lecture(range(2), 1_000, [100, 700, 800, 1_000])
    assert scores.shape == (2, 4)
    assert np.array_equal(scores[:, 1], scores[:, 2]) and np.array_equal(scores[:, 2], scores[:, 3])


@pytest.mark.parametrize("dueling", [False, True])
def test_what_is_built_learns_what_it_holds(dueling):
    agent = recipes.build(recipes.PAPER, 2, dueling)
    owned = {id(p) for group in agent.optimizer.param_groups for p in group["params"]}
    assert owned == {id(p) for p in agent.online.parameters()}
    assert hasattr(agent.online, "value") == dueling
    assert agent.online is not agent.target and not agent.target.training


def test_a_dueling_network_adds_advantages_to_a_value():
    network = recipes.build(recipes.PAPER, 3, dueling=True).online
    x = torch.randn(5, 4)
    hidden = network.layers[:-1](x)
    advantage = network.layers[-1](hidden)
    torch.testing.assert_close(network(x).mean(1, keepdim=True), network.value(hidden))
    torch.testing.assert_close(network(x).diff(dim=1), advantage.diff(dim=1))


def test_the_additions_add_up():
    settings = [each for each, _ in recipes.ADDED.values()]
    assert [one.double for one in settings] == [False, True, True, True]
    assert [dueling for _, dueling in recipes.ADDED.values()] == [False, False, True, True]
    assert [one.replay for one in settings] == ["uniform"] * 3 + ["prioritized"]
    assert recipes.RECIPES["recommended"] is qlib.RECOMMENDED
