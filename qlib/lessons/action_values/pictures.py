"""The pictures of lesson 01: worth and ceiling, the chain and its table, and what CartPole's cells have learned."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import FancyArrowPatch, Rectangle

from qlib.lessons.action_values import bins as cells
from qlib.lessons.action_values.tables import ACTIONS, CHAIN, STATES, repeat, seen, true_values
from qlib.show.picture import COLOURS, DASHES, Picture, blank, figure, lines, note
from qlib.study.statistics import band, mean_interval

NAMES = tuple(f"Q({state}, {action})" for state in STATES for action in ACTIONS)


def chain() -> Picture:
    """Draw the world of two states: an arrow for each action, with what it pays."""
    fig, ax = blank(7.2, 2.0)
    ax.set(xlim=(0, 7.2), ylim=(0, 2.0))
    for x, name in ((1.4, "A"), (3.9, "B")):
        ax.text(x, 0.75, name, fontsize=16, ha="center", va="center", bbox={"boxstyle": "circle", "fc": "w", "lw": 1.8})
        _arrow(ax, (x - 0.2, 1.02), (x + 0.2, 1.02), COLOURS[0], -2.2)
        ax.text(x, 1.72, "wait: 0", color=COLOURS[0], ha="center")
    _arrow(ax, (1.75, 0.75), (3.55, 0.75), COLOURS[1])
    ax.text(2.65, 0.9, "go: 1", color=COLOURS[1], ha="center")
    _arrow(ax, (4.25, 0.75), (5.85, 0.75), COLOURS[1])
    ax.text(5.05, 0.9, "go: 2", color=COLOURS[1], ha="center")
    ax.text(6.3, 0.75, "the end", ha="center", va="center")
    return Picture(
        fig, "Two states. In A, wait stays and pays 0, go leads to B and pays 1. In B, wait stays, go ends it."
    )


def _arrow(ax: Any, start: tuple, end: tuple, colour: Any, bend: float = 0.0) -> None:
    style = f"arc3,rad={bend}"
    ax.add_patch(
        FancyArrowPatch(start, end, connectionstyle=style, arrowstyle="-|>", mutation_scale=14, color=colour, lw=1.8)
    )


def adding_up(gamma: float, steps: int, guess: float | None = None) -> Picture:
    """Draw what the first k of so many rewards of 1 are worth together at the first step, and a guess at their sum.

    Args:
        gamma: the discount.
        steps: rewards in all.
        guess: None: nobody has guessed.
    """
    k = np.arange(steps + 1)
    worth = (1 - gamma**k) / (1 - gamma)
    fig, ax = figure(7.2, 2.8)
    ax.plot(k, worth, color=COLOURS[0], linewidth=2)
    top = max(worth[-1], guess or 0)
    ax.set(xlabel="rewards of 1, one a step", ylabel="worth at the first step", xlim=(0, steps), ylim=(0, 1.2 * top))
    note(ax, f"all of them: {worth[-1]:.2f}", (0.45 * steps, worth[-1]), (0, 5), color=COLOURS[0])
    if guess is not None:
        ax.axhline(guess, color=COLOURS[1], linestyle=DASHES[1])
        note(ax, f"you said {guess:g}", (0.75 * steps, guess), (0, 5), color=COLOURS[1])
    return Picture(fig, f"With gamma {gamma:g}, {steps} rewards of 1 are worth {worth[-1]:.2f} at the first step.")


def ceiling(gamma: float) -> tuple[Picture, str]:
    """Draw what a later reward of 1 is worth now, and what all rewards until a fall are worth together.

    Args:
        gamma: the discount, from 0 to below 1.
    """
    top, k = 1 / (1 - gamma), np.arange(61)
    fig, (left, right) = figure(8.4, 3.0, columns=2)
    left.vlines(k, 0, gamma**k, color=COLOURS[0], linewidth=3)
    left.axvline(top, color=COLOURS[1], linestyle=DASHES[1])
    left.set(xlabel="steps from now", ylabel="worth of a reward of 1", xlim=(-1, 60), ylim=(0, 1.15))
    if top < 60:
        note(left, "horizon", (top, 1.06), (4, 0), color=COLOURS[1])
    right.plot(k, (1 - gamma**k) * top, color=COLOURS[0], linewidth=2)
    right.axhline(top, color=COLOURS[1], linestyle=DASHES[1])
    note(right, "ceiling", (1, top), (0, 4), color=COLOURS[1])
    right.set(xlabel="steps until the fall", ylabel="value of the state", xlim=(0, 60), ylim=(0, 1.18 * top))
    text = (
        f"gamma {gamma:.2f}: the horizon is {top:.1f} steps, and the ceiling {top:.2f}. "
        f"A fall in {round(top)} steps leaves {(1 - gamma ** round(top)) * top:.2f} of it."
    )
    return Picture(fig, f"Worth of later rewards and value of a state for gamma {gamma:.2f}."), text


def one_round(q: np.ndarray, gamma: float, rate: float) -> Picture:
    """Draw one update of each of the chain's transitions: what was thought, what was seen, and the step towards it.

    Args:
        q: the table before, shape (states, actions).
        gamma: the discount.
        rate: the part of the way that a step goes.
    """
    heads = ["state", "action", "thought", "reward", "next", "best there", "ended", "saw", "now"]
    fig, ax = figure(8.4, 0.4 * (len(CHAIN) + 1) + 0.2)
    ax.set(xlim=(0, len(heads)), ylim=(len(CHAIN) + 0.4, -0.6))
    ax.axis("off")
    for column, head in enumerate(heads):
        ax.text(column + 0.5, -0.1, head, ha="center", va="center", weight="bold")
    for i, step in enumerate(CHAIN):
        thought, saw = q[step.s, step.a], seen(q, step, gamma)
        best = "none" if step.terminated else f"{q[step.next_s].max():.2f}"
        row = [STATES[step.s], ACTIONS[step.a], f"{thought:.2f}", f"{step.reward:g}", STATES[step.next_s], best]
        row += ["yes" if step.terminated else "no", f"{saw:.2f}", f"{thought + rate * (saw - thought):.2f}"]
        for column, text in enumerate(row):
            ax.text(column + 0.5, i + 0.8, text, ha="center", va="center")
        for column, colour, style in ((2, COLOURS[0], "-"), (7, COLOURS[1], "--"), (8, COLOURS[2], "-")):
            box = Rectangle((column + 0.1, i + 0.42), 0.8, 0.76, fill=False, ec=colour, lw=1.8, ls=style)
            ax.add_patch(box)
    return Picture(fig, f"Four updates, one a row, with gamma {gamma:g} and rate {rate:g}: thought, saw, and now.")


def convergence(rate: float, gamma: float, terminal_cut: bool) -> tuple[Picture, str]:
    """Draw how the chain's table moves over 60 rounds; dotted lines are the true values.

    Args:
        rate, gamma, terminal_cut: as in `tables.repeat`.
    """
    history, truth = repeat(rate, gamma, 60, terminal_cut), true_values(gamma)
    fig, ax = figure(7.2, 3.4)
    _values_over_rounds(ax, history, truth)
    error = abs(history[-1] - truth).max()
    ends = ", ".join(f"{name} = {_short(value)}" for name, value in zip(NAMES, history[-1].flat, strict=True))
    verdict = "All are within 0.05 of the truth." if error < 0.05 else f"The largest error is {_short(error)}."
    return Picture(fig, "The table's four values over 60 rounds; dotted lines are the true values."), (
        f"After 60 rounds: {ends}. {verdict}"
    )


def at_rate(guess: float | None) -> Picture:
    """Draw the chain's table at the rate that was guessed, with gamma 0.9; None: at the lowest that never settles."""
    return convergence(guess or 2, 0.9, True)[0]


