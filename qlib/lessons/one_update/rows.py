"""The worked rows of lesson 06: which network chooses the next action, and which one values it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qlib.show.drawing import Drawing
from qlib.show.sheet import sheet

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


def table(rows: Sequence[Row]) -> Drawing:
    """Draw rows as a table: reward, end, and the next state's values by either network."""
    heads = ["row", "r", "terminated", "Q(s', left; θ)", "Q(s', right; θ)", "Q(s', left; θ⁻)", "Q(s', right; θ⁻)"]
    cells = [
        [f"{cell}" for cell in (i + 1, row.r, "yes" if row.terminated else "no", *row.online, *row.target)]
        for i, row in enumerate(rows)
    ]
    words = "; ".join(
        f"row {i + 1}: r {row.r:g}{', terminated' * row.terminated}, online {row.online}, target {row.target}"
        for i, row in enumerate(rows)
    )
    alt = f"Next values by the online network θ and by the target network θ⁻. {words}."
    return sheet(heads, cells, alt, {3: "blue", 4: "blue", 5: "vermilion", 6: "vermilion"})
