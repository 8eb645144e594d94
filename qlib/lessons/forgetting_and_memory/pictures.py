"""The pictures of lesson 12: what a ring still holds, and what each remedy changes."""

from __future__ import annotations

import numpy as np

from qlib.show.picture import COLOURS, DASHES, Picture, figure, lines
from qlib.show.table import Table
from qlib.study.result import Comparison


def falls_left(memory_size: int, length: int, since: int | np.ndarray) -> np.ndarray:
    """Count the falls in a full ring, some steps after its agent has learned not to fall any more.

    Args:
        memory_size: transitions that the ring holds.
        length: steps of each episode before; each ended in a fall.
        since: steps without a fall, 0 or more.

    Returns:
        Falls, whole numbers.
    """
    return np.maximum(memory_size - np.asarray(since), 0) // length


def ring(memory_size: int, length: int, since: int) -> tuple[Picture, str]:
    """Draw how the falls leave a ring while the agent balances: see `falls_left`."""
    fig, ax = figure(7.2, 2.9)
    steps = np.linspace(0, 12_000, 1_201).astype(int)
    ax.plot(steps, falls_left(memory_size, length, steps), color=COLOURS[0], linewidth=1.8)
    left = int(falls_left(memory_size, length, since))
    ax.plot([since], [left], "o", color=COLOURS[1], markersize=8)
    ax.set(xlabel="steps without a fall", ylabel="falls in memory", xlim=(0, 12_000), ylim=(0, None))
    share = left / memory_size
    at_first = int(falls_left(memory_size, length, 0))
    text = (
        f"A memory of {memory_size:,}, episodes of {length} steps until now: {at_first:,} falls in it. "
        f"After {since:,} steps without a fall: {left:,}, a share of {share:.4f}. A batch of 64 then holds "
        f"{64 * share:.2f} falls on average. The last one goes after {memory_size:,} steps at most."
    )
    return Picture(fig, text), text


def agents(run: Comparison, label: str) -> Picture:
    """Draw one variant's scores over training, agent by agent, and their mean."""
    fig, ax = figure()
    ax.plot(run.steps, run[label].T, color="#767676", linewidth=0.7, alpha=0.7)
    ax.plot(run.steps, run[label].mean(0), color=COLOURS[0], linewidth=2.4)
    ax.set(xlabel="environment steps", ylabel="greedy score", xlim=(0, run.steps[-1]), ylim=(0, 520))
    n = len(run[label])
    return Picture(fig, f"{label}: the scores of {n} agents over training (thin), and their mean (thick).")


def size_table(sweep: Comparison, usual: str) -> Table:
    """Tell what each memory size changes against the usual one, paired by seed, and the share of falls at the end."""
    rows = [f"{'':14} {'final score':^26} {'over training':^26}  share of falls"]
    for label, share in zip(sweep.labels, sweep.diagnostics["share of falls"][:, :, -1], strict=True):
        end, way = sweep.difference(label, usual), sweep.difference(label, usual, when="over training")
        same = np.array_equal(sweep[label], sweep[usual])
        words = "compared with" if label == usual else "the same, digit for digit"
        rows.append(f"{label:14} {f'{words:53}' if same else f'{end:+7.1f} {way:+7.1f}'}  {share.mean():.4f}")
    return Table(*rows)


def over_sizes(result: Comparison) -> Picture:
    """Draw each variant's mean score over training, and below it the falls in its memory (logarithmic).

    Args:
        result: measured with the diagnostic "falls in memory".
    """
    fig, (above, below) = figure(7.6, 4.8, rows=2, sharex=True, height_ratios=[3, 2])
    scores, falls = result.scores.mean(1), result.diagnostics["falls in memory"].mean(1)
    above.set(ylabel="greedy score", xlim=(0, result.steps[-1]), ylim=(0, 1.05 * scores.max()))
    lines(above, result.steps, dict(zip(result.labels, scores, strict=True)))
    for i, mean in enumerate(falls):
        below.plot(result.steps, mean, color=COLOURS[i], linestyle=DASHES[i], linewidth=1.8)
    below.set(xlabel="environment steps", ylabel="falls in memory\n(logarithmic from 1)", ylim=(0, None))
    below.set_yscale("symlog", linthresh=1)
    ends = zip(result.labels, scores[:, -1], falls[:, -1], strict=True)
    words = ", ".join(f"{label} {score:.0f} and {left:.0f}" for label, score, left in ends)
    return Picture(fig, f"Mean greedy score over training, and below it falls in memory. At the end: {words}.")


def remedies(rows: dict[str, tuple[tuple, tuple]], base: str) -> Picture:
    """Draw what each remedy changes, with intervals: the final score, and the share of seeds that end solved.

    Args:
        rows: remedy to its change of score and of share, each (mean, low, high).
        base: the name of what they are compared with.
    """
    fig, axes = figure(7.6, 0.34 * len(rows) + 1.1, columns=2, sharey=True)
    names = "change in final score (steps)", "change in share that ends solved"
    for ax, name, changes in zip(axes, names, zip(*rows.values(), strict=True), strict=True):
        ax.axvline(0, color="#555555", linewidth=1)
        for y, (mean, low, high) in enumerate(changes):
            colour, mark = (COLOURS[0], "^") if low > 0 else (COLOURS[1], "v") if high < 0 else ("#767676", "o")
            ax.plot([low, high], [y, y], color=colour, linewidth=2)
            ax.plot(mean, y, mark, color=colour, markersize=7)
        ax.set(xlabel=name)
    axes[0].set_yticks(range(len(rows)), list(rows))
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    words = "triangle up: the interval lies above 0; down: below 0; grey dot: it holds 0"
    fig.suptitle(words, fontsize=9, x=0.01, ha="left")
    means = ", ".join(f"{label} {score[0]:+.0f} and {share[0]:+.2f}" for label, (score, share) in rows.items())
    return Picture(fig, f"Change against {base}, with 95 % intervals, {words}. Score and share: {means}.")
