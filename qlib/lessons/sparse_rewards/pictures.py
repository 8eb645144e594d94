"""Pictures of lesson 13: tilings, who is drawn from a memory, when a goal is found, and the cost to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from qlib.lessons.sparse_rewards.tiles import MOUNTAIN_CAR, TileCoder
from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Dots, Heat, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Box, Words
from qlib.show.tokens import NAMES

LOW, HIGH = (np.array(end) for end in MOUNTAIN_CAR)
EXTENT = LOW[0], HIGH[0], LOW[1], HIGH[1]
POSITION, VELOCITY = "position (m)", "velocity (m a step)"
FINE = 48  # cells of a surface across each range
FRAME = np.array([-1.3, -0.08]), np.array([0.7, 0.08])  # somewhat more than the plane


def tilings(position: float, velocity: float, tilings: int, tiles: int) -> tuple[Drawing, str]:
    """Draw MountainCar's plane with the tiles that hold one point, one of each tiling.

    Args:
        position, velocity: the point, in m and m a step.
        tilings: how many grids.
        tiles: tiles across each range.
    """
    coder = TileCoder(*MOUNTAIN_CAR, tilings, tiles)
    point = np.array([position, velocity])
    width = (HIGH - LOW) / tiles
    marks: list[Mark] = []
    for k, cell in enumerate(coder.cells(point)):
        look: Any = {"colour": NAMES[k % len(NAMES)], "dash": k}
        corner = LOW + (cell - coder.offsets[k]) * width
        if tilings <= 4 or k == 0:  # more grids than that hide one another: the first stands for all
            edges = LOW + (np.arange(tiles + 2)[:, np.newaxis] - coder.offsets[k]) * width
            marks.append(Line(*_grid(edges), width=0.5, **look))
        (left, bottom), (right, top) = np.clip([corner, corner + width], *FRAME)
        tint = Box((left + right) / 2, (bottom + top) / 2, right - left, top - bottom, fill=look["colour"], edge=0)
        x, y = (corner + width * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])).T
        marks += [tint, Line(x, y, width=1.6, **look)]
    move = np.array([0.05, 0.005])  # of each slider, by one
    near = point + np.where(point + move > HIGH + 1e-9, -move, move)
    common = int((coder.active(near) == coder.active(point)).sum())
    marks += [Dots(point[:1], point[1:], "ink", 8), Words(near[0], near[1], "×", anchor="middle", size=18, bold=True)]
    plane = (np.indices((60, 60)).reshape(2, -1).T + 0.5) / 60 * (HIGH - LOW) + LOW
    shared = (coder.active(plane) == coder.active(point)).sum(1)  # tilings that each place shares with the point
    words = (
        f"Tilings: {tilings}, of {tiles} by {tiles} tiles{', only the first of them drawn whole' * (tilings > 4)}. "
        f"The point lies in {tilings} of {coder.n_tiles:,} tiles. "
        f"The cross, one move of each slider away, shares {common} of the {tilings}. "
        f"What is learned at the point reaches {(shared > 0).mean():.1%} of the plane."
    )
    (left, bottom), (right, top) = FRAME
    panel = Panel(marks, Axis(POSITION, left, right), Axis(VELOCITY, bottom, top))
    return Drawing(panel, alt=f"MountainCar's plane with the active tiles of one point. {words}", height=360), words


def _grid(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return upright and level lines across the frame at these edges, shape (n, 2), with gaps between them."""
    (left, bottom), (right, top) = FRAME
    upright = [each for x in edges[:, 0] for each in ((x, bottom), (x, top), (np.nan, np.nan))]
    level = [each for y in edges[:, 1] for each in ((left, y), (right, y), (np.nan, np.nan))]
    x, y = np.transpose(upright + level)
    return x, y


def _chances(errors: np.ndarray, alpha: float) -> np.ndarray:
    priorities = np.sort(np.abs(errors) + 1e-6)[::-1] ** alpha
    return priorities / priorities.sum()


