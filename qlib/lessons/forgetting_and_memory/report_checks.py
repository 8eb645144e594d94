"""The checks of lesson 12 on what is reported: a fall, an alarm, and where every run ended. 12.5's: `change_check`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.forgetting_and_memory.change_check import change
from qlib.lessons.judge import Faults, judge_cases

__all__ = ["alarm", "change", "largest_fall", "mended_report"]


def _fall(scores: np.ndarray) -> tuple[int, float]:
    drops = scores[:-1] - scores[1:]
    return int(drops.argmax()), float(drops.max())


def _to_the_lowest(scores: np.ndarray) -> tuple[int, float]:
    top = int(scores.argmax())
    return top, float(scores[top] - scores[top:].min())


@exercise("12.3 The largest fall")
def largest_fall(answer: Callable) -> None:
    """Check a function of scores, shape (examinations,), that gives the examination before the largest fall, and it."""
    random = np.random.default_rng(123)
    runs = [[20.0, 300, 480, 150, 210, 500, 420, 400, 120, 160], [50.0, 10, 400], [9.0, 1], [1.0, 2, 3, 500, 2]]
    runs += [[500.0, 480, 500, 100, 480, 500]]  # a score may come more than once
    cases = [(np.array(run),) for run in runs]
    for size in (3, 6, 20, 40):
        cases += [(random.permutation(500)[:size].astype(float),) for _ in range(3)]
        cases.append(((1 + random.permutation(2_000)[:size]) / 4,))  # a mean over episodes need not be whole
    cases = [case for case in cases if _fall(*case)[1] > 0] + [(np.array([30, 20, 400, 380, 3]),)]
    faults: Faults = {
        "the examination after the fall is given, or they are counted from 1": lambda s: (_fall(s)[0] + 1, _fall(s)[1]),
        "the fall has a minus sign: a fall of 330 is 330": lambda s: (_fall(s)[0], -_fall(s)[1]),
        "both: the examination after the fall, and a minus sign": lambda s: (_fall(s)[0] + 1, -_fall(s)[1]),
        "the largest rise is given": lambda s: (np.diff(s).argmax(), np.diff(s).max()),
        "a rise is counted as a fall: abs() takes the sign away": lambda s: (
            abs(np.diff(s)).argmax(),
            abs(np.diff(s)).max(),
        ),
        "the lowest score after the highest is taken, over many examinations": _to_the_lowest,
        "the highest score is given, and its distance from the last": lambda s: (s.argmax(), s.max() - s[-1]),
        "the highest and the lowest score are taken, in whatever order": lambda s: (s.argmax(), s.max() - s.min()),
        "the two are swapped: first the examination, then the fall": lambda s: _fall(s)[::-1],
        "the smallest fall is given": lambda s: ((s[:-1] - s[1:]).argmin(), (s[:-1] - s[1:]).min()),
        "the score before the fall is given, not how far it fell": lambda s: (_fall(s)[0], s[_fall(s)[0]]),
        "the score before the fall is given, not the examination's number": lambda s: (s[_fall(s)[0]], _fall(s)[1]),
        "the fall is given as a share of the score": lambda s: (_fall(s)[0], _fall(s)[1] / s[_fall(s)[0]]),
    }

    def why(scores: np.ndarray) -> str:
        at = _fall(scores)[0]
        numbered = f"from examination {at} to {at + 1} the score falls from {scores[at]:.0f} to {scores[at + 1]:.0f}"
        return f"the examination's number, and the fall: {numbered}, and no other neighbours lie so far apart"

    judge_cases(answer, cases, _fall, faults, why, "scores[:-1] − scores[1:] holds the fall after each but the last")


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _alarm(rang: np.ndarray, fell: np.ndarray) -> tuple[float, float]:
    return _share(rang & fell, fell), _share(rang & fell, rang)


@exercise("12.4 Is it an alarm?")
def alarm(answer: Callable) -> None:
    """Check a function of when an alarm rang and when a fall followed, that gives recall and precision."""
    random = np.random.default_rng(124)
    cases = [([1, 1, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0]), ([0, 0, 0], [1, 0, 1]), ([1, 0], [0, 0]), ([0], [0]), ([1], [1])]
    cases += [([1, 1, 0, 0, 0], [0, 0, 1, 0, 0]), ([1, 0, 0, 0], [1, 1, 1, 0])]
    drawn = [(np.array(a, bool), np.array(b, bool)) for a, b in cases]
    drawn += [
        (random.random(n) < p, random.random(n) < q) for n, p, q in ((10, 0.5, 0.3), (40, 0.25, 0.1), (40, 0.2, 0.6))
    ]
    faults: Faults = {
        "the two are swapped: first the recall, then the precision": lambda r, f: _alarm(r, f)[::-1],
        "the hits are counted, not their share": lambda r, f: ((r & f).sum(), (r & f).sum()),
        "the hits are divided by all examinations": lambda r, f: ((r & f).mean(), (r & f).mean()),
        "both are the recall": lambda r, f: (_alarm(r, f)[0],) * 2,
        "both are the precision": lambda r, f: (_alarm(r, f)[1],) * 2,
        "the second is the share of alarms that are *false*": lambda r, f: (_alarm(r, f)[0], _share(r & ~f, r)),
        "the first is the share of falls that were *missed*": lambda r, f: (_share(~r & f, f), _alarm(r, f)[1]),
        "agreement is counted: quiet where nothing fell is no hit": lambda r, f: (
            ((r == f).mean() if f.any() else float("nan")),
            ((r == f).mean() if r.any() else float("nan")),
        ),
        "every examination with an alarm or a fall counts as a hit": lambda r, f: (_share(r | f, f), _share(r | f, r)),
        "the shares of alarms and of falls are given: nobody asks whether they meet": lambda r, f: (r.mean(), f.mean()),
        "a share of nothing is given as 0: where no fall followed, or it never rang, it is NaN": lambda r, f: tuple(
            np.nan_to_num(_alarm(r, f))
        ),
        "a share of nothing is given as 1: where no fall followed, or it never rang, it is NaN": lambda r, f: tuple(
            np.nan_to_num(_alarm(r, f), nan=1.0)
        ),
    }

    def why(rang: np.ndarray, fell: np.ndarray) -> str:
        hits, falls, alarms = (rang & fell).sum(), fell.sum(), rang.sum()
        return f"recall and precision: it rang {alarms} times, {falls} falls followed, {hits} of them after an alarm"

    hint = "(rang & fell).sum() hits: their share of the falls, and their share of the alarms"
    with np.errstate(all="ignore"):
        judge_cases(answer, drawn, _alarm, faults, why, hint)


@exercise("12.6 Find the bug")
def mended_report(answer: Callable) -> None:
    """Check a function of scores, shape (seeds, examinations), that reports one number for a way of training."""
    random = np.random.default_rng(126)
    cases = [(np.array([[10.0, 500, 60], [20, 90, 200], [30, 480, 340]]),), (np.array([[1.0, 2]]),)]
    cases += [(np.array([[1.0, 2], [9, 4], [0, 21]]),), (np.array([[7], [8], [12]]),)]
    cases += [(random.random(shape) * 500,) for shape in ((2, 5), (5, 2), (16, 20), (4, 4))]
    faults: Faults = {
        "each seed's best examination counts: whoever forgets afterwards looks as good as who does not": (
            lambda s: s.max(1).mean()
        ),
        "one seed counts, the best": lambda s: s[:, -1].max(),
        "one seed counts, the worst": lambda s: s[:, -1].min(),
        "one seed counts, the last": lambda s: s[-1, -1],
        "one seed counts, the first": lambda s: s[0, -1],
        "the best examination of the best seed counts": lambda s: s.max(),
        "the examination that was best on average counts, chosen afterwards": lambda s: s.mean(0).max(),
        "all examinations count: that is how it did while it learned": lambda s: s.mean(),
        "the seeds' first examinations count": lambda s: s[:, 0].mean(),
        "the last seed counts, over all its examinations: seeds are the rows": lambda s: s[-1].mean(),
        "the last but one counts": lambda s: s[:, -2 if s.shape[1] > 1 else -1].mean(),
        "the median is taken, not the mean": lambda s: np.median(s[:, -1]),
        "the sum is taken, not the mean": lambda s: s[:, -1].sum(),
        "each seed's worst examination counts": lambda s: s.min(1).mean(),
        "the best seeds' mean over training counts": lambda s: s.mean(1).max(),
    }

    def why(scores: np.ndarray) -> str:
        ends = ", ".join(f"{x:.0f}" for x in scores[:4, -1]) + (" and so on" if len(scores) > 4 else "")
        return f"at the end the {len(scores)} seeds stand at {ends}, and nobody is left out"

    hint = "the run ends where it ends: the last column, of every seed"
    judge_cases(answer, cases, lambda s: s[:, -1].mean(), faults, why, hint)
