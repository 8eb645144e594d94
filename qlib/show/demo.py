"""One episode of a greedy policy that Python plays, to be watched where the page cannot play it by itself."""

from __future__ import annotations

import dataclasses
import io
import itertools
from typing import Any

import gymnasium as gym
import numpy as np
from PIL import Image

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.settings import Settings
from qlib.core.training import play
from qlib.show.panel import tidy

LIMIT = 1_000  # steps: twice CartPole's own limit, and 20 s to watch
EVERY = 4  # steps between two pictures of a film; of a game, whose steps are fewer and larger, each one is shown
PICTURES, A_PICTURE = 100, 0.08  # at most, and seconds of each
WIDTH = 320  # pixels
ENLARGED = 4  # pixels for each of a small image's
CANNOT = (gym.error.Error, ImportError, NotImplementedError, TypeError, ValueError)  # no camera, or no package for it


@dataclasses.dataclass(frozen=True)
class Demo:
    """One episode of the greedy policy, to be watched."""

    trained_steps: int
    """Environment steps that the agent had trained for."""
    trajectory: np.ndarray
    """Cart position (m) and pole angle (rad) at each moment, shape (steps + 1, 2); of a film none."""
    ending: str
    """How it ended, in words."""
    frames: tuple[bytes, ...] = ()
    """A film's pictures, as JPEG or PNG."""
    every: int = EVERY
    """Steps from one picture to the next, which the page shows for 0.08 s."""

    def numbers(self) -> dict[str, Any]:
        """Return what static/actor.js plays."""
        return vars(self) | {"trajectory": self.trajectory.astype(float).tobytes()}

    @property
    def seconds(self) -> float:
        """How long it takes to watch by CartPole's own clock, 0.02 s a step, with a rest after it."""
        return max((len(self.trajectory) - 1) * 0.02, len(self.frames) * A_PICTURE) + 1.2


def screened(screens: np.ndarray, trained_steps: int, ending: str) -> Demo:
    """Make a film of grey images as an agent saw them, uint8, shape (n, H, W), one a step."""
    larger = screens.repeat(ENLARGED, 1).repeat(ENLARGED, 2)
    return Demo(trained_steps, np.zeros((0, 2)), ending, tuple(_picture(each, "png") for each in larger), 1)


def is_cart(settings: Settings) -> bool:
    """Say whether an environment is CartPole, where steps are the score and the page knows the laws."""
    return settings.env_id.startswith("CartPole")


def demonstrate(agent: QAgent, seed: int) -> Demo:
    """Play one greedy episode of CartPole as an exam does: nothing is drawn from the agent's generator.

    Args:
        agent: it is not changed.
        seed: chooses the start.
    """
    moments = list(itertools.islice(play(agent.greedy, agent.settings, [seed]), LIMIT + 1))
    path, last = np.array([moment.observations[0, [0, 2]] for moment in moments]), moments[-1]
    if last.terminated[0]:
        ending = "left the track" if abs(path[-1, 0]) > 2.4 else "the pole fell"
    elif last.truncated[0]:
        ending = "reached the time limit"
    else:
        ending = f"cut off here: this environment has not ended the episode after {LIMIT:,} steps"
    return Demo(agent.steps, path, ending)


def film(agent: QAgent, seed: int) -> Demo:
    """Play one greedy episode of any environment in front of gymnasium's own camera.

    Args:
        agent: it is not changed.
        seed: chooses the start.

    Returns:
        A Demo with pictures; without any, and with the reason, where the environment cannot be drawn.
    """
    nothing, frames, step, over, score = np.zeros((0, 2)), [], 0, False, 0.0
    every = 1 if agent.image else EVERY
    try:
        env = make_env(dataclasses.replace(agent.settings, stick=None), render_mode="rgb_array")
        observation = env.reset(seed=seed)[0]
        frames.append(_picture(env.render()))
        terminated = False
        while not over and step < every * (PICTURES - 1):
            action = int(agent.greedy(np.asarray(observation)[np.newaxis])[0])
            observation, reward, terminated, truncated, _ = env.step(action)
            step, over, score = step + 1, terminated or truncated, score + float(reward)
            if over or step % every == 0:
                frames.append(_picture(env.render()))
        env.close()
    except CANNOT as error:
        return Demo(agent.steps, nothing, f"{agent.settings.env_id} cannot be drawn here: {error}")
    ended = "ended by its own rules" if terminated else "reached the time limit" if over else "the film ends here"
    return Demo(agent.steps, nothing, f"{ended}, after {step:,} steps, return {tidy(score)}", tuple(frames), every)


def first_sight(settings: Settings) -> np.ndarray | None:
    """Return what gymnasium's camera sees at the start of an episode, (H, W, 3); None where it cannot be drawn."""
    try:
        env = make_env(dataclasses.replace(settings, stick=None), render_mode="rgb_array")
        env.reset(seed=0)
        pixels: Any = env.render()
        env.close()
    except CANNOT:
        return None
    return np.asarray(pixels)


def _picture(pixels: object, kind: str = "jpeg") -> bytes:
    """Write pixels as JPEG, or as PNG, which is smaller for a few flat colours."""
    picture, found = Image.fromarray(np.asarray(pixels)), io.BytesIO()
    picture.thumbnail((WIDTH, WIDTH))
    picture.save(found, kind, quality=60, optimize=True)
    return found.getvalue()
