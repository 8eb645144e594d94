"""The pictures of lesson 15: where time goes, what each change saves, what arithmetic takes, and who parts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.why_so_slow.arithmetic import RATED, Sizes
from qlib.show.picture import COLOURS, DASHES, Picture, figure, lines, note

GREY = "#767676"
LAUNCH = (5.0, 10.0)  # microseconds to start one kernel on a GPU: the usual range, not measured here


def parts(spent: Mapping[str, float]) -> tuple[Picture, str]:
    """Draw what share of the time each part takes.

    Args:
        spent: part to seconds, in the order in which they happen.
    """
    total = sum(spent.values())
    shares = {name: 100 * seconds / total for name, seconds in spent.items()}
    fig, ax = figure(7.2, 0.3 * len(shares) + 0.8)
    ax.barh(list(shares), list(shares.values()), color=COLOURS[0])
    for row, share in enumerate(shares.values()):
        note(ax, f"{share:.1f} %", (share, row), (4, 0), va="center")
    ax.set(xlabel="share of the time (%)", xlim=(0, 1.15 * max(shares.values())))
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    largest = sorted(shares, key=shares.__getitem__, reverse=True)[:3]
    text = "The three largest: " + ", ".join(f"{name} {shares[name]:.0f} %" for name in largest) + "."
    return Picture(fig, f"Share of the time of {len(shares)} parts. {text}"), text


def faster_part(spent: Mapping[str, float], part: str, times_faster: int) -> tuple[Picture, str]:
    """Draw the whole before and after one part is made so many times faster (Amdahl 1967).

    Args:
        spent: part to seconds.
        part: one of them.
        times_faster: from 1 up.
    """
    total, own = sum(spent.values()), spent[part]
    rest, after, most = total - own, total - own + own / times_faster, total / (total - own)
    fig, ax = figure(7.2, 1.7)
    for row, mine in enumerate((own, own / times_faster)):
        ax.barh(row, 100 * mine / total, color=COLOURS[1], hatch="//", edgecolor="white", linewidth=0)
        ax.barh(row, 100 * rest / total, left=100 * mine / total, color=GREY)
    ax.set_yticks([0, 1], ["before", "after"])
    ax.set(xlabel=f"time (% of before); hatched: {part}", xlim=(0, 100), ylim=(1.5, -0.5))
    ax.grid(False, axis="y")
    text = (
        f"{part} is {100 * own / total:.0f} % of the time. Made {times_faster} times faster, it makes the whole "
        f"{total / after:.2f} times faster. If it took no time at all: {most:.2f} times."
    )
    return Picture(fig, f"Time before and after: {text}"), text


def asked_for(totals: Mapping[str, int]) -> Picture:
    """Draw how many operations each way asks PyTorch for in one update."""
    fig, ax = figure(7.2, 0.32 * len(totals) + 0.8)
    ax.barh(list(totals), list(totals.values()), color=COLOURS[0])
    for row, n in enumerate(totals.values()):
        note(ax, str(n), (n, row), (4, 0), va="center")
    ax.set(xlabel="operations in one update", xlim=(0, 1.15 * max(totals.values())))
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    return Picture(fig, "Operations in one update: " + ", ".join(f"{name} {n}" for name, n in totals.items()) + ".")


def waterfall(times: Mapping[str, np.ndarray], floor: float | None = None) -> Picture:
    """Draw how long one update takes after each change: medians, with the least and the most of the rounds.

    Args:
        times: name to microseconds, shape (rounds,), in the order of the changes.
        floor: microseconds of the arithmetic alone; None: not drawn.
    """
    names = list(times)
    medians = [float(np.median(rounds)) for rounds in times.values()]
    fig, ax = figure(8.0, 0.42 * (len(names) + (floor is not None)) + 1.0)
    for row, (rounds, median) in enumerate(zip(times.values(), medians, strict=True)):
        before = medians[max(0, row - 1)]
        ax.barh(row, median, color=COLOURS[0], height=0.6)
        if before > median:
            ax.barh(row, before - median, left=median, fill=False, edgecolor=COLOURS[0], linestyle=":", height=0.6)
        ax.plot([rounds.min(), rounds.max()], [row, row], "|-", color="black", linewidth=1.2, markersize=7)
        words = f"{median:,.0f} µs" + (f"   {medians[0] / median:.1f} times faster" if row else "")
        note(ax, words, (max(before, rounds.max()), row), (6, 0), va="center")
    if floor is not None:
        names.append("its multiply-adds alone")
        ax.barh(len(medians), floor, color="white", edgecolor=COLOURS[1], hatch="//", height=0.6)
        words = f"{floor:,.1f} µs   {medians[0] / floor:,.0f} times faster"
        note(ax, words, (floor, len(medians)), (6, 0), va="center")
    ax.set_yticks(range(len(names)), names)
    ax.set(xscale="log", xlabel="one update (µs, logarithmic; the black line: least to most)")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.minorticks_off()
    lowest = min([rounds.min() for rounds in times.values()] + ([floor] if floor else []))
    ax.set(xlim=(lowest / 2, 15 * max(rounds.max() for rounds in times.values())), ylim=(len(names) - 0.4, -0.6))
    ax.grid(False, axis="y")
    words = ", ".join(f"{name} {median:,.0f}" for name, median in zip(times, medians, strict=True))
    return Picture(fig, f"Microseconds of one update after each change, medians: {words}.")


def rates(measured: np.ndarray) -> Picture:
    """Draw how many multiply-adds this processor does in matrix products of each width.

    Args:
        measured: multiply-adds per microsecond, by `RATED` width, shape (widths,).
    """
    widths = RATED
    fig, ax = figure(6.4, 2.6)
    ax.plot(widths, measured / 1e3, "o-", color=COLOURS[0])
    ax.set(xscale="log", xlabel="width of the layer (units)", ylabel="multiply-adds\nin a nanosecond", ylim=(0, None))
    ax.set_xticks(widths, [str(width) for width in widths])
    ax.minorticks_off()
    return Picture(fig, f"Multiply-adds in a nanosecond for widths {', '.join(map(str, widths))}.")


def starting(kernels: int, compiled: float) -> tuple[str, dict[str, float]]:
    """Say how long starting so many kernels takes beside a compiled update, and the numbers of that answer."""
    low, high = (kernels * each for each in LAUNCH)
    said = "less time" if high < compiled else "more time" if low > compiled else "about as long"
    return said, {"kernels": kernels, "low": low, "high": high, "compiled": compiled}


def sizes(found: Sizes, kernels: int, width: int, batch: int) -> tuple[Picture, str]:
    """Draw one update's measured time at a size: its multiply-adds, and what each way takes beside them.

    Args:
        found: what was measured.
        kernels: operations that a GPU would have to start one by one.
        width, batch: which size.
    """
    times = {way: found.times[way, width, batch] for way in ("PyTorch", "compiled")}
    fig, ax = figure(7.6, 2.3)
    names = [*times, "GPU: starting alone"]
    for row, (way, time) in enumerate(times.items()):
        rest = found.rest(way, width, batch)
        ax.barh(row, time - rest, color=COLOURS[1], hatch="//", edgecolor="white", linewidth=0, height=0.6)
        ax.barh(row, rest, left=time - rest, color=COLOURS[0], height=0.6)
        note(ax, f"{time:,.0f} µs, {100 * rest / time:.0f} % beside the arithmetic", (time, row), va="center")
    low, high = (kernels * each for each in LAUNCH)
    ax.barh(len(times), high - low, left=low, color=GREY, height=0.6)
    note(ax, f"{low:,.0f} to {high:,.0f} µs, not measured", (high, len(times)), va="center")
    ax.set_yticks(range(len(names)), names)
    limits = {"xlim": (0, 1.75 * max(high, *times.values())), "ylim": (len(names) - 0.4, -0.6)}
    ax.set(xlabel="one update (µs); hatched: its multiply-adds", **limits)
    ax.grid(False, axis="y")
    text = f"Width {width}, batch {batch}: {against_a_gpu(times['compiled'], kernels)}"
    words = ", ".join(f"{way} {time:,.0f} µs" for way, time in times.items())
    return Picture(fig, f"Measured time of one update: {words}. {text}"), text


def against_a_gpu(compiled: float, kernels: int) -> str:
    """Say what starting so many kernels means beside a compiled update of so many microseconds."""
    low, high = (kernels * each for each in LAUNCH)
    if low > compiled:
        return "starting its kernels alone would take a GPU longer than the compiled update takes here."
    if high < 0.1 * compiled:
        return "beside so much arithmetic, starting kernels is little: here a GPU can pay."
    return "starting kernels would leave a GPU some of this time: only a measurement can say whether it pays."


def requests(whole: Mapping[str, int], slips: Mapping[str, Mapping[str, int]]) -> Picture:
    """Draw how many operations each part of an update asks for: a panel for each slip, the whole one beside it.

    Args:
        whole: part to operations.
        slips: name to part to operations.
    """
    fig, axes = figure(8.4, 2.5, columns=len(slips), sharey=True, squeeze=False)
    rows = np.arange(len(whole))
    most = max(max(counts.values()) for counts in slips.values())
    for ax, (name, counts) in zip(axes[0], slips.items(), strict=True):
        ax.barh(rows + 0.2, list(counts.values()), height=0.38, color=COLOURS[1])
        ax.barh(rows - 0.2, list(whole.values()), height=0.38, color=GREY)
        for row, part in enumerate(whole):
            note(ax, str(counts[part]), (counts[part], row + 0.2), (3, 0), 8, va="center", color=COLOURS[1])
        ax.set(xscale="log", xlim=(0.8, 6 * most), title=name, xlabel="operations")
        ax.grid(False, axis="y")
        ax.minorticks_off()
        ax.xaxis.set_major_formatter("{x:g}")
    axes[0, 0].set_yticks(rows, list(whole))
    axes[0, 0].invert_yaxis()
    axes[0, -1].text(0.5, 0.93, "grey: the whole one", color=GREY, fontsize=8, transform=axes[0, -1].transAxes)
    words = "; ".join(f"{name}: " + ", ".join(f"{p} {n}" for p, n in counts.items()) for name, counts in slips.items())
    return Picture(fig, f"Operations that each part asks for, beside the whole update's. {words}.")


def over_time(curves: Mapping[str, np.ndarray]) -> Picture:
    """Draw how many updates each agent has really made after each call of learn.

    Args:
        curves: label to counts, shape (calls,).
    """
    fig, ax = figure(6.8, 2.6)
    calls = len(next(iter(curves.values())))
    ax.set(xlabel="calls of learn()", ylabel="updates made", xlim=(0, calls), ylim=(-0.05 * calls, 1.05 * calls))
    lines(ax, np.arange(1, calls + 1), curves)
    words = ", ".join(f"{label} {counts[-1]}" for label, counts in curves.items())
    return Picture(fig, f"Updates made after {calls} calls of learn: {words}.")


def gaps(found: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Picture:
    """Draw how far two updates part, as a share of the way gone, and the controls beside it; a panel for each seed.

    Args:
        found: seed to the readable agent's gap after every 20 updates, shape (n,), and the nudged ones', (nudges, n).
    """
    fig, axes = figure(8.4, 2.9, columns=len(found), sharey=True, squeeze=False)
    for ax, (seed, (gap, nudged)) in zip(axes[0], found.items(), strict=True):
        updates = 20 * np.arange(1, len(gap) + 1)
        ax.plot(updates, nudged.T.clip(1e-10), color=COLOURS[1], linestyle=DASHES[1], linewidth=0.8)
        ax.plot(updates, gap.clip(1e-10), color=COLOURS[0], linewidth=2)
        ax.set(yscale="log", ylim=(1e-8, 1), xlabel="updates", title=f"seed {seed}")
    axes[0, 0].set_ylabel("apart, as a share\nof the way gone")
    for height, name in enumerate(("nudged", "readable")):
        axes[0, -1].text(0.04, 0.8 + 0.11 * height, name, color=COLOURS[1 - height], transform=axes[0, -1].transAxes)
    words = "; ".join(f"seed {s}: {own[-1]:.0e} and up to {all_[:, -1].max():.0e}" for s, (own, all_) in found.items())
    return Picture(fig, f"Gap of the readable and of the nudged twins from the compiled one. At the end, {words}.")
