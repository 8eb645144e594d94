"""The loop can be stopped anywhere and goes on; the exam is the sum of what single games would have given."""

import dataclasses
import hashlib
import itertools
import math
import os
import signal
import subprocess
import sys
from types import GeneratorType

import gymnasium as gym
import numpy as np
import pytest
import torch

import qlib
from qlib import DivergedError, QAgent, Settings, make_env
from qlib.core import training
from qlib.core.training import Moment, episode_seed, exam, play

SMALL = Settings(hidden=(8,), batch_size=8, memory_size=150, epsilon_episodes=20, target_network="soft")


def fingerprint(agent: QAgent) -> str:
    """A digest of the weights, the memory and the state of the generator."""
    tensors = [*agent.online.state_dict().values(), *agent.memory.storage, agent.generator.get_state()]
    return hashlib.sha256(b"".join(t.numpy().tobytes() for t in tensors)).hexdigest()


def run(settings=SMALL, seed=0, **limits) -> tuple[QAgent, list[qlib.Episode]]:
    agent = QAgent(settings, seed)
    return agent, list(qlib.train(agent, **limits))


class Disturbed(gym.Wrapper):
    """Does something once, at one step of its life."""

    def __init__(self, env, step, disturb):
        super().__init__(env)
        self.left, self.disturb = step, disturb

    def step(self, action):
        self.left -= 1
        outcome = self.env.step(action)
        return self.disturb(*outcome) if self.left == 0 else outcome


def interrupt(*outcome):
    raise KeyboardInterrupt


def test_train_is_a_generator_that_has_done_nothing_yet():
    agent = QAgent(SMALL)
    episodes = qlib.train(agent, episodes=3)
    assert isinstance(episodes, GeneratorType)
    assert agent.steps == 0
    next(episodes)
    assert agent.episodes == 1


def test_a_record_tells_what_happened():
    agent, records = run(episodes=8)
    assert [record.number for record in records] == list(range(1, 9))
    assert sum(record.steps for record in records) == agent.steps == agent.memory.pushed
    assert all(record.score == record.steps for record in records)  # CartPole pays 1 a step
    np.testing.assert_array_equal([record.epsilon for record in records], qlib.epsilon_schedule(SMALL, 8))
    assert math.isfinite(records[-1].loss)


