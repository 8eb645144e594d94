"""The stage: an agent that plays in the page while it learns, and every moment of its training once more."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from matplotlib.patches import Rectangle

from qlib.core.settings import Settings
from qlib.core.training import Episode
from qlib.show.curves import growing, latest, stacked
from qlib.show.demo import Demo, first_sight, is_cart
from qlib.show.drawing import Drawing, DrawingView
from qlib.show.marks import Dots, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, tidy
from qlib.show.picture import COLOURS, Picture, figure, moving_mean, note
from qlib.show.snapshots import Snapshots
from qlib.show.tokens import NAMES
from qlib.show.training_job import TrainingJob
from qlib.show.view import embedded, look, module

WINDOW = 20  # episodes in the moving mean
PARTS = ("dom", "shades", "marks", "panel", "cartpole", "network", "scene", "actor", "keep", "stage")  # of the script
POINTS = 300  # episodes drawn at most, so that a long run costs no more than a short one


class Stage(DrawingView):
    """A training's curves, and beside them CartPole, played in the page by the agent of any of its moments.

    Attributes:
        yours: steps of each episode that the person at the page has played.
    """

    _esm = module(*PARTS)
    _css = look("tokens", "marks", "stage")
    state = traitlets.Unicode().tag(sync=True)  # the job's
    cart = traitlets.Bool(True).tag(sync=True)  # whether the environment is CartPole, which a person can play here
    network = traitlets.Dict().tag(sync=True)  # sizes and scale, see Snapshots; empty: the page cannot play this agent
    moments = traitlets.Dict().tag(sync=True)  # steps and episodes of all that are kept; fresh ones with their numbers
    demo = traitlets.Dict().tag(sync=True)  # the latest episode that Python played instead
    yours: Any = traitlets.List().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._snapshots: Snapshots | None = None
        self._there: set[int] = set()  # the moments that the page has
        self.on_msg(self._asked)

    def play(self, snapshots: Snapshots, demo: Demo | None = None) -> None:
        """Send what the page does not have yet; all of it once nothing more comes, for the saved notebook."""
        if snapshots is not self._snapshots:
            self._snapshots, self._there = snapshots, set()
            self.network, self.moments = snapshots.network, {}
        if self.state != "running":
            self._there = set()
        kept = snapshots.moments()
        fresh = [moment for moment in kept if moment.step not in self._there]
        self._there = {moment.step for moment in kept}
        if fresh:
            self.moments = {
                "steps": [moment.step for moment in kept],
                "episodes": [moment.episode for moment in kept],
                "fresh": [moment.step for moment in fresh],
                "numbers": b"".join(moment.numbers for moment in fresh),
            }
        self.demo = demo.numbers() if demo else {}

    def recorded(self, still: str = "") -> str:
        """Write the stage as HTML that plays in a page with `player`, without a kernel; `still` stands there before."""
        names = ("drawing", "cart", "state", "network", "moments", "demo", "yours")
        return embedded("stage", {name: getattr(self, name) for name in names}, still)

    def _asked(self, widget: Any, content: dict, buffers: list) -> None:
        if content.get("want") == "moments" and self._snapshots is not None:
            self._there = set()
            self.play(self._snapshots)


def beaten(history: Sequence[Episode], yours: int) -> int | None:
    """Return after how many training steps the mean of `WINDOW` episodes first lay above yours; None: never."""
    lengths = np.array([episode.steps for episode in history])
    above = np.flatnonzero(moving_mean(lengths, WINDOW)[WINDOW - 1 :] > yours)
    return int(lengths[: above[0] + WINDOW].sum()) if len(above) else None


def first_frame(run: dict[str, Any], settings: Settings) -> dict[str, str]:
    """Draw a stage before anything has happened, for where no script runs.

    Args:
        run: what the panel trains; `make html` reads it, trains, and puts a recorded stage in the picture's place.
        settings: of the agent.

    Returns:
        HTML and plain text, by media type.
    """
    fig, axes = figure(7.2, 2.7, 1, 2, width_ratios=[5, 6])
    scene, curve = axes
    (_cart if is_cart(settings) else _game)(scene, settings)
    scene.set_title("An untrained agent", fontsize=10)
    curve.set(xlim=(0, 20), ylim=(0, 20), xlabel="episode")
    curve.set_title(scored(settings), fontsize=10)
    note(curve, "Run this cell in JupyterLab and press Train.", (10, 10), (0, 0), ha="center")
    words = "The training panel before training: the environment at its start, and empty curves beside it. "
    picture = Picture(fig, words + "Run this cell in JupyterLab and press Train.")
    told = html.escape(json.dumps(run))
    shown = f'<div class="qlib-run" data-run="{told}">{picture._repr_html_()}</div>'
    return {"text/plain": picture.alt, "text/html": shown}


def _cart(scene: Any, settings: Settings) -> None:
    scene.set(
        xlim=(-2.9, 2.9),
        ylim=(-0.75, 1.5),
        xlabel="cart position (m)",
        aspect="equal",
        yticks=[],
        xticks=[-2.4, 0, 2.4],
    )
    scene.spines["left"].set_visible(False)
    scene.grid(visible=False)
    for edge in (-2.4, 2.4):
        scene.axvline(edge, color="#767676", linestyle=":", linewidth=1)
    scene.axhline(-0.32, color="#222222", linewidth=1.5)
    scene.add_patch(Rectangle((-0.25, -0.32), 0.5, 0.3, color=COLOURS[0]))
    scene.plot([0, 0.1], [0, 0.995], color=COLOURS[1], linewidth=5, solid_capstyle="round")


def _game(scene: Any, settings: Settings) -> None:
    scene.axis("off")
    if (pixels := first_sight(settings)) is not None:
        scene.imshow(pixels)


def scored(settings: Settings) -> str:
    """Name what the stage counts of an episode."""
    return "steps in the episode" if is_cart(settings) else "return of the episode"


def over_episodes(job: TrainingJob, more: bool, alt: str) -> Drawing:
    """Draw a training: steps and epsilon, and if there is to be more, loss and values.

    Args:
        job: the training, as far as it is.
        more: whether there is to be more.
        alt: what there is to see.
    """
    n = len(job.history)
    shown = np.unique(np.linspace(0, n - 1, min(n, POINTS)).round().astype(int))
    episodes = [job.history[i] for i in shown]
    x = np.array([e.number for e in episodes], float)
    begins = job.agent.episodes + 1  # of an agent that was loaded without its record
    first, last = (x[0], x[-1]) if len(x) else (begins, begins - 1)
    last = max(first + 19, last + 1)

    def curve(which: int, values: Sequence[float], label: str = "") -> Line:
        return Line(x, np.array(values, float), label=label or latest(values), colour=NAMES[which], dash=which)

    def row(title: str, height: int, *marks: Mark, top: float = 0) -> Panel:
        return growing(title, marks, np.concatenate([np.ravel(mark.reach()[1]) for mark in marks]), (0, top), height)

    cart = is_cart(job.agent.settings)

    def score(e: Episode) -> float:
        return e.steps if cart else e.score

    dots = Dots(x, np.array([score(e) for e in episodes], float), "faint", 3.2)
    windows = [[score(e) for e in job.history[max(0, i + 1 - WINDOW) : i + 1]] for i in shown]
    means = curve(0, [sum(window) / len(window) for window in windows], f"mean of {WINDOW}")
    now = job.steps_now if cart and job.state in ("running", "paused") else 0
    under_way = [Dots([last], [now], "ink", 7, hollow=True, label="now")] if now else []
    high, low = (88, 88) if more else (125, 62)
    panels = [
        row(scored(job.agent.settings), high, dots, means, *under_way, top=20 if cart else 1),
        row("epsilon (random actions)", low, curve(1, [e.epsilon for e in episodes]), top=1),
    ]
    if more:
        values, most = curve(3, [job.values[i] for i in shown]), ceiling(job.agent.settings)
        panels.append(row("mean loss of the episode", low, curve(2, [e.loss for e in episodes])))
        panels.append(row("highest value in a start state", low, values, *([most] if most else [])))
    return stacked(panels, Axis("episode", first, last), alt, 2 if more else 1)


def ceiling(settings: Settings) -> Rule | None:
    """Mark the highest value that CartPole can be worth, one point a step for ever."""
    if not is_cart(settings) or settings.gamma >= 1:
        return None
    top = settings.reward_scale / (1 - settings.gamma)
    return Rule(top, label=f"ceiling {tidy(top)}")
