"""Pictures of lesson 13: tilings, who is drawn from a memory, when a goal is found, and the cost to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.patches import Rectangle

from qlib.lessons.sparse_rewards.tiles import MOUNTAIN_CAR, TileCoder
from qlib.show.picture import COLOURS, DASHES, Picture, comparison, figure, lines
from qlib.study.result import Comparison

LOW, HIGH = (np.array(end) for end in MOUNTAIN_CAR)
EXTENT = LOW[0], HIGH[0], LOW[1], HIGH[1]
POSITION, VELOCITY = "position (m)", "velocity (m a step)"


def tilings(position: float, velocity: float, tilings: int, tiles: int) -> tuple[Picture, str]:
    """Draw MountainCar's plane with the tiles that hold one point, one of each tiling.

    Args:
        position, velocity: the point, in m and m a step.
        tilings: how many grids.
        tiles: tiles across each range.
    """
    coder = TileCoder(*MOUNTAIN_CAR, tilings, tiles)
    point = np.array([position, velocity])
    width = (HIGH - LOW) / tiles
    fig, ax = figure(7.2, 3.8)
    for k, cell in enumerate(coder.cells(point)):
        colour, dash = COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)]
        corner = LOW + (cell - coder.offsets[k]) * width
        ax.add_patch(Rectangle(corner, *width, facecolor=colour, alpha=0.10, linewidth=0))
        ax.add_patch(Rectangle(corner, *width, fill=False, edgecolor=colour, linewidth=1.4, linestyle=dash))
        if tilings <= 4 or k == 0:  # more grids than that hide one another: the first stands for all
            for d, draw in enumerate((ax.axvline, ax.axhline)):
                for line in LOW[d] + (np.arange(tiles + 2) - coder.offsets[k, d]) * width[d]:
                    draw(line, color=colour, linestyle=dash, linewidth=0.5, alpha=0.6)
    move = np.array([0.05, 0.005])  # of each slider, by one
    near = point + np.where(point + move > HIGH + 1e-9, -move, move)
    common = int((coder.active(near) == coder.active(point)).sum())
    ax.plot(*point, "o", color="black", markersize=6)
    ax.plot(*near, "x", color="black", markersize=6)
    ax.set(xlabel=POSITION, ylabel=VELOCITY, xlim=(-1.3, 0.7), ylim=(-0.08, 0.08))
    ax.grid(visible=False)
    plane = (np.indices((60, 60)).reshape(2, -1).T + 0.5) / 60 * (HIGH - LOW) + LOW
    shared = (coder.active(plane) == coder.active(point)).sum(1)  # tilings that each place shares with the point
    words = (
        f"Tilings: {tilings}, of {tiles} by {tiles} tiles{', only the first of them drawn whole' * (tilings > 4)}. "
        f"The point lies in {tilings} of {coder.n_tiles:,} tiles. "
        f"The cross, one move of each slider away, shares {common} of the {tilings}. "
        f"What is learned at the point reaches {(shared > 0).mean():.1%} of the plane."
    )
    return Picture(fig, f"MountainCar's plane with the active tiles of one point. {words}"), words


def _chances(errors: np.ndarray, alpha: float) -> np.ndarray:
    priorities = np.sort(np.abs(errors) + 1e-6)[::-1] ** alpha
    return priorities / priorities.sum()


def tenth(errors: np.ndarray, alpha: float) -> float:
    """Return the share of the draws that the tenth with the largest of some TD errors, shape (n,), gets."""
    return float(_chances(errors, alpha)[: max(len(errors) // 10, 1)].sum())


def drawn(errors: np.ndarray, alpha: float, beta: float, name: str = "") -> tuple[Picture, str]:
    """Draw which share of the draws goes to which share of the transitions, the largest TD errors first.

    Args:
        errors: the transitions' TD errors, shape (n,).
        alpha: how much priorities count.
        beta: how far the weights undo it.
        name: whose memory it is.
    """
    chance = _chances(errors, alpha)
    share = np.arange(1, len(chance) + 1) / len(chance)
    fig, ax = figure(7.2, 3.4)
    ax.set(xlabel="share of the transitions, largest errors first", ylabel="share of the draws")
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    ax.plot(share, chance.cumsum(), color=COLOURS[0], linewidth=1.8)
    ax.plot([0, 1], [0, 1], color=COLOURS[1], linestyle=DASHES[1], linewidth=1.4)
    ax.text(0.62, 0.55, "uniform", color=COLOURS[1], fontsize=9)
    first = tenth(errors, alpha)
    ax.plot([0.1, 0.1], [0, first], color="#767676", linestyle=":", linewidth=1)
    weights = (len(chance) * chance) ** -beta
    weights /= weights.max()
    words = (
        f"{name and name + ', '}alpha {alpha:.2f}: the tenth with the largest errors gets {first:.0%} of "
        f"the draws. beta {beta:.2f}: the "
        f"most surprising transition counts {weights.min():.2g} times as much as the least surprising."
    )
    return Picture(fig, f"Share of draws over share of transitions. {words}"), words


_RISING, _UNRENEWED = np.arange(1.0, 9.0), np.array([1.0, 2, 3, 4, 8, 8, 8, 8])
MEMORIES: dict[str, tuple[str, np.ndarray]] = {
    "A": ("new ones are never renewed", _UNRENEWED),
    "B": ("whole", _RISING),
    "C": ("the last slot is out of reach", np.append(_RISING[:-1], 0.0)),
    "D": ("alpha is 0", np.ones(8)),
}
"""Four memories that should draw by the priorities 1 to 8: what is broken in each, and by what it draws."""


def memories(draws: int = 20_000) -> Picture:
    """Draw how often each slot of the four memories came, and how often it should have."""
    rng = np.random.default_rng(0)
    fig, axes = figure(8.6, 2.6, columns=4, sharey=True)
    should = draws * _RISING / _RISING.sum()
    words = []
    for ax, (name, (_, by)) in zip(axes, MEMORIES.items(), strict=True):
        counts = np.bincount(rng.choice(8, draws, p=by / by.sum()), minlength=8)
        ax.bar(range(1, 9), counts, color=COLOURS[0], alpha=0.5)
        ax.plot(range(1, 9), should, "o", color=COLOURS[1], markersize=4)
        ax.set(title=name, xlabel="priority", xticks=(1, 4, 8))
        words.append(f"{name}: {', '.join(map(str, counts))}")
    axes[0].set(ylabel=f"draws of {draws:,}")
    asked = ", ".join(f"{x:.0f}" for x in should)
    return Picture(fig, f"Draws of the slots with priorities 1 to 8. {'; '.join(words)}. It should be: {asked}.")


def found(first: Mapping[str, np.ndarray], steps: int) -> Picture:
    """Draw in how many agents the goal was reached, over training.

    Args:
        first: label to the step at which each seed reached the goal, shape (seeds,); infinity for never.
        steps: the budget.
    """
    fig, ax = figure(7.2, 3.2)
    seeds = len(next(iter(first.values())))
    ax.set(xlabel="environment steps", ylabel=f"agents at the flag, of {seeds}")
    ax.set(xlim=(0, steps), ylim=(-0.4, seeds + 0.6))
    events = np.concatenate([[0, steps], *first.values()])
    x = np.unique(events[np.isfinite(events)])
    counts = {label: (at <= x[:, np.newaxis]).sum(1) for label, at in first.items()}
    lines(ax, x, counts, drawstyle="steps-post")
    words = "; ".join(f"{label}: {np.isfinite(at).sum()} of {seeds}" for label, at in first.items())
    return Picture(fig, f"Number of agents that have reached the goal, over training. {words}.")


def scores(result: Comparison) -> Picture:
    """Draw greedy scores on MountainCar over training, with the mark at which it counts as solved."""
    picture = comparison(result)
    (ax,) = picture.figure.axes
    ax.axhline(-110, color="#767676", linestyle=":", linewidth=1)
    ax.text(result.steps[0], -108, "−110: solved", color="#767676", fontsize=9)
    return picture


def was_there(visited: np.ndarray) -> np.ndarray:
    """Mark the cells of a grid over the plane in which one of the observations (n, 2) lies, shape (20, 20)."""
    return np.histogram2d(visited[:, 0], visited[:, 1], 20, list(zip(LOW, HIGH, strict=True)))[0] > 0


def cost_to_go(q_values: Callable, visited: np.ndarray, title: str) -> tuple[Picture, str]:
    """Draw the steps that the values expect to the goal, and the part of the plane that was seen.

    Args:
        q_values: observations (B, 2) to action values (B, A), in steps below 0.
        visited: observations so far, shape (n, 2).
        title: what was chosen, and what came of it.
    """
    x, v = np.linspace(LOW[0], HIGH[0], 60), np.linspace(LOW[1], HIGH[1], 60)
    plane = np.stack(np.meshgrid(x, v), axis=-1).reshape(-1, 2)
    cost = -np.asarray(q_values(plane)).max(1).reshape(60, 60)
    seen = was_there(visited.reshape(-1, 2))
    fig, (left, right) = figure(8.6, 3.5, columns=2, sharey=True)
    image = left.imshow(cost, origin="lower", aspect="auto", extent=EXTENT, vmin=0, vmax=100)
    fig.colorbar(image, ax=left).ax.set_title("cost to go\n(steps)", fontsize=9)
    right.imshow(seen.T, origin="lower", aspect="auto", extent=EXTENT, cmap="Greys", vmax=1.6)
    fig.suptitle(title, fontsize=10)
    left.set(xlabel=POSITION, ylabel=VELOCITY)
    right.set(xlabel=POSITION, title="where it has been")
    for ax in (left, right):
        ax.grid(visible=False)
        ax.axvline(0.5, color=COLOURS[1], linestyle=DASHES[1], linewidth=1.2)
    start = 0.0 - float(np.asarray(q_values(np.array([[-0.5, 0.0]]))).max())  # no "-0"
    words = (
        f"{', '.join(title.splitlines())}: from the valley the agent expects {start:.0f} "
        f"discounted steps; it has seen {seen.mean():.0%} of "
        "the plane. The dashed line is the goal."
    )
    return Picture(fig, f"Cost to go over position and velocity, and what was visited. {words}"), words
