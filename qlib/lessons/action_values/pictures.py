"""The pictures of lesson 01: worth and ceiling, the chain and its table, and what CartPole's cells have learned."""

from __future__ import annotations

import numpy as np

from qlib.lessons.action_values import bins as cells
from qlib.lessons.action_values.tables import ACTIONS, CHAIN, STATES, repeat, seen, true_values
from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Heat, Interval, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Arrow, Box, Words
from qlib.show.sheet import sheet
from qlib.show.tokens import NAMES as COLOURS
from qlib.study.statistics import band, mean_interval

NAMES = tuple(f"Q({state}, {action})" for state in STATES for action in ACTIONS)


def chain() -> Drawing:
    """Draw the world of two states: an arrow for each action, with what it pays."""
    marks: list[Mark] = []
    for x, name, pays in ((1.4, "A", 1), (3.9, "B", 2)):
        to = x + 2.15 if name == "A" else x + 1.95
        marks += [
            Box(x, 1.25, 0.7, 0.7, name, edge=2, round=True, size=20),
            Arrow(x - 0.2, 0.95, x + 0.2, 0.95, -1.4, "blue"),
            Words(x, 0.3, "wait: 0", "blue", "middle", size=14),
            Arrow(x + 0.4, 1.25, to, 1.25, 0, "vermilion"),
            Words((x + to) / 2 + 0.2, 1.05, f"go: {pays}", "vermilion", "middle", size=14),
        ]
    marks.append(Words(6.4, 1.25, "the end", "ink", "middle", size=14))
    alt = "Two states. In A, wait stays and pays 0, go leads to B and pays 1. In B, wait stays, go ends it."
    return Drawing(Panel(marks, frame=(0.6, 0, 7.2, 1.8)), alt=alt, height=190, width=640)


def adding_up(gamma: float, steps: int) -> Drawing:
    """Draw what the first k of so many rewards of 1 are worth together at the first step, against their number.

    Args:
        gamma: the discount.
        steps: rewards in all.
    """
    k = np.arange(steps + 1)
    worth = (1 - gamma**k) / (1 - gamma)
    x, y = Axis("rewards of 1, one a step", 0, steps), Axis("worth at the first step", 0, steps)
    alt = f"With gamma {gamma:g}, {steps} rewards of 1 are worth {worth[-1]:.2f} at the first step."
    return Drawing(Panel([Line(k, worth, label=f"all of them: {worth[-1]:.2f}")], x, y), alt=alt, height=270)


def ceiling(gamma: float) -> tuple[Drawing, str]:
    """Draw what a later reward of 1 is worth now, and what all rewards until a fall are worth together.

    Args:
        gamma: the discount, from 0 to below 1.
    """
    top, k = 1 / (1 - gamma), np.arange(61)
    worth = [Bars(k, gamma**k, width=0.5), Rule(top, "y", "horizon", "vermilion")]
    value = [Line(k, (1 - gamma**k) * top), Rule(top, "x", "ceiling", "vermilion")]
    left = Panel(worth, Axis("steps from now", -1, 60), Axis("worth of a reward of 1", 0, 1.15))
    right = Panel(value, Axis("steps until the fall", 0, 60), Axis("value of the state", 0, 1.18 * top))
    text = (
        f"gamma {gamma:.2f}: the horizon is {top:.1f} steps, and the ceiling {top:.2f}. "
        f"A fall in {round(top)} steps leaves {(1 - gamma ** round(top)) * top:.2f} of it."
    )
    alt = f"Worth of later rewards and value of a state for gamma {gamma:.2f}."
    return Drawing(left, right, alt=alt, width=840), text


def one_round(q: np.ndarray, gamma: float, rate: float) -> Drawing:
    """Draw one update of each of the chain's transitions: what was thought, what was seen, and the step towards it.

    Args:
        q: the table before, shape (states, actions).
        gamma: the discount.
        rate: the part of the way that a step goes.
    """
    heads = ["state", "action", "thought", "reward", "next", "best there", "ended", "saw", "now"]
    rows = []
    for step in CHAIN:
        thought, saw = q[step.s, step.a], seen(q, step, gamma)
        best = "none" if step.terminated else f"{q[step.next_s].max():.2f}"
        row = [STATES[step.s], ACTIONS[step.a], f"{thought:.2f}", f"{step.reward:g}", STATES[step.next_s], best]
        rows.append([*row, "yes" if step.terminated else "no", f"{saw:.2f}", f"{thought + rate * (saw - thought):.2f}"])
    marked = {2: "blue", 7: "vermilion", 8: "green"}
    boxes = {(i, column): colour for i in range(len(rows)) for column, colour in marked.items()}
    alt = f"Four updates, one a row, with gamma {gamma:g} and rate {rate:g}: thought, saw, and now."
    return sheet(heads, rows, alt, boxes=boxes)


