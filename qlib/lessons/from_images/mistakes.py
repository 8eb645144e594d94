"""Silent mistakes of images in lesson 14, broken beside whole: stacks, lives and flickering frames."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import RecordEpisodeStatistics

from qlib.lessons.from_images.ball import ENV_ID, ROWS, flights, frame

LIVES = 3


def remembered(episodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the frames of whole flights in a row, as a memory holds them, and which flight each belongs to.

    Returns:
        Frames (10 * episodes, 10, 6) of bool, and whole numbers (10 * episodes,).
    """
    balls = [flights()[int(k)] for k in np.random.default_rng(0).integers(0, 12, episodes)]
    seen = np.array([frame(row, column) for ball in balls for row, column in enumerate(ball)])
    return seen, np.repeat(np.arange(episodes), ROWS)


def mixed(places: np.ndarray, flight: np.ndarray) -> float:
    """Return the share of stacks that hold frames of more than one flight.

    Args:
        places: of the frames of each stack, shape (n, frames).
        flight: which flight each frame belongs to, shape (frames in all,).
    """
    return float((flight[places] != flight[places][:, -1:]).any(1).mean())


class Lives(gymnasium.Wrapper):
    """Three lives: a game goes on with a new ball until three were missed, as Atari's games do.

    Args:
        env: Bounce; only a ball's last row counts, 1 if it is caught, and a life if it is missed.
    """

    def reset(self, **given: Any) -> tuple[np.ndarray, dict]:
        """Begin a game."""
        self.lives = LIVES
        observation, info = self.env.reset(**given)
        return observation, {**info, "lives": self.lives}

    def step(self, action: Any) -> tuple:
        """Let the ball fall one row."""
        observation, reward, landed, truncated, info = self.env.step(action)
        if landed:
            self.lives -= reward == 0
            if self.lives:
                observation, _ = self.env.reset()
        return observation, landed * float(reward), self.lives == 0, truncated, {**info, "lives": self.lives}


class LifeEnds(gymnasium.Wrapper):
    """End an episode whenever a life is lost, and go on with the same game at the next reset."""

    over = True

    def reset(self, **given: Any) -> tuple[np.ndarray, dict]:
        """Begin a game if the last one is over, else go on."""
        if self.over:
            self.last = self.env.reset(**given)
        self.over = False
        return self.last

    def step(self, action: Any) -> tuple:
        """Take a step; a lost life terminates."""
        before = self.env.get_wrapper_attr("lives")
        observation, reward, self.over, truncated, info = self.env.step(action)
        self.last = observation, info
        return observation, reward, info["lives"] < before, truncated, info


def scores(life_ends: bool, games: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Play games at random, and keep two records: one outside the wrapper that ends at a life, one inside.

    Args:
        life_ends: whether that wrapper is there.
        games: to play.

    Returns:
        The scores of what the agent calls episodes, and those of whole games.
    """
    inside = RecordEpisodeStatistics(Lives(gymnasium.make(ENV_ID)), buffer_length=10**6, stats_key="game")
    env = RecordEpisodeStatistics(LifeEnds(inside) if life_ends else inside, buffer_length=10**6)
    env.action_space.seed(0)
    seeds = iter(range(10**6))
    while len(inside.return_queue) < games:
        env.reset(seed=next(seeds))
        ended = False
        while not ended:
            _, _, ended, _, _ = env.step(env.action_space.sample())
    return np.array(env.return_queue), np.array(inside.return_queue)


def flickering(phase: int) -> np.ndarray:
    """Return twelve frames of a console that draws the ball in every second one only, shape (12, 10, 6).

    Args:
        phase: 0 if it is drawn in the frames 0, 2, 4, ..., 1 if in the others.
    """
    flight = [*flights()[2], *flights()[2][:2]]
    return np.array([frame(k % ROWS, column) & (k % 2 == phase) for k, column in enumerate(flight)])


def visible(frames: np.ndarray) -> float:
    """Return the share of frames in which anything is to be seen."""
    return float(frames.any((1, 2)).mean())