def test_a_record_cannot_be_changed():
    record = run(episodes=1)[1][0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.score = 500.0


def test_the_original_is_scored_without_its_stick_and_follows_its_schedule():
    settings = dataclasses.replace(qlib.ORIGINAL, updates_per_step=1)
    agent, records = run(settings, episodes=12)
    assert all(record.score == record.steps for record in records)
    assert [record.epsilon for record in records] == qlib.epsilon_schedule(settings, 12).tolist()
    rewards = agent.memory.storage.rewards[: len(agent.memory)]
    assert (rewards == -10).sum() == 12
    assert ((rewards == 1) | (rewards == -10)).all()


@pytest.mark.parametrize("stop", [1, 4, 7])
@pytest.mark.parametrize(
    "settings", [SMALL, dataclasses.replace(qlib.ORIGINAL, updates_per_step=1)], ids=["small", "original"]
)
def test_stopping_at_a_record_and_going_on_is_the_run_without_a_stop(stop, settings):
    whole, records = run(settings, episodes=8)
    agent = QAgent(settings)
    first = list(itertools.islice(qlib.train(agent, episodes=8), stop))
    rest = list(qlib.train(agent, episodes=8 - stop))
    np.testing.assert_equal([*map(dataclasses.astuple, first + rest)], [*map(dataclasses.astuple, records)])
    assert fingerprint(agent) == fingerprint(whole)


def test_the_same_seed_gives_the_same_run_in_this_process_and_in_another():
    here = [fingerprint(run(seed=5, episodes=6)[0]) for _ in range(2)]
    code = (
        "import torch; torch.set_num_threads(1); torch.manual_seed(99)\n"
        "from tests.unit.core.test_training import fingerprint, run\n"
        "print(fingerprint(run(seed=5, episodes=6)[0]))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {*here, there.stdout.strip()} == {here[0]}
    assert fingerprint(run(seed=6, episodes=6)[0]) != here[0]


@pytest.mark.parametrize("step", [1, 12, 60])
def test_an_interrupt_leaves_agent_and_history_and_training_goes_on(step):
    agent, history = QAgent(SMALL), []
    with pytest.raises(KeyboardInterrupt):
        for episode in qlib.train(agent, episodes=20, env=Disturbed(make_env(SMALL), step, interrupt)):
            history.append(episode)
    assert agent.steps == step - 1
    assert agent.episodes == len(history)
    assert sum(episode.steps for episode in history) <= agent.steps
    history += qlib.train(agent, episodes=3)
    assert [episode.number for episode in history] == list(range(1, len(history) + 1))
    assert torch.isfinite(agent.q_values(np.eye(4))).all()


@pytest.mark.parametrize("step", [1, 12, 60])
def test_ctrl_c_ends_training_at_the_next_step_and_the_step_it_came_in_is_kept(step):
    def press(*outcome):
        os.kill(os.getpid(), signal.SIGINT)
        return outcome

    agent = QAgent(SMALL)
    with pytest.raises(KeyboardInterrupt):
        list(qlib.train(agent, episodes=20, env=Disturbed(make_env(SMALL), step, press)))
    assert agent.steps == agent.memory.pushed == step


def test_an_interrupt_within_an_update_loses_nothing(monkeypatch):
    agent, _ = run(dataclasses.replace(SMALL, compiled=False), episodes=3)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(agent.optimizer, "step", interrupt)
        list(qlib.train(agent, episodes=1))
    assert agent.episodes == 3
    assert len(list(qlib.train(agent, episodes=2))) == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_not_finite_stop_the_run_and_name_the_step(bad):
    def spoil_reward(observation, reward, *rest):
        return observation, bad, *rest

    def spoil_observation(observation, *rest):
        return np.full_like(observation, bad), *rest

    for disturb, what in ((spoil_reward, "reward"), (spoil_observation, "observation")):
        agent = QAgent(SMALL)
        with pytest.raises(ValueError, match=f"The {what} at step 31 is not finite.*Nothing was stored"):
            list(qlib.train(agent, steps=100, env=Disturbed(make_env(SMALL), 31, disturb)))
        assert agent.steps == agent.memory.pushed == 30
        assert len(list(qlib.train(agent, episodes=1))) == 1


def test_a_first_observation_that_is_not_finite_is_named_too():
    class BadStart(gym.Wrapper):
        def reset(self, **kwargs):
            observation, info = self.env.reset(**kwargs)
            return observation * math.nan, info

    with pytest.raises(ValueError, match="The observation at step 0 is not finite"):
        list(qlib.train(QAgent(SMALL), episodes=1, env=BadStart(make_env(SMALL))))


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "readable"])
@pytest.mark.parametrize("cause", ["huge rewards", "huge learning rate"])
def test_a_loss_that_is_not_finite_stops_at_a_named_step_with_good_weights(cause, compiled):
    settings = dataclasses.replace(SMALL, compiled=compiled)
    env = make_env(settings)
    if cause == "huge rewards":
        env = gym.wrappers.TransformReward(env, lambda reward: 1e30)
    else:
        settings = dataclasses.replace(settings, learning_rate=1e30)
    agent = QAgent(settings)
    with pytest.raises(DivergedError, match=r"step \d+.*Lower learning_rate, or look at the rewards") as error:
        list(qlib.train(agent, steps=500, env=env))
    assert f"step {agent.steps}" in str(error.value)
    assert torch.isfinite(agent.q_values(np.eye(4))).all()
    assert all(p.abs().max() < 10 for p in agent.online.parameters())