def _values_over_rounds(ax: Any, history: np.ndarray, truth: np.ndarray) -> None:
    top = max(1.2 * truth.max(), min(1.15 * history.max(), 25.0))
    bottom = max(min(-0.3, 1.15 * history.min()), -10.0)
    ax.set(xlabel="rounds", ylabel="action value", xlim=(0, len(history) - 1), ylim=(bottom, top))
    lines(ax, np.arange(len(history)), dict(zip(NAMES, history.reshape(len(history), -1).T, strict=True)))
    for colour, value in zip(COLOURS, truth.flat, strict=False):
        ax.axhline(value, color=colour, linestyle=":", linewidth=1)


def broken_tables() -> Picture:
    """Draw how three tables learn the chain with gamma 0.9, each with one thing wrong: for exercise 1.4."""
    fig, panels = figure(9.6, 3.2, columns=3)
    histories = {
        "left": repeat(2.05, 0.9, 40),
        "middle": repeat(0.5, 0.9, 40, terminal_cut=False),
        "right": repeat(0.5, 0.0, 40),
    }
    for ax, (place, history) in zip(panels, histories.items(), strict=True):
        _values_over_rounds(ax, history, true_values(0.9))
        ax.set(title=place, ylabel="action value" if place == "left" else "")
    return Picture(fig, "Three panels: the four values of a table over 40 rounds, and dotted the true ones.")