def tenth(errors: np.ndarray, alpha: float) -> float:
    """Return the share of the draws that the tenth with the largest of some TD errors, shape (n,), gets."""
    return float(_chances(errors, alpha)[: max(len(errors) // 10, 1)].sum())


def drawn(errors: np.ndarray, alpha: float, beta: float, name: str = "") -> tuple[Drawing, str]:
    """Draw which share of the draws goes to which share of the transitions, the largest TD errors first.

    Args:
        errors: the transitions' TD errors, shape (n,).
        alpha: how much priorities count.
        beta: how far the weights undo it.
        name: whose memory it is.
    """
    chance = _chances(errors, alpha)
    share = np.arange(1, len(chance) + 1) / len(chance)
    kept = np.unique(np.linspace(0, len(chance) - 1, 101).astype(int))  # so many places make a smooth curve
    first = tenth(errors, alpha)
    marks = [
        Line([0, 1], [0, 1], colour="vermilion", dash=1, width=1.6),
        Words(0.62, 0.55, "uniform", "vermilion"),
        Line([0.1, 0.1], [0, first], colour="faint", dash=2, width=1.4),
        Line(np.append(0, share[kept]), np.append(0, chance.cumsum()[kept])),
    ]
    weights = (len(chance) * chance) ** -beta
    weights /= weights.max()
    words = (
        f"{name and name + ', '}alpha {alpha:.2f}: the tenth with the largest errors gets {first:.0%} of "
        f"the draws. beta {beta:.2f}: the "
        f"most surprising transition counts {weights.min():.2g} times as much as the least surprising."
    )
    x = Axis("share of the transitions, largest errors first", 0, 1)
    panel = Panel(marks, x, Axis("share of the draws", 0, 1.02))
    return Drawing(panel, alt=f"Share of draws over share of transitions. {words}", height=320), words


_RISING, _UNRENEWED = np.arange(1.0, 9.0), np.array([1.0, 2, 3, 4, 8, 8, 8, 8])
MEMORIES: dict[str, tuple[str, np.ndarray]] = {
    "A": ("new ones are never renewed", _UNRENEWED),
    "B": ("whole", _RISING),
    "C": ("the last slot is out of reach", np.append(_RISING[:-1], 0.0)),
    "D": ("alpha is 0", np.ones(8)),
}
"""Four memories that should draw by the priorities 1 to 8: what is broken in each, and by what it draws."""


def memories(draws: int = 20_000) -> Drawing:
    """Draw how often each slot of the four memories came, and how often it should have."""
    rng = np.random.default_rng(0)
    should = draws * _RISING / _RISING.sum()
    panels: list[Panel] = []
    words = []
    for name, (_, by) in MEMORIES.items():
        counts = np.bincount(rng.choice(8, draws, p=by / by.sum()), minlength=8)
        marks = [Bars(_RISING, counts), Dots(_RISING, should, "vermilion", 7, "D")]
        x = Axis("priority", 0.4, 8.6, ticks={1: "1", 4: "4", 8: "8"})
        panels.append(Panel(marks, x, Axis("" if panels else f"draws of {draws:,}", 0, 1.3 * should[-1]), name))
        words.append(f"{name}: {', '.join(map(str, counts))}")
    asked = ", ".join(f"{x:.0f}" for x in should)
    alt = f"Draws of the slots with priorities 1 to 8. {'; '.join(words)}. It should be: {asked}."
    key = [("drawn", "blue"), ("diamonds: should be", "vermilion")]
    return Drawing(*panels, alt=alt, height=260, width=860, key=key)


def found(first: Mapping[str, np.ndarray], steps: int) -> Drawing:
    """Draw in how many agents the goal was reached, over training.

    Args:
        first: label to the step at which each seed reached the goal, shape (seeds,); infinity for never.
        steps: the budget.
    """
    seeds = len(next(iter(first.values())))
    events = np.concatenate([[0, steps], *first.values()])
    x = np.unique(events[np.isfinite(events)])
    counts = {label: (at <= x[:, np.newaxis]).sum(1) for label, at in first.items()}
    stairs = {label: np.repeat(each, 2)[:-1] for label, each in counts.items()}  # level up to the next event
    y = Axis(f"agents at the flag, of {seeds}", -0.4, seeds + 0.6)
    panel = Panel(lines(np.repeat(x, 2)[1:], stairs), Axis("environment steps", 0, steps), y)
    words = "; ".join(f"{label}: {np.isfinite(at).sum()} of {seeds}" for label, at in first.items())
    alt = f"Number of agents that have reached the goal, over training. {words}."
    return Drawing(panel, alt=alt, height=310)


def was_there(visited: np.ndarray) -> np.ndarray:
    """Mark the cells of a grid over the plane in which one of the observations (n, 2) lies, shape (20, 20)."""
    return np.histogram2d(visited[:, 0], visited[:, 1], 20, list(zip(LOW, HIGH, strict=True)))[0] > 0


def cost_to_go(q_values: Callable, visited: np.ndarray, title: str) -> tuple[Drawing, str]:
    """Draw the steps that the values expect to the goal, and the part of the plane that was seen.

    Args:
        q_values: observations (B, 2) to action values (B, A), in steps below 0.
        visited: observations so far, shape (n, 2).
        title: what was chosen, and what came of it.
    """
    x, v = np.linspace(LOW[0], HIGH[0], FINE), np.linspace(LOW[1], HIGH[1], FINE)
    plane = np.stack(np.meshgrid(x, v), axis=-1).reshape(-1, 2)
    cost = -np.asarray(q_values(plane)).max(1).reshape(FINE, FINE)
    seen = was_there(visited.reshape(-1, 2))
    surface = Heat(np.round(cost).astype(int), *EXTENT, low=0, high=100, label="cost to go (steps)")
    been = Heat(seen.T.astype(int), *EXTENT, colours=("paper", "faint"))
    goal = Rule(0.5, "y", "goal", "vermilion")
    axes = Axis(POSITION, LOW[0], HIGH[0]), Axis(VELOCITY, LOW[1], HIGH[1])
    left = Panel([surface, goal], *axes, title.splitlines()[-1], share=1.2)
    right = Panel([been, goal], *axes, "where it has been")
    start = 0.0 - float(np.asarray(q_values(np.array([[-0.5, 0.0]]))).max())  # no "-0"
    words = (
        f"{', '.join(title.splitlines())}: from the valley the agent expects {start:.0f} "
        f"discounted steps; it has seen {seen.mean():.0%} of "
        "the plane. The dashed line is the goal."
    )
    alt = f"Cost to go over position and velocity, and what was visited. {words}"
    return Drawing(left, right, alt=alt, height=340, width=860), words