def test_limits_of_episodes_and_of_steps():
    agent, records = run(episodes=4)
    assert len(records) == agent.episodes == 4
    more = list(qlib.train(agent, steps=60))
    begun_at = agent.steps - more[-1].steps
    assert begun_at < sum(record.steps for record in records) + 60 <= agent.steps
    assert len(list(qlib.train(agent, episodes=2, steps=10_000))) == 2
    assert len(list(qlib.train(agent, episodes=50, steps=1))) == 1
    assert len(run(dataclasses.replace(SMALL, episodes=5))[1]) == 5


@pytest.mark.parametrize("limit", ["episodes", "steps"])
@pytest.mark.parametrize("value", [0, -1, 2.5, "3", True])
def test_a_limit_is_a_whole_number_above_0(limit, value):
    with pytest.raises(ValueError, match=f"{limit}={value!r} is not allowed: {limit} must be a whole number from 1 up"):
        qlib.train(QAgent(SMALL), **{limit: value})


def test_an_environment_without_a_score_is_refused_before_it_is_played():
    with pytest.raises(ValueError, match=r"keeps no score.*make_env.*RecordEpisodeStatistics"):
        qlib.train(QAgent(SMALL), episodes=1, env=gym.make("CartPole-v1"))


def test_updates_per_step_and_per_episode_are_counted():
    settings = dataclasses.replace(SMALL, updates_per_step=3, updates_per_episode=5)
    agent, _ = run(settings, episodes=4)
    assert agent.updates == 3 * (agent.steps - 7) + 5 * 4  # the first batch is there at step 8
    assert run(dataclasses.replace(SMALL, updates_per_step=0), episodes=4)[0].updates == 0


def test_epsilon_by_steps_falls_within_an_episode_and_a_run_in_two_is_the_run_in_one():
    settings = dataclasses.replace(SMALL, epsilon_episodes=None, epsilon_steps=100)
    whole, records = run(settings, episodes=8)
    steps = np.cumsum([record.steps for record in records])
    expected = np.maximum(0.05, 1 - 0.95 * (steps - 1) / 100)  # the last step's: one fall less than steps
    np.testing.assert_allclose([record.epsilon for record in records], expected, atol=1e-12)
    parts = QAgent(settings, 0)
    for episodes in (3, 5):
        list(qlib.train(parts, episodes=episodes))
    assert (parts.epsilon, fingerprint(parts)) == (whole.epsilon, fingerprint(whole))


def test_epsilon_by_steps_ends_in_an_episode_that_is_long():
    settings = Settings("MountainCar-v0", learning_starts=1_000, epsilon_steps=150)
    agent, records = run(settings, episodes=1)
    assert (agent.steps, agent.epsilon, records[0].epsilon) == (200, 0.05, 0.05)


def test_epsilon_changed_between_two_records_is_obeyed():
    agent = QAgent(SMALL)
    episodes = qlib.train(agent, episodes=3)
    next(episodes)
    agent.epsilon = 0.0
    assert next(episodes).epsilon == 0.0
    assert next(episodes).epsilon == 0.0


def test_no_two_episodes_begin_alike():
    agent, _ = run(episodes=10)
    starts = [0]
    ends = agent.memory.storage.terminated[: len(agent.memory)].nonzero().flatten().tolist()
    starts += [end + 1 for end in ends[:-1]]
    assert len({tuple(agent.memory.storage.observations[i].tolist()) for i in starts}) == len(starts)


def test_a_transition_leads_to_the_next_and_never_over_a_reset():
    agent, records = run(episodes=8)
    memory = agent.memory.storage
    n = len(agent.memory)
    joined = (memory.next_observations[: n - 1] == memory.observations[1:n]).all(1)
    assert torch.equal(joined, ~memory.terminated[: n - 1])
    assert memory.terminated[:n].sum() == len(records)


def single_game(agent: QAgent, env, observation) -> float:
    score, over = 0.0, False
    while not over:
        observation, reward, terminated, truncated, _ = env.step(agent.act(observation))
        score += float(reward)
        over = terminated or truncated
    return score


