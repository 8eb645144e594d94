"""Findings as a figure: these variants, this difference, this interval, on the seeds chosen on and on held-out ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from qlib.show.drawing import Drawing
from qlib.show.marks import Interval, Rule
from qlib.show.panel import Axis, Panel
from qlib.show.shapes import Words
from qlib.show.table import Table
from qlib.study.held_out import Twice

ROW = 44  # pixels for a finding
VERDICTS = {"above": "above: shown", "below": "below: shown", "open": "open"}


class Findings(Drawing):
    """Differences with their intervals, one a row, on both sets of seeds, and in words what they show.

    Args:
        claims: label to difference, as `Records.claims` gives them; corrected for their number there.
        unit: what the numbers are.
    """

    def __init__(self, claims: Mapping[str, Twice], unit: str = "steps more (+) or fewer (−)") -> None:
        if not claims:
            raise ValueError("There is no finding here. Give at least one label with its difference.")
        self.claims = dict(claims)
        rows = np.arange(len(claims))[::-1].astype(float)
        sets = [
            np.transpose([tuple(getattr(one, which)) for one in claims.values()]) for which in ("chosen", "held_out")
        ]
        low, high = (float(pick([*(pick(each) for each in sets), 0.0])) for pick in (np.nanmin, np.nanmax))
        room = 0.06 * (high - low or 1)
        verdicts = [
            Words(high + room, row, VERDICTS[one.verdict()], anchor="start", right=8, bold=one.verdict() != "open")
            for row, one in zip(rows, claims.values(), strict=True)
        ]
        marks = [
            Rule(0, "y", colour="ink", dash=0, width=1),
            *(
                Interval(mean, rows + shift, lower, upper, along="x", colour=colour, shape=shape)
                for (mean, lower, upper), shift, colour, shape in zip(
                    sets, (0.14, -0.14), ("blue", "vermilion"), "os", strict=True
                )
            ),
            *verdicts,
        ]
        ticks = dict(zip(rows.tolist(), claims, strict=True))
        y = Axis(low=-0.6, high=len(claims) - 0.4, ticks=ticks)
        key = [("upper, round: seeds chosen on", "blue"), ("lower, square: held-out seeds", "vermilion")]
        said = "; ".join(f"{label}: {one}, {one.verdict()}" for label, one in claims.items())
        super().__init__(
            Panel(marks, Axis(unit, low - room, high + room), y, beside=110),
            alt=f"{unit}, with 95 % intervals. {said}.",
            height=60 + ROW * len(claims),
            width=860,
            key=key,
        )

    def table(self) -> Table:
        """Return the same as text."""
        wide = max(map(len, self.claims))
        head = f"{'':{wide}}  {'chosen on':18}  {'held out':18}"
        return Table(
            head,
            *(
                f"{label:{wide}}  {f'{one.chosen:.0f}':18}  {f'{one.held_out:.0f}':18}  {one.verdict()}"
                for label, one in self.claims.items()
            ),
        )

    def numbers(self) -> dict[str, Any]:
        """Return what the page draws, and the table behind it."""
        return super().numbers() | {"table": repr(self)}

    def _still_html(self) -> str:
        table = self.table()._repr_html_()
        return f"{super()._still_html()}<details><summary>The same as a table</summary>{table}</details>"

    def __repr__(self) -> str:
        return repr(self.table())
