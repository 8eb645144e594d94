"""SARSA's memory knows the action that was taken next, and its target looks it up."""

import dataclasses

import numpy as np
import pytest
import torch
from definitions import record

import qlib
from qlib.lessons.one_update import measured
from qlib.lessons.one_update.sarsa import UNKNOWN, Sarsa, WithNextAction, sarsa_target
from qlib.lessons.own_run import OWN

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")


def states(n):
    return [np.full(4, float(i), np.float32) for i in range(n)]


def test_the_target_holds_the_value_of_the_action_taken_and_is_cut_at_an_end():
    values = torch.tensor([[2.0, 4.0], [5.0, 1.0], [7.0, 7.0]])
    y = sarsa_target(
        torch.tensor([1.0, 0.0, 2.0]), values, torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]).bool(), 0.9
    )
    assert y.tolist() == pytest.approx([1 + 0.9 * 2, 0.9 * 1, 2])


def test_the_next_action_is_known_within_an_episode_and_not_beyond_it():
    a, b, c, d, e = states(5)
    memory = WithNextAction(3)
    memory.push(a, 1, 1.0, b, False)
    memory.push(b, 0, 1.0, c, False)  # cut here by a time limit
    assert memory.next_actions.tolist() == [0, UNKNOWN, UNKNOWN]
    memory.push(d, 1, 1.0, e, True)
    assert memory.next_actions.tolist() == [0, UNKNOWN, UNKNOWN]
    memory.push(e, 1, 1.0, a, False)  # begins where the last one ended, and overwrites the oldest
    assert memory.next_actions.tolist() == [UNKNOWN, UNKNOWN, UNKNOWN]
    memory.push(a, 0, 1.0, b, False)
    assert memory.next_actions.tolist() == [0, UNKNOWN, UNKNOWN]


def test_a_batch_knows_where_it_was_drawn():
    memory = WithNextAction(10)
    for i, state in enumerate(states(8)):
        memory.push(state, i % 2, float(i), state, True)
    batch = memory.sample(5, torch.Generator().manual_seed(0))
    assert batch.rewards.tolist() == memory.drawn.double().tolist()


def test_an_agent_learns_by_it_as_by_hand_and_alone_as_in_a_comparison():
    settings = dataclasses.replace(OWN, learning_starts=64)
    agent = Sarsa(settings, seed=3)
    list(qlib.train(agent, steps=150))
    batch = agent.memory.sample(64, torch.Generator().manual_seed(1))
    taken = agent.memory.next_actions[agent.memory.drawn]
    assert (taken[~batch.terminated] != UNKNOWN).float().mean() > 0.9
    with torch.no_grad():
        values = agent.target(batch.next_observations)
    by_hand = [
        r if end else r + settings.gamma * (row[a] if a != UNKNOWN else row.max())
        for r, row, a, end in zip(batch.rewards, values, taken, batch.terminated, strict=True)
    ]
    torch.testing.assert_close(agent.td_target(batch), torch.stack(by_hand))
    assert not torch.equal(agent.td_target(batch), qlib.QAgent.td_target(agent, batch))
    alone = Sarsa(settings, seed=3)
    list(qlib.train(alone, steps=200))  # and to the end of that episode
    many = qlib.compare({"SARSA": lambda seed: Sarsa(settings, seed)}, range(3, 5), alone.steps, "here", 1)
    assert many["SARSA"][0, 0] == qlib.evaluate(alone, 20).mean()


def test_the_record_holds_both_on_both_sets_of_seeds():
    found, fresh = record("one_update", "sarsa"), measured.RECORDS.held_out("sarsa")
    assert [*found] == [*fresh] == ["Q-learning", "SARSA"]
    assert found["SARSA"].shape == (16,) and fresh["SARSA"].shape == (32,)
    (claim,) = measured.RECORDS.claims("sarsa").values()
    assert measured.told_of_sarsa(claim) == "SARSA gains"
    assert f"{claim.chosen:.0f}" == "85 [38, 133]" and f"{claim.held_out:.0f}" == "96 [61, 132]"
