"""The time limit: what three ways to treat it make of the last step's target, and of the values before it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.debugging import limits
from qlib.show.drawing import Drawing
from qlib.show.marks import Line, Mark, Rule
from qlib.show.panel import Axis, Panel
from qlib.show.shapes import Arrow, Box, Words

STEPS = 500  # CartPole-v1
PLACES = np.concatenate([np.arange(0, 400, 10), np.arange(400, STEPS)])  # where a curve bends, each step
RIGHT, CUT, ORIGINAL = "blue", "vermilion", "purple"  # whole, and two ways to be broken
STEP = Axis("step of the episode", 0, STEPS)


def exact(gamma: float, the_observation_shows: str) -> dict[str, np.ndarray]:
    """Work out the values of 500 steps of balancing for three ways to treat the time limit.

    Args:
        gamma: the discount, below 1.
        the_observation_shows: "the time": each step can have its own value; "no time": all share one.

    Returns:
        "right", "cut" and "original" to values, shape (500,).
    """
    left, top = STEPS - np.arange(STEPS), 1 / (1 - gamma)  # rewards until the limit
    if the_observation_shows == "the time":
        cut = (1 - gamma**left) * top
        stick = (1 - gamma ** (left - 1)) * top - 10 * top * gamma ** (left - 1)  # the last state pays -10 for ever
    else:
        cut = np.full(STEPS, 1 / (1 - gamma * (1 - 1 / STEPS)))
        stick = np.full(STEPS, (1 - 11 / STEPS) * top)
    return {"right": np.full(STEPS, top), "cut": cut, "original": stick}


def explained(gamma: float, the_observation_shows: str) -> tuple[Drawing, str]:
    """Draw those values, and beside them the last step with its target in each of the three ways."""
    right, cut, stick = exact(gamma, the_observation_shows).values()
    top = right[-1]
    lowest = min(0.0, max(-0.6 * top, stick.min())) - 0.05 * top  # the axis ends before the original's does
    below = f" (to {_number(stick.min(), 0)})" if stick.min() < lowest else ""
    curves = ("right: look ahead", right), ("cut like a fall", cut), (f"the original's{below}", stick)
    marks = [
        Line(PLACES, values[PLACES], label=label, colour=colour, dash=dash)
        for dash, ((label, values), colour) in enumerate(zip(curves, (RIGHT, CUT, ORIGINAL), strict=True))
    ]
    title = f"values, where the observation shows {the_observation_shows}"
    values = Panel(marks, STEP, Axis("value of the state", lowest, 1.12 * top), title, share=1.3)
    text = (
        f"gamma {gamma:.2f}, ceiling {top:.2f}. Cut like a fall: {cut[0]:.2f} at step 0, {cut[-1]:.2f} at step 499. "
        f"The original's way (a reward of −10, no cut): {_number(stick[0])} and {_number(stick[-1])}."
    )
    alt = f"Value over 500 steps in three ways, and the last step's target in each. {text}"
    return Drawing(_last_step(gamma, top, stick[-1]), values, alt=alt, height=320, width=860), text


def learned(found: Mapping[str, np.ndarray]) -> Drawing:
    """Draw learned values over the steps of an episode, blue where the target is right, else vermilion.

    Args:
        found: label to values, shape (seeds, 500); "right" is the whole one.
    """
    marks: list[Mark] = [Rule(limits.CEILING, label="true value", dash=2)]
    marks += [
        Line(np.arange(STEPS), seeds.mean(0), label=label, colour=RIGHT if label == "right" else CUT, dash=dash)
        for dash, (label, seeds) in enumerate(found.items())
    ]
    last = ", ".join(f"{label} {seeds[:, -1].mean():.1f}" for label, seeds in found.items())
    alt = f"Learned values over 500 steps beside the true {limits.CEILING:.0f}, means over seeds. At the end: {last}."
    means = np.concatenate([seeds.mean(0) for seeds in found.values()])
    y = Axis("value that the network learned", means.min() - 0.5, max(means.max(), limits.CEILING) + 0.5)
    return Drawing(Panel(marks, STEP, y), alt=alt, height=320)


def _last_step(gamma: float, top: float, stick: float) -> Panel:
    """Draw the cart at step 499 and, unseen, after it, and what each way takes for the last step's target."""
    marks: list[Mark] = [Line([0.3, 9.7], [3.6, 3.6], colour="faint", width=1)]
    for x, colour, dash, words in ((2.2, "ink", 0, "step 499"), (7.6, "faint", 1, "not watched")):
        marks += [
            Line([x, x + 0.15], [2.8, 0.6], colour=colour, dash=dash, width=5 if not dash else 2),
            Box(x, 3.15, 1.9, 0.8, colour=colour, dash=dash, edge=2),
            Words(x, 4.2, words, colour, "middle"),
        ]
    marks += [Arrow(3.7, 2, 6.2, 2, colour="faint"), Words(4.95, 1.5, "reward 1", "faint", "middle")]
    targets = (
        ("right", f"1 + {gamma:.2f} · {top:.2f} = {top:.2f}", RIGHT),
        ("cut", "1, and nothing after it", CUT),
        ("original", f"−10 + {gamma:.2f} · {_bracketed(stick)} = {_number(-10 + gamma * stick)}", ORIGINAL),
    )
    for row, (name, words, colour) in enumerate(targets):
        marks += [
            Words(0.3, 5.4 + 0.9 * row, name, colour, bold=True),
            Words(2.9, 5.4 + 0.9 * row, words, colour),
        ]
    return Panel(marks, title="the last step's target", frame=(0, 0, 10, 7.8))


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def _bracketed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)