def test_evaluation_is_the_games_played_one_at_a_time():
    agent = run(steps=300)[0]
    returns = qlib.evaluate(agent, episodes=30, seed=7)
    env = make_env(SMALL)
    for k, score in enumerate(returns):
        assert single_game(agent, env, env.reset(seed=7 + k)[0]) == score
    assert returns.shape == (30,)
    assert len(set(returns)) > 1


@pytest.mark.parametrize("limit", [None, 5], ids=["no limit", "time limit"])
def test_evaluation_without_gymnasiums_array_version(limit):
    class Countdown(gym.Env):
        """Lasts as many steps as the start says and pays its number each step."""

        observation_space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float32)
        action_space = gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.left = self.pay = int(self.np_random.integers(1, 9))
            return np.array([self.left], np.float32), {}

        def step(self, action):
            assert self.left > 0, "an episode that was over went on"
            self.left -= 1
            return np.array([self.left], np.float32), float(self.pay), self.left == 0, False, {}

    gym.register("test/Countdown-v0", Countdown, disable_env_checker=True, max_episode_steps=limit)
    try:
        agent = QAgent(Settings("test/Countdown-v0", stick=-100.0))
        expected = []
        for i in range(20):
            start, _ = Countdown().reset(seed=50 + i)
            expected.append(float(start[0] * min(start[0], limit or 9)))
        assert qlib.evaluate(agent, episodes=20, seed=50).tolist() == expected  # nothing of the automatic reset's games
    finally:
        del gym.registry["test/Countdown-v0"]


def test_evaluation_leaves_the_agent_as_it_is():
    agent, twin = run(episodes=3)[0], run(episodes=3)[0]
    before = fingerprint(agent)
    one, two = (qlib.evaluate(agent, episodes=5, seed=1) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert fingerprint(agent) == before
    assert list(qlib.train(agent, episodes=3)) == list(qlib.train(twin, episodes=3))
    assert not np.array_equal(qlib.evaluate(agent, 20, seed=1), qlib.evaluate(agent, 20, seed=2))


@pytest.mark.parametrize("episodes", [0, -1, 1.5])
def test_evaluation_needs_a_whole_number_of_games(episodes):
    with pytest.raises(ValueError, match=f"episodes={episodes!r} is not allowed"):
        qlib.evaluate(QAgent(SMALL), episodes=episodes)


class OneArray(gym.Wrapper):
    """Writes each observation into the array that it gave before."""

    def reset(self, **options):
        observation, info = self.env.reset(**options)
        self.array = observation.copy()
        return self.array, info

    def step(self, action):
        observation, *rest = self.env.step(action)
        self.array[:] = observation
        return self.array, *rest


def test_an_environment_that_gives_one_array_again_and_again_is_learned_rightly():
    usual, _ = run(steps=100)
    agent = QAgent(SMALL)
    list(qlib.train(agent, steps=100, env=OneArray(make_env(SMALL))))
    assert fingerprint(agent) == fingerprint(usual)


def test_the_seeds_of_agents_and_episodes_do_not_overlap():
    agents = [QAgent(SMALL, seed) for seed in range(5)]
    seeds = []
    for agent in agents:
        for agent.episodes in range(200):
            seeds.append(episode_seed(agent))
    assert len(set(seeds)) == 1_000
    assert not set(seeds) & set(range(1_000_000, 1_000_100)), "nor with the starts of the exam"


class Endless(gym.Env):
    """Never ends; pays what `pays` says."""

    observation_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)
    pays = 1.0
    ends_after = 10**9

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.time += 1
        return np.zeros(2, np.float32), self.pays, self.time >= self.ends_after, False, {}


gym.register("test/Endless-v0", Endless)


def test_an_exam_that_does_not_end_says_so():
    agent = QAgent(dataclasses.replace(SMALL, env_id="test/Endless-v0"))
    with pytest.raises(ValueError, match=r"test/Endless-v0 has not ended after 300 steps.*max_episode_steps"):
        qlib.evaluate(agent, 3, limit=300)
    with pytest.raises(ValueError, match="limit=0"):
        qlib.evaluate(agent, 3, limit=0)


