"""Agents in lock-step learn bit for bit what each learns alone; `test_stacked.py` has those that do so nearly."""

import dataclasses

import numpy as np
import pytest
import torch

import qlib
from qlib.engine.ensemble import Ensemble

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(16, 16), memory_size=500, learning_starts=100, batch_size=32)
FOUND = qlib.carry_over("Acrobot-v1", steps=700)
CARRIED = {
    name: getattr(FOUND, name)
    for name in ("env_id", "observation_scale", "reward_scale", "epsilon_episodes", "epsilon_steps")
}
VARIANTS = {
    "recommended": SMALL,
    "original": dataclasses.replace(qlib.ORIGINAL, updates_per_step=2, updates_per_episode=3, memory_size=500),
    "hard target": dataclasses.replace(SMALL, target_network="hard", target_every=7),
    "cut at truncation": dataclasses.replace(SMALL, bootstrap_ends_at="termination or truncation"),
    "not compiled": dataclasses.replace(SMALL, compiled=False),
    "epsilon by steps": dataclasses.replace(SMALL, epsilon_episodes=None, epsilon_steps=400),
    "carried over": dataclasses.replace(SMALL, **CARRIED),
    "another environment": dataclasses.replace(SMALL, env_id="Acrobot-v1", observation_scale=None),
}


def weights(agent):
    return torch.cat([p.detach().reshape(-1) for p in agent.online.parameters()]).numpy()


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS.keys())
def test_each_agent_is_the_agent_that_train_makes(settings):
    alone = qlib.QAgent(settings, seed=2)
    for _ in qlib.train(alone, steps=700):
        pass
    together = Ensemble([qlib.QAgent(settings, seed) for seed in range(3)])
    for _ in range(alone.steps):
        together.step()
    member = together.agents[2]
    np.testing.assert_array_equal(weights(member), weights(alone))
    for name in ("steps", "updates", "episodes", "epsilon"):
        assert getattr(member, name) == getattr(alone, name), name
    assert alone.updates > 500
    assert [member.learn() for _ in range(5)] == [alone.learn() for _ in range(5)], "and it may go on alone"


def test_the_number_of_agents_makes_no_difference():
    def run(seeds):
        ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in seeds])
        for _ in range(400):
            ensemble.step()
        return weights(ensemble.agents[seeds.index(5)])

    one = run([5])
    np.testing.assert_array_equal(run([3, 4, 5, 6]), one)
    np.testing.assert_array_equal(run(list(range(16))), one)


def test_an_agent_that_diverges_stops_and_the_others_go_on():
    ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(3)])
    for _ in range(150):
        ensemble.step()
    ensemble.joint.memory.rewards[1] = np.inf
    for _ in range(50):
        ensemble.step()
    assert ensemble.alive.tolist() == [True, False, True]
    assert ensemble.agents[0].updates > ensemble.agents[1].updates
    assert np.isfinite(weights(ensemble.agents[1])).all()


def test_evaluate_scores_each_agent_as_it_would_alone():
    ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(3)])
    for _ in range(1_500):
        ensemble.step()
    scores = ensemble.evaluate(starts=7)
    assert len(set(scores)) > 1
    for agent, score in zip(ensemble.agents, scores, strict=True):
        env = qlib.make_env(SMALL)
        returns = []
        for k in range(7):
            observation, _ = env.reset(seed=1_000_000 + k)
            ended = False
            while not ended:
                observation, _, terminated, truncated, info = env.step(agent.act(observation))
                ended = terminated or truncated
            returns.append(info["episode"]["r"])
        assert score == pytest.approx(np.mean(returns))


def test_a_diverged_agent_keeps_its_last_good_weights_as_it_would_alone():
    wild = dataclasses.replace(SMALL, learning_rate=1e30, learning_rate_end=None, weight_decay=0.0)
    alone = qlib.QAgent(wild, seed=1)
    with pytest.raises(qlib.DivergedError):
        for _ in qlib.train(alone, steps=500):
            pass
    together = Ensemble([qlib.QAgent(wild, seed) for seed in range(3)])
    for _ in range(500):
        together.step()
    assert not together.alive[1]
    np.testing.assert_array_equal(weights(together.agents[1]), weights(alone))


