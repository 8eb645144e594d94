"""MinAtar's Breakout in lesson 14: an agent that learns it, games frame by frame, and what the agent looks at."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.presets import MINATAR
from qlib.core.training import Episode, train
from qlib.lessons.from_images.pictures import canvas
from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Heat, Line
from qlib.show.panel import Axis, Panel
from qlib.show.picture import moving_mean
from qlib.show.shapes import Box, Words
from qlib.show.training_panel import TrainingPanel
from qlib.study.records import recorded
from qlib.study.statistics import Interval, mean_interval

LIVE = dataclasses.replace(
    MINATAR, learning_rate=1e-3, batch_size=32, steps_per_update=2, epsilon_end=0.05, epsilon_steps=10_000
)
"""The lesson's own: MINATAR with a faster start and fewer updates, for a run of a minute at most."""
STEPS, SEED = 24_000, 0
SHOWN = 60  # frames of a game, at most
PADDLE, BALL, TRAIL, BRICK = range(4)  # MinAtar's channels
COLOURS = ("paper", "blue", "ink", "faint", "vermilion")  # nothing, then each channel
THINGS = {"paddle": "blue", "ball": "ink", "where it was": "faint", "bricks": "vermilion"}
AFTER, RANDOM = "after training", "at random"
RECORD = Path("records/from_images.json")  # beside the notebook


def is_here() -> bool:
    """Say whether the extra [minatar] is installed."""
    return importlib.util.find_spec("minatar") is not None


class Run:
    """An agent that learned Breakout, in numbers.

    Attributes:
        scores: return of each training episode, shape (episodes,).
        ends: steps after each, shape (episodes,).
        games: AFTER and RANDOM to the frames of one game each, bool, shape (n, 10, 10, 4), n at most 60.
        maps: what covering each pixel of a frame changes in the values, of the game AFTER, shape (n, 10, 10).
        was_recorded: whether it was read from the record, because MinAtar is not here.
    """

    def __init__(self, numbers: Mapping[str, np.ndarray], was_recorded: bool) -> None:
        self.scores, self.ends, self.maps = numbers["scores"], numbers["ends"], numbers["maps"]
        self.games = {name: numbers[name].astype(bool) for name in (AFTER, RANDOM)}
        self.was_recorded = was_recorded

    @cached_property
    def late(self) -> float:
        """Mean return of the last 50 training episodes."""
        return float(self.scores[-50:].mean())

    def curve(self) -> Drawing:
        """Draw the returns of the training's episodes, and their moving mean."""
        means = moving_mean(self.scores, 50)
        marks = [Dots(self.ends, self.scores, "faint", 3.2), Line(self.ends, means, label="mean of 50")]
        x, y = Axis("environment steps", 0, STEPS), Axis("return of an episode", 0)
        alt = f"Returns of {len(self.scores)} episodes. The mean of 50 is {means[min(49, len(means) - 1)]:.1f} at first"
        return Drawing(Panel(marks, x, y), alt=f"{alt}, and {self.late:.1f} at the end.", height=280)

    def frame(self, player: str, number: int) -> tuple[Drawing, str]:
        """Draw one frame of a game.

        Args:
            player: AFTER or RANDOM.
            number: of the frame, from 0; after the game's end its last one.
        """
        game = self.games[player]
        k = min(number, len(game) - 1)
        over = " The game is over, or goes on beyond what is shown." if number >= len(game) else ""
        words = f"{player.capitalize()}, frame {k} of {len(game) - 1}.{over}"
        panel = canvas([things(game[k])], [""], COLOURS)
        return Drawing(panel, alt=f"MinAtar's Breakout. {words}", height=320, key=list(THINGS.items())), words

    def looks(self, number: int) -> tuple[Drawing, str]:
        """Draw a frame of the trained agent's game, and how much covering each pixel changes its values."""
        k = min(number, len(self.maps) - 1)
        changed = self.maps[k]
        row, column = np.unravel_index(changed.argmax(), changed.shape)
        what = names(self.games[AFTER][k])[row, column]
        words = (
            f"Frame {k}: what changes the values most when it is covered lies in row {row}, column {column}: {what}."
        )
        both = canvas([things(self.games[AFTER][k])], ["the frame"], COLOURS)
        marks = [
            *both.marks,
            Heat(changed[::-1], 14, 24, 10, 0, low=0),
            Box(14 + column + 0.5, row + 0.5, 1, 1, colour="vermilion", edge=2.5),
            Words(14, -0.7, "covered: bright where values change", "faint"),
        ]
        drawing = Drawing(
            dataclasses.replace(both, marks=marks, frame=(-0.5, -1.5, 30, 10.5)),
            alt=f"A frame of MinAtar's Breakout beside its occlusion map. {words}",
            height=320,
            width=860,
            key=list(THINGS.items()),
        )
        return drawing, words

    def at_the_ball(self) -> float:
        """Return the share of frames in which the ball, or where it was, changes the values most."""
        hits = [
            names(frame).ravel()[changed.argmax()] in ("the ball", "where it was")
            for frame, changed in zip(self.games[AFTER], self.maps, strict=True)
        ]
        return float(np.mean(hits))

    def __repr__(self) -> str:
        if self.was_recorded:
            return 'MinAtar is not here: pip install -e ".[minatar]" brings it. What follows was recorded.'
        return f"{STEPS:,} steps of MinAtar's Breakout, {len(self.scores)} episodes"


