"""The marks of a drawing, and whole drawings, painted by matplotlib: for where no script runs."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.patches import Ellipse, FancyArrowPatch, Patch, Rectangle

from qlib.show.marks import Bars, Dots, Heat, Interval, Line, Mark, Rule
from qlib.show.panel import Axis, Panel
from qlib.show.picture import label_ends
from qlib.show.shapes import Arrow, Box, Joins, Words
from qlib.show.tokens import DASHES, colour

DIFFERENCES = LinearSegmentedColormap.from_list("differences", [colour(c) for c in ("blue", "paper", "vermilion")])


def paint(panel: Panel, ax: Axes) -> None:
    """Paint a panel with its marks; names at the lines' ends are moved apart where they would overlap."""
    ax.set_title(panel.title, fontsize=10)
    if panel.frame is None:
        _prepare(panel.x, ax, "x")
        _prepare(panel.y, ax, "y")
    else:
        left, top, right, bottom = panel.frame
        ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        ax.axis("off")
    for mark in panel.marks:
        paint_mark(mark, ax)
    named = [mark for mark in panel.marks if isinstance(mark, Line | Dots | Interval) and mark.label]
    ends = [(*_end(mark), mark.label, colour(mark.colour)) for mark in named]
    if ends:
        label_ends(ax, ends)


def _prepare(axis: Axis, ax: Axes, side: str) -> None:
    ticks, words = list(axis.ticks or {}), list((axis.ticks or {}).values())
    look: Any = {"label": axis.label, "lim": (axis.low, axis.high), "scale": "log" if axis.log else "linear"}
    ax.set(**{side + name: value for name, value in look.items()})
    (ax.set_xticks if side == "x" else ax.set_yticks)(ticks, words)
    ax.tick_params(which="minor", bottom=False, left=False, labelbottom=False, labelleft=False)
    if not ticks and not axis.label:
        ax.spines["bottom" if side == "x" else "left"].set_visible(False)


def _end(mark: Line | Dots | Interval) -> tuple[float, float]:
    last = np.flatnonzero(np.isfinite(np.asarray(mark.y, float)))[-1:]
    return (float(np.asarray(mark.x)[last[0]]), float(np.asarray(mark.y)[last[0]])) if len(last) else (np.nan, np.nan)


@singledispatch
def paint_mark(mark: Mark, ax: Axes) -> None:
    """Paint a mark."""
    raise TypeError(f"{mark!r} is no mark: choose one of those in qlib.show.marks.")


@paint_mark.register
def _(mark: Line, ax: Axes) -> None:
    dashes = DASHES[mark.dash % len(DASHES)]
    look: Any = {"dashes": dashes or (None, None), "alpha": mark.opacity}
    ax.plot(mark.x, mark.y, color=colour(mark.colour), linewidth=0.9 * mark.width, **look)
    low, high = (np.zeros(len(mark.y)), mark.y) if mark.filled else (mark.low, mark.high)
    if low is not None and high is not None:
        ax.fill_between(mark.x, low, high, color=colour(mark.colour), alpha=0.18, linewidth=0)


@paint_mark.register
def _(mark: Dots, ax: Axes) -> None:
    face = "none" if mark.hollow else colour(mark.colour)
    ax.plot(mark.x, mark.y, mark.shape, color=colour(mark.colour), markersize=0.8 * mark.size, markerfacecolor=face)


@paint_mark.register
def _(mark: Interval, ax: Axes) -> None:
    middle = np.asarray(mark.x if mark.along == "x" else mark.y, float)
    error = np.nan_to_num(np.abs(np.array([mark.low, mark.high], float) - middle))
    look: Any = {"xerr" if mark.along == "x" else "yerr": error, "color": colour(mark.colour)}
    ax.errorbar(mark.x, mark.y, marker=mark.shape, linestyle="none", capsize=3, **look)


@paint_mark.register
def _(mark: Bars, ax: Axes) -> None:
    colours = colour(mark.colour) if isinstance(mark.colour, str) else [colour(c) for c in mark.colour]
    level = mark.along == "x"
    ends = np.asarray(mark.x if level else mark.y, float)
    base = np.broadcast_to(mark.base, ends.shape)
    stripes: Any = {"hatch": "//", "edgecolor": "white"} if mark.hatched else {}
    if level:
        ax.barh(mark.y, ends - base, mark.width, left=base, color=colours, **stripes)
    else:
        ax.bar(mark.x, ends - base, mark.width, bottom=base, color=colours, **stripes)
    offset = (4, 0) if level else (0, 3)
    place: Any = {"va" if level else "ha": "center"}
    for x, y, words in zip(mark.x, mark.y, mark.words or [], strict=False):
        ax.annotate(words, (x, y), offset, textcoords="offset points", fontsize=9, **place)