def score(learned: cells.Learned) -> Picture:
    """Draw the greedy score of tables over training: their mean with its interval, and each seed faintly."""
    fig, ax = figure(7.2, 3.2)
    thousands = learned.steps / 1_000
    ax.set(xlabel="steps of training, in thousands", ylabel="greedy score (steps)", xlim=(0, thousands[-1]))
    ax.set(ylim=(0, 520))
    ax.plot(thousands, learned.scores.T, color="#999999", linewidth=0.6)
    lines(ax, thousands, {"mean": band(learned.scores)})
    n = len(learned.scores)
    return Picture(fig, f"Greedy score over training: {n} tables as thin lines, their mean with its interval.")


def plan(learned: cells.Learned, seed: int, bins: int) -> tuple[Picture, str]:
    """Draw which action a table prefers by angle and spin, for a cart near the centre that stands nearly still.

    Args:
        learned: tables over CartPole's cells.
        seed: which of them.
        bins: into how many each number is cut.
    """
    middle = (bins // 2, bins // 2)  # the bins of position and velocity from 0 on
    table = learned.tables[seed].reshape(bins, bins, bins, bins, 2)[middle]
    seen_there = learned.visits[seed].reshape(bins, bins, bins, bins, 2)[middle].sum(-1) > 0
    look = np.where(seen_there, 1 + (table[..., 1] > table[..., 0]), 0)
    fig, ax = figure(5.2, 3.8)
    colours = ListedColormap(["#e6e6e6", COLOURS[0], COLOURS[1]])
    degrees, spin = np.degrees(cells.RANGES[2]), cells.RANGES[3]
    ax.imshow(look.T, origin="lower", extent=(-degrees, degrees, -spin, spin), aspect="auto", cmap=colours, vmax=2)
    ax.grid(visible=False)
    ax.set(xlabel="angle of the pole (degrees)", ylabel="spin (rad/s)")
    for i, name in enumerate(("never seen", "push left", "push right")):
        ax.plot([], [], "s", color=colours(i), label=name)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    words = f"Of {bins**2} cells here, {int((~seen_there).sum())} were never seen by table {seed}."
    return Picture(fig, f"Which action a table prefers, by angle and spin. {words}"), words


def coverage(found: dict[int, cells.Learned]) -> Picture:
    """Draw, by the number of bins, how many cells there are, how many a table ever saw, and how well it plays at last.

    Args:
        found: by the number of bins, tables that learned on them.
    """
    fig, (left, right) = figure(9.6, 3.0, columns=2)
    counts = np.array(list(found))
    seen_ever = np.array([n**4 * (1 - learned.never.mean()) for n, learned in found.items()])
    left.set(xlabel="bins for each number", ylabel="cells", yscale="log", xlim=(counts[0], counts[-1]), ylim=(50, 3e5))
    lines(left, counts, {"there are": counts**4.0, "ever seen": seen_ever}, marker="o")
    at_last = np.transpose([mean_interval(learned.scores[:, -1]) for learned in found.values()])
    right.errorbar(
        counts, at_last[0], abs(at_last[1:] - at_last[0]), color=COLOURS[0], marker="o", ls="none", capsize=3
    )
    right.set(xlabel="bins for each number", ylabel="greedy score at the end", ylim=(0, 520))
    words = "; ".join(
        f"{n} bins: {n**4:,} cells, {share:,.0f} seen, score {score:.0f}"
        for n, share, score in zip(counts.tolist(), seen_ever, at_last[0], strict=True)
    )
    return Picture(fig, f"Cells, those ever seen, and the score at the end with its interval. {words}.")


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1e4 else f"{value:.0e}"
