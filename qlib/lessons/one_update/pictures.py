"""The pictures of lesson 06: what values may be at most, what mistakes do to them, and the time limit."""

from __future__ import annotations

import numpy as np

from qlib.show.picture import COLOURS, DASHES, Picture, figure, lines, note
from qlib.study.statistics import mean_interval

TIME_LIMIT = 500  # steps, CartPole-v1


def ceiling(gamma: float) -> tuple[Picture, str]:
    """Draw what each later reward is worth now, and what k more rewards of 1 are worth together.

    Args:
        gamma: the discount, from 0 to below 1.
    """
    top, k = 1 / (1 - gamma), np.arange(61)
    fig, (left, right) = figure(8.4, 3.0, columns=2)
    left.vlines(k, 0, gamma**k, color=COLOURS[0], linewidth=3)
    left.axvline(top, color=COLOURS[1], linestyle=DASHES[1])
    left.set(xlabel="steps from now", ylabel="worth of a reward of 1", xlim=(-1, 60), ylim=(0, 1.1))
    if top < 60:
        note(left, "horizon", (top, 1.05), (4, 0), color=COLOURS[1])
    right.plot(k, (1 - gamma**k) / (1 - gamma), color=COLOURS[0])
    right.axhline(top, color=COLOURS[1], linestyle=DASHES[1])
    note(right, "ceiling", (1, top), (0, 4), color=COLOURS[1])
    right.set(xlabel="steps until the fall", ylabel="value of the state", xlim=(0, 60), ylim=(0, 1.18 * top))
    text = (
        f"gamma {gamma:.2f}: no state is worth more than 1/(1 − gamma) = {top:.2f}. "
        f"A fall in {round(top)} steps leaves {(1 - gamma ** round(top)) / (1 - gamma):.2f}; "
        f"{TIME_LIMIT} steps are worth {(1 - gamma**TIME_LIMIT) / (1 - gamma):.2f}."
    )
    return Picture(fig, f"Worth of later rewards and value of a state for gamma {gamma:.2f}."), text


def time_limit(gamma: float, the_observation_shows: str) -> tuple[Picture, str]:
    """Draw the exact values of 500 steps of balancing for three ways to treat the time limit.

    Args:
        gamma: the discount, below 1.
        the_observation_shows: "the time": each step can have its own value; "no time": all share one.
    """
    step, top = np.arange(TIME_LIMIT), 1 / (1 - gamma)
    left = TIME_LIMIT - step  # rewards until the limit
    if the_observation_shows == "the time":
        cut = (1 - gamma**left) * top
        stick = (1 - gamma ** (left - 1)) * top - 10 * top * gamma ** (left - 1)  # the last state pays -10 for ever
    else:
        cut = np.full(TIME_LIMIT, 1 / (1 - gamma * (1 - 1 / TIME_LIMIT)))
        stick = np.full(TIME_LIMIT, (1 - 11 / TIME_LIMIT) * top)
    curves = {"bootstrapped: right": np.full(TIME_LIMIT, top), "cut like a fall": cut, "the original's": stick}
    fig, ax = figure(7.2, 3.2)
    ax.set(xlabel="step of the episode", ylabel="value of the state", xlim=(0, TIME_LIMIT))
    ax.set(ylim=(min(0.0, max(-0.6 * top, stick.min())) - 0.05 * top, 1.12 * top))
    lines(ax, step, curves)
    text = (
        f"gamma {gamma:.2f}, ceiling {top:.2f}. Cut like a fall: {cut[0]:.2f} at step 0, {cut[-1]:.2f} at step 499. "
        f"The original's way (a reward of −10, no cut): {stick[0]:.2f} and {stick[-1]:.2f}."
    )
    return Picture(fig, f"Value over 500 steps in three ways; the observation shows {the_observation_shows}."), text


def doomed_and_fresh(found: dict[str, np.ndarray], ceiling: float) -> Picture:
    """Draw the values that networks give to doomed and to fresh states, a row for each way to learn.

    Args:
        found: label to values, shape (seeds, 2 or more): of doomed states and of fresh ones first.
        ceiling: the highest value that any state can have.
    """
    fig, ax = figure(7.2, 0.55 * len(found) + 1.1)
    for i, numbers in enumerate(found.values()):
        for column, (shape, name) in enumerate([("o", "doomed"), ("s", "fresh")]):
            mean, low, high = mean_interval(numbers[:, column])
            ax.plot([low, high], [i, i], color=COLOURS[column], linewidth=2)
            ax.plot(mean, i, shape, color=COLOURS[column], markersize=7)
            note(ax, name, (mean, i), (0, 7), fontsize=10, ha="center", color=COLOURS[column])
    ax.axvline(1, color=COLOURS[0], linestyle=":")
    ax.axvline(ceiling, color=COLOURS[3], linestyle=DASHES[1])
    ax.set(xlabel="value (sum of discounted rewards)", ylim=(len(found) - 0.6, -0.9), xlim=(0, None))
    ax.set_yticks(range(len(found)), list(found))
    note(ax, "true value of doomed", (1, -0.9), (4, -9), color=COLOURS[0])
    note(ax, "ceiling", (ceiling, -0.9), (4, -9), color=COLOURS[3])
    return Picture(fig, "Values of doomed and of fresh states for each loss, means over seeds with their intervals.")