@paint_mark.register
def _(mark: Heat, ax: Axes) -> None:
    low, high = (0, max(1, len(mark.colours) - 1)) if mark.colours else mark.ends()
    shades = (
        ListedColormap([colour(c) for c in mark.colours])
        if mark.colours
        else DIFFERENCES
        if mark.scale == "differences"
        else "cividis"
    )
    extent = (mark.left, mark.right, mark.bottom, mark.top)
    look: Any = {"interpolation": "bilinear" if mark.smooth else "nearest", "vmin": low, "vmax": high}
    image = ax.imshow(mark.values, shades, origin="lower", extent=extent, aspect=ax.get_aspect(), **look)
    ax.grid(visible=False)
    if mark.label and not mark.colours:
        ax.figure.colorbar(image, ax=ax, label=mark.label)


@paint_mark.register
def _(mark: Box, ax: Axes) -> None:
    corner = (mark.x - mark.width / 2, mark.y - mark.height / 2)
    if mark.solid:
        ax.add_patch(Rectangle(corner, mark.width, mark.height, color="white", linewidth=0, zorder=2))
    shape: Patch = Rectangle(corner, mark.width, mark.height, fill=False, linewidth=0)
    if mark.round:
        shape = Ellipse((mark.x, mark.y), mark.width, mark.height, fill=False, linewidth=0)
    if mark.fill:
        shape.set(fill=True, facecolor=(colour(mark.fill), 0.25))
    if mark.edge:
        shape.set(
            linewidth=0.9 * mark.edge,
            edgecolor=colour(mark.colour),
            linestyle=(0, DASHES[mark.dash]) if mark.dash else "-",
        )
    ax.add_patch(shape).set_zorder(2)  # as its words: a later box can hide both
    weight = "bold" if mark.bold else "normal"
    ax.text(
        mark.x,
        mark.y,
        mark.words,
        ha="center",
        va="center",
        fontsize=0.75 * mark.size,
        color=colour("ink"),
        weight=weight,
        zorder=2,
    )


@paint_mark.register
def _(mark: Arrow, ax: Axes) -> None:
    look: Any = {
        "color": colour(mark.colour),
        "linewidth": 0.9 * mark.width,
        "mutation_scale": 14,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    style: Any = {"arrowstyle": "-|>" if mark.head else "-", "connectionstyle": f"arc3,rad={mark.bend}"}
    ax.add_patch(FancyArrowPatch((mark.x, mark.y), (mark.to_x, mark.to_y), **style, **look))


@paint_mark.register
def _(mark: Rule, ax: Axes) -> None:
    look: Any = {"color": colour(mark.colour), "linestyle": (0, DASHES[mark.dash]) if mark.dash else "-"}
    (ax.axhline if mark.along == "x" else ax.axvline)(mark.at, linewidth=0.9 * mark.width, **look)
    share = ax.get_yaxis_transform() if mark.along == "x" else ax.get_xaxis_transform()
    at = (0.02, mark.at) if mark.along == "x" else (mark.at, 0.97)
    offset = (0, 3) if mark.along == "x" else (4, 0)
    va = "bottom" if mark.along == "x" else "top"
    ax.annotate(
        mark.label, at, offset, xycoords=share, textcoords="offset points", color=colour(mark.colour), fontsize=9, va=va
    )


@paint_mark.register
def _(mark: Words, ax: Axes) -> None:
    side = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
    offset = (0.72 * mark.right, 0.72 * mark.up)
    look: Any = {"ha": side, "va": "center", "color": colour(mark.colour), "fontsize": 0.75 * mark.size}
    if mark.turned:
        look |= {"rotation": 90, "ha": "center", "va": {"left": "bottom", "right": "top"}.get(side, side)}
    ax.annotate(
        mark.words,
        (mark.x, mark.y),
        offset,
        textcoords="offset points",
        weight="bold" if mark.bold else "normal",
        **look,
    )


@paint_mark.register
def _(mark: Joins, ax: Axes) -> None:
    joins = np.array([[(mark.x, start), (mark.to_x, end)] for end in mark.to_y for start in mark.y])
    if mark.strength is None:
        ax.add_collection(LineCollection(list(joins), colors=colour("faint"), linewidths=0.4, alpha=0.6))
        return
    level = mark.strength.ravel()
    for part, name, dashes in ((level > 0, "blue", "-"), (level < 0, "vermilion", (0, DASHES[1]))):
        look: Any = {"linewidths": 0.22 * np.abs(level[part]), "linestyles": [dashes], "alpha": 0.6}
        ax.add_collection(LineCollection(list(joins[part]), colors=colour(name), **look))
