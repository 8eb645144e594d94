"""The pictures of lesson 08: symptoms side by side, overestimation, and which instrument finds which fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from qlib.lessons.debugging import limits, updates
from qlib.lessons.debugging.measured import SOUND, SPARE
from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Dots, Interval, Mark, Rule
from qlib.show.panel import Axis, Panel, tidy
from qlib.show.shapes import Box, Words
from qlib.study.statistics import mean_interval

WHOLE, BROKEN = "blue", "vermilion"
MEASURES = ("value", "value", "difference of values", "squared error", "length")  # of updates.SYMPTOMS


def symptoms(found: Mapping[str, np.ndarray], guess: object = None) -> Drawing:
    """Draw the symptoms of some updates, a row for each update and a panel for each symptom.

    Args:
        found: label to values, shape (seeds, symptoms), as `updates.symptoms` gives them; the first is the whole one.
        guess: a label that somebody has said; its row is marked.
    """
    rows = _rows(found)
    known = {0: Rule(1.0, "y", "true"), 1: Rule(updates.CEILING, "y", "ceiling")}
    panels = []
    for column, (name, unit) in enumerate(zip(updates.SYMPTOMS, MEASURES, strict=True)):
        spans = [mean_interval(numbers[:, column]) for numbers in found.values()]
        right = 1.25 * float(np.nanmax(spans))
        marks: list[Mark] = [_said(rows[guess], 0, right)] if isinstance(guess, str) and guess in rows else []
        marks += [known[column]] if column in known else []
        for i, (row, (mean, low, high)) in enumerate(zip(rows.values(), spans, strict=True)):
            colour, shape = (BROKEN, "D") if i else (WHOLE, "o")
            marks.append(Interval([mean], [row], [low], [high], "x", colour, shape))
            marks.append(Words(mean, row, f"{mean:.2f}", anchor="middle", up=12))
        title = name.removeprefix("value of ")
        panels.append(Panel(marks, Axis(unit, 0, right), _names(rows, above=1.2), title))
    words = "; ".join(
        f"{label}: "
        + ", ".join(f"{name} {value:.2f}" for name, value in zip(updates.SYMPTOMS, numbers.mean(0), strict=True))
        for label, numbers in found.items()
    )
    alt = f"Five symptoms of each update, means over seeds with their intervals. {words}."
    return Drawing(*panels, alt=alt, height=100 + 32 * len(found), width=860)


def overestimated(found: Mapping[str, Sequence[float]]) -> Drawing:
    """Draw each seed's mean highest value, a row for each way to learn, beside the ceiling.

    A way is vermilion if its median stands above twice the ceiling.
    """
    rows = _rows(found)
    medians = {name: float(np.median(values)) for name, values in found.items()}
    marks: list[Mark] = [Rule(limits.CEILING, "y", "ceiling")]
    for name, values in found.items():
        colour, shape = (BROKEN, "D") if medians[name] > 2 * limits.CEILING else (WHOLE, "o")
        marks.append(Dots(values, np.full(len(values), rows[name]), colour, 8, shape, hollow=True))
        marks.append(Words(max(values), rows[name], f"median {tidy(float(f'{medians[name]:.2g}'))}", colour, right=12))
    lowest = min(map(min, found.values()))
    x = Axis("mean of the highest values (a point for each seed, log scale)", lowest / 2, log=True)
    alt = "Highest values on a logarithmic axis beside the ceiling of 20. Medians: "
    alt += ", ".join(f"{name} {tidy(float(f'{median:.2g}'))}" for name, median in medians.items()) + "."
    return Drawing(Panel(marks, x, _names(rows, above=0.9), beside=110), alt=alt, height=90 + 40 * len(found))


def instruments(right: Mapping[str, tuple[float, float, int]], guess: object = None) -> Drawing:
    """Draw hits and false alarms of instruments, as `measured.right` gives them, the best first."""
    ordered = dict(sorted(right.items(), key=lambda item: (-item[1][0], item[1][1])))
    rows = _rows(ordered)
    at = np.array(list(rows.values()))
    hits, false = (np.array([shares[i] for shares in ordered.values()]) for i in (0, 1))
    marks: list[Mark] = [_said(rows[guess], 0, 1)] if isinstance(guess, str) and guess in rows else []
    for shares, up, colour in ((hits, 0.19, BROKEN), (false, -0.19, WHOLE)):
        said = [f"{share:.0%}" for share in shares]
        marks.append(Bars(shares, at + up, width=0.34, along="x", colour=colour, hatched=up < 0, words=said))
    percent = {share: f"{share:.0%}" for share in (0, 0.25, 0.5, 0.75, 1)}
    x = Axis("share of agents with an alarm", 0, 1, ticks=percent)
    words = "; ".join(
        f"{name}: {hits:.0%} hits, {false:.0%} false alarms" for name, (hits, false, _) in ordered.items()
    )
    key = [("broken agents: hits", BROKEN), ("sound agents, striped: false alarms", WHOLE)]
    alt = f"How often each instrument gave an alarm. {words}."
    return Drawing(Panel(marks, x, _names(rows), beside=40), alt=alt, height=60 + 38 * len(rows), key=key)


def finds(found: Mapping[str, np.ndarray], labels: Sequence[str], names: Sequence[str]) -> Drawing:
    """Draw on how many seeds some instruments gave an alarm for each fault: the more of a cell is filled, the more.

    Args:
        found: name to alarms, shape (labels, seeds).
        labels: the faults, in that order.
        names: the instruments to draw.
    """
    shares = np.array([found[name].mean(1) for name in names]).T
    rows, heads = _rows(labels), 4.8  # rows high
    marks: list[Mark] = [Words(i, len(rows), name, turned=True) for i, name in enumerate(names)]
    for (label, row), of_each in zip(rows.items(), shares.tolist(), strict=True):
        colour = WHOLE if label in (SOUND, SPARE) else BROKEN
        for column, share in enumerate(of_each):
            if share:
                marks.append(Box(column - 0.45 + 0.45 * share, row, 0.9 * share, 0.5, fill=colour, edge=0))
            marks.append(Box(column, row, 0.9, 0.5, f"{share:.0%}" if share else "·", edge=0, bold=share > 0.5))
    y = Axis(low=-0.5, high=len(rows) - 0.5 + heads, ticks={row: label.split(":")[0] for label, row in rows.items()})
    words = "; ".join(
        f"{label}: " + (", ".join(f"{name} {s:.0%}" for name, s in zip(names, row, strict=True) if s) or "none")
        for label, row in zip(labels, shares, strict=True)
    )
    return Drawing(
        Panel(marks, Axis(low=-0.5, high=len(names) - 0.5, ticks={}), y),
        alt=f"Share of seeds on which each instrument gave an alarm. {words}.",
        height=round(34 * (len(rows) + heads)) + 20,
        width=860,
        key=[("a broken agent: found", BROKEN), ("a sound agent: a false alarm", WHOLE)],
    )


def _rows(names: Collection[str]) -> dict[str, float]:
    """Give each name a height, the first one the greatest."""
    return {name: float(len(names) - 1 - i) for i, name in enumerate(names)}


def _names(rows: Mapping[str, float], above: float = 0.5) -> Axis:
    return Axis(low=-0.6, high=len(rows) - 1 + above, ticks={row: name for name, row in rows.items()})


def _said(row: float, left: float, right: float) -> Box:
    """Mark the row that somebody has said."""
    return Box((left + right) / 2, row, right - left, 0.9, fill="faint", edge=0)
