"""The whole agent passes every probe, and each broken one fails just the probes that indict its fault."""

import dataclasses

import numpy as np
import pytest

import qlib
from qlib.lessons.debugging.faults import AllActions, Broadcast, NextIsThis
from qlib.study.probes import PROBES, examine

ALL = {probe.__name__ for probe in PROBES}


def with_settings(**changes):
    return lambda settings: qlib.QAgent(dataclasses.replace(settings, **changes))


class RewardIgnored(qlib.QAgent):
    def remember(self, observation, action, reward, *rest):
        super().remember(observation, action, 0.0, *rest)


class ObservationIgnored(qlib.QAgent):
    def remember(self, observation, action, reward, next_observation, *rest):
        super().remember(observation * 0, action, reward, next_observation, *rest)


class TerminalRows(qlib.QAgent):
    def td_target(self, batch):
        return super().td_target(batch._replace(terminated=~batch.terminated))


class ActionIgnored(qlib.QAgent):
    def loss(self, batch):
        return super().loss(batch._replace(actions=batch.actions * 0))


class Uphill(qlib.QAgent):
    def loss(self, batch):
        return -super().loss(batch)


class Frozen(qlib.QAgent):
    def loss(self, batch):
        loss = super().loss(batch)
        return loss - loss  # a gradient of zero


class WrongDiscount(qlib.QAgent):
    def td_target(self, batch):
        best = self.online(batch.next_observations).max(1).values.detach()
        return batch.rewards + 0.99 * best * ~batch.terminated


BROKEN = {
    "no terminal cut": (with_settings(bootstrap_ends_at="nothing"), {"ProbeEnd", "ProbeDelay"}),
    "discount of 0.99": (WrongDiscount, {"ProbeDelay"}),
    "next observation is this one": (NextIsThis, {"ProbeDelay"}),
    "terminal flag upside down": (TerminalRows, {"ProbeEnd", "ProbeDelay"}),
    "reward ignored": (RewardIgnored, ALL),
    "uphill": (Uphill, ALL),
    "frozen": (Frozen, ALL),
    "observation ignored": (ObservationIgnored, {"ProbeObservation", "ProbeDelay", "ProbePolicy"}),
    "broadcast": (Broadcast, ALL - {"ProbeValue", "ProbeEnd"}),
    "action column ignored": (ActionIgnored, {"ProbeAction", "ProbePolicy"}),
    "loss over all actions": (AllActions, {"ProbeAction", "ProbePolicy"}),
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"double": True, "target_network": "soft", "tau": 0.5},
        {"loss": "huber", "target_network": "hard", "target_every": 5},
        {"reward_scale": 0.1},
        {"reward_scale": 10.0},
        {"learning_starts": 500},
        {"batch_size": np.int64(200)},
        {"observation_scale": (10.0,)},
        {"replay": "prioritized", "weight_decay": 0.01},
    ],
    ids=str,
)
def test_a_whole_agent_passes_every_probe(changes):
    for verdict in examine(with_settings(**changes)):
        assert verdict.passed, verdict
        assert verdict.expected.shape == verdict.found.shape


def test_a_slow_agent_passes_when_it_is_given_the_steps():
    slow = with_settings(target_network="hard", target_every=200)
    assert not all(verdict.passed for verdict in examine(slow))
    assert all(verdict.passed for verdict in examine(slow, steps=np.int64(1_000)))


def test_a_stick_is_refused_for_it_takes_the_rewards_away():
    with pytest.raises(ValueError, match=r"stick=-1.0 replaces the rewards.*without a stick"):
        examine(with_settings(stick=-1.0))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_agent_fails_the_probes_that_indict_it(name):
    make_agent, meant = BROKEN[name]
    verdicts = examine(make_agent)
    assert {verdict.probe for verdict in verdicts if not verdict.passed} == meant


@pytest.mark.parametrize("probe", PROBES)
def test_probes_keep_gymnasiums_promises(probe):
    env = qlib.make_env(qlib.Settings(f"qlib/{probe.__name__}-v0"))
    for seed in range(5):
        observation, _ = env.reset(seed=seed)
        for step in range(1, probe.n_steps + 1):
            assert env.observation_space.contains(observation)
            assert observation[0] in probe.observations
            observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
            assert not truncated
            assert terminated == (step == probe.n_steps)


def test_verdicts_say_what_was_expected_found_and_indicted():
    verdict = examine(with_settings(gamma=0.0))[3]
    np.testing.assert_allclose(verdict.expected, [[0.5], [1.0]])
    np.testing.assert_allclose(verdict.found, [[0.0], [1.0]], atol=0.05)
    assert not verdict.passed
    assert "discount" in verdict.indicts
