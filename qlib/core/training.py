"""The loop: the agent acts, remembers and learns, one record an episode; and the exam without exploration."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import gymnasium as gym
import numpy as np

from qlib.core.agent import QAgent
from qlib.core.demands import demand_whole
from qlib.core.environment import make_env, make_vector_env
from qlib.core.settings import next_epsilon


@dataclass(frozen=True)
class Episode:
    """What happened in one training episode."""

    number: int
    """Counted from 1 over the agent's life."""
    steps: int
    """Environment steps from reset to end."""
    score: float
    """The unshaped return: the sum of the environment's own rewards, without stick or scale."""
    epsilon: float
    """The chance of a random action."""
    loss: float
    """The mean loss of the episode's updates; NaN without any."""


def train(
    agent: QAgent,
    episodes: int | None = None,
    steps: int | None = None,
    env: gym.Env | None = None,
    before_step: Callable[[int], None] = lambda step: None,
) -> Iterator[Episode]:
    """Train an agent, and yield a record after each episode.

    Whoever iterates may stop, look, save or change `agent.epsilon` between two records. A later call goes on where
    the agent stands.

    Args:
        agent: it is changed in place.
        episodes: episodes to play; None: no limit of episodes.
        steps: begin no episode after this many environment steps; None: no limit of steps. With neither,
            `agent.settings.episodes` episodes are played.
        env: the environment; None: `make_env(agent.settings)`.
        before_step: called before each reset and each step with the number of steps that the episode has; what it
            raises ends the training.

    Yields:
        An Episode.

    Raises:
        ValueError: if a limit is not a whole number above 0, the environment keeps no score, or it yields a number
            that is not finite.
        DivergedError: if the loss is no longer finite; the agent keeps its last good weights.
    """
    for name, limit in (("episodes", episodes), ("steps", steps)):
        if limit is not None:
            demand_whole(name, limit)
    if episodes is None and steps is None:
        episodes = agent.settings.episodes
    last_episode = math.inf if episodes is None else agent.episodes + episodes
    last_step = math.inf if steps is None else agent.steps + steps
    planned = None if episodes is None else agent.episodes + episodes  # so a run in two parts is the run in one
    env = env or make_env(agent.settings)
    if not env.has_wrapper_attr("return_queue"):
        raise ValueError(
            f"The environment {env} keeps no score. Make it with make_env(settings), or wrap it in "
            "gymnasium.wrappers.RecordEpisodeStatistics, within any wrapper that changes rewards."
        )
    return _episodes(agent, last_episode, last_step, env, planned, before_step)


def _episodes(
    agent: QAgent,
    last_episode: float,
    last_step: float,
    env: gym.Env,
    planned: int | None,
    before_step: Callable[[int], None],
) -> Iterator[Episode]:
    settings = agent.settings
    while agent.episodes < last_episode and agent.steps < last_step:
        before_step(0)
        observation, _ = env.reset(seed=episode_seed(agent))
        losses = []
        step = 0
        terminated = truncated = False
        while not (terminated or truncated):
            before_step(step)
            step += 1
            action = agent.act(observation, agent.epsilon)
            next_observation, reward, terminated, truncated, info = env.step(action)
            agent.remember(observation, action, float(reward), next_observation, terminated, truncated)
            for _ in range(settings.updates_per_step):
                losses.append(agent.learn())
            observation = next_observation
        for _ in range(settings.updates_per_episode):
            losses.append(agent.learn())
        epsilon, agent.epsilon = agent.epsilon, next_epsilon(settings, agent.epsilon, planned)
        agent.episodes += 1
        learned = [loss for loss in losses if not math.isnan(loss)]
        yield Episode(
            number=agent.episodes,
            steps=int(info["episode"]["l"]),
            score=float(info["episode"]["r"]),
            epsilon=epsilon,
            loss=float(np.mean(learned)) if learned else math.nan,
        )


def episode_seed(agent: QAgent) -> int:
    """Give each episode its own start, so that a resumed run meets the same ones as a run that never stopped."""
    return int(np.random.SeedSequence([agent.seed, agent.episodes]).generate_state(1)[0])


def evaluate(agent: QAgent, episodes: int = 100, seed: int = 1_000_000) -> np.ndarray:
    """Play the greedy policy from many starts at once: no exploration, no learning, no stick.

    Args:
        agent: it is not changed.
        episodes: starts to play.
        seed: chooses the starts; training never uses these.

    Returns:
        Unshaped returns, shape (episodes,).

    Raises:
        ValueError: if `episodes` is not above 0.
    """
    demand_whole("episodes", episodes)
    envs = make_vector_env(agent.settings, episodes)
    observations, _ = envs.reset(seed=seed)
    returns = np.zeros(episodes)
    playing = np.ones(episodes, dtype=bool)
    while playing.any():
        actions = agent.q_values(observations).argmax(1).numpy()
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        returns[playing] += rewards[playing]
        playing &= ~(terminated | truncated)  # what follows the automatic reset is another episode
    envs.close()
    return returns
