"""Lesson 06's silent mistakes still spoil values and scores, and the lesson's diagnostics still find them."""

import math
from collections import Counter

import gymnasium as gym
import numpy as np
import pytest
import torch.nn.functional as F
from definitions import FIRST, compare, defined, seeds

import qlib
from qlib.core.environment import make_vector_env
from qlib.study import probes

SETTINGS = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0), gamma=0.95, learning_rate=3e-3, epsilon_episodes=30)


@pytest.fixture(scope="module")
def lesson():
    update = "td_target", "q_loss", "update", "all_actions", "agent_with"
    time_limit = "fit", "balance", "as_memory", "values_over_time"
    return defined("06_one_update", *update, *time_limit, F=F, math=math, make_vector_env=make_vector_env)


def gap(agent):
    """Measure by how much the values of the two actions differ, on average over the memory."""
    return agent.q_values(agent.memory.storage.observations[: len(agent.memory)]).diff(dim=1).abs().mean().item()


def test_a_loss_over_all_actions_does_worse_and_the_gap_shows_it(lesson):
    class AllActions(qlib.QAgent):
        def loss(self, batch):
            return lesson["all_actions"](self.online, batch, self.settings.gamma)

    variants = {"whole": SETTINGS, "broken": lambda seed: AllActions(SETTINGS, seed)}
    found = compare(variants, steps=900, checkpoints=[600, 700, 800, 900], diagnostics=(gap,))
    whole, broken = np.median(found.scores.mean(2), axis=1)
    assert whole > 2 * broken, (whole, broken)
    whole, broken = found.diagnostics["gap"][:, :, -1].mean(1)
    assert whole > 10 * broken, (whole, broken)


def test_the_probe_with_two_actions_is_the_first_that_a_loss_over_all_actions_fails(lesson):
    passed = {
        loss: [verdict.passed for verdict in probes.examine(lesson["agent_with"](lesson[loss]))]
        for loss in ("q_loss", "all_actions")
    }
    assert all(passed["q_loss"])
    first_failure = probes.PROBES[passed["all_actions"].index(False)]
    assert first_failure.__name__ == "ProbeAction"


def test_a_cut_at_the_time_limit_lowers_the_values_near_it(lesson):
    """The cart wanders along the track, so that its place tells the time. It never falls: every state is worth 20."""
    run = lesson["balance"](wander=1.8, seed=FIRST)
    at_the_limit = {
        cut: np.array([lesson["values_over_time"](run, cut, seed)[499] for seed in seeds(6)]) for cut in (False, True)
    }
    assert abs(at_the_limit[False] - 20).max() < 0.5, at_the_limit
    assert at_the_limit[True].mean() < 20 - 1.5, at_the_limit


def test_counting_terminated_transitions_finds_a_time_limit_that_was_taken_for_a_fall(lesson):
    whole, broken = (lesson["as_memory"](*lesson["balance"](0.0, n=4, seed=FIRST), cut) for cut in (False, True))
    assert [memory.storage.terminated.sum().item() for memory in (whole, broken)] == [0, 4], "nobody fell"


class Ends(gym.Wrapper):
    """Count how episodes end."""

    def __init__(self, env):
        super().__init__(env)
        self.count = Counter()

    def step(self, action):
        result = self.env.step(action)
        self.count.update(terminated=int(result[2]), truncated=int(result[3] and not result[2]))
        return result


@pytest.mark.parametrize("rule", ["termination", "termination or truncation"])
def test_so_it_does_in_an_agents_memory(rule):
    if "Brief/CartPole-v1" not in gym.registry:
        gym.register("Brief/CartPole-v1", entry_point=gym.spec("CartPole-v1").entry_point, max_episode_steps=20)
    agent = qlib.QAgent(qlib.Settings(env_id="Brief/CartPole-v1", bootstrap_ends_at=rule), FIRST)
    env = Ends(qlib.make_env(agent.settings))
    for _ in qlib.train(agent, steps=400, env=env):
        pass
    falls, limits = env.count["terminated"], env.count["truncated"]
    assert min(falls, limits) > 0
    terminated = agent.memory.storage.terminated.sum().item()
    assert terminated == (falls if rule == "termination" else falls + limits)
