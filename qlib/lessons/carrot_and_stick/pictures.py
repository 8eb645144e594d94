"""Pictures of lesson 10: sticks, and small worlds with exact values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from qlib.show.control import Control
from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Dots, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, lines, tidy
from qlib.show.shapes import Arrow, Box, Words

WAYS = ("blue", "vermilion")  # going left, going right
STICKS = (-100.0, -50.0, -20.0, -10.0, -5.0, -2.0, -1.0, 0.0, 1.0)
GAMMAS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
WORTH = "value (rewards)"


def value_before_fall(steps: np.ndarray, gamma: float, stick: float | None) -> np.ndarray:
    """Compute what a state is worth that many steps before a fall.

    Args:
        steps: whole numbers from 1 up: a fall ends the last of them.
        gamma: the discount, in [0, 1).
        stick: the reward of the last step; None: 1, as of every other step.

    Returns:
        Values, of the shape of `steps`.
    """
    ceiling = 1 / (1 - gamma)
    return ceiling - gamma ** (np.asarray(steps) - 1.0) * (ceiling - (1.0 if stick is None else stick))


def factor(stick: float, gamma: float) -> float:
    """Return how many times as much one more step is worth with a stick as without, wherever one is."""
    return (1 - stick * (1 - gamma)) / gamma


def stick_and_gamma() -> dict[str, Control]:
    """Make the sliders of `before_the_fall`, which begin at a stick of -1 and gamma 0.5."""
    return {
        "stick": Control("stick", "slider", list(STICKS), STICKS.index(-1.0), [tidy(stick) for stick in STICKS]),
        "gamma": Control("gamma", "slider", list(GAMMAS), options=[f"{gamma:g}" for gamma in GAMMAS]),
    }


def before_the_fall(stick: float, gamma: float) -> tuple[Drawing, str]:
    """Draw the value over the steps left, with a stick and without, and what one step more is worth."""
    steps, name = np.append(np.arange(1, 13), np.arange(14, 31, 2)), f"stick {tidy(stick)}"
    ceiling = 1 / (1 - gamma)
    curves = {"no stick": value_before_fall(steps, gamma, None), name: value_before_fall(steps, gamma, stick)}
    before = [value_before_fall(steps[1:] - 1, gamma, one) for one in (None, stick)]
    powers = {label: np.log10(curve[1:] - less) for (label, curve), less in zip(curves.items(), before, strict=True)}
    left, ten = Axis("steps left before the fall", 1, 30), int(np.flatnonzero(steps == 10)[0])
    apart = [power[ten - 1] for power in powers.values()]
    bar = Line([10, 10], apart, colour="purple", width=4)
    times = Words(10, float(np.mean(apart)), f"× {factor(stick, gamma):.2f}", "purple", right=8)
    lowest = min(curves[name][0], 0)
    panels = (
        Panel(
            [Rule(ceiling, label=f"ceiling {ceiling:.3g}"), *lines(steps, curves)],
            left,
            Axis(WORTH, lowest, ceiling + 0.12 * (ceiling - lowest)),
            "what a state is worth",
        ),
        Panel([*lines(steps[1:], powers), bar, times], left, _by_tens(powers), "what one more step is worth"),
    )
    words = (
        f"gamma {gamma:.2f}, stick {stick:g}: 10 steps before the fall a state is worth "
        f"{curves['no stick'][ten]:.2f} without a stick and {curves[name][ten]:.2f} with it. One more step is worth "
        f"{factor(stick, gamma):.2f} times as much as without a stick, wherever you are."
    )
    return Drawing(*panels, alt=f"Values and their differences up to 30 steps before a fall. {words}", width=860), words


def _by_tens(powers: Mapping[str, np.ndarray]) -> Axis:
    """Make an axis of powers of ten: an axis with `log` draws nothing so small beside the largest."""
    low, high = (float(pick([pick(each) for each in powers.values()])) for pick in (np.min, np.max))
    every = max(1, round((high - low) / 5))
    ticks = {float(k): tidy(10.0**k) for k in range(int(np.ceil(low)), int(np.floor(high)) + 1) if k % every == 0}
    return Axis(WORTH, low - 0.1, high + 0.1, ticks=ticks)


def corridor_values(gamma: float, terminal_cut: bool, sweeps: int) -> np.ndarray:
    """Repeat the update of every state of a corridor of 10, from values of 0.

    From each state one may go left or right; the left end is a wall, one step right of the last state is the goal,
    and each step pays -1. Beyond the goal stands a last observation that looks like the last state.

    Returns:
        Values of the better action after each sweep, shape (sweeps + 1, 10), the first state leftmost.
    """
    history = np.zeros((sweeps + 1, 10))
    for k in range(sweeps):
        old = history[k]
        left = np.append(old[0], old[:-1])
        right = np.append(old[1:], 0.0 if terminal_cut else old[-1])
        history[k + 1] = -1 + gamma * np.maximum(left, right)
    return history


def corridor(terminal_cut: bool, gamma: float, sweeps: int) -> tuple[Drawing, str]:
    """Draw a corridor in which every step pays -1: each state's value, and the better of its two ways."""
    values = corridor_values(gamma, terminal_cut, sweeps)[-1]
    beyond = 0.0 if terminal_cut else values[-1]
    goes = np.append(values[1:], beyond) > np.append(values[0], values[:-1]) + 1e-9
    n, deepest = len(values), min(-21.0, values.min() - 1)
    line = -deepest / 20  # the boxes are as high whatever the values
    marks: list[Mark] = [Bars(np.arange(n), values, colour=["vermilion" if right else "faint" for right in goes])]
    for state, (value, right) in enumerate(zip(values, goes, strict=True)):
        marks += [Box(state, 3.3 * line, 0.92, 5.2 * line), _number(state, 4.5 * line, value)]
        marks.append(_way(state, 2 * line, 1) if right else Words(state, 2 * line, "=", "faint", "middle"))
    end = Box(n, 3.3 * line, 0.92, 5.2 * line, colour="green", fill="green", dash=0 if terminal_cut else 1)
    marks += [end, _number(n, 4.5 * line, beyond), Words(n, 2 * line, "goal", "ink", "middle", size=10)]
    marks.append(Line([-0.5, -0.5], [0.7 * line, 5.9 * line], colour="ink", width=5))
    places = Axis("steps from the goal", -0.6, n + 0.6, ticks={s: f"{n - s}" for s in range(n + 1)})
    depths = np.arange(0, deepest, -5 if deepest > -25 else -10)
    heights = Axis(WORTH, deepest, 6 * line, ticks={depth: tidy(depth) for depth in depths.tolist()})
    one = "all states are worth the same" if np.ptp(values) < 1e-9 else "nearer is worth more"
    words = (
        f"{'With' if terminal_cut else 'Without'} the terminal cut, gamma {gamma:.2f}, after {sweeps} sweeps: "
        f"1 step from the goal {values[-1]:.2f}, 10 steps from it {values[0]:.2f}. So {one}."
    )
    if sweeps == 0:
        words = "Before the first sweep all values are 0."
    known = f"In {goes.sum()} of {n} states going right is better."
    alt = f"A corridor with a wall at its left and the goal at its right. {words} {known}"
    key = [("going right is better", "vermilion"), ("both ways are worth the same", "faint")]
    return Drawing(Panel(marks, places, heights), alt=alt, height=330, key=key), words


