"""The loop: the agent acts, remembers and learns, one record an episode; and the exam without exploration."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from qlib.core.agent import QAgent
from qlib.core.demands import demand_whole
from qlib.core.environment import make_env, make_worlds
from qlib.core.guards import HeldBack
from qlib.core.rules import next_epsilon, stepped_epsilon, updates_due
from qlib.core.settings import Settings

LIMIT = 100_000  # steps of an exam's episode: longer than any environment that means to end


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
    """The chance of a random action, at the episode's last step."""
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
        losses = []
        with HeldBack() as ctrl_c:
            before_step(0)
            observation = np.array(env.reset(seed=episode_seed(agent))[0])
            step, ended = 0, False
            while not ended:
                ctrl_c.check()  # between two steps is where an interrupt does no harm
                before_step(step)
                epsilon = agent.epsilon
                action = agent.act(observation, epsilon)
                found, reward, terminated, truncated, info = env.step(action)
                next_observation = np.array(found)  # a copy: some environments write into the array that they gave
                agent.remember(observation, action, float(reward), next_observation, terminated, truncated)
                step, ended, observation = step + 1, terminated or truncated, next_observation
                for _ in range(updates_due(settings, agent.steps, ended)):
                    losses.append(agent.learn())
                end_step(agent)
            end_episode(agent, planned)
        learned = [loss for loss in losses if not math.isnan(loss)]
        yield Episode(
            number=agent.episodes,
            steps=int(info["episode"]["l"]),
            score=float(info["episode"]["r"]),
            epsilon=epsilon,
            loss=float(np.mean(learned)) if learned else math.nan,
        )


def end_step(agent: QAgent) -> None:
    """Let epsilon fall after a step, if it falls by steps."""
    if agent.settings.epsilon_steps is not None:
        agent.epsilon = stepped_epsilon(agent.settings, agent.epsilon)


def end_episode(agent: QAgent, planned: int | None = None) -> None:
    """Count an episode that ended, and let epsilon fall, if it falls by episodes."""
    agent.epsilon = next_epsilon(agent.settings, agent.epsilon, planned)
    agent.episodes += 1


def episode_seed(agent: QAgent) -> int:
    """Give each episode its own start, so that a resumed run meets the same ones as a run that never stopped."""
    return int(np.random.SeedSequence([agent.seed, agent.episodes]).generate_state(1).item())


class EndlessError(ValueError):
    """An episode of an exam does not end."""


class Moment(NamedTuple):
    """One step of some episodes that are played at once; of those that are over, nothing counts."""

    observations: np.ndarray  # (n, n_observations)
    rewards: np.ndarray  # (n,) float64, the environment's own; 0 once an episode is over
    terminated: np.ndarray  # (n,) bool: ended by its own rules at this step
    truncated: np.ndarray  # (n,) bool: cut off by the time limit at this step


def play(greedy: Callable[[np.ndarray], np.ndarray], settings: Settings, seeds: Sequence[int]) -> Iterator[Moment]:
    """Play a policy from seeded starts, all at once: no exploration, no learning, no stick.

    Args:
        greedy: gives actions (n,) for observations (n, n_observations).
        settings: the environment.
        seeds: episode k begins where `env.reset(seed=seeds[k])` does.

    Yields:
        A Moment: the starts, then one after each step, until all episodes are over.
    """
    n = len(seeds)
    worlds = make_worlds(settings, n)
    observations = np.stack([worlds.restart(k, seed) for k, seed in enumerate(seeds)])
    playing = np.ones(n, dtype=bool)
    yield Moment(observations, np.zeros(n), ~playing, ~playing)
    while playing.any():
        observations, rewards, terminated, truncated = worlds.step(greedy(observations))
        moment = Moment(observations, np.where(playing, rewards, 0.0), playing & terminated, playing & truncated)
        for k in np.flatnonzero(moment.terminated | moment.truncated):
            worlds.park(int(k))
            playing[k] = False
        yield moment


def exam(
    greedy: Callable[[np.ndarray], np.ndarray],
    settings: Settings,
    seeds: Sequence[int],
    limit: int = LIMIT,
    before_step: Callable[[], object] = lambda: None,
) -> np.ndarray:
    """Add up the unshaped rewards of each episode that `play` plays, shape (n,).

    `before_step` is called before each step; what it raises ends the exam.

    Raises:
        EndlessError: a ValueError, if an episode does not end within `limit` steps, or a reward is not finite.
    """
    returns = np.zeros(len(seeds))
    for step, moment in enumerate(play(greedy, settings, seeds)):
        if step > limit:
            raise EndlessError(
                f"An episode of {settings.env_id} has not ended after {limit:,} steps, so it has no score. Give the "
                "environment a time limit: gymnasium.register(..., max_episode_steps=...)."
            )
        returns += moment.rewards
        before_step()
    if not np.isfinite(returns).all():
        raise ValueError(f"{settings.env_id} gave rewards that are not finite: an episode's sum is {returns}.")
    return returns


def evaluate(agent: QAgent, episodes: int = 100, seed: int = 1_000_000, limit: int = LIMIT) -> np.ndarray:
    """Play the greedy policy from many starts at once: no exploration, no learning, no stick.

    Args:
        agent: it is not changed.
        episodes: starts to play.
        seed: of the first start; the others follow. Training never uses these.
        limit: steps after which an episode that has not ended is an error.

    Returns:
        Unshaped returns, shape (episodes,).

    Raises:
        ValueError: if `episodes` is not above 0, or as `exam`.
    """
    demand_whole("episodes", episodes)
    demand_whole("limit", limit)
    return exam(agent.greedy, agent.settings, range(int(seed), int(seed) + int(episodes)), limit)
