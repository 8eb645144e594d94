"""The picture of a panel: Python sends numbers and static/live.js draws them; or the same, standing still."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from matplotlib.ticker import MaxNLocator

from qlib.core.settings import Settings
from qlib.show.picture import Picture, figure, lines
from qlib.show.training_job import Demo, TrainingJob
from qlib.study.result import Comparison
from qlib.study.statistics import band

STATIC = Path(__file__).parent / "static"
WINDOW = 20  # episodes in the moving mean
POINTS = 300  # episodes drawn at most, so that a long run costs no more than a short one


@dataclass(frozen=True)
class Plot:
    """One quantity over training, at n points; NaN where there is nothing.

    Args:
        title: what it is, with its unit.
        line: the thick line, shape (1, n); with the band around it (3, n): mean, low, high.
        label: what stands at the line's end.
        height: of the axis, in pixels.
        limits: what the axis shows at least, or None.
        seeds: a thin line for each agent, shape (seeds, n), or None.
        last: what `line` was in the run before, or None.
        dots: one at each point, shape (n,), or None.
        now: where the episode under way stands, or None.
        edge: a level to compare with, and its name, or None.
        key: what the lines mean, in words.
    """

    title: str
    line: np.ndarray
    label: str
    height: int
    limits: tuple[float, float] | None = None
    seeds: np.ndarray | None = None
    last: np.ndarray | None = None
    dots: np.ndarray | None = None
    now: float | None = None
    edge: tuple[float, str] | None = None
    key: str = ""

    def ticks(self) -> list[float]:
        """Return round numbers from below what is drawn to above it; one wild agent does not flatten the others."""
        all_agents = _finite(self.seeds)
        curve = self.line if self.seeds is None else self.last
        middle = np.percentile(all_agents, [1, 99]) if len(all_agents) else all_agents
        found = np.concatenate([middle, _finite(None if curve is None else curve[0], self.dots)])
        found = np.concatenate([found if len(found) else [0.0, 1.0], _finite(self.limits, self.now)])
        low, high = found.min(), max(found.max(), self.edge[0] if self.edge else -math.inf)
        if high - low <= 1e-9 * abs(high):  # a level line: ticks around it, not within its rounding
            low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
        return _ticks(low, high, max(2, self.height // 46))


@dataclass(frozen=True)
class Chart:
    """Plots that share their horizontal axis.

    Args:
        x: where the points lie, shape (n,).
        ends: of the axis.
        unit: of the axis.
        plots: from top to bottom, row by row.
    """

    x: np.ndarray
    ends: tuple[float, float]
    unit: str
    plots: list[Plot]

    def numbers(self) -> dict[str, Any]:
        """Return what static/live.js draws, arrays as bytes of float64."""
        plots = [{name: _sent(x) for name, x in vars(plot).items()} | {"ticks": plot.ticks()} for plot in self.plots]
        ticks = [x for x in _ticks(*self.ends, 5) if self.ends[0] <= x <= self.ends[1]]
        return {name: _sent(x) for name, x in vars(self).items()} | {"ticks": ticks, "plots": plots}

    def still(self, alt: str) -> Picture:
        """Draw it as a still picture."""
        heights = [plot.height / 75 for plot in self.plots]
        fig, axes = figure(7.2, sum(heights), len(heights), sharex=True, squeeze=False, height_ratios=heights)
        for ax, plot in zip(axes[:, 0], self.plots, strict=True):
            name = plot.label if plot.seeds is None else f"mean of {agents(len(plot.seeds))}"
            curves = {name: plot.line, "last run": plot.last}
            there = {label: curve for label, curve in curves.items() if curve is not None and len(_finite(curve))}
            ax.set_title(plot.title, fontsize=10, loc="left")
            ax.set_xlim(self.ends)
            if plot.limits:
                ax.set_ylim(plot.limits)
            lines(ax, self.x, there)
        axes[-1, 0].set_xlabel(self.unit)
        return Picture(fig, alt)


class LiveView(anywidget.AnyWidget):
    """A chart that moves, and beside it the cart as the greedy policy moves it.

    Args:
        cart: whether to show the cart.
        columns: of plots.
    """

    _esm = STATIC / "live.js"
    _css = STATIC / "live.css"
    cart = traitlets.Bool(False).tag(sync=True)
    columns = traitlets.Int(1).tag(sync=True)
    chart = traitlets.Dict().tag(sync=True)  # see Chart.numbers
    label = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode().tag(sync=True)
    demo = traitlets.Dict().tag(sync=True)  # path: float64 (steps + 1, 2), position (m) and angle (rad)

    def show(self, chart: Chart, label: str, state: str = "", demo: Demo | None = None) -> None:
        """Send a picture, in one message.

        Args:
            chart: the numbers.
            label: the picture in words, for screen readers.
            state: the job's.
            demo: what the cart is to play; None: it stands still.
        """
        with self.hold_sync():
            self.chart, self.label, self.state = chart.numbers(), label, state
            self.demo = {name: _sent(x) for name, x in vars(demo).items()} if demo else {}


def over_episodes(job: TrainingJob, more: bool) -> Chart:
    """Chart a training: steps and epsilon, and if there is to be more, loss and values."""
    n = len(job.history)
    shown = np.unique(np.linspace(0, n - 1, min(n, POINTS)).round().astype(int))
    episodes = [job.history[i] for i in shown]
    windows = [[e.steps for e in job.history[max(0, i + 1 - WINDOW) : i + 1]] for i in shown]
    now = job.steps_now if job.state in ("running", "paused") else 0

    def plot(title: str, values: list[float], height: int, top: float = 0, label: str = "", **look: Any) -> Plot:
        ends = _finite(values)[-1:]
        label = label or (tidy(ends[0]) if len(ends) else "")
        return Plot(title, np.array([values], float), label, height, (0, top), **look)

    means = [sum(window) / len(window) for window in windows]
    steps = np.array([e.steps for e in episodes], float)
    high, low = (88, 88) if more else (125, 62)
    plots = [
        plot("steps in the episode", means, high, top=20, label=f"mean of {WINDOW}", dots=steps, now=now or None),
        plot("epsilon (random actions)", [e.epsilon for e in episodes], low, top=1),
    ]
    if more:
        values = [job.values[i] for i in shown]
        plots.append(plot("mean loss of the episode", [e.loss for e in episodes], low))
        plots.append(plot("highest value in a start state", values, low, edge=ceiling(job.agent.settings)))
    x = np.array([e.number for e in episodes], float)
    begins = job.agent.episodes + 1  # of an agent that was loaded without its record
    first, last = (x[0], x[-1]) if len(x) else (begins, begins - 1)
    return Chart(x, (first, max(first + 19, last + 1)), "episode", plots)


def ceiling(settings: Settings) -> tuple[float, str] | None:
    """Return the highest value that CartPole can be worth, one point a step for ever, and its name."""
    if not settings.env_id.startswith("CartPole") or settings.gamma >= 1:
        return None
    top = settings.reward_scale / (1 - settings.gamma)
    return top, f"ceiling {tidy(top)}"


def over_seeds(result: Comparison, last: Comparison | None, limits: tuple[float, float] | None) -> Chart:
    """Chart a comparison's first variant over the run before: its score, and its diagnostics below.

    Args:
        result: NaN where nothing is measured yet.
        last: the run before, of the same shape, or None.
        limits: of the score, or None.
    """
    n = result.scores.shape[1]

    def plot(title: str, values: np.ndarray, last: np.ndarray | None, **look: Any) -> Plot:
        line = band(values)
        ends = _finite(line[0])[-1:]
        label = f"mean {tidy(ends[0])}" if len(ends) else ""
        return Plot(title, line, label, seeds=values, last=None if last is None else band(last), **look)

    key = f"thick: mean of {agents(n)}, with its 95 % interval · thin: each agent"
    before = last.scores[0] if last else None
    plots = [plot("greedy score", result.scores[0], before, height=230, limits=limits, key=key)]
    for name, values in result.diagnostics.items():
        plots.append(plot(name, values[0], last.diagnostics[name][0] if last else None, height=84))
    return Chart(result.steps, (0, int(result.steps[-1])), "environment steps", plots)


def agents(n: int) -> str:
    """Write how many agents there are."""
    return "1 agent" if n == 1 else f"{n} agents"


def tidy(x: float) -> str:
    """Write a number in three digits, or whole."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def _ticks(low: float, high: float, most: int) -> list[float]:
    # Few round numbers, so that an axis seldom changes while a curve grows.
    return [float(tick) for tick in MaxNLocator(most, steps=[1, 2.5, 5, 10]).tick_values(low, high)]


def _finite(*values: Any) -> np.ndarray:
    flat = np.concatenate([[], *(np.ravel(x) for x in values if x is not None)])
    return flat[np.isfinite(flat)]


def _sent(value: Any) -> Any:
    return value.astype(float).tobytes() if isinstance(value, np.ndarray) else value