@pytest.mark.parametrize("pays", [math.inf, -math.inf, math.nan])
def test_an_exam_with_rewards_that_are_not_finite_has_no_score(monkeypatch, pays):
    monkeypatch.setattr(Endless, "pays", pays)
    monkeypatch.setattr(Endless, "ends_after", 5)
    with pytest.raises(ValueError, match="test/Endless-v0 gave rewards that are not finite"):
        qlib.evaluate(QAgent(dataclasses.replace(SMALL, env_id="test/Endless-v0")), 2)


@pytest.mark.parametrize(("limit", "ends"), [(5, True), (4, False)])
def test_an_episode_of_an_exam_may_last_as_long_as_the_limit_says(monkeypatch, limit, ends):
    monkeypatch.setattr(Endless, "ends_after", 5)
    agent = QAgent(dataclasses.replace(SMALL, env_id="test/Endless-v0"))
    if ends:
        assert qlib.evaluate(agent, 2, limit=limit).tolist() == [5.0, 5.0]
    else:
        with pytest.raises(ValueError, match="has not ended after 4 steps"):
            qlib.evaluate(agent, 2, limit=limit)


def test_an_exam_that_nobody_limits_ends_after_100_000_steps(monkeypatch):
    moment = Moment(np.zeros((1, 4)), np.ones(1), np.zeros(1, bool), np.zeros(1, bool))
    monkeypatch.setattr(training, "play", lambda *arguments: itertools.repeat(moment))
    for unlimited in (lambda: qlib.evaluate(QAgent(SMALL), 1), lambda: exam(QAgent(SMALL).greedy, SMALL, [0])):
        with pytest.raises(ValueError, match="has not ended after 100,000 steps"):
            unlimited()


def test_what_is_called_before_each_step_can_end_an_exam():
    """An exam of an environment that never ends, stopped when it is asked for the third time."""
    played, asked = [], itertools.count(1)

    def greedy(observations):
        played.append(observations)
        return np.zeros(len(observations), int)

    def before_step():
        if next(asked) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        exam(greedy, dataclasses.replace(SMALL, env_id="test/Endless-v0"), [0, 1], limit=100, before_step=before_step)
    assert len(played) == 2


def test_an_exam_is_100_games_from_start_1_000_000_on_if_nobody_says_otherwise():
    agent = QAgent(SMALL)
    returns = qlib.evaluate(agent)
    assert returns.tolist() == exam(agent.greedy, SMALL, range(1_000_000, 1_000_100)).tolist()


def test_the_exam_shows_its_episodes_step_by_step():
    agent, _ = run(steps=200)
    moments = list(play(agent.greedy, SMALL, [7, 8]))
    start = next(play(agent.greedy, SMALL, [7, 8]))  # looked at before the others come
    assert start.rewards.tolist() == [0, 0] and not (start.terminated | start.truncated).any()
    np.testing.assert_array_equal(sum(m.rewards for m in moments), qlib.evaluate(agent, 2, seed=7))
    ends = np.array([m.terminated | m.truncated for m in moments])
    assert ends.sum(0).tolist() == [1, 1], "each ends once"
    np.testing.assert_array_equal(moments[0].observations[1], make_env(SMALL).reset(seed=8)[0])


def test_before_step_is_told_the_steps_of_the_episode_and_may_end_it_all():
    seen = []

    class Enough(Exception):
        pass

    def before_step(step):
        seen.append(step)
        if len(seen) == 40:
            raise Enough

    agent = QAgent(SMALL)
    records = []
    with pytest.raises(Enough):
        for record in qlib.train(agent, steps=10_000, before_step=before_step):
            records.append(record)
    expected = [step for record in records for step in (0, *range(record.steps))]
    assert seen[: len(expected)] == expected and len(records) > 0
    assert agent.steps == 38 - len(records)
