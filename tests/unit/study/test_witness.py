"""A witness writes down what the environment gave beside what the agent's memory kept, and changes nothing."""

import numpy as np
import pytest

import qlib
from qlib.core.rules import epsilon_schedule
from qlib.study import witness


def test_what_is_seen_is_what_a_whole_agent_stores(small):
    account = witness.watch(qlib.QAgent(small, 1), 5)
    assert len(account.scores) == 5 and not account.error
    assert len(account.seen) == len(account.stored) == account.pushed == account.agent.steps > 40
    for seen, kept in zip(account.seen, account.stored, strict=True):
        assert np.allclose(seen.observation, kept.observation) and np.allclose(
            seen.next_observation, kept.next_observation
        )
        assert (seen.action, seen.reward, seen.terminated) == (kept.action, kept.reward, kept.terminated)
    assert sum(step.terminated for step in account.seen) == 5
    assert account.raw == account.scores


def test_a_witnessed_training_is_the_training_itself(small):
    alone, account = qlib.QAgent(small, 1), witness.watch(qlib.QAgent(small, 1), 5)
    assert [episode.score for episode in qlib.train(alone, episodes=5)] == account.scores
    assert (alone.online.layers[0].weight == account.agent.online.layers[0].weight).all()
    assert account.before.steps == 0


def test_planned_updates_are_those_that_a_whole_agent_makes(small):
    for changes in ({}, {"learning_starts": 50}, {"updates_per_step": 0, "updates_per_episode": 3}):
        account = witness.watch(qlib.QAgent(qlib.Settings(**{"batch_size": 8, "memory_size": 20, **changes})), 5)
        assert account.planned == account.agent.updates > 0


def test_epsilon_is_noted_at_each_step(small):
    account = witness.watch(qlib.QAgent(small), 4)
    assert [set(each) for each in account.epsilons] == [{e} for e in epsilon_schedule(small, 4).tolist()]


def test_the_raw_score_has_no_stick_in_it_and_the_environment_is_left_as_it_was(small):
    env = qlib.make_env(qlib.Settings(stick=-10.0))
    account = witness.watch(qlib.QAgent(qlib.Settings(stick=-10.0)), 3, env)
    assert account.raw == account.scores
    assert sum(step.reward for step in account.seen) == sum(account.raw) - 3 * 11
    assert "step" not in env.unwrapped.__dict__


def test_an_error_ends_the_account_and_stands_in_it(small):
    class Fails(qlib.QAgent):
        def learn(self):
            if self.steps == 20:
                raise RuntimeError("enough")
            return super().learn()

    account = witness.watch(Fails(small), 50)
    assert account.error == "RuntimeError: enough"
    assert len(account.seen) == len(account.stored) == 20


@pytest.mark.parametrize("replay", ["uniform", "prioritized"])
def test_the_newest_row_is_the_one_pushed_last_also_when_the_ring_is_full(replay):
    agent = qlib.QAgent(qlib.Settings(memory_size=8, batch_size=8, replay=replay))
    assert witness.newest(agent.memory) is None
    for i in range(11):
        agent.remember(np.full(4, i), i % 2, i, np.full(4, i + 1), i == 10)
    row = witness.newest(agent.memory)
    assert (row.action, row.reward, row.terminated) == (0, 10.0, True)
    assert row.next_observation.tolist() == [11.0] * 4


def test_of_a_memory_with_slots_of_its_own_nobody_says_which_is_newest():
    class Spares(qlib.ReplayMemory):
        def next_slot(self):
            return 0

    memory = Spares(4)
    memory.push(np.zeros(4), 0, 1.0, np.zeros(4), False)
    assert witness.newest(memory) is None
