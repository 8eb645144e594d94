"""The checks of lesson 11: ranges and back, merged statistics, the original's assertion, and a unit by pencil.

The check of agents, 11.4, is in `alike_check`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, expect, numbers, require
from qlib.lessons.judge import refuse, refuse_faults
from qlib.lessons.normalisation.alike_check import scaled_alike

__all__ = ["merged", "scaled_alike", "unit_table", "unscaled", "usable"]


def _unscaled(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return (low + high) / 2 + x * (high - low) / 2


_UNSCALED_FAULTS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "it came from 0 ... 1, not from -1 ... 1": lambda x, low, high: low + x * (high - low),
    "the way there is taken once more, not the way back": lambda x, low, high: 2 * (x - low) / (high - low) - 1,
    "the lower end is not added": lambda x, low, high: (x + 1) / 2 * (high - low),
    "the middle of the range is not added": lambda x, low, high: x * (high - low) / 2,
    "only the upper end is used, as if the range lay around 0": lambda x, low, high: x * high,
    "it is stretched twice as far: -1 ... 1 is 2 wide": lambda x, low, high: low + (x + 1) * (high - low),
    "the whole width is taken from the middle on": lambda x, low, high: (low + high) / 2 + x * (high - low),
    "the ends are swapped": lambda x, low, high: _unscaled(-x, low, high),
    "what lay outside the range is cut off": lambda x, low, high: _unscaled(x.clip(-1, 1), low, high),
    "all is divided by 2, the lower end as well": lambda x, low, high: (low + (x + 1) * (high - low)) / 2,
}


@exercise("11.1 And back again")
def unscaled(answer: Callable) -> None:
    """Check a function of scaled numbers (n,) or (B, n) and both ends of their ranges that gives them as they were."""
    rng = np.random.default_rng(11)
    cases = []
    for shape in ((3,), (1,), (4,), (5, 3), (1, 4), (3, 3), (2, 7)):
        low = rng.uniform(-6, 4, shape[-1]).round(2)
        cases.append((rng.uniform(-1.3, 1.3, shape).round(3), low, low + rng.uniform(0.5, 9, shape[-1]).round(2)))
    cases.append((np.array([-1.0, 0.0, 1.0, 2.0]), np.array([-4.8, 2.0, 10.0, 0.0]), np.array([4.8, 4.0, 20.0, 1.0])))
    came = [
        numbers(answer(x.copy(), low.copy(), high.copy()), x.shape, "one number for each that came")
        for x, low, high in cases
    ]
    mistakes = {
        fault: np.concatenate([wrong(*case).ravel() for case in cases]) for fault, wrong in _UNSCALED_FAULTS.items()
    }
    refuse(np.concatenate([one.ravel() for one in came]), mistakes, "-1 becomes low, 1 becomes high, 0 their middle")
    for case, one in zip(cases, came, strict=True):
        why = f"shape {case[0].shape}: -1 becomes low, 1 becomes high, and what lies between keeps its place"
        expect(one, _unscaled(*case), why, f"scaled, low and high were {[part.tolist() for part in case]}")


def _merged(n: int, mean: float, variance: float, m: int, other: float, variance_b: float) -> tuple[float, float]:
    share = m / (n + m)
    within = (1 - share) * variance + share * variance_b
    return mean + share * (other - mean), within + share * (1 - share) * (other - mean) ** 2


def _weighted(n, a, v, m, b, w) -> tuple[float, float]:
    return (n * a + m * b) / (n + m), (n * v + m * w) / (n + m)


_MERGED_FAULTS: dict[str, Callable[..., tuple[float, float]]] = {
    "how far apart the two means are is left out of the variance": _weighted,
    "both memories count alike, however much each has seen": lambda n, a, v, m, b, w: _merged(1, a, v, 1, b, w),
    "each memory has the other's weight": lambda n, a, v, m, b, w: _merged(m, a, v, n, b, w),
    "the variances are added up": lambda n, a, v, m, b, w: (_weighted(n, a, v, m, b, w)[0], v + w),
    "the distance of the means is not squared": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _weighted(n, a, v, m, b, w)[1] + n * m / (n + m) ** 2 * abs(b - a),
    ),
    "the distance of the means is squared, and has no weight": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _weighted(n, a, v, m, b, w)[1] + (b - a) ** 2,
    ),
    "the distance of the means is divided by the count once too seldom": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _weighted(n, a, v, m, b, w)[1] + n * m / (n + m) * (b - a) ** 2,
    ),
    "the mean square is given: the mean's square is not taken off": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        (n * (v + a * a) + m * (w + b * b)) / (n + m),
    ),
    "the deviation is given, not the variance": lambda n, a, v, m, b, w: (
        _weighted(n, a, v, m, b, w)[0],
        _merged(n, a, v, m, b, w)[1] ** 0.5,
    ),
    "variance and mean are swapped": lambda *case: _merged(*case)[::-1],
}


@exercise("11.2 Two memories, one mean")
def merged(answer: Callable) -> None:
    """Check a function of count, mean and variance of two sets of numbers that gives both of all of them."""
    rng = np.random.default_rng(11)
    cases = []
    for n, m in ((3, 3), (1, 1), (1, 9), (40, 2), (7, 12), (500, 3), (2, 2), (0, 6), (5, 0)):
        kept: list[Any] = []
        for count in (n, m):
            values = rng.normal(rng.uniform(-5, 5), rng.uniform(0.5, 3), count)
            kept += [values.mean(), values.var()] if count else [0.0, 1.0]
        a, v, b, w = map(float, kept)
        cases.append((n, a, v, m, b, w))
    came = np.array([numbers(answer(*case), (2,), "two numbers: the mean, the variance") for case in cases])
    refuse(came, {fault: [wrong(*case) for case in cases] for fault, wrong in _MERGED_FAULTS.items()}, _SQUARES)
    for (n, a, v, m, b, w), one in zip(cases, came, strict=True):
        why = f"{n} numbers (mean {a:.3g}, variance {v:.3g}) and {m} (mean {b:.3g}, variance {w:.3g}), as numpy finds"
        expect(one, _merged(n, a, v, m, b, w), why, _SQUARES)


_SQUARES = "the variance of all is their mean square minus the square of their mean"


_KINDS = {  # a range, whether min-max can scale it, and a hint
    "around 0": (-4.8, 4.8, True, "finite, and high above low"),
    "narrow": (-0.418, 0.418, True, "finite, and high above low"),
    "all above 0": (2.0, 7.5, True, "finite, and high above low"),
    "tiny": (0.0, 1e-6, True, "narrow is not empty"),
    "tinier": (0.0, 1e-12, True, "narrow is not empty"),
    "narrow, and far from 0": (1000.0, 1000.001, True, "narrow is not empty"),
    "wide": (-1e20, 1e20, True, "up to 1e30 is allowed"),
    "as wide as may be": (-4e29, 4e29, True, "up to 1e30 is allowed"),
    "infinite": (-np.inf, np.inf, False, "isfinite asks whether a number is finite"),
    "infinite above": (0.0, np.inf, False, "both ends must be finite"),
    "infinite below": (-np.inf, 0.0, False, "both ends must be finite"),
    "the wrong infinity": (np.inf, np.inf, False, "both ends must be finite"),
    "empty": (-3.0, -3.0, False, "high must be above low"),
    "empty at 0": (0.0, 0.0, False, "high must be above low"),
    "upside down": (2.0, 1.0, False, "high must be above low"),
    "wide and upside down": (3.0, -1e25, False, "high must be above low"),
    "unknown below": (np.nan, 1.0, False, "a comparison with nan is False"),
    "unknown above": (1.0, np.nan, False, "a comparison with nan is False"),
    "as good as infinite": (-3.4e38, 3.4e38, False, "old gym wrote the largest float32 for infinity: 3.4e38"),
    "above 1e30 from end to end": (-9e29, 9e29, False, "the width counts, high - low, not each end"),
    "above 1e30": (0.0, 4e30, False, "more than 1e30 is as good as infinite"),
    "beyond 1e30": (8e29, -8e31, False, "high must be above low"),
}


@exercise("11.3 Find the bug: the assertion")
def usable(answer: Callable) -> None:
    """Check a function of both ends of the ranges that says for each dimension whether min-max can scale it."""
    rng, names = np.random.default_rng(11), list(_KINDS)
    picked = [["around 0", "infinite", "narrow", "infinite"], *([name] for name in ("around 0", "infinite", "empty"))]
    picked += [list(rng.permutation(names)), list(rng.choice(names, 6)), list(rng.choice(names, 2)), names]
    all_came, all_true = [], []
    for chosen in picked:
        low, high = (np.array([_KINDS[name][i] for name in chosen], float) for i in (0, 1))
        with np.errstate(all="ignore"):
            got = answer(low.copy(), high.copy())
        all_came.append(numbers(got, (len(low),), "one True or False for each dimension"))
        all_true.append(np.array([_KINDS[name][2] for name in chosen]))
    swapped = {"True and False are swapped": ~np.concatenate(all_true)}
    refuse(np.concatenate(all_came), swapped, "True: min-max can scale this dimension")
    for chosen, came, truth in zip(picked, all_came, all_true, strict=True):
        for i, (name, one, right) in enumerate(zip(chosen, came, truth, strict=True)):
            bottom, top, _, hint = _KINDS[name]
            came_out = bool(one) if one in (0, 1) else one
            why = f"dimension {i} runs from {bottom:g} to {top:g}: min-max {'can' if right else 'cannot'} scale it"
            require(one == right, str(bool(right)), came_out, why, hint)


_BATCHES = np.array([[1.0, 1, 5, 5], [5, 5, 9, 9]])
_UNIT_FAULTS = {
    "own": "train mode takes the batch's own mean and variance, not the running ones",
    "running": "eval mode takes the running mean and variance, not the batch's own",
    "first": "each batch has a mean and a variance of its own: B's are not A's",
    "sample": "the batch's variance is the mean square of the distances, divided by 4 and not by 3",
    "variance": "divide by the deviation, the root of the variance",
    "mean": "the mean is to be subtracted",
    "weight": "the weight, 3, is left out",
    "bias": "the bias, 10, is left out",
    "order": "first times the weight, then plus the bias",
}


def _unit(training: bool, batch: int, faults: Iterable[str] = ()) -> np.ndarray:
    """Give what leaves 11.5's unit for batch A (0) or B (1), shape (4,)."""
    own = _BATCHES[0 if "first" in faults else batch]
    if training != (("own" if training else "running") in faults):
        mean, variance = own.mean(), own.var(ddof="sample" in faults)
    else:
        mean, variance = 2.0, 16.0
    centred = _BATCHES[batch] - (0.0 if "mean" in faults else mean)
    scaled = centred / (variance if "variance" in faults else variance**0.5)
    weight, bias = 1.0 if "weight" in faults else 3.0, 0.0 if "bias" in faults else 10.0
    return (scaled + bias) * weight if "order" in faults else scaled * weight + bias


