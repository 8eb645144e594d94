"""A group of agents: what is measured, in which turns, and that one which fails takes no other with it."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
import torch

import qlib
from qlib.engine.ensemble import Ensemble
from qlib.study.group import Task, finish_all, turns

SMALL = qlib.Settings(hidden=(8,), batch_size=8, memory_size=300, epsilon_episodes=20)
AT = np.array([40, 80, 120])


class Fails(qlib.QAgent):
    """Fails at step 100, if its seed is 2."""

    def remember(self, *transition):
        if self.seed == 2 and self.steps == 100:
            raise ValueError("a reward of the wrong kind")
        super().remember(*transition)


def broken(seed):
    if seed == 1:
        raise RuntimeError("seed 1 has no agent")
    return qlib.QAgent(SMALL, seed)


def task(*variants, seeds=range(4)):
    return Task(variants, seeds, AT, 5, ())


def measured(one):
    for _ in turns(one):
        pass
    return one


@pytest.fixture(scope="module")
def whole():
    return measured(task(SMALL))


def test_variants_take_turns_at_every_checkpoint():
    one = task(SMALL, dataclasses.replace(SMALL, gamma=0.5))
    filled = [np.isfinite(one.values[:, 0]).all(1).sum(1).tolist() for _ in turns(one)]
    assert filled == [[1, 0], [1, 1], [2, 1], [2, 2], [3, 2], [3, 3]]


@pytest.mark.parametrize("together", [1, 2, 3, 100])
def test_examinations_made_at_once_give_what_they_give_one_by_one(whole, together):
    one = task(SMALL)
    for _ in turns(one, together=together):
        pass
    np.testing.assert_array_equal(one.values, whole.values)


def test_a_seed_that_fails_on_the_way_loses_only_the_rest_of_itself(whole):
    one = measured(task(SMALL, lambda seed: Fails(SMALL, seed)))
    np.testing.assert_array_equal(one.values[0], whole.values[0])
    np.testing.assert_allclose(one.values[1][:, [0, 1, 3]], whole.values[0][:, [0, 1, 3]])
    assert np.isfinite(one.values[1, 0, 2]).tolist() == [True, True, False]
    ((v, seed, step, error),) = one.failures
    assert (v, seed, step, str(error)) == (1, 2, 120, "a reward of the wrong kind")


def test_an_agent_that_cannot_be_made_loses_only_itself(whole):
    one = measured(task(broken))
    np.testing.assert_array_equal(one.values[0][:, [0, 2, 3]], whole.values[0][:, [0, 2, 3]])
    assert np.isnan(one.values[0, :, 1]).all()
    assert [(seed, step) for _, seed, step, _ in one.failures] == [(1, 40)]


def test_what_the_caller_raises_between_two_steps_is_nobodys_failure():
    class Enough(Exception):
        pass

    calls = []

    def before_step():
        calls.append(1)
        if len(calls) == 60:
            raise Enough

    one = task(SMALL)
    with pytest.raises(Enough):
        for _ in turns(one, before_step):
            pass
    assert one.failures == [] and np.isfinite(one.values[0, 0, :, 0]).all() and np.isnan(one.values[0, 0, :, 1:]).all()


def test_interrupted_it_examines_what_was_trained(whole):
    calls = []

    def pause():
        calls.append(1)
        if len(calls) == 100:
            raise KeyboardInterrupt

    done = finish_all(task(SMALL), pause)
    np.testing.assert_array_equal(done.values[..., :2], whole.values[..., :2])
    assert np.isnan(done.values[..., 2]).all()


def test_an_error_that_cannot_travel_sends_its_words():
    class Odd(Exception):  # of a kind that nobody else can import
        pass

    def make(seed):
        raise Odd("no agent")

    done = finish_all(task(make, seeds=range(1)))
    assert [str(error) for *_, error in done.failures] == ["Odd: no agent"]
    assert done.variants == ()


def test_interrupted_in_an_examination_it_makes_it_again(whole, monkeypatch):
    evaluate_past, calls = Ensemble.evaluate_past, []

    def interrupted(ensemble, *arguments, **options):
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return evaluate_past(ensemble, *arguments, **options)

    monkeypatch.setattr(Ensemble, "evaluate_past", interrupted)
    one = task(SMALL)
    with pytest.raises(KeyboardInterrupt):
        for _ in turns(one, together=3):
            pass
    np.testing.assert_array_equal(one.values, whole.values)


def test_after_a_failure_the_others_are_examined_in_their_turn():
    one = task(lambda seed: Fails(SMALL, seed))
    turn = turns(one)
    for _ in turn:
        known = np.isfinite(one.values[0, 0])
    assert known.all(1).tolist() == [True, True, False, True], "before the last turn is over, not after"


class Picky(gym.Env):
    """Cannot bear the second action; ends after five steps."""

    observation_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)
    bears = True

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        assert type(action) is int
        if action == 1 and not Picky.bears:
            raise RuntimeError("not this action")
        self.time += 1
        return np.zeros(2, np.float32), 1.0, self.time == 5, False, {}


gym.register("test/Picky-v0", Picky, disable_env_checker=True)


def fixed(seed):
    """Make an agent that always acts as its seed says, 0 or 1."""
    agent = qlib.QAgent(dataclasses.replace(SMALL, env_id="test/Picky-v0", learning_rate=1e-9), seed)
    with torch.no_grad():
        agent.online.layers[-1].weight.zero_()
        agent.online.layers[-1].bias.copy_(torch.tensor([0.0, -1.0 if seed % 2 == 0 else 1.0]))
    return agent


def test_an_examination_that_fails_for_one_agent_is_lost_for_that_one(monkeypatch):
    one, turn = task(fixed), None
    turn = turns(one, together=3)
    for _ in range(2):
        next(turn)
    monkeypatch.setattr(Ensemble, "evaluate_past", unbearable(Ensemble.evaluate_past))
    for _ in turn:
        pass
    assert np.isfinite(one.values[0, 0]).all(1).tolist() == [True, False, True, False]
    assert (one.values[0, 0, [0, 2]] == 5).all()
    assert [(seed, str(error)) for _, seed, _, error in one.failures] == [
        (1, "not this action"),
        (3, "not this action"),
    ]


def unbearable(evaluate_past):
    def evaluate(*arguments, **options):
        Picky.bears = False
        try:
            return evaluate_past(*arguments, **options)
        finally:
            Picky.bears = True

    return evaluate