def convergence(rate: float, gamma: float, terminal_cut: bool) -> tuple[Drawing, str]:
    """Draw how the chain's table moves over 60 rounds; dotted lines are the true values.

    Args:
        rate, gamma, terminal_cut: as in `tables.repeat`.
    """
    history, truth = repeat(rate, gamma, 60, terminal_cut), true_values(gamma)
    error = abs(history[-1] - truth).max()
    ends = ", ".join(f"{name} = {_short(value)}" for name, value in zip(NAMES, history[-1].flat, strict=True))
    verdict = "All are within 0.05 of the truth." if error < 0.05 else f"The largest error is {_short(error)}."
    alt = "The table's four values over 60 rounds; dotted lines are the true values."
    return Drawing(_values_over_rounds(history, truth), alt=alt, height=340), f"After 60 rounds: {ends}. {verdict}"


def at_rate(guess: float | None) -> Drawing:
    """Draw the chain's table at the rate that was guessed, with gamma 0.9; None: at the lowest that never settles."""
    return convergence(guess or 2, 0.9, True)[0]


def _values_over_rounds(history: np.ndarray, truth: np.ndarray, title: str = "") -> Panel:
    top = max(1.2 * truth.max(), min(1.15 * history.max(), 25.0))
    bottom = max(min(-0.3, 1.15 * history.min()), -10.0)
    curves = dict(zip(NAMES, history.reshape(len(history), -1).T, strict=True))
    true = [Rule(value, colour=name, dash=2, width=1) for name, value in zip(COLOURS, truth.flat, strict=False)]
    y = Axis("action value", bottom, top)
    return Panel([*true, *lines(np.arange(len(history)), curves)], Axis("rounds", 0, len(history) - 1), y, title)


def broken_tables() -> Drawing:
    """Draw how three tables learn the chain with gamma 0.9, each with one thing wrong: for exercise 1.4."""
    histories = {
        "left": repeat(2.05, 0.9, 40),
        "middle": repeat(0.5, 0.9, 40, terminal_cut=False),
        "right": repeat(0.5, 0.0, 40),
    }
    panels = [_values_over_rounds(history, true_values(0.9), place) for place, history in histories.items()]
    alt = "Three panels: the four values of a table over 40 rounds, and dotted the true ones."
    return Drawing(*panels, alt=alt, width=860)


def score(learned: cells.Learned) -> Drawing:
    """Draw the greedy score of tables over training: their mean with its interval, and each seed faintly."""
    thousands, n = learned.steps / 1_000, len(learned.scores)
    each = [Line(thousands, one, colour="rule", width=1) for one in learned.scores]
    x, y = Axis("steps of training, in thousands", 0, thousands[-1]), Axis("greedy score (steps)", 0, 520)
    alt = f"Greedy score over training: {n} tables as thin lines, their mean with its interval."
    return Drawing(Panel([*each, *lines(thousands, {"mean": band(learned.scores)})], x, y), alt=alt, height=320)


def plan(learned: cells.Learned, seed: int, bins: int) -> tuple[Drawing, str]:
    """Draw which action a table prefers by angle and spin, for a cart near the centre that stands nearly still.

    Args:
        learned: tables over CartPole's cells.
        seed: which of them.
        bins: into how many each number is cut.
    """
    middle = (bins // 2, bins // 2)  # the bins of position and velocity from 0 on
    table = learned.tables[seed].reshape(bins, bins, bins, bins, 2)[middle]
    seen_there = learned.visits[seed].reshape(bins, bins, bins, bins, 2)[middle].sum(-1) > 0
    prefers = np.where(seen_there, 1 + (table[..., 1] > table[..., 0]), 0)
    degrees, spin = np.degrees(cells.RANGES[2]), cells.RANGES[3]
    cut = Heat(prefers.T, -degrees, degrees, -spin, spin, colours=("rule", "blue", "vermilion"))
    x, y = Axis("angle of the pole (degrees)", -degrees, degrees), Axis("spin (rad/s)", -spin, spin)
    key = [("never seen", "rule"), ("push left", "blue"), ("push right", "vermilion")]
    words = f"Of {bins**2} cells here, {int((~seen_there).sum())} were never seen by table {seed}."
    alt = f"Which action a table prefers, by angle and spin. {words}"
    return Drawing(Panel([cut], x, y), alt=alt, height=360, width=460, key=key), words


def coverage(found: dict[int, cells.Learned]) -> Drawing:
    """Draw, by the number of bins, how many cells there are, how many a table ever saw, and how well it plays at last.

    Args:
        found: by the number of bins, tables that learned on them.
    """
    counts = np.array(list(found))
    seen_ever = np.array([n**4 * (1 - learned.never.mean()) for n, learned in found.items()])
    score, low, high = np.transpose([mean_interval(learned.scores[:, -1]) for learned in found.values()])
    x = Axis("bins for each number", counts[0] - 1, counts[-1] + 1, ticks={n: f"{n}" for n in counts.tolist()})
    curves = lines(counts, {"there are": counts**4.0, "ever seen": seen_ever})
    left = Panel(curves, x, Axis("cells", 50, 3e5, log=True))
    right = Panel([Interval(counts, score, low, high)], x, Axis("greedy score at the end", 0, 520))
    words = "; ".join(
        f"{n} bins: {n**4:,} cells, {share:,.0f} seen, score {mean:.0f}"
        for n, share, mean in zip(counts.tolist(), seen_ever, score, strict=True)
    )
    alt = f"Cells, those ever seen, and the score at the end with its interval. {words}."
    return Drawing(left, right, alt=alt, width=860)


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1e4 else f"{value:.0e}"
