"""Findings as a figure: these variants, this difference, this interval, on the seeds chosen on and on held-out ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Interval, Rule
from qlib.show.panel import Axis, Panel, tidy
from qlib.show.shapes import Words
from qlib.show.table import Table
from qlib.study.held_out import Twice
from qlib.study.statistics import Interval as Span

Sets = dict[str, Mapping[str, Span]]
LOOKS = {"round": ("o", "blue"), "square": ("s", "vermilion"), "triangle": ("^", "green"), "diamond": ("D", "purple")}
"""How a set of seeds is drawn: the chosen ones, the held-out ones, and parts of them."""
NAMES = {"chosen on": "seeds chosen on", "held out": "held-out seeds"}


class Findings(Drawing):
    """Differences with their intervals, one a row, on every set of seeds, and in words what they show.

    Args:
        claims: label to difference. A `Twice`, as `Records.claims` gives them, corrected for their number there, is
            *shown* where both sets say so; one interval alone, of seeds that nobody confirmed, is *found*.
        unit: what the numbers are.
        parts: name of some of the seeds to their intervals, by label: what a smaller look would have said.
        bar: what the numbers are held against.
        digits: behind the point, in the table.

    Raises:
        ValueError: if there is no claim.
    """

    def __init__(
        self,
        claims: Mapping[str, Twice] | Mapping[str, Span],
        unit: str = "steps more (+) or fewer (−)",
        parts: Mapping[str, Mapping[str, Span]] | None = None,
        bar: float = 0.0,
        digits: int = 0,
    ) -> None:
        if not claims:
            raise ValueError("There is no finding here. Give at least one label with its difference.")
        self.claims, self._digits = dict(claims), digits
        self._sides = {
            label: one.verdict() if isinstance(one, Twice) else one.verdict(bar) for label, one in claims.items()
        }
        sure = "shown" if any(isinstance(one, Twice) for one in claims.values()) else "found"
        self.sets: Sets = {**(parts or {}), **_sets(claims)}
        first = len(parts or {})
        names = [*list(LOOKS)[2 : 2 + first], *list(LOOKS)[: len(self.sets) - first]]
        looks = dict(zip(self.sets, names, strict=True))
        rows = np.arange(len(claims))[::-1].astype(float)
        spans = {name: np.transpose([each[label] for label in claims]) for name, each in self.sets.items()}
        ends = np.concatenate([np.ravel(each) for each in spans.values()] + [[bar]])
        low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
        room, n = 0.06 * (high - low or 1), len(spans)
        shifts = 0.14 * (n - 1 - 2 * np.arange(n)) * min(1, 2.6 / n)
        marks = [
            Rule(bar, "y", colour="ink", dash=0, width=1),
            *(
                Interval(mean, rows + shift, lower, upper, along="x", colour=LOOKS[look][1], shape=LOOKS[look][0])
                for (mean, lower, upper), shift, look in zip(spans.values(), shifts, looks.values(), strict=True)
            ),
            *(
                Words(high + room, row, f"{side}: {sure}", anchor="start", right=8, bold=True)
                if side in ("above", "below")
                else Words(high + room, row, side, anchor="start", right=8)
                for row, side in zip(rows, self._sides.values(), strict=True)
            ),
        ]
        y = Axis(low=-0.6, high=len(claims) - 0.4, ticks=dict(zip(rows.tolist(), claims, strict=True)))
        said = "; ".join(f"{label}: {one}, {self._sides[label]}" for label, one in claims.items())
        against = f", against {tidy(bar)}" if bar else ""
        super().__init__(
            Panel(marks, Axis(unit, low - room, high + room), y, beside=110),
            alt=f"{unit}, with 95 % intervals{against}. {said}.",
            height=60 + (20 + 12 * n) * len(claims),
            width=860,
            key=[(f"{look}: {NAMES.get(name, name)}", LOOKS[look][1]) for name, look in looks.items()] if n > 1 else (),
        )

    def table(self) -> Table:
        """Return the same as text."""
        cells = {name: [f"{each[label]:.{self._digits}f}" for label in self.claims] for name, each in self.sets.items()}
        columns = [["", *self.claims], *([name, *lines] for name, lines in cells.items())]
        wide = [max(map(len, column)) if i == 0 else max(18, *map(len, column)) for i, column in enumerate(columns)]
        lines = [
            "  ".join(f"{cell:{n}}" for cell, n in zip(row, wide, strict=True)) for row in zip(*columns, strict=True)
        ]
        head, *rows = lines
        return Table(head, *(f"{line}  {side}" for line, side in zip(rows, self._sides.values(), strict=True)))

    def numbers(self) -> dict[str, Any]:
        """Return what the page draws, and the table behind it."""
        return super().numbers() | {"table": repr(self)}

    def _still_html(self) -> str:
        table = self.table()._repr_html_()
        return f"{super()._still_html()}<details><summary>The same as a table</summary>{table}</details>"

    def __repr__(self) -> str:
        return repr(self.table())


def _sets(claims: Mapping[str, Twice] | Mapping[str, Span]) -> Sets:
    twice = {label: one for label, one in claims.items() if isinstance(one, Twice)}
    if not twice:
        return {"these seeds": {label: one for label, one in claims.items() if isinstance(one, Span)}}
    return {
        "chosen on": {label: one.chosen for label, one in twice.items()},
        "held out": {label: one.held_out for label, one in twice.items()},
    }
