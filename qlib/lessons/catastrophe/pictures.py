"""The pictures of lesson 09: an agent's instruments on one time axis, and how its score fell."""

from __future__ import annotations

import numpy as np

from qlib.show.picture import COLOURS, DASHES, Picture, figure
from qlib.study.result import Comparison

UNITS = {
    "score": "steps",
    "falls in memory": "transitions",
    "action gap": "return",
    "doomed value": "return",
    "highest value": "return",
    "loss": "return², logarithmic",
}


def largest_fall(scores: np.ndarray) -> tuple[int, float]:
    """Find where a score fell the most from one checkpoint to the next.

    Args:
        scores: shape (checkpoints,), at least 2.

    Returns:
        The last checkpoint before the fall, and the fall; 0 or below if the score never fell.
    """
    falls = np.asarray(scores[:-1]) - np.asarray(scores[1:])
    before = int(falls.argmax())
    return before, float(falls[before])


def instruments(result: Comparison, label: str, seed: int) -> tuple[Picture, str]:
    """Draw one agent's score and diagnostics below one another, its largest fall marked in all of them.

    Args:
        result: measured with diagnostics, at two or more checkpoints.
        label: the variant.
        seed: which of its agents.

    Raises:
        ValueError: if there is no such seed, or a score is missing.
    """
    scores = result[label]
    if not 0 <= seed < len(scores):
        raise ValueError(f"There is no seed {seed} here: choose one from 0 to {len(scores) - 1}.")
    if not np.isfinite(scores[seed]).all():
        raise ValueError(f"Seed {seed} has no score at every checkpoint: it diverged, or the run was interrupted.")
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
        if name == "loss" and (values > 0).all():
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
