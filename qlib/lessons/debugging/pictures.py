"""The pictures of lesson 08: symptoms side by side, overestimation, and which instrument finds which fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qlib.lessons.debugging import limits, updates
from qlib.show.picture import COLOURS, DASHES, Picture, figure, note
from qlib.study.statistics import mean_interval


def symptoms(found: Mapping[str, np.ndarray], guess: object = None) -> Picture:
    """Draw the symptoms of some updates, a row for each update and a panel for each symptom.

    Args:
        found: label to values, shape (seeds, symptoms), as `updates.symptoms` gives them.
        guess: a label that somebody has said; its row is marked.
    """
    fig, axes = figure(9.0, 0.5 * len(found) + 1.0, columns=5, sharey=True)
    for column, (ax, name) in enumerate(zip(axes, updates.SYMPTOMS, strict=True)):
        for i, (label, numbers) in enumerate(found.items()):
            mean, low, high = mean_interval(numbers[:, column])
            ax.plot([low, high], [i, i], color=COLOURS[column], linewidth=2)
            ax.plot(mean, i, "o", color=COLOURS[column], markersize=6)
            where = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "fontsize": 7}
            ax.annotate(f"{mean:.2f}", (mean, i), **where, bbox={"fc": "white", "ec": "none", "pad": 0.4, "alpha": 0.7})
            if label == guess:
                ax.axhspan(i - 0.4, i + 0.4, color="#dddddd", zorder=0)
        right = 1.25 * np.nanmax([mean_interval(numbers[:, column]) for numbers in found.values()])
        ax.set(title=name.removeprefix("value of "), ylim=(len(found) - 0.5, -0.9), xlim=(0, right))
        ax.set_yticks(range(len(found)), list(found))
    for ax, truth, words in ((axes[0], 1.0, "true"), (axes[1], updates.CEILING, "ceiling")):
        ax.axvline(truth, color=COLOURS[3], linestyle=DASHES[1])
        note(ax, words, (truth, -0.9), (3, -9), color=COLOURS[3])
    words = "; ".join(
        f"{label}: "
        + ", ".join(f"{name} {value:.2f}" for name, value in zip(updates.SYMPTOMS, numbers.mean(0), strict=True))
        for label, numbers in found.items()
    )
    return Picture(fig, f"Five symptoms of each update, means over seeds with their intervals. {words}.")


def overestimated(found: Mapping[str, Sequence[float]], guess: object = None) -> Picture:
    """Draw each seed's mean highest value, a row for each way to learn, beside the ceiling."""
    fig, ax = figure(7.2, 0.5 * len(found) + 1.1)
    for i, values in enumerate(found.values()):
        ax.plot(values, np.full(len(values), i), "o", color=COLOURS[i], markersize=6, alpha=0.6)
    ax.axvline(limits.CEILING, color=COLOURS[3], linestyle=DASHES[1])
    ax.set(xscale="log", xlabel="mean of the highest values (a point for each seed)", ylim=(len(found) - 0.5, -0.9))
    ax.set_yticks(range(len(found)), list(found))
    note(ax, "ceiling", (limits.CEILING, -0.9), (4, -9), color=COLOURS[3])
    if isinstance(guess, (int, float)):
        ax.axvline(guess, color="#767676", linestyle=DASHES[2])
        note(ax, "you said", (guess, len(found) - 0.5), (4, 3), color="#767676")
    medians = ", ".join(f"{name} {np.median(values):.3g}" for name, values in found.items())
    return Picture(fig, f"Highest values on a logarithmic axis beside the ceiling of 20. Medians: {medians}.")


def instruments(right: Mapping[str, tuple[float, float, int]], guess: object = None) -> Picture:
    """Draw hits and false alarms of instruments, as `measured.right` gives them, the best first."""
    ordered = sorted(right.items(), key=lambda item: (-item[1][0], item[1][1]))
    fig, ax = figure(7.6, 0.3 * len(ordered) + 1.1)
    for i, (name, (hits, false, _)) in enumerate(ordered):
        ax.plot([0, hits], [i, i], color=COLOURS[0], linewidth=3)
        ax.plot(hits, i, "o", color=COLOURS[0], markersize=6)
        ax.plot(false, i, "x", color=COLOURS[1], markersize=7, markeredgewidth=2)
        if name == guess:
            ax.axhspan(i - 0.4, i + 0.4, color="#dddddd", zorder=0)
    ax.set_yticks(range(len(ordered)), [name for name, _ in ordered])
    ax.set(
        xlim=(-0.02, 1),
        ylim=(len(ordered) - 0.5, -0.7),
        xlabel="share of broken agents with an alarm (●), of sound ones (×)",
    )
    words = "; ".join(f"{name}: {hits:.0%} hits, {false:.0%} false alarms" for name, (hits, false, _) in ordered)
    return Picture(fig, f"How often each instrument gave an alarm. {words}.")


def finds(found: Mapping[str, np.ndarray], labels: Sequence[str], names: Sequence[str]) -> Picture:
    """Draw on how many seeds some instruments gave an alarm for each fault: the darker, the more.

    Args:
        found: name to alarms, shape (labels, seeds).
        labels: the faults, in that order.
        names: the instruments to draw.
    """
    shares = np.array([found[name].mean(1) for name in names]).T
    fig, ax = figure(9.0, 0.27 * len(labels) + 1.6)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
    ax.set_yticks(range(len(labels)), labels, fontsize=8)
    ax.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=8)
    ax.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        tone = "white" if share > 0.6 else "black"
        ax.text(column, row, f"{share:.0%}" if share else "·", ha="center", va="center", fontsize=7, color=tone)
    words = "; ".join(
        f"{label}: " + (", ".join(f"{name} {s:.0%}" for name, s in zip(names, row, strict=True) if s) or "none")
        for label, row in zip(labels, shares, strict=True)
    )
    return Picture(fig, f"Share of seeds on which each instrument gave an alarm. {words}.")
