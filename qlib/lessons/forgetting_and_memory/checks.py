"""The checks of lesson 12: what a ring still holds, a ring that spares the falls, and results that do not flatter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise, expect, numbers, refuse


@exercise("12.1 What is left")
def falls_left(answer: Callable) -> None:
    """Check a function of memory size, episode length and steps since the last fall that counts the falls left."""
    mistakes = {
        "the falls that have gone are counted": 300 // 51,
        "the steps that are left are counted": 1_000 - 300,
        "the share of falls is given": (700 // 51) / 1_000,
        "the steps since the last fall count for nothing: that is how many there were at first": 1_000 // 51,
        "the fraction of an episode counts as a fall": 700 / 51,
    }
    got = answer(1_000, 51, 300)
    refuse(got, mistakes, "the newest `since` transitions hold no fall, the others one in each `length`")
    expect(got, 13, "of 1,000 transitions the newest 300 hold no fall, and the other 700 hold 13 whole episodes of 51")
    expect(answer(1_000, 50, 0), 20, "at first all 1,000 transitions are episodes of 50")
    expect(answer(1_000, 50, 1_000), 0, "after as many steps as the memory is large, nothing old is left")
    expect(answer(1_000, 50, 4_000), 0, "there are never fewer than none", "max(..., 0)")


@exercise("12.2 Spare the falls")
def next_slot(answer: Callable) -> None:
    """Check a function of which slots hold falls, shape (capacity,), and a cursor, that gives the slot to write to."""
    fallen = np.array([True, False, True, True, False, False, False, True, False])
    mistakes = {
        "a fall is overwritten: the cursor's own slot": 2,
        "only one slot is looked at": 3,
        "the first slot that holds no fall is taken, wherever the cursor stands: the newest go first": 1,
        "the next fall is taken instead of the next slot without one": 7,
    }
    hint = "while a fall lies at the cursor, go one on"
    got = answer(fallen.copy(), 2)
    refuse(got, mistakes, hint)
    expect(got, 4, "slots 2 and 3 hold falls, slot 4 is the first after them that holds none", hint)
    expect(answer(fallen.copy(), 4), 4, "slot 4 holds no fall, so it is the one")
    around = "the ring goes on at 0: slots 7, 0 hold falls here, and slot 8 does not"
    expect(answer(fallen.copy(), 7), 8, around, "% capacity, which is len(fallen)")
    full = np.array([True, False, True, True])
    expect(
        answer(full.copy(), 3), 3, "three of four slots hold falls: more than half, so none is spared", "fallen.mean()"
    )
    half = np.array([True, True, False, False])
    expect(answer(half.copy(), 0), 0, "two of four slots hold falls: half of them, so none is spared", "fallen.mean()")
    last = np.array([False, False, False, True])
    expect(answer(last.copy(), 3), 0, "after the last slot comes slot 0", "% len(fallen)")


@exercise("12.3 By how much")
def change(answer: Callable) -> None:
    """Check a function of two variants' final scores, shape (seeds,) each, that gives both changes."""
    ours, theirs = np.array([500.0, 480.0, 100.0, 475.0]), np.array([200.0, 490.0, 300.0, 100.0])
    mistakes = {
        "they are subtracted the other way round": (-116.25, -0.5),
        "the numbers of seeds are compared, not their shares": (116.25, 2),
        "475 itself does not count as solved": (116.25, 0.25),
        "the sum is taken, not the mean": (465.0, 0.5),
        "the share is given of the one variant only": (116.25, 0.75),
    }
    got = numbers(answer(ours.copy(), theirs.copy()), (2,), "the mean change of score, and the change of share")
    refuse(got, mistakes, "a seed has solved the task at 475 or more; a mean of True and False is a share")
    expect(got, (116.25, 0.5), "the seeds change by 300, −10, −200 and 375; 3 of 4 are solved instead of 1 of 4")
    expect(answer(ours[:3], ours[2::-1]), (0.0, 0.0), "the same seeds in another order are neither better nor worse")


@exercise("12.4 Find the bug")
def mended_report(answer: Callable) -> None:
    """Check a function of scores, shape (seeds, checkpoints), that reports one number for a way of training."""
    scores = np.array([[10.0, 500.0, 60.0], [20.0, 90.0, 200.0], [30.0, 480.0, 340.0]])
    mistakes = {
        "each seed's best checkpoint counts: whoever forgets afterwards looks as good as who does not": 1180 / 3,
        "one seed counts, the best": 340,
        "the best checkpoint of the best seed counts": 500,
        "the checkpoint that was best on average counts, chosen afterwards": 1070 / 3,
        "all checkpoints count: that is how it did while it learned": float(scores.mean()),
        "the seeds' first checkpoints count": 20,
    }
    got = answer(scores.copy())
    refuse(got, mistakes, "the run ends where it ends: the last checkpoint of every seed")
    expect(got, 200.0, "at the end the three seeds stand at 60, 200 and 340, and nobody is left out")
    expect(answer(np.array([[1.0, 2.0]])), 2.0, "one seed that ends at 2 ends at 2")
    expect(
        answer(np.array([[1.0, 2.0], [9.0, 4.0], [0.0, 21.0]])),
        9.0,
        "seeds that end at 2, 4 and 21 are at 9 on average",
    )