@exercise("11.5 One unit, by pencil")
def unit_table(answer: Callable) -> None:
    """Check a function without arguments that returns 11.5's table, shape (4, 4)."""
    layout = "four rows of four numbers: A and B in train mode, then A and B in eval mode"
    table = numbers(answered(answer()), (4, 4), layout, "one number for each that reaches the unit")
    rows = list(itertools.product((True, False), (0, 1)))

    def gives_these(some: Iterable[str]) -> bool:
        return np.allclose(table, [_unit(*row, some) for row in rows], rtol=0, atol=0.01)

    if gives_these(()):
        return
    swapped = [[_unit(not training, batch) for training, batch in rows], [_unit(*row) for row in rows[::-1]]]
    refuse(table, {"train and eval mode are swapped": swapped[0], "the rows come in another order": swapped[1]}, layout)
    refuse_faults(gives_these, _UNIT_FAULTS, "The numbers")
    for (training, batch), came in zip(rows, table, strict=True):
        name = f"{'AB'[batch]} in {'train' if training else 'eval'} mode"
        rule = "the batch's own mean and deviation" if training else "the running mean and deviation, 2 and 4"
        for x, one, right in zip(_BATCHES[batch], came, _unit(training, batch), strict=True):
            require(abs(one - right) <= 0.01, "another number", one, f"{x:g} of {name}: {rule}", "then 3 · it + 10")
