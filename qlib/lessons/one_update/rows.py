"""The worked rows of lesson 06: which network chooses the next action, and which one values it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qlib.show.picture import COLOURS, Picture, figure

GAMMA = 0.9


class Row(NamedTuple):
    """A transition's reward and end, and what two networks say of the actions left and right in its next state."""

    r: float
    terminated: bool
    online: tuple[float, float]  # Q(s', ·; θ)
    target: tuple[float, float]  # Q(s', ·; θ⁻)


EXAMPLE = Row(1.0, False, online=(7.0, 6.0), target=(4.0, 5.0))  # the networks disagree about the best action
DOUBLE_ROWS = (
    Row(1.0, False, online=(2.0, 8.0), target=(6.0, 4.0)),
    Row(2.0, False, online=(9.0, 3.0), target=(5.0, 1.0)),
    Row(1.0, True, online=(2.0, 3.0), target=(4.0, 6.0)),
)


def table(rows: Sequence[Row]) -> Picture:
    """Draw rows as a table: reward, end, and the next state's values by either network."""
    heads = ["row", "r", "terminated", "Q(s', left; θ)", "Q(s', right; θ)", "Q(s', left; θ⁻)", "Q(s', right; θ⁻)"]
    fig, ax = figure(8.4, 0.4 * (len(rows) + 1) + 0.1)
    ax.set(xlim=(0, len(heads)), ylim=(len(rows) + 0.6, -0.5))
    ax.axis("off")
    for column, head in enumerate(heads):
        colour = COLOURS[0] if column in (3, 4) else COLOURS[1] if column > 4 else "black"
        cells = [head]
        for i, row in enumerate(rows):
            ends = "yes" if row.terminated else "no"
            cells.append(f"{(i + 1, row.r, ends, *row.online, *row.target)[column]}")
        for i, cell in enumerate(cells):
            weight = "normal" if i else "bold"
            ax.text(column + 0.5, i, cell, ha="center", va="center", color=colour, weight=weight, fontsize=10)
    words = "; ".join(
        f"row {i + 1}: r {row.r:g}{', terminated' * row.terminated}, online {row.online}, target {row.target}"
        for i, row in enumerate(rows)
    )
    return Picture(fig, f"Next values by the online network θ and by the target network θ⁻. {words}.")
