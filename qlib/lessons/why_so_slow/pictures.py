"""The pictures of lesson 15: where time goes, what each change saves, what arithmetic takes, and who parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qlib.lessons.why_so_slow.arithmetic import RATED, Sizes
from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Dots, Interval, Line, Mark
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Words

LAUNCH = (5.0, 10.0)  # microseconds to start one kernel on a GPU: the usual range, not measured here


def parts(spent: Mapping[str, float]) -> tuple[Drawing, str]:
    """Draw what share of the time each part takes.

    Args:
        spent: part to seconds, in the order in which they happen.
    """
    total = sum(spent.values())
    shares = {name: 100 * seconds / total for name, seconds in spent.items()}
    largest = sorted(shares, key=shares.__getitem__, reverse=True)[:3]
    text = "The three largest: " + ", ".join(f"{name} {shares[name]:.0f} %" for name in largest) + "."
    panel = _level(shares, [f"{share:.1f} %" for share in shares.values()], "share of the time (%)")
    alt = f"Share of the time of {len(shares)} parts. {text}"
    return Drawing(panel, alt=alt, height=30 * len(shares) + 60), text


def _rows(names: Sequence[str]) -> Axis:
    """Name rows from the top down, the first at 0, the next at −1."""
    return Axis("", -len(names) + 0.5, 0.5, ticks={-row: name for row, name in enumerate(names)})


def _level(lengths: Mapping[str, float], words: Sequence[str], measures: str) -> Panel:
    """Lay a bar for each name, the first on top, with words at its end."""
    bars = Bars(list(lengths.values()), -np.arange(len(lengths)), width=0.7, along="x", words=words)
    return Panel([bars], Axis(measures, 0, max(lengths.values())), _rows(list(lengths)), beside=56)


def faster_part(spent: Mapping[str, float], part: str, times_faster: int) -> tuple[Drawing, str]:
    """Draw the whole before and after one part is made so many times faster (Amdahl 1967).

    Args:
        spent: part to seconds.
        part: one of them.
        times_faster: from 1 up.
    """
    total, own = sum(spent.values()), spent[part]
    rest, after, most = total - own, total - own + own / times_faster, total / (total - own)
    mine, others = 100 * np.array([own, own / times_faster]) / total, 100 * rest / total
    marks = [
        Bars(mine, [0, -1], along="x", colour="vermilion", hatched=True),
        Bars(mine + others, [0, -1], mine, along="x", colour="faint"),
    ]
    text = (
        f"{part} is {100 * own / total:.0f} % of the time. Made {times_faster} times faster, it makes the whole "
        f"{total / after:.2f} times faster. If it took no time at all: {most:.2f} times."
    )
    x = Axis(f"time (% of before); hatched: {part}", 0, 100)
    return Drawing(Panel(marks, x, _rows(["before", "after"])), alt=f"Time before and after: {text}", height=170), text


def asked_for(totals: Mapping[str, int]) -> Drawing:
    """Draw how many operations each way asks PyTorch for in one update."""
    panel = _level(totals, [str(n) for n in totals.values()], "operations in one update")
    alt = "Operations in one update: " + ", ".join(f"{name} {n}" for name, n in totals.items()) + "."
    return Drawing(panel, alt=alt, height=32 * len(totals) + 60)


def waterfall(times: Mapping[str, np.ndarray], floor: float | None = None) -> Drawing:
    """Draw how long one update takes after each change: medians, with the least and the most of the rounds.

    Args:
        times: name to microseconds, shape (rounds,), in the order of the changes.
        floor: microseconds of the arithmetic alone; None: not drawn.
    """
    names, rounds, rows = list(times), list(times.values()), -np.arange(len(times))
    medians, least, most = (np.array([take(each) for each in rounds]) for take in (np.median, np.min, np.max))
    before = np.maximum(medians, np.concatenate([medians[:1], medians[:-1]]))
    start = min([*least, floor or np.inf]) / 2  # where the bars begin: on this axis there is no 0
    marks: list[Mark] = [
        Bars(before, rows, medians, 0.6, "x", "blue", hatched=True),
        Bars(medians, rows, start, 0.6, "x", "blue"),
        Interval(medians, rows, least, most, "x", "ink"),
    ]
    for row, median in enumerate(medians):
        words = f"{median:,.0f} µs" + (f", {medians[0] / median:.1f} times faster" if row else "")
        marks.append(Words(max(before[row], most[row]), -row, words, right=8))
    if floor is not None:
        names.append("its multiply-adds alone")
        marks.append(Bars([floor], [-len(medians)], start, 0.6, "x", "vermilion"))
        words = f"{floor:,.1f} µs, {medians[0] / floor:,.0f} times faster"
        marks.append(Words(floor, -len(medians), words, right=8))
    x = Axis("one update (µs, logarithmic; dots: medians, with least and most)", start, most.max(), log=True)
    told = ", ".join(f"{name} {median:,.0f}" for name, median in zip(times, medians, strict=True))
    alt = f"Microseconds of one update after each change, medians: {told}."
    return Drawing(Panel(marks, x, _rows(names), beside=170), alt=alt, height=60 + 36 * len(names), width=860)


def rates(measured: np.ndarray) -> Drawing:
    """Draw how many multiply-adds this processor does in matrix products of each width.

    Args:
        measured: multiply-adds per microsecond, by `RATED` width, shape (widths,).
    """
    widths = np.array(RATED)
    done = measured / 1e3
    x = Axis("width of the layer (units)", log=True, ticks={width: str(width) for width in RATED})
    y = Axis("multiply-adds in a nanosecond", 0, 1.1 * float(done.max()))
    alt = f"Multiply-adds in a nanosecond for widths {', '.join(map(str, RATED))}."
    return Drawing(Panel([Line(widths, done), Dots(widths, done, size=7)], x, y), alt=alt, height=260, width=640)


def starting(kernels: int, compiled: float) -> tuple[str, dict[str, float]]:
    """Say how long starting so many kernels takes beside a compiled update, and the numbers of that answer."""
    low, high = (kernels * each for each in LAUNCH)
    said = "less time" if high < compiled else "more time" if low > compiled else "about as long"
    return said, {"kernels": kernels, "low": low, "high": high, "compiled": compiled}


def sizes(found: Sizes, kernels: int, width: int, batch: int) -> tuple[Drawing, str]:
    """Draw one update's measured time at a size: its multiply-adds, and what each way takes beside them.

    Args:
        found: what was measured.
        kernels: operations that a GPU would have to start one by one.
        width, batch: which size.
    """
    times = {way: found.times[way, width, batch] for way in ("PyTorch", "compiled")}
    taken = np.array(list(times.values()))
    rest = np.array([found.rest(way, width, batch) for way in times])
    low, high = (kernels * each for each in LAUNCH)
    rows = -np.arange(len(times))
    said = [
        f"{all_:,.0f} µs, {100 * own / all_:.0f} % beside the arithmetic" for all_, own in zip(taken, rest, strict=True)
    ]
    said.append(f"{low:,.0f} to {high:,.0f} µs, not measured")
    marks = [
        Bars(taken - rest, rows, width=0.4, along="x", colour="vermilion", hatched=True),
        Bars(taken, rows, taken - rest, width=0.4, along="x"),
        Bars([high], [-len(times)], low, 0.4, "x", "faint"),
        *(Words(0, 0.34 - row, words, right=4) for row, words in enumerate(said)),  # above: beside, they need too much
    ]
    x = Axis("one update (µs); hatched: its multiply-adds", 0, 1.05 * max(high, *taken))
    panel = Panel(marks, x, _rows([*times, "GPU: starting alone"]))
    text = f"Width {width}, batch {batch}: {against_a_gpu(times['compiled'], kernels)}"
    words = ", ".join(f"{way} {time:,.0f} µs" for way, time in times.items())
    return Drawing(panel, alt=f"Measured time of one update: {words}. {text}", height=230, width=760), text


def against_a_gpu(compiled: float, kernels: int) -> str:
    """Say what starting so many kernels means beside a compiled update of so many microseconds."""
    low, high = (kernels * each for each in LAUNCH)
    if low > compiled:
        return "starting its kernels alone would take a GPU longer than the compiled update takes here."
    if high < 0.1 * compiled:
        return "beside so much arithmetic, starting kernels is little: here a GPU can pay."
    return "starting kernels would leave a GPU some of this time: only a measurement can say whether it pays."


def requests(whole: Mapping[str, int], slips: Mapping[str, Mapping[str, int]]) -> Drawing:
    """Draw how many operations each part of an update asks for: a panel for each slip, the whole one beside it.

    Args:
        whole: part to operations.
        slips: name to part to operations.
    """
    rows, least = -np.arange(len(whole)), 0.8
    most = max(max(counts.values()) for counts in slips.values())
    x = Axis("operations", least, 6 * most, log=True)
    panels = []
    for name, counts in slips.items():
        asked = np.array([counts[part] for part in whole])
        numbers = [str(n) for n in asked]
        slip = Bars(asked, rows - 0.2, least, 0.38, "x", "vermilion", words=numbers)
        panels.append(
            Panel(
                [slip, Bars(list(whole.values()), rows + 0.2, least, 0.38, "x", "faint")], x, _rows(list(whole)), name
            )
        )
    words = "; ".join(f"{name}: " + ", ".join(f"{p} {n}" for p, n in counts.items()) for name, counts in slips.items())
    alt = f"Operations that each part asks for, beside the whole update's. {words}."
    key = [("with the slip", "vermilion"), ("grey: the whole one", "faint")]
    return Drawing(*panels, alt=alt, height=260, width=840, key=key)


def over_time(curves: Mapping[str, np.ndarray]) -> Drawing:
    """Draw how many updates each agent has really made after each call of learn.

    Args:
        curves: label to counts, shape (calls,).
    """
    calls = len(next(iter(curves.values())))
    x, y = Axis("calls of learn()", 0, calls), Axis("updates made", -0.05 * calls, 1.05 * calls)
    words = ", ".join(f"{label} {counts[-1]}" for label, counts in curves.items())
    alt = f"Updates made after {calls} calls of learn: {words}."
    return Drawing(Panel(lines(np.arange(1, calls + 1), dict(curves)), x, y), alt=alt, height=260, width=680)


def gaps(found: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Drawing:
    """Draw how far two updates part, as a share of the way gone, and the controls beside it; a panel for each seed.

    Args:
        found: seed to the readable agent's gap after every 20 updates, shape (n,), and the nudged ones', (nudges, n).
    """
    panels: list[Panel] = []
    for seed, (gap, nudged) in found.items():
        updates = 20 * np.arange(1, len(gap) + 1)
        marks: list[Mark] = [Line(updates, one.clip(1e-10), colour="vermilion", dash=1, width=1) for one in nudged]
        marks += [
            Words(updates[0], 0.3, "readable", "blue", right=6),
            Words(updates[0], 0.08, "nudged", "vermilion", right=6),
        ]
        y = Axis("" if panels else "apart, as a share of the way gone", 1e-8, 1, log=True)
        panels.append(Panel([*marks, Line(updates, gap.clip(1e-10))], Axis("updates"), y, f"seed {seed}"))
    words = "; ".join(f"seed {s}: {own[-1]:.0e} and up to {all_[:, -1].max():.0e}" for s, (own, all_) in found.items())
    alt = f"Gap of the readable and of the nudged twins from the compiled one. At the end, {words}."
    return Drawing(*panels, alt=alt, height=290, width=840)
