"""Lesson 12's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
from tables import make_tests

from qlib.lessons.forgetting_and_memory import checks


def next_slot(fallen, cursor, at_most=0.49):
    if fallen.mean() <= at_most:
        while fallen[cursor]:
            cursor = (cursor + 1) % len(fallen)
    return cursor


def without_a_limit(fallen, cursor):
    while fallen[cursor]:
        cursor = (cursor + 1) % len(fallen)
    return cursor


def not_around(fallen, cursor):
    if fallen.mean() < 0.5:
        while fallen[cursor]:
            cursor += 1
    return cursor


def change(ours, theirs, bar=475):
    return (ours - theirs).mean(), (ours >= bar).mean() - (theirs >= bar).mean()


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.falls_left,
            lambda memory_size, length, since: max(memory_size - since, 0) // length,
            {
                "those gone": (lambda m, n, s: s // n, "have gone"),
                "at first": (lambda m, n, s: m // n, "there were at first"),
                "steps": (lambda m, n, s: max(m - s, 0), "steps that are left"),
                "share": (lambda m, n, s: max(m - s, 0) // n / m, "share"),
                "a fraction": (lambda m, n, s: max(m - s, 0) / n, "fraction"),
                "below none": (lambda m, n, s: (m - s) // n, "never fewer than none"),
                "a constant": (lambda m, n, s: 13, "all 1,000"),
            },
        ),
        (
            checks.next_slot,
            next_slot,
            {
                "the cursor": (lambda fallen, cursor: cursor, "a fall is overwritten"),
                "one on": (lambda fallen, cursor: cursor + fallen[cursor], "only one slot"),
                "the first": (lambda fallen, cursor: int((~fallen).argmax()), "wherever the cursor"),
                "the wrong way": (lambda fallen, cursor: cursor + 5, "instead of the next slot"),
                "no limit": (without_a_limit, "more than half"),
                "above half": (lambda fallen, cursor: next_slot(fallen, cursor, at_most=0.5), "two of four"),
                "not around": (not_around, "your code raised IndexError"),
            },
        ),
        (
            checks.change,
            change,
            {
                "turned round": (lambda ours, theirs: change(theirs, ours), "other way round"),
                "numbers": (
                    lambda ours, theirs: ((ours - theirs).mean(), (ours >= 475).sum() - (theirs >= 475).sum()),
                    "not their shares",
                ),
                "above": (
                    lambda ours, theirs: ((ours - theirs).mean(), (ours > 475).mean() - (theirs > 475).mean()),
                    "475 itself",
                ),
                "sum": (lambda ours, theirs: ((ours - theirs).sum(), 0.5), "sum"),
                "one only": (lambda ours, theirs: ((ours - theirs).mean(), (ours >= 475).mean()), "one variant only"),
                "solved by one only": (
                    lambda ours, theirs: ((ours - theirs).mean(), ((ours >= 475) ^ (theirs >= 475)).mean()),
                    "in another order",
                ),
                "one number": (lambda ours, theirs: (ours - theirs).mean(), "Expected shape (2,)"),
            },
        ),
        (
            checks.mended_report,
            lambda scores: scores[:, -1].mean(),
            {
                "best of each": (lambda scores: scores.max(1).mean(), "best checkpoint counts"),
                "best seed": (lambda scores: scores[:, -1].max(), "one seed counts"),
                "best of all": (lambda scores: scores.max(), "best checkpoint of the best seed"),
                "best column": (lambda scores: scores.mean(0).max(), "chosen afterwards"),
                "all": (lambda scores: scores.mean(), "all checkpoints"),
                "first": (lambda scores: scores[:, 0].mean(), "first checkpoints"),
                "median": (lambda scores: np.median(scores[:, -1]), "2, 4 and 21 are at 9"),
            },
        ),
    ]
)
