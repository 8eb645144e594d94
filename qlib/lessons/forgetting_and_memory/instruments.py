"""An agent's instruments on one time axis, and how its score fell; and a run of ten examinations to work by pencil."""

from __future__ import annotations

import numpy as np

from qlib.show.picture import COLOURS, DASHES, Picture, figure, note
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


def instruments(result: Comparison, label: str, seed: int) -> tuple[Picture, str]:
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
    panels = {"score": scores[seed]} | measured
    before, _ = largest_fall(scores[seed])
    ratios = [1.7] + [1.0] * len(measured)
    fig, axes = figure(7.4, 1.6 + 0.95 * len(measured), len(panels), sharex=True, squeeze=False, height_ratios=ratios)
    for i, (ax, (name, values)) in enumerate(zip(axes[:, 0], panels.items(), strict=True)):
        ax.axvspan(steps[before], steps[before + 1], color="#999999", alpha=0.35, linewidth=0)
        ax.plot(steps, values, color=COLOURS[i % 4], linestyle=DASHES[i % 4], linewidth=1.6)
        ax.set_title(f"{name} ({UNITS.get(name, 'its own unit')})", fontsize=9, loc="left", color=COLOURS[i % 4])
        ax.set(xlim=(0, steps[-1]))
        if name in ("loss", "gradient norm") and (values > 0).all():
            ax.set_yscale("log")  # a loss spans many powers of ten, and a fall may hide among the small ones
        else:
            ax.set_ylim(*_limits(values))
    axes[-1, 0].set_xlabel("environment steps")
    text = f"Seed {seed}. The largest fall: from {scores[seed, before]:.0f} at step {steps[before]:,} "
    text += f"to {scores[seed, before + 1]:.0f} at step {steps[before + 1]:,} (grey)."
    moves = [f"{name} {_plain(x[before])} to {_plain(x[before + 1])}" for name, x in measured.items()]
    text += f" Meanwhile: {', '.join(moves)}." if moves else ""
    names = ", ".join(panels)
    return Picture(fig, f"One agent over training, below one another: {names}. Grey marks its largest fall."), text


def _limits(values: np.ndarray) -> tuple[float, float]:
    there = values[np.isfinite(values)]
    if not there.size:
        return 0.0, 1.0
    low, high = min(0.0, float(there.min())), float(there.max())
    return low, (low + 1.0 if high <= low else high + 0.08 * (high - low))


def _plain(x: float) -> str:
    return f"{x:.0f}" if abs(x) >= 100 else f"{x:.3g}"


WORKED_SCORES = np.array([60.0, 150, 300, 420, 480, 500, 490, 180, 350, 460])
WORKED_VALUES = np.array([40.0, 55, 80, 95, 100, 112, 135, 150, 140, 150])
"""A run of ten examinations, made up so that it can be worked by pencil: its scores, and its highest values."""


def worked() -> tuple[Picture, str]:
    """Draw the worked run: its fall, the examinations that count, and the move of the highest value before each."""
    scores, values, n = WORKED_SCORES, WORKED_VALUES, len(WORKED_SCORES)
    before, fall = largest_fall(scores)
    numbers = np.arange(1, n + 1)
    counted = [at for at in range(2, n - 1) if scores[at] >= fall]
    fig, (above, below) = figure(7.4, 4.6, rows=2, sharex=True, height_ratios=[1, 1.1])
    for ax, line, colour in ((above, scores, COLOURS[0]), (below, values, COLOURS[1])):
        ax.axvspan(before + 1, before + 2, color="#999999", alpha=0.35, linewidth=0)
        ax.plot(numbers, line, "-", color=colour, linewidth=1.6)
        ax.plot(numbers[counted], line[counted], "o", color=colour, markersize=7)
    above.axhline(fall, color="#555555", linewidth=1, linestyle=":")
    above.set(ylabel="score (steps)", ylim=(0, 540))
    note(above, f"{fall:.0f}: the size of the fall", (1, fall), (0, 4))
    for at in counted:
        move = values[at] - values[at - 2]
        note(below, f"{move:+.0f}", (numbers[at], values[at]), (-8, 9), color="#222222")
    below.set(ylabel="highest value", xlabel="examination", xticks=numbers, ylim=(20, 175), xlim=(0.8, n + 0.2))
    moves = ", ".join(f"{numbers[at]}: {values[at] - values[at - 2]:+.0f}" for at in counted)
    text = (
        f"Ten examinations. The largest fall: {fall:.0f}, from examination {before + 1} to {before + 2} (grey). Dots: "
        f"the examinations from which so large a fall is possible, each with its move. By number: {moves}."
    )
    return Picture(fig, text), text
