"""Pictures of depth in lesson 14: a block with a way past it, and how much gradient arrives at each layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.from_images import towers
from qlib.show.drawing import Drawing
from qlib.show.intervals import intervals
from qlib.show.marks import Mark
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Arrow, Box, Words

SEEDS = range(8)


def block() -> Drawing:
    """Draw a residual block: two convolutions, and the way past them."""
    parts = ("convolution", "ReLU", "convolution", "+", "ReLU")
    marks: list[Mark] = [Words(0.1, 1, "x", bold=True, size=15.0, anchor="middle")]
    for k, part in enumerate(parts):
        sum_ = part == "+"
        wide = 0.5 if sum_ else 1.3
        colour = "vermilion" if sum_ else "ink"
        marks.append(Box(1.5 + 1.8 * k, 1, wide, 0.5, part, colour, "vermilion" if sum_ else "blue", round=sum_))
        before = 0.3 if k == 0 else 1.5 + 1.8 * (k - 1) + (0.25 if parts[k - 1] == "+" else 0.65)
        marks.append(Arrow(before, 1, 1.5 + 1.8 * k - wide / 2, 1))
    marks += [
        Arrow(0.3, 0.85, 1.5 + 1.8 * 3 - 0.15, 0.75, bend=-0.16, colour="vermilion"),
        Words(3.4, 0.05, "the identity: x itself", "vermilion", "middle"),
        Arrow(1.5 + 1.8 * 4 + 0.65, 1, 1.5 + 1.8 * 4 + 1.3, 1),
    ]
    alt = "A residual block: x goes through a convolution, a ReLU and a convolution, and past them; both are added."
    return Drawing(Panel(marks, frame=(-0.2, -0.2, 10.2, 1.5)), alt=alt, height=170)


def gradients(depth: int) -> tuple[Drawing, str]:
    """Draw the gradient's norm at each convolution before any training, by the way in which the tower is made.

    Args:
        depth: convolutions in blocks of two, an even number.
    """
    curves = {
        name: np.exp(
            np.mean([np.log(towers.gradients(towers.tower(depth, seed=seed, **way))) for seed in SEEDS], axis=0)
        )
        for name, way in towers.WAYS.items()
    }
    shares = {name: curve[0] / curve[-1] for name, curve in curves.items()}
    words = (
        f"Depth {depth}: of the gradient that the last convolution gets, the first one gets "
        f"{_share(shares['plain'])} without residual connections, {_share(shares['residual'])} with them, and "
        f"""{_share(shares["He's start"])} without them from He's first weights."""
    )
    ticks = {float(k): f"{k}" for k in range(0, depth + 1, max(1, depth // 6))}
    x, y = (
        Axis("convolution, from the pixels up", 0, depth, ticks=ticks),
        Axis("norm of the gradient", 1e-8, 1, log=True),
    )
    panel = Panel(lines(np.arange(depth + 1), curves), x, y)
    return Drawing(panel, alt=f"The gradient's norm, geometric mean of {len(SEEDS)} seeds. {words}", height=300), words


def _share(share: float) -> str:
    if share >= 0.995:
        return f"{share:.1f} times as much"
    return f"{share:.0%}" if share > 0.01 else f"1 part in {round(1 / share, 2 - len(str(int(1 / share)))):,.0f}"


def by_depth(shares: Mapping[str, np.ndarray]) -> Drawing:
    """Draw what towers have right after training, by depth."""
    groups: dict[str, dict[str, np.ndarray]] = {}
    for label, each in shares.items():
        depth, kind = label.split(", ")
        groups.setdefault(f"depth {depth}", {})[kind] = 100 * each
    return intervals(groups, "right on the whole table (%)")