def _number(x: float, y: float, value: float) -> Words:
    digits = 1 if -9.95 < value < 0 else 0  # a box is narrow
    return Words(x, y, f"{value:.{digits}f}".replace("-", "−"), anchor="middle", size=10)


def _way(x: float, y: float, action: int) -> Arrow:
    """Make an arrow of an action, 0 left or 1 right, in its colour."""
    far = 0.3 if action else -0.3
    return Arrow(x - far, y, x + far, y, colour=WAYS[action])


def arrows(policies: Mapping[str, Sequence[int]]) -> Drawing:
    """Draw what each policy does in each state of a corridor, the goal at the right.

    Args:
        policies: name to one action a state: 0 left, 1 right.
    """
    n = len(next(iter(policies.values())))
    marks: list[Mark] = [Words(state, -0.7, f"{state}", "faint", "middle") for state in range(n)]
    marks.append(Words(-0.7, -0.7, "state", "faint", "end"))
    for row, (name, policy) in enumerate(policies.items()):
        marks.append(Words(-0.7, row, name, anchor="end"))
        for state, action in enumerate(policy):
            marks += [Box(state, row, 0.92, 0.7), _way(state, row, action)]
        marks.append(Box(n, row, 0.92, 0.7, "goal", colour="green", fill="green"))
    panel = Panel(marks, frame=(-4.1, -1, n + 0.6, len(policies) - 0.4))
    words = "; ".join(f"{name}: {' '.join('left right'.split()[a] for a in p)}" for name, p in policies.items())
    alt = f"What the best policy does in each state. {words}."
    return Drawing(panel, alt=alt, height=round(70 * (len(policies) + 0.6)) + 24)


def shaped(draw_from: Callable[[float], tuple[np.ndarray, np.ndarray]], bonus: float) -> tuple[Drawing, str]:
    """Draw the values of both actions of a corridor for a strength of the shaping, and under them the better one.

    Args:
        draw_from: from the strength, the values shaped by the potential and those with the bonus, (states, actions).
        bonus: the strength.
    """
    tables = draw_from(bonus)
    low, high = float(np.min(tables)), float(np.max(tables))
    span = high - low or 1.0
    panels: list[Panel] = []
    said = []
    for q, name in zip(tables, ("potential", "progress bonus"), strict=True):
        places, goes = np.arange(len(q)), q[:, 1] > q[:, 0] + 1e-9
        marks: list[Mark] = [*lines(places, {"left": q[:, 0], "right": q[:, 1]})]
        marks += [Dots(places, q[:, a], WAYS[a], 7, "os"[a]) for a in (0, 1)]
        marks += [_way(state, low - 0.2 * span, int(right)) for state, right in enumerate(goes)]
        ticks = {float(s): f"{s}" for s in range(len(q))} | {float(len(q)): "goal"}
        x = Axis("state", -0.5, len(q) + 0.3, ticks=ticks)
        panels.append(Panel(marks, x, Axis("" if panels else WORTH, low - 0.35 * span, high + 0.1 * span), name))
        said.append(f"{name}: {goes.sum()} of {len(q)} states go right")
    words = f"Strength {bonus:.2f}. {said[0]}. {said[1]}."
    alt = f"Values of going left and right in each state, and an arrow for the better way. {words}"
    return Drawing(*panels, alt=alt, width=860), words