def test_agents_of_different_settings_are_refused():
    with pytest.raises(ValueError, match="different settings"):
        Ensemble([qlib.QAgent(SMALL, 0), qlib.QAgent(dataclasses.replace(SMALL, gamma=0.5), 1)])


def test_agents_of_one_seed_are_refused_and_so_are_trained_ones():
    agent = qlib.QAgent(SMALL, 1)
    for agents in ([agent, agent], [agent, qlib.QAgent(SMALL, 1)]):
        with pytest.raises(ValueError, match=r"seeds \[1, 1\].*lambda seed: QAgent\(settings, seed\)"):
            Ensemble(agents)
    list(qlib.train(agent, episodes=1))
    with pytest.raises(ValueError, match=f"trained already, for {agent.steps} steps"):
        Ensemble([agent])


def test_a_reward_that_is_not_finite_names_the_step():
    ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(2)])
    step = ensemble.worlds.step

    def poisoned(actions):
        observations, rewards, *ends = step(actions)
        return observations, rewards + (np.nan if ensemble.steps == 7 else 0.0), *ends

    ensemble.worlds.step = poisoned
    with pytest.raises(ValueError, match="reward at step 8"):
        for _ in range(20):
            ensemble.step()


def test_policies_of_several_times_played_at_once_score_what_they_scored_then():
    ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(3)])
    policies, scores = [], []
    for _ in range(3):
        for _ in range(400):
            ensemble.step()
        policies.append(ensemble.policies())
        scores.append(ensemble.evaluate(starts=5))
    np.testing.assert_array_equal(ensemble.evaluate_past(policies, starts=5), scores)
    assert len(np.unique(scores)) > 3


def test_a_diverged_agent_does_not_learn_at_an_episodes_end_either():
    settings = dataclasses.replace(SMALL, updates_per_step=0, updates_per_episode=3, learning_starts=40)
    ensemble = Ensemble([qlib.QAgent(settings, seed) for seed in range(3)])
    for _ in range(120):
        ensemble.step()
    ensemble.alive[1] = False
    before, updates = weights(ensemble.agents[1]).copy(), [agent.updates for agent in ensemble.agents]
    for _ in range(120):
        ensemble.step()
    np.testing.assert_array_equal(weights(ensemble.agents[1]), before)
    assert [agent.updates > n for agent, n in zip(ensemble.agents, updates, strict=True)] == [True, False, True]


def test_what_evaluate_gives_for_each_agent_is_what_the_ensemble_gives():
    ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(3)])
    for _ in range(800):
        ensemble.step()
    own = [qlib.evaluate(agent, 20, seed=1_000_000).mean() for agent in ensemble.agents]
    assert ensemble.evaluate(20, seed=1_000_000).tolist() == own and len(set(own)) == 3


def test_memories_that_count_in_their_own_way_learn_when_each_may():
    class Twice(qlib.ReplayMemory):
        def push(self, *transition):
            super().push(*transition)
            super().push(*transition)

    def make(seed):
        agent = qlib.QAgent(SMALL, seed)
        if seed == 1:
            agent.memory = Twice(SMALL.memory_size)
        return agent

    ensemble = Ensemble([make(seed) for seed in range(2)])
    for _ in range(60):
        ensemble.step()
    assert [agent.updates > 0 for agent in ensemble.agents] == [False, True]


def test_a_first_observation_that_is_not_finite_is_said_and_not_stored():
    ensemble = Ensemble([qlib.QAgent(SMALL, seed) for seed in range(2)])
    for _ in range(3):
        ensemble.step()
    ensemble.observations[1, 2] = np.nan
    with pytest.raises(ValueError, match="The observation at step 3 is not finite"):
        ensemble.step()
    assert [agent.memory.pushed for agent in ensemble.agents] == [3, 3]
