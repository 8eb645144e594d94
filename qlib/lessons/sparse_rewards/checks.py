"""The checks of lesson 13: a leaf of a sum tree, importance-sampling weights, beta's way to 1, and an active tile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise, expect, numbers, refuse


@exercise("13.1 Find the leaf")
def find(answer: Callable) -> None:
    """Check a function of a sum tree, shape (2 * leaves,), and a number below its sum, that gives the leaf's number."""
    sums = np.array([0.0, 10.0, 4.0, 6.0, 1.0, 3.0, 6.0, 0.0])
    mistakes = {
        "the number of the node is given, not of the leaf": 6,
        "the left side is not subtracted when going right": 3,
        "right and left are swapped": 0,
        "the walk ends one level above the leaves": 1,
    }
    got = answer(sums.copy(), 8.0)
    refuse(got, mistakes, "go left if the number is below the left child's sum; else subtract that sum and go right")
    expect(got, 2, "the leaves hold 1, 3, 6, 0, so 4 to 10 belongs to leaf 2")
    for number, leaf in ((0.0, 0), (0.99, 0), (1.0, 1), (3.99, 1), (4.0, 2), (9.99, 2)):
        hint = "a number that equals the left child's sum belongs to the right" if number in (1.0, 4.0) else ""
        expect(answer(sums.copy(), number), leaf, f"the leaves hold 1, 3, 6, 0, so {number} falls to leaf {leaf}", hint)
    leaves = np.array([1.0, 0.5, 4.0, 0.0, 2.0, 0.5, 3.0, 8.0])
    deep = np.concatenate([[0.0, 19.0, 5.5, 13.5, 1.5, 4.0, 2.5, 11.0], leaves])
    for number in (0.2, 1.2, 3.0, 6.0, 7.9, 9.0, 15.0):
        leaf = int(np.searchsorted(leaves.cumsum(), number, side="right"))
        why = f"in a tree of 8 leaves, {leaves.tolist()}, {number} falls to leaf {leaf}"
        expect(answer(deep.copy(), number), leaf, why, "subtract the sum of the left child, nothing else")
    expect(answer(np.array([0.0, 3.0, 1.0, 2.0]), 2.5), 1, "a tree of two leaves has one level; 2.5 falls to leaf 1")


@exercise("13.2 Importance-sampling weights")
def weights(answer: Callable) -> None:
    """Check a function of all priorities p^α, shape (n,), and beta, that gives each transition's weight."""
    priorities, beta = np.array([2.0, 1.0, 4.0, 9.0]), 0.5
    chance = priorities / priorities.sum()
    plain = (4 * chance) ** -beta
    mistakes = {
        "the weights are not divided by the largest": plain,
        "the sign of the exponent is missing: what is drawn often counts even more": (4 * chance) ** beta,
        "they are divided by their sum": plain / plain.sum(),
        "they are divided by the smallest": plain / plain.min(),
        "they are divided by the first one, not by the largest": plain / plain[0],
        "beta is left out": chance.min() / chance,
        "the chances themselves are given": chance,
    }
    got = numbers(answer(priorities.copy(), beta), (4,), "one weight for each transition")
    refuse(got, mistakes, "(N · P(i)) to the power of −β, divided by the largest of them")
    expect(got, plain / plain.max(), "the least likely transition counts 1, the others less")
    expect(answer(priorities.copy(), 0.0), np.ones(4), "with beta 0 nothing is undone")
    expect(answer(np.array([2.0, 2.0]), 1.0), np.ones(2), "who is drawn alike counts alike")


@exercise("13.3 Find the bug: beta")
def beta(answer: Callable) -> None:
    """Check a function of beta's start, the steps done and the steps until 1, that gives beta."""
    mistakes = {
        "beta does not begin at its start": 0.5,
        "beta goes past 1, or is not there at the end of its way": 0.4 + 0.5,
        "beta is raised from where it stood already, again and again": 1.0,
        "beta stays at its start": 0.4,
        "beta falls": 0.4 - 0.5 * 0.6,
    }
    got = answer(0.4, 500, 1_000)
    refuse(got, mistakes, "beta = start + (1 − start) · the share of the way that is behind you")
    expect(got, 0.7, "half of the way from 0.4 to 1")
    expect(answer(0.4, 0, 1_000), 0.4, "at first it is the start")
    expect(answer(0.4, 1_000, 1_000), 1.0, "at the end it is 1")
    expect(answer(0.4, 5_000, 1_000), 1.0, "and there it stays", "min(1, ...)")
    expect(answer(0.4, 500, 1_000), 0.7, "asked twice, it is the same: beta depends on the step alone")


@exercise("13.4 The active tile")
def tile(answer: Callable) -> None:
    """Check a function of x, low, high, the number of tiles and an offset in tiles that gives the tile of one grid."""
    mistakes = {
        "the offset is left out": 4,
        "the offset is subtracted": 3,
        "the range does not begin at low": 2,
        "the place is not rounded down": 5.55,
        "the place is rounded to the nearest, or up": 6,
    }
    got = answer(1.6, -3.0, 5.0, 8, 0.95)
    refuse(got, mistakes, "how many tiles lie between low and x? Add the offset, and round down")
    expect(got, 5, "x lies 4.6 tiles from low; with the offset 5.55, so in tile 5")
    expect(answer(-2.0, -2.0, 6.0, 8, 0.0), 0, "the lower end lies in tile 0")
    expect(answer(6.0, -2.0, 6.0, 8, 0.5), 8, "the upper end lies in the one tile more that a moved grid has")
    expect(answer(0.05, 0.0, 0.1, 4, 0.25), 2, "tiles are 0.025 wide here: 2 + 0.25")
