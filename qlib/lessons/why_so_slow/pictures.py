"""The pictures of lesson 15: where time goes, what each change saves, and what arithmetic alone would take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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
            ax.barh(row, before - median, left=median, color=COLOURS[0], alpha=0.22, height=0.6)
        ax.plot([rounds.min(), rounds.max()], [row, row], "|-", color="black", linewidth=1.2, markersize=7)
        words = f"{median:,.0f} µs" + (f"   {medians[0] / median:.1f} times faster" if row else "")
        note(ax, words, (max(before, rounds.max()), row), (6, 0), va="center")
    if floor is not None:
        names.append("its multiply-adds alone")
        ax.barh(len(medians), floor, color="white", edgecolor=COLOURS[1], hatch="//", height=0.6)
        words = f"{floor:,.1f} µs   {medians[0] / floor:,.0f} times"
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


def rates(widths: np.ndarray, measured: np.ndarray) -> Picture:
    """Draw how many multiply-adds a microsecond this processor does in matrix products of each width.

    Args:
        widths: shape (n,).
        measured: multiply-adds per microsecond, shape (n,).
    """
    fig, ax = figure(6.4, 2.6)
    ax.plot(widths, measured / 1e3, "o-", color=COLOURS[0])
    ax.set(xscale="log", xlabel="width of the layer (units)", ylabel="multiply-adds\nin a nanosecond", ylim=(0, None))
    ax.set_xticks(widths, [str(width) for width in widths])
    ax.minorticks_off()
    return Picture(fig, f"Multiply-adds in a nanosecond for widths {', '.join(map(str, widths))}.")


def overhead(
    arithmetic: float, overheads: Mapping[str, float], kernels: int, width: int, batch: int
) -> tuple[Picture, str]:
    """Draw one update's predicted time: arithmetic, and on top of it what each way adds.

    Args:
        arithmetic: microseconds of the multiply-adds.
        overheads: way to microseconds that it takes beside them, whatever the width.
        kernels: operations that a GPU would have to start one by one.
        width, batch: what this is for, to be named.
    """
    fig, ax = figure(7.6, 0.45 * (len(overheads) + 1) + 1.0)
    names = [*overheads, "GPU: starting alone"]
    for row, extra in enumerate(overheads.values()):
        ax.barh(row, arithmetic, color=COLOURS[1], hatch="//", edgecolor="white", linewidth=0, height=0.6)
        ax.barh(row, extra, left=arithmetic, color=COLOURS[0], height=0.6)
        words = f"{arithmetic + extra:,.0f} µs, {100 * extra / (arithmetic + extra):.0f} % beside the arithmetic"
        note(ax, words, (arithmetic + extra, row), va="center")
    low, high = (kernels * each for each in LAUNCH)
    ax.barh(len(overheads), high - low, left=low, color=GREY, alpha=0.6, height=0.6)
    note(ax, f"{low:,.0f} to {high:,.0f} µs, not measured", (high, len(overheads)), va="center")
    ax.set_yticks(range(len(names)), names)
    longest = max(high, arithmetic + max(overheads.values()))
    ax.set(
        xlabel="one update (µs); hatched: its multiply-adds", xlim=(0, 1.65 * longest), ylim=(len(names) - 0.4, -0.6)
    )
    ax.grid(False, axis="y")
    best = arithmetic + min(overheads.values())
    if low > best:
        gpu = "Starting its kernels alone would take a GPU longer than the fastest way takes here."
    elif high < 0.1 * best:
        gpu = "Beside so much arithmetic, starting kernels is little: here a GPU can pay."
    else:
        gpu = "Starting its kernels would leave a GPU some of this time: only a measurement can say whether it pays."
    text = f"Width {width}, batch {batch}: the multiply-adds take {arithmetic:,.1f} µs. {gpu}"
    return Picture(fig, f"Predicted time of one update by way. {text}"), text


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


def gaps(readable: Mapping[int, np.ndarray], nudged: Mapping[int, np.ndarray]) -> Picture:
    """Draw how far two updates part, as a share of the way gone, and the controls beside it; a panel for each seed.

    Args:
        readable: seed to the gap after every 20 updates, shape (n,).
        nudged: seed to the gaps of the controls, shape (controls, n).
    """
    fig, axes = figure(8.4, 2.9, columns=len(readable), sharey=True, squeeze=False)
    for ax, (seed, gap) in zip(axes[0], readable.items(), strict=True):
        updates = 20 * np.arange(1, len(gap) + 1)
        ax.plot(updates, nudged[seed].T.clip(1e-10), color=COLOURS[1], linestyle=DASHES[1], linewidth=0.8)
        ax.plot(updates, gap.clip(1e-10), color=COLOURS[0], linewidth=2)
        ax.set(yscale="log", ylim=(1e-8, 1), xlabel="updates", title=f"seed {seed}")
    axes[0, 0].set_ylabel("apart, as a share\nof the way gone")
    for height, name in enumerate(("nudged", "readable")):
        axes[0, -1].text(0.04, 0.8 + 0.11 * height, name, color=COLOURS[1 - height], transform=axes[0, -1].transAxes)
    words = "; ".join(f"seed {s}: {gap[-1]:.0e} and up to {nudged[s][:, -1].max():.0e}" for s, gap in readable.items())
    return Picture(fig, f"Gap of the readable and of the nudged twins from the compiled one. At the end, {words}.")
