"""Pictures of lesson 05: replay memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.patches import Rectangle

from qlib.core.memory import Batch
from qlib.lessons.replay_memory.price import Price
from qlib.show.picture import COLOURS, Picture, figure, lines, note
from qlib.study.statistics import mean_interval

NAMES = ("cart position", "cart velocity", "pole angle", "pole angular velocity")
UNITS = ("m", "m/s", "rad", "rad/s")
SUSPECTS = {"A": "unwritten", "B": "sound", "C": "newest missing", "D": "uneven"}  # of exercise 5.5


def correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate each column of two arrays of shape (n, 4); returns shape (4,), each from -1 to 1."""
    a, b = first - first.mean(0), second - second.mean(0)
    return (a * b).mean(0) / (a.std(0) * b.std(0))


def pairs(episode: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """List the rows that lie `lag` steps apart in one episode.

    Args:
        episode: the number of the episode that each step belongs to, shape (n,).
        lag: steps between the two, from 1 up.

    Returns:
        Rows of the earlier and the later step, each of shape (pairs,).
    """
    rows = np.arange(len(episode) - lag)
    rows = rows[episode[rows] == episode[rows + lag]]
    return rows, rows + lag


def neighbours(observations: np.ndarray, episode: np.ndarray, lag: int, quantity: str) -> tuple[Picture, str]:
    """Draw one quantity against itself `lag` steps later and in a shuffled batch, and its correlation at each lag.

    Args:
        observations: shape (n, 4), in the order in which they happened.
        episode: the number of the episode of each, shape (n,).
        lag: steps between the two.
        quantity: one of NAMES.

    Raises:
        ValueError: if no episode is that long.
    """
    earlier, later = pairs(episode, lag)
    if len(earlier) < 50:
        raise ValueError(f"Only {len(earlier)} pairs lie {lag} steps apart in one episode: choose a smaller lag.")
    rng = np.random.default_rng(0)
    shuffled = rng.integers(len(observations), size=(2, len(earlier)))
    shown = rng.permutation(len(earlier))[:400]
    fig, (points, curve) = figure(7.2, 3.2, columns=2, width_ratios=[1, 1])
    i = NAMES.index(quantity)
    for k, (a, b) in enumerate(((shuffled[0], shuffled[1]), (earlier, later))):
        look = {"color": COLOURS[1 - k], "alpha": 0.55 + 0.35 * k}
        points.plot(observations[a[shown], i], observations[b[shown], i], "x."[k], markersize=4, **look)
    points.set(xlabel=f"{quantity} ({UNITS[i]})", ylabel=f"{lag} later, or next in the batch")
    lags = np.arange(1, 41)
    in_order = np.array([_at_lag(observations, episode, int(at))[i] for at in lags])
    strangers = correlations(observations[shuffled[0]], observations[shuffled[1]])[i]
    curve.set(xlabel="lag (steps)", ylabel="correlation", xlim=(0, 56), ylim=(-1.05, 1.1), xticks=(1, 10, 20, 30, 40))
    lines(curve, lags, {"in order": in_order, "shuffled": np.full(len(lags), strangers)})
    curve.plot(lag, in_order[lag - 1], "o", color=COLOURS[0])
    text = f"The {quantity} at lag {lag}: correlation {in_order[lag - 1]:.2f} in order, {strangers:.2f} shuffled."
    return Picture(fig, text), text


def _at_lag(observations: np.ndarray, episode: np.ndarray, lag: int) -> np.ndarray:
    earlier, later = pairs(episode, lag)
    few = len(earlier) < 50
    return np.full(4, np.nan) if few else correlations(observations[earlier], observations[later])


def all_four(observations: np.ndarray, episode: np.ndarray, lag: int, guess: float | None = None) -> Picture:
    """Draw how each quantity correlates with itself `lag` steps later, and a guess of the last one."""
    fig, ax = figure(7.2, 2.6)
    values = _at_lag(observations, episode, lag)
    ax.bar(NAMES, values, color=COLOURS[0], width=0.55)
    for i, value in enumerate(values):
        note(ax, f"{value:.2f}", (i, max(value, 0)), (0, 3), ha="center")
    ax.set(ylabel=f"correlation\n{lag} {'step' if lag == 1 else 'steps'} later", ylim=(min(-0.1, *values - 0.1), 1.2))
    ax.grid(axis="x", visible=False)
    if guess is not None:
        ax.plot([2.6, 3.4], [guess, guess], color=COLOURS[3], linewidth=2)
        note(ax, "you said", (2.6, guess), (-4, 0), color=COLOURS[3], ha="right", va="center")
    return Picture(fig, f"The correlation of each of four quantities with itself at lag {lag}.")


def price_bars(prices: Mapping[str, Price]) -> Picture:
    """Draw what a transition and a batch of 64 cost in each kind of memory."""
    fig, panels = figure(7.2, 2.0, columns=2)
    for ax, field, factor, unit in zip(
        panels, Price._fields, (1, 1e6), ("bytes a transition", "µs a batch"), strict=True
    ):
        values = [factor * getattr(price, field) for price in prices.values()]
        ax.barh(list(prices), values, color=COLOURS[: len(values)], height=0.6)
        ax.set(xlabel=unit, xlim=(0, 1.25 * max(values)))
        for i, value in enumerate(values):
            note(ax, f"{value:,.0f}", (value, i), va="center")
    return Picture(fig, "Bytes a transition and time for a batch of 64, in a ring of tensors and in a deque of tuples.")


def two_ways(scores: dict[str, np.ndarray]) -> Picture:
    """Draw the scores of ways of training over the same seeds, with the mean and interval of each.

    Args:
        scores: label to steps, each of shape (seeds,).
    """
    fig, ax = figure(7.2, 0.6 * len(scores) + 1.4)
    for y, values in enumerate(scores.values()):
        ax.plot(values, np.full(len(values), y), "o", color=COLOURS[y], alpha=0.5, markersize=6)
        mean, low, high = mean_interval(values)
        ax.errorbar(mean, y - 0.25, xerr=[[mean - low], [high - mean]], fmt="D", color=COLOURS[y], capsize=4)
    ax.set(xlabel="greedy score (steps)", xlim=(0, 510), ylim=(len(scores) - 0.5, -0.7))
    ax.set_yticks(range(len(scores)), list(scores))
    return Picture(fig, "One dot a seed, and a diamond for the mean with its interval: " + ", ".join(scores) + ".")


def contents(log: Batch, episode: np.ndarray, step: int, capacity: int) -> tuple[Picture, str]:
    """Draw what a ring of this capacity would hold at one moment of a recorded run.

    Args:
        log: every transition of the run, in order; its observations have shape (steps, 4).
        episode: the number of the episode of each, shape (steps,).
        step: the moment, in steps from the start.
        capacity: transitions held.
    """
    held = np.arange(max(0, step - capacity), step)
    observations, ended = log.observations.numpy()[held], log.terminated.numpy()[held]
    age = step - 1 - held
    fig, (states, ages) = figure(7.2, 3.4, columns=2, width_ratios=[3, 2])
    points = states.scatter(
        observations[:, 0], observations[:, 2], c=age, cmap="cividis", s=7, vmin=0, vmax=max(1, len(held))
    )
    states.plot(observations[ended, 0], observations[ended, 2], "x", color=COLOURS[1], markersize=7, markeredgewidth=2)
    states.set(xlabel="cart position (m)", ylabel="pole angle (rad)", xlim=(-2.6, 2.6), ylim=(-0.26, 0.26))
    states.set_title("crosses: the last step before a termination", fontsize=9)
    fig.colorbar(points, ax=states, label="age (steps)")
    lengths = np.unique(episode[held], return_counts=True)[1]
    ages.bar(np.arange(1, len(lengths) + 1), lengths, color=COLOURS[0], width=0.85)
    ages.set(xlabel="episode, oldest first", xlim=(0.4, len(lengths) + 0.6))
    ages.set_title("transitions held", fontsize=9)
    ages.xaxis.get_major_locator().set_params(integer=True)
    text = (
        f"After {step:,} steps a memory of {capacity:,} holds {len(held):,} transitions. Episodes in it: "
        f"{len(lengths)}. Oldest: {age.max():,} steps old. Terminations: {int(ended.sum())}, "
        f"{100 * ended.mean():.1f} % of the memory."
    )
    return Picture(fig, text), text


def terminal_share(log: Batch, capacities: list[int]) -> Picture:
    """Draw the share of terminations that rings hold over a recorded run, one line a capacity."""
    ended = np.concatenate([[0], np.cumsum(log.terminated.numpy())])
    step = np.arange(50, len(ended))
    shares = {}
    for capacity in capacities:
        first = np.maximum(step - capacity, 0)
        shares[f"{capacity:,} slots"] = 100 * (ended[step] - ended[first]) / (step - first)
    fig, ax = figure(7.2, 2.8)
    ax.set(xlabel="steps of training", ylabel="terminations in\nthe memory (%)", xlim=(0, len(ended) * 1.02))
    ax.set_ylim(0, 1.05 * max(share.max() for share in shares.values()))
    lines(ax, step, shares)
    return Picture(fig, "The share of terminations in memories of different capacities as training goes on.")


def ring(pushed: int, capacity: int) -> tuple[Picture, str]:
    """Draw which transition sits in which slot of a ring, and where the next one goes.

    Args:
        pushed: transitions pushed so far.
        capacity: slots.
    """
    fig, ax = figure(7.2, 1.7)
    newest = pushed - 1
    for slot in range(capacity):
        n = newest - (newest - slot) % capacity  # below 0: nothing is written here
        shade, dash, text = (0.65 - 0.5 * (newest - n) / capacity, "-", f"{n}") if n >= 0 else (0, (0, (2, 2)), "–")
        colour = (*COLOURS[0], shade)
        ax.add_patch(Rectangle((slot + 0.04, 0), 0.92, 1, facecolor=colour, edgecolor="#333333", linestyle=dash))
        ax.text(slot + 0.5, 0.5, text, ha="center", va="center", fontsize=11)
        ax.text(slot + 0.5, -0.22, f"{slot}", ha="center", va="center", fontsize=8, color="#555555")
    x, arrow = pushed % capacity + 0.5, {"arrowstyle": "->", "color": COLOURS[1]}
    ax.annotate(f"{pushed} goes here", (x, 1.02), (x, 1.5), ha="center", color=COLOURS[1], arrowprops=arrow, fontsize=9)
    ax.text(-0.15, -0.22, "slot", ha="right", va="center", fontsize=8, color="#555555")
    ax.text(-0.15, 0.5, "transition", ha="right", va="center", fontsize=8)
    ax.set(xlim=(-1.4, capacity + 0.6), ylim=(-0.5, 1.8))
    ax.axis("off")
    if not pushed:
        text = f"Nothing is written. The first transition, number 0, goes to slot 0 of {capacity}."
    elif pushed < capacity:
        text = f"{pushed} of {capacity} slots are written; the rest hold zeros and must not be sampled."
    else:
        oldest = pushed - capacity
        text = f"The ring holds transitions {oldest} to {newest}. The next push overwrites the oldest, {oldest}."
    return Picture(fig, text), text


def suspects() -> Picture:
    """Draw how often four memories of 12 slots, 9 of them written, drew each slot; `SUSPECTS` says what is wrong."""
    rng, written, slots, draws = np.random.default_rng(11), 9, 12, 1_800
    chances = {
        "sound": np.ones(written),
        "unwritten": np.ones(slots),
        "newest missing": np.ones(written - 1),
        "uneven": np.where(np.arange(written) < 5, 1.5, 1.0),
    }
    fig, panels = figure(7.2, 2.4, columns=4, sharey=True)
    told = []
    for ax, (letter, kind) in zip(panels, SUSPECTS.items(), strict=True):
        weights = np.pad(chances[kind], (0, slots - len(chances[kind])))
        counts = rng.multinomial(draws, weights / weights.sum())
        ax.bar(range(slots), counts, color=COLOURS[0], width=0.8)
        ax.axvspan(written - 0.5, slots - 0.5, color="#767676", alpha=0.15, linewidth=0)
        ax.set(title=letter, xlabel="slot", xticks=(0, 4, 8, 11))
        told.append(f"{letter}: {', '.join(map(str, counts))}")
    panels[0].set_ylabel("times drawn")
    words = f"Times that each of {slots} slots was drawn, the first {written} of them written. "
    return Picture(fig, words + "; ".join(told) + ".")


def jumps(size: np.ndarray, real: np.ndarray) -> Picture:
    """Draw how far each next position lies from where the cart's velocity leads, real and false transitions apart.

    Args:
        size: the diagnostic |x' - x - 0.02 s · v| of each transition in m, shape (n,).
        real: True where the transition happened, shape (n,).
    """
    fig, ax = figure(7.2, 2.8)
    shown = np.maximum(size, 1e-9)  # a log scale has no 0
    ax.set(xlabel="transition", ylabel="jump of the cart (m, log scale)", yscale="log", xlim=(0, len(size) * 1.16))
    kinds = ("real", real, ".", 4, COLOURS[0]), ("automatic reset", ~real, "x", 6, COLOURS[1])
    for label, mask, mark, width, colour in kinds:
        ax.plot(np.flatnonzero(mask), shown[mask], mark, color=colour, markersize=width)
        if mask.any():
            height = np.exp(np.log(shown[mask]).mean())
            note(ax, label, (len(size), height), color=colour, va="center")
    return Picture(fig, "The jump of the cart in each transition: near 0 in real ones, about 0.1 in automatic resets.")