def things(frame: np.ndarray) -> np.ndarray:
    """Return a colour's number for each pixel of a frame (10, 10, 4): 0 for nothing, else its channel plus 1."""
    found = np.zeros(frame.shape[:2], int)
    for channel in (BRICK, TRAIL, PADDLE, BALL):  # the last one lies on top
        found[frame[..., channel]] = channel + 1
    return found


def names(frame: np.ndarray) -> np.ndarray:
    """Name what is at each pixel of a frame, shape (10, 10)."""
    return np.array(["nothing", "the paddle", "the ball", "where it was", "a brick"])[things(frame)]


def occlusion(agent: QAgent, frame: np.ndarray) -> np.ndarray:
    """Cover each pixel in turn, and return the largest change of any action's value, shape (H, W).

    Args:
        agent: of images.
        frame: shape (H, W, C).
    """
    rows, columns = frame.shape[:2]
    covered = np.repeat(frame[np.newaxis], rows * columns, axis=0)
    covered.reshape(rows * columns, rows * columns, -1)[np.arange(rows * columns), np.arange(rows * columns)] = 0
    change = agent.q_values(covered) - agent.q_values(frame)
    return change.abs().amax(1).reshape(rows, columns).numpy()


def over_seeds(means: np.ndarray, steps: int) -> Drawing:
    """Draw what some agents were paid along their training: each one's curve, and their mean with its 95 % interval.

    Args:
        means: return of the last 100 episodes, shape (seeds, moments).
        steps: of the whole training, whose equal parts end at the moments.
    """
    at = np.linspace(0, steps, means.shape[1] + 1)[1:]
    mean, low, high = np.transpose([mean_interval(each) for each in means.T])
    each = [Line(at, one, colour="faint", width=1.0, opacity=0.4) for one in means]
    marks = [*each, Line(at, mean, low, high, f"mean of {len(means)}")]
    x, y = Axis("environment steps", 0, steps), Axis("mean return of 100 episodes", 0)
    alt = f"Returns of {len(means)} agents along their training. Their mean is {mean[0]:.1f} after {at[0]:,.0f} steps"
    return Drawing(Panel(marks, x, y), alt=f"{alt}, and {mean[-1]:.1f} after {steps:,}.", height=280)


def told(means: np.ndarray) -> dict[str, Interval | float]:
    """Say what `over_seeds` shows at its end: the mean with its interval, and the lowest."""
    return {"interval": mean_interval(means[:, -1]), "least": float(means[:, -1].min())}


def panel() -> TrainingPanel | Run:
    """Make the panel that trains an agent on Breakout; without MinAtar read what was recorded."""
    if is_here():
        return TrainingPanel(LIVE, SEED, STEPS, name="lesson 14")
    return Run(recorded(RECORD, "breakout live", _trained, again=False), was_recorded=True)


async def seen(shown: TrainingPanel | Run) -> Run:
    """Wait until a panel's agent has learned, and look at it."""
    if isinstance(shown, Run):
        return shown
    await shown.finished()
    return Run(_numbers(shown.agent, shown.history), was_recorded=False)


def record() -> None:
    """Train it, and keep all that the lesson shows of it."""
    recorded(RECORD, "breakout live", _trained, again=True, how=f"seed {SEED}, {STEPS:,} steps")


def _trained() -> dict[str, np.ndarray]:
    agent = QAgent(LIVE, SEED)
    return _numbers(agent, list(train(agent, steps=STEPS)))


def _numbers(agent: QAgent, history: Sequence[Episode]) -> dict[str, np.ndarray]:
    with torch.random.fork_rng():
        games = {AFTER: _game(agent, 0.0), RANDOM: _game(agent, 1.0)}
    maps = np.array([occlusion(agent, frame) for frame in games[AFTER]])
    ends = np.cumsum([episode.steps for episode in history])
    scores = np.array([episode.score for episode in history])
    return {"scores": scores, "ends": ends, "maps": maps.round(3)} | {
        name: game.astype(np.uint8) for name, game in games.items()
    }


def _game(agent: QAgent, epsilon: float) -> np.ndarray:
    env = make_env(agent.settings)
    frame, ended = env.reset(seed=1_000_000)[0], False
    seen: list[np.ndarray] = []
    while not ended and len(seen) < SHOWN:
        seen.append(np.array(frame))
        frame, _, terminated, truncated, _ = env.step(agent.act(frame, epsilon))
        ended = terminated or truncated
    return np.array(seen)
