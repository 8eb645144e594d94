"""An agent's instruments on one time axis, and how its score fell; and a run of ten examinations to work by pencil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.ticker import MaxNLocator

from qlib.show.drawing import Drawing
from qlib.show.marks import Dots, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, tidy
from qlib.show.shapes import Words
from qlib.study.result import Comparison

UNITS = {
    "score": "steps",
    "falls in memory": "transitions",
    "action gap": "return",
    "doomed value": "return",
    "highest value": "return",
    "loss": "return², logarithmic",
    "gradient norm": "logarithmic",
}


def largest_fall(scores: np.ndarray) -> tuple[int, float]:
    """Find where a score fell the most from one examination to the next.

    Args:
        scores: shape (examinations,), at least 2.

    Returns:
        The last examination before the fall, and the fall; 0 or below if the score never fell.
    """
    falls = np.asarray(scores[:-1]) - np.asarray(scores[1:])
    before = int(falls.argmax())
    return before, float(falls[before])


def instruments(result: Comparison, label: str, seed: int) -> tuple[Drawing, str]:
    """Draw one agent's score and diagnostics below one another, its largest fall marked in all of them.

    Args:
        result: measured with diagnostics, at two or more examinations.
        label: the variant.
        seed: which of its agents.

    Raises:
        ValueError: if there is no such seed, or a score is missing.
    """
    scores = result[label]
    if not 0 <= seed < len(scores):
        raise ValueError(f"There is no seed {seed} here: choose one from 0 to {len(scores) - 1}.")
    if not np.isfinite(scores[seed]).all():
        raise ValueError(f"Seed {seed} has no score at every examination: it diverged, or the run was interrupted.")
    v, steps = result.labels.index(label), result.steps
    measured = {name: found[v, seed] for name, found in result.diagnostics.items()}
    curves = {"score": scores[seed]} | measured
    before, _ = largest_fall(scores[seed])
    panels: list[Panel] = []
    for name, values in curves.items():
        # A loss spans many powers of ten, and a fall may hide among the small ones.
        y = _axis(values, log=name in ("loss", "gradient norm"))
        line = Line(steps, _figures(values), colour="green" if panels else "blue")
        x = Axis("", 0, steps[-1], ticks={})
        panels.append(
            Panel([_between(steps[before], steps[before + 1], y), line], x, y, f"{name} ({UNITS.get(name, '?')})")
        )
    panels[0] = replace(panels[0], share=1.6)
    panels[-1] = replace(panels[-1], x=Axis("environment steps", 0, steps[-1]), share=panels[-1].share + 0.5)
    text = f"Seed {seed}. The largest fall: from {scores[seed, before]:.0f} at step {steps[before]:,} "
    text += f"to {scores[seed, before + 1]:.0f} at step {steps[before + 1]:,} (grey)."
    moves = [f"{name} {_plain(x[before])} to {_plain(x[before + 1])}" for name, x in measured.items()]
    text += f" Meanwhile: {', '.join(moves)}." if moves else ""
    alt = f"One agent over training, below one another: {', '.join(curves)}. {text}"
    return Drawing(*panels, alt=alt, height=80 + 84 * len(panels), column=True), text


def _between(start: float, end: float, y: Axis) -> Mark:
    """Tint what lies between two steps from the axis's low end to its high one; a logarithmic one has no 0."""
    nothing = np.full(2, np.nan)
    return Line([start, end], nothing, np.full(2, y.low), np.full(2, y.high), colour="ink")


def _axis(values: np.ndarray, log: bool) -> Axis:
    """Return an axis with few ticks, from 0 or below, or between powers of ten."""
    there = values[np.isfinite(values)]
    if log and there.size and (there > 0).all():
        low, high = np.floor(np.log10(there.min())), np.ceil(np.log10(there.max()))
        ends = 10.0**low, 10.0 ** max(high, low + 1)
        return Axis("", *ends, log=True, ticks={end: tidy(end) for end in ends})
    low, high = (min(0.0, float(there.min())), float(there.max())) if there.size else (0.0, 1.0)
    high = high + 0.08 * (high - low) if high > low else low + 1.0
    return Axis(
        "",
        low,
        high,
        ticks={x: tidy(x) for x in MaxNLocator(2, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= x <= high},
    )


def _figures(values: np.ndarray) -> np.ndarray:
    """Keep three digits of each number: 32 agents travel with the page."""
    return np.array([float(f"{x:.3g}") for x in values])


def _plain(x: float) -> str:
    return f"{x:.0f}" if abs(x) >= 100 else f"{x:.3g}"


WORKED_SCORES = np.array([60.0, 150, 300, 420, 480, 500, 490, 180, 350, 460])
WORKED_VALUES = np.array([40.0, 55, 80, 95, 100, 112, 135, 150, 140, 150])
"""A run of ten examinations, made up so that it can be worked by pencil: its scores, and its highest values."""


def worked() -> tuple[Drawing, str]:
    """Draw the worked run: its fall, the examinations that count, and the move of the highest value before each."""
    scores, values, n = WORKED_SCORES, WORKED_VALUES, len(WORKED_SCORES)
    before, fall = largest_fall(scores)
    numbers = np.arange(1, n + 1)
    counted = [at for at in range(2, n - 1) if scores[at] >= fall]
    x = Axis("examination", 0.8, n + 0.2, ticks={float(k): str(k) for k in numbers})
    panels = []
    for line, colour, y in (
        (scores, "blue", Axis("score (steps)", 0, 540)),
        (values, "green", Axis("highest value (steps)", 20, 175)),
    ):
        curve = Line(numbers, line, colour=colour), Dots(numbers[counted], line[counted], colour, 8)
        panels.append(Panel([_between(before + 1, before + 2, y), *curve], x, y))
    size = Rule(fall, label=f"{fall:.0f}: the size of the fall")
    moves = {at: f"{values[at] - values[at - 2]:+.0f}" for at in counted}
    names = [Words(numbers[at], values[at], move, anchor="middle", up=14, bold=True) for at, move in moves.items()]
    text = (
        f"Ten examinations. The largest fall: {fall:.0f}, from examination {before + 1} to {before + 2} (grey). Dots: "
        f"the examinations from which so large a fall is possible, each with its move. "
        f"By number: {', '.join(f'{numbers[at]}: {move}' for at, move in moves.items())}."
    )
    drawing = Drawing(*panels, alt=text, height=440, column=True)
    return drawing.with_marks(size).with_marks(*names, panel=1), text
