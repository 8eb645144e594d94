"""Pictures of lesson 05: replay memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from qlib.core.memory import Batch
from qlib.lessons.replay_memory.correlation import at_lag, correlations, pairs
from qlib.lessons.replay_memory.price import Price
from qlib.show.drawing import Drawing
from qlib.show.intervals import each_seed
from qlib.show.marks import Bars, Dots, Mark
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Arrow, Box, Words
from qlib.show.tokens import NAMES as COLOUR_NAMES

NAMES = ("cart position", "cart velocity", "pole angle", "pole angular velocity")
UNITS = ("m", "m/s", "rad", "rad/s")
SUSPECTS = {"A": "unwritten", "B": "sound", "C": "newest missing", "D": "uneven"}  # of exercise 5.5


def neighbours(observations: np.ndarray, episode: np.ndarray) -> Callable[[int, str], tuple[Drawing, str]]:
    """Make the function that draws one quantity against itself some steps later, and in a shuffled batch.

    Args:
        observations: shape (n, 4), in the order in which they happened.
        episode: the number of the episode of each, shape (n,).

    Returns:
        A function of the lag in steps and of one of NAMES; a ValueError says that no episode is that long.
    """
    lags = np.arange(1, 41)
    by_lag = np.array([at_lag(observations, episode, lag) for lag in lags.tolist()])

    def draw(lag: int, quantity: str) -> tuple[Drawing, str]:
        earlier, later = pairs(episode, lag)
        if len(earlier) < 50:
            raise ValueError(f"Only {len(earlier)} pairs lie {lag} steps apart in one episode: choose a smaller lag.")
        rng = np.random.default_rng(0)
        shuffled = rng.integers(len(observations), size=(2, len(earlier)))
        shown = rng.permutation(len(earlier))[:150]  # enough to see the cloud, few enough for a page
        i = NAMES.index(quantity)
        points: list[Mark] = []
        for a, b, look in (
            (*shuffled, {"colour": "vermilion", "shape": "^", "size": 5, "hollow": True}),
            (earlier, later, {"size": 4}),
        ):
            places = (np.round(observations[at[shown], i], 3).astype(float) for at in (a, b))  # three digits: a pixel
            points.append(Dots(*places, **look))
        in_order = by_lag[:, i]
        strangers = correlations(observations[shuffled[0]], observations[shuffled[1]])[i]
        curves = lines(lags, {"in order": in_order, "shuffled": np.full(len(lags), strangers)})
        here = Dots([lag], [in_order[lag - 1]], size=9)
        text = f"The {quantity} at lag {lag}: correlation {in_order[lag - 1]:.2f} in order, {strangers:.2f} shuffled."
        cloud = Panel(points, Axis(f"{quantity} ({UNITS[i]})"), Axis(f"{lag} later, or next in the batch"))
        x = Axis("lag (steps)", 0, 40, ticks={at: f"{at}" for at in (1, 10, 20, 30, 40)})
        return Drawing(cloud, Panel([*curves, here], x, Axis("correlation", -1.05, 1.1)), alt=text, height=320), text

    return draw


def all_four(observations: np.ndarray, episode: np.ndarray, lag: int) -> Drawing:
    """Draw how each quantity correlates with itself `lag` steps later."""
    values = at_lag(observations, episode, lag)
    marks: list[Mark] = [Bars(np.arange(4), values, width=0.55)]
    marks += [Words(i, max(value, 0), f"{value:.2f}", "ink", "middle", up=9) for i, value in enumerate(values.tolist())]
    x = Axis(low=-0.5, high=3.5, ticks=dict(enumerate(NAMES)))
    ends = min(-0.1, *values.tolist()) - 0.1, 1.2
    y = Axis(f"correlation, {lag} {'step' if lag == 1 else 'steps'} later", *ends)
    return Drawing(Panel(marks, x, y), alt=f"The correlation of each of four quantities with itself at lag {lag}.")


def price_bars(prices: Mapping[str, Price]) -> Drawing:
    """Draw what a transition and a batch of 64 cost in each kind of memory."""
    rows, colours, panels = np.arange(len(prices))[::-1].astype(float), COLOUR_NAMES[: len(prices)], []
    names, told = dict(zip(rows.tolist(), prices, strict=True)), []
    for field, factor, unit in zip(Price._fields, (1, 1e6), ("bytes a transition", "µs a batch"), strict=True):
        values = [factor * getattr(price, field) for price in prices.values()]
        words = [f"{value:,.0f}" for value in values]
        bars = Bars(values, rows, width=0.6, along="x", colour=colours, words=words)
        y = Axis(low=-0.6, high=len(rows) - 0.4, ticks=names)
        panels.append(Panel([bars], Axis(unit, 0, 1.05 * max(values)), y, beside=55))
        told.append(f"{unit}: " + ", ".join(f"{name} {value}" for name, value in zip(prices, words, strict=True)))
    alt = f"What a ring of tensors and a deque of tuples cost. {'; '.join(told)}."
    return Drawing(*panels, alt=alt, height=60 + 40 * len(prices))


def two_ways(scores: dict[str, np.ndarray]) -> Drawing:
    """Draw the scores of ways of training over the same seeds, with the mean and interval of each.

    Args:
        scores: label to steps, each of shape (seeds,).
    """
    return each_seed(scores, "greedy score (steps)")


def contents(log: Batch, episode: np.ndarray, step: int, capacity: int) -> tuple[Drawing, str]:
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
    third = np.minimum(3 * age // max(1, len(held)), 2)  # 0: the newest
    looks = list(zip(("newest third", "middle third", "oldest third"), ("blue", "green", "faint"), "o^s", strict=True))
    states: list[Mark] = []
    for part, (_, colour, shape) in reversed(list(enumerate(looks))):
        x, y = (np.round(observations[third == part, k].astype(float), 3) for k in (0, 2))
        states.append(Dots(x, y, colour, 4, shape))
    states.append(Dots(observations[ended, 0], observations[ended, 2], "vermilion", 10, "D", hollow=True))
    of_each, first, lengths = np.unique(episode[held], return_index=True, return_counts=True)
    middles = third[np.minimum(first + lengths // 2, len(held) - 1)]
    number = np.arange(1, len(of_each) + 1)
    bars = Bars(number, lengths, width=0.85, colour=[looks[part][1] for part in middles.tolist()])
    every = max(1, len(number) // 5)
    at = Axis("episode, oldest first", 0.4, len(number) + 0.6, ticks={n: f"{n}" for n in number.tolist()[::every]})
    angle = Axis("pole angle (rad)", -0.26, 0.26)
    left = Panel(states, Axis("cart position (m)", -2.6, 2.6), angle, "diamonds: before a termination", 1.5)
    right = Panel([bars], at, Axis(low=0), "transitions held")
    text = (
        f"After {step:,} steps a memory of {capacity:,} holds {len(held):,} transitions. Episodes in it: "
        f"{len(lengths)}. Oldest: {age.max():,} steps old. Terminations: {int(ended.sum())}, "
        f"{100 * ended.mean():.1f} % of the memory."
    )
    key = [(words, colour) for words, colour, _ in looks]
    return Drawing(left, right, alt=text, height=340, width=820, key=key), text


def terminal_share(log: Batch, capacities: list[int]) -> Drawing:
    """Draw the share of terminations that rings hold over a recorded run, one line a capacity."""
    ended = np.concatenate([[0], np.cumsum(log.terminated.numpy())])
    step = np.arange(50, len(ended))
    shares = {}
    for capacity in capacities:
        first = np.maximum(step - capacity, 0)
        shares[f"{capacity:,} slots"] = 100 * (ended[step] - ended[first]) / (step - first)
    x = Axis("steps of training", 0, len(ended))
    y = Axis("terminations in the memory (%)", 0, 1.05 * max(share.max() for share in shares.values()))
    alt = "The share of terminations in memories of different capacities as training goes on."
    return Drawing(Panel(lines(step, shares), x, y), alt=alt, height=280)


def ring(pushed: int, capacity: int) -> tuple[Drawing, str]:
    """Draw which transition sits in which slot of a ring, and where the next one goes.

    Args:
        pushed: transitions pushed so far.
        capacity: slots.
    """
    marks: list[Mark] = []
    newest = pushed - 1
    for slot in range(capacity):
        n = newest - (newest - slot) % capacity  # below 0: nothing is written here
        words, fill, dash = (f"{n}", "blue", 0) if n >= 0 else ("–", "", 1)
        is_new = n == newest >= 0
        edge, colour = (2.5, "blue") if is_new else (1.0, "ink")
        marks.append(Box(slot + 0.5, 0.5, 0.9, 0.9, words, colour, fill, edge, bold=is_new, dash=dash))
        marks.append(Words(slot + 0.5, 1.3, f"{slot}", "faint", "middle"))
    x = pushed % capacity + 0.5
    marks += [
        Arrow(x, -0.7, x, 0.02, colour="vermilion"),
        Words(x, -0.7, f"{pushed} goes here", "vermilion", "middle", up=9),
        Words(-0.15, 1.3, "slot", "faint", "end"),
        Words(-0.15, 0.5, "transition", "ink", "end"),
    ]
    if not pushed:
        text = f"Nothing is written. The first transition, number 0, goes to slot 0 of {capacity}."
    elif pushed < capacity:
        text = f"{pushed} of {capacity} slots are written; the rest hold zeros and must not be sampled."
    else:
        oldest = pushed - capacity
        text = f"The ring holds transitions {oldest} to {newest}. The next push overwrites the oldest, {oldest}."
    frame = (-2.9, -1.5, max(12, capacity) + 1.4, 1.7)  # one scale for every ring
    return Drawing(Panel(marks, frame=frame), alt=text, height=170), text


def suspects() -> Drawing:
    """Draw how often four memories of 12 slots, 9 of them written, drew each slot; `SUSPECTS` says what is wrong."""
    rng, written, slots, draws = np.random.default_rng(11), 9, 12, 1_800
    chances = {
        "sound": np.ones(written),
        "unwritten": np.ones(slots),
        "newest missing": np.ones(written - 1),
        "uneven": np.where(np.arange(written) < 5, 1.5, 1.0),
    }
    counts = {}
    for letter, kind in SUSPECTS.items():
        weights = np.pad(chances[kind], (0, slots - len(chances[kind])))
        counts[letter] = rng.multinomial(draws, weights / weights.sum())
    top = 1.12 * max(count.max() for count in counts.values())
    middle, wide = (written + slots - 1) / 2, slots - written
    x = Axis("slot", -0.6, slots - 0.4, ticks={slot: f"{slot}" for slot in (0, 4, 8, 11)})
    panels = [
        Panel(
            [Box(middle, top / 2, wide, top, fill="faint", edge=0), Bars(np.arange(slots), count, width=0.7)],
            x,
            Axis("times drawn", 0, top),
            f"{letter} (grey: not written)",
        )
        for letter, count in counts.items()
    ]
    told = "; ".join(f"{letter}: {', '.join(map(str, count))}" for letter, count in counts.items())
    alt = f"Times that each of {slots} slots was drawn, the first {written} of them written. {told}."
    return Drawing(*panels, alt=alt, height=210, width=820)


def jumps(size: np.ndarray, real: np.ndarray) -> Drawing:
    """Draw how far each next position lies from where the cart's velocity leads, real and false transitions apart.

    Args:
        size: the diagnostic |x' - x - 0.02 s · v| of each transition in m, shape (n,).
        real: True where the transition happened, shape (n,).
    """
    shown = np.maximum(size, 1e-9)  # a log scale has no 0
    kinds = ("real", real, "blue", "o", 4), ("automatic reset", ~real, "vermilion", "D", 6)
    marks: list[Mark] = [
        Dots(np.flatnonzero(mask), shown[mask], colour, across, shape, label)
        for label, mask, colour, shape, across in kinds
        if mask.any()
    ]
    x, y = Axis("transition", 0, len(size)), Axis("jump of the cart (m, log scale)", log=True)
    alt = "The jump of the cart in each transition: near 0 in real ones, about 0.1 in automatic resets."
    return Drawing(Panel(marks, x, y), alt=alt, height=280)
