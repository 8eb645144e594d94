"""Pictures of lesson 10: sticks, and small worlds with exact values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from qlib.show.picture import COLOURS, MARKERS, Picture, figure, lines, note


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


def before_the_fall(stick: float, gamma: float) -> tuple[Picture, str]:
    """Draw the value over the steps left, with a stick and without, and what one step more is worth."""
    steps = np.arange(1, 41)
    curves = {"no stick": value_before_fall(steps, gamma, None), "stick": value_before_fall(steps, gamma, stick)}
    fig, (left, right) = figure(8.6, 3.2, columns=2)
    left.axhline(1 / (1 - gamma), color="#767676", linewidth=0.8, linestyle=":")
    left.set(xlabel="steps left before the fall", ylabel="value, in rewards", xlim=(1, 46))
    right.set(xlabel="steps left before the fall", ylabel="what one more step is worth", xlim=(1, 46), yscale="log")
    lines(left, steps, curves)
    lines(right, steps[1:], {name: np.diff(curve) for name, curve in curves.items()})
    words = (
        f"gamma {gamma:.2f}, stick {stick:g}: 10 steps before the fall a state is worth {curves['no stick'][9]:.2f} "
        f"without a stick and {curves['stick'][9]:.2f} with it. One more step is worth {factor(stick, gamma):.2f} "
        "times as much as without a stick, wherever you are."
    )
    return Picture(fig, f"Values and their differences up to 40 steps before a fall. {words}"), words


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


def corridor(terminal_cut: bool, gamma: float, sweeps: int) -> tuple[Picture, str]:
    """Draw the values of a corridor in which every step pays -1."""
    values = corridor_values(gamma, terminal_cut, sweeps)[-1]
    fig, ax = figure(7.2, 3.0)
    distance = np.arange(len(values), 0, -1)
    ax.plot(distance, values, color=COLOURS[0], marker="o", linewidth=1.8)
    ax.set(xlabel="steps from the goal", ylabel="value, in rewards", xlim=(10.5, 0.5))
    ax.set_ylim(min(-21, values.min() - 1), 1)
    one = "all states are worth the same" if np.ptp(values) < 1e-9 else "nearer is worth more"
    words = (
        f"{'With' if terminal_cut else 'Without'} the terminal cut, gamma {gamma:.2f}, after {sweeps} sweeps: "
        f"1 step from the goal {values[-1]:.2f}, 10 steps from it {values[0]:.2f}. So {one}."
    )
    if sweeps == 0:
        words = "Before the first sweep all values are 0."
    return Picture(fig, f"Values over the distance from the goal. {words}"), words


def mountain_car_values() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Work out MountainCar's values for gamma 0.99 on a grid, every step paying -1, by sweeps of the exact equation.

    Between grid points the values are interpolated, so they are a little blurred.

    Returns:
        Positions in m, velocities in m a step, and values of shape (velocities, positions).
    """
    n = 61
    x, v = np.linspace(-1.2, 0.6, n), np.linspace(-0.07, 0.07, n)
    speeds = v[:, None, None] + 0.001 * np.array([-1.0, 0.0, 1.0]) - 0.0025 * np.cos(3 * x)[None, :, None]
    speeds = speeds.clip(-0.07, 0.07)  # (velocities, positions, actions)
    places = (x[None, :, None] + speeds).clip(-1.2, 0.6)
    speeds = np.where((places <= -1.2) & (speeds < 0), 0.0, speeds)
    i, j = (places + 1.2) / 1.8 * (n - 1), (speeds + 0.07) / 0.14 * (n - 1)
    i0, j0 = np.minimum(i.astype(int), n - 2), np.minimum(j.astype(int), n - 2)
    di, dj, goes_on = i - i0, j - j0, (places < 0.5) | (speeds < 0)
    values = np.zeros((n, n))
    for _ in range(300):
        near = (1 - dj) * ((1 - di) * values[j0, i0] + di * values[j0, i0 + 1])
        far = dj * ((1 - di) * values[j0 + 1, i0] + di * values[j0 + 1, i0 + 1])
        values = (-1 + 0.99 * goes_on * (near + far)).max(2)
    return x, v, values


def mountain_car() -> Picture:
    """Draw MountainCar's values over position and velocity."""
    x, v, values = mountain_car_values()
    fig, ax = figure(7.2, 3.6)
    ax.grid(visible=False)
    mesh = ax.pcolormesh(x, v, values, cmap="cividis", shading="nearest", rasterized=True)
    ax.contour(x, v, values, levels=np.arange(-80, 0, 10), colors="white", linewidths=0.6)
    ax.plot(-0.5, 0.0, marker="o", color="white", markeredgecolor="black")
    note(ax, "start", (-0.5, 0.0), (6, 6), fontsize=10, color="white")
    ax.set(xlabel="position, m", ylabel="velocity, m a step")
    fig.colorbar(mesh, ax=ax, label="value, in rewards")
    at_start = values[len(v) // 2, np.abs(x + 0.5).argmin()]
    words = f"about {at_start:.0f} at the start, 0 to -1 near the goal"
    return Picture(fig, f"MountainCar's values on a grid, gamma 0.99: {words}.")


def arrows(policies: Mapping[str, Sequence[int]]) -> Picture:
    """Draw what each policy does in each state of a corridor, the goal at the right.

    Args:
        policies: name to one action a state: 0 left, 1 right.
    """
    fig, ax = figure(7.2, 0.6 + 0.5 * len(policies))
    n = len(next(iter(policies.values())))
    for row, policy in enumerate(policies.values()):
        for state, action in enumerate(policy):
            way, colour = (0.3, COLOURS[0]) if action else (-0.3, COLOURS[1])
            look = {"arrowstyle": "-|>", "color": colour, "lw": 1.8}
            ax.annotate("", (state + way, row), (state - way, row), arrowprops=look)
        ax.text(n, row, "goal", ha="center", va="center")
    ax.set(xlim=(-0.6, n + 0.5), ylim=(len(policies) - 0.5, -0.5), xlabel="state")
    ax.set_xticks(range(n))
    ax.set_yticks(range(len(policies)), list(policies))
    ax.grid(visible=False)
    words = "; ".join(f"{name}: {' '.join('left right'.split()[a] for a in p)}" for name, p in policies.items())
    return Picture(fig, f"What the best policy does in each state. {words}.")


def shaped(draw_from: Callable[[float], tuple[np.ndarray, np.ndarray]], bonus: float) -> tuple[Picture, str]:
    """Draw the values of both actions of a corridor for a strength of the shaping.

    Args:
        draw_from: from the strength, the values shaped by the potential and those with the bonus, (states, actions).
        bonus: the strength.
    """
    fig, axes = figure(8.6, 3.0, columns=2, sharey=True)
    said = []
    for ax, q, name in zip(axes, draw_from(bonus), ("potential", "progress bonus"), strict=True):
        ax.set(title=name, xlabel="state", xlim=(-0.3, len(q) + 0.4))
        lines(ax, np.arange(len(q)), {"left": q[:, 0], "right": q[:, 1]})
        for a in (0, 1):
            ax.plot(q[:, a], MARKERS[a], color=COLOURS[a])
        goes = q[:, 1] > q[:, 0] + 1e-9
        said.append(f"{name}: {goes.sum()} of {len(q)} states go right")
    axes[0].set(ylabel="value, in rewards")
    words = f"Strength {bonus:.2f}. {said[0]}. {said[1]}."
    return Picture(fig, f"Values of going left and right in each state. {words}"), words
