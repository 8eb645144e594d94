"""The checks of lesson 13: a leaf of a sum tree, weights, beta's way to 1, an active tile, broken memories, a claim."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.expected import answered, numbers, require
from qlib.lessons.judge import Faults, judge_cases, judge_sentences
from qlib.lessons.sparse_rewards.pictures import MEMORIES


def _tree(leaves: np.ndarray) -> np.ndarray:
    sums = np.concatenate([np.zeros(len(leaves)), leaves])
    for node in range(len(leaves) - 1, 0, -1):
        sums[node] = sums[2 * node] + sums[2 * node + 1]
    return sums


def _walk(sums: np.ndarray, number: float, fault: str = "") -> int:
    node, leaves = 1, len(sums) // 2
    while node < (leaves // 2 if fault == "early" else leaves):
        node *= 2
        if (number > sums[node] if fault == "edge" else number >= sums[node]) != (fault == "swapped"):
            taken = {"kept": 0.0, "right": sums[node + 1]}.get(fault, sums[node])
            number, node = number - taken, node + 1
    return node - (leaves // 2 if fault == "early" else 0 if fault == "node" else leaves)


def _only_the_way(leaves: int, number: float) -> np.ndarray:
    """Make a tree of ones, and put junk into every node that is no child of a node on the way."""
    sums = _tree(np.ones(leaves))
    node = leaves + int(number)
    needed = {1}
    while node > 1:
        needed |= {node, node ^ 1}
        node //= 2
    junk = [k for k in range(2 * leaves) if k not in needed]
    sums[junk] = 1_000.0
    return sums


@exercise("13.1 Find the leaf")
def find(answer: Callable) -> None:
    """Check a function of a sum tree, shape (2 * leaves,), and a number below its sum, that gives the leaf's number."""
    rng = np.random.default_rng(131)
    cases: list[tuple] = []
    for leaves in (
        np.array([1.0, 3, 6, 0]),
        np.array([1.0, 0.5, 4, 0, 2, 0.5, 3, 8]),
        np.array([1.0, 2]),
        np.array([0.0, 2, 0, 1]),
    ):
        ends = leaves.cumsum()
        cases += [(_tree(leaves), float(number)) for number in (0.0, *ends[:-1], *(ends - 0.25)) if number < ends[-1]]
    for size in (4, 16, 64):
        leaves = rng.integers(0, 5, size) * 0.25 + (np.arange(size) == size // 2)
        cases += [(_tree(leaves), float(x) * 0.25) for x in rng.integers(0, int(leaves.sum() * 4), 6)]
    faults = {
        "the number of the node is given, not of the leaf": "node",
        "the left side is not subtracted when going right": "kept",
        "right and left are swapped": "swapped",
        "the walk ends one level above the leaves": "early",
        "the right child's sum is subtracted when going right: it is the left one's that you pass": "right",
        "a number that equals the left child's sum goes left: it belongs to the right": "edge",
    }
    known: dict[str, Callable] = {words: lambda s, x, f=fault: _walk(s, x, f) for words, fault in faults.items()}
    known["leaves are counted from 1"] = lambda s, x: _walk(s, x) + 1
    known["the leaf before is given"] = lambda s, x: _walk(s, x) - 1

    def why(sums: np.ndarray, number: float) -> str:
        leaves = sums[len(sums) // 2 :]
        shown = leaves.tolist() if len(leaves) < 9 else f"{leaves[:5].tolist()} and so on"
        return f"the leaves hold {shown}, so {number:g} falls to leaf {_walk(sums, number)}"

    hint = "go left if the number is below the left child's sum; else subtract that sum and go right"
    judge_cases(answer, cases, _walk, known, why, hint)
    for size, leaf in ((1_024, 700), (256, 255), (64, 31)):
        got = numbers(answer(_only_the_way(size, leaf + 0.5), leaf + 0.5), (), "a leaf is one number")
        words = f"a tree of {size} leaves, with junk in every node that is no child of one on the way"
        require(float(got) == leaf, str(leaf), got, words, "walk down: two nodes on each level are all that is needed")


def _weights(priorities: np.ndarray, beta: float) -> np.ndarray:
    plain = (len(priorities) * priorities / priorities.sum()) ** -beta
    return plain / plain.max()


@exercise("13.2 Importance-sampling weights")
def weights(answer: Callable) -> None:
    """Check a function of all priorities p^α, shape (n,), and beta, that gives each transition's weight."""
    rng = np.random.default_rng(132)
    cases: list[tuple] = [(np.array([2.0, 1, 4, 9]), 0.5), (np.array([2.0, 2]), 1.0), (np.array([3.0]), 0.7)]
    cases += [(np.array([1.0, 5, 5, 1]), 1.0), (np.array([2.0, 1, 4]), 0.0)]
    cases += [(rng.exponential(size=n) + 0.01, float(rng.uniform(0.2, 1))) for n in (2, 3, 7, 30, 100)]

    def plain(p: np.ndarray, beta: float) -> np.ndarray:
        return (len(p) * p / p.sum()) ** -beta

    faults: Faults = {
        "the weights are not divided by the largest": plain,
        "the sign of the exponent is missing: what is drawn often counts even more": lambda p, b: plain(p, -b),
        "the sign of the exponent is missing, though they are divided by the largest": lambda p, b: _weights(p, -b),
        "they are divided by their sum": lambda p, b: plain(p, b) / plain(p, b).sum(),
        "they are divided by their mean": lambda p, b: plain(p, b) / plain(p, b).mean(),
        "they are divided by the smallest": lambda p, b: plain(p, b) / plain(p, b).min(),
        "they are divided by the first one, not by the largest": lambda p, b: plain(p, b) / plain(p, b)[0],
        "they are divided by the last one, not by the largest": lambda p, b: plain(p, b) / plain(p, b)[-1],
        "beta is left out": lambda p, b: _weights(p, 1.0),
        "1 − beta stands where beta belongs": lambda p, b: _weights(p, 1.0 - b),
        "beta multiplies, and is no exponent": lambda p, b: b * _weights(p, 1.0),
        "the chances themselves are given": lambda p, b: p / p.sum(),
        "all count alike": lambda p, b: np.ones(len(p)),
    }
    hint = "(N · P(i)) to the power of −β, divided by the largest of them"
    judge_cases(
        answer, cases, _weights, faults, lambda p, b: f"{len(p)} priorities, {p[:4].round(2)}, beta {b:.2g}", hint
    )


def _beta(start: float, step: int, steps: int) -> float:
    return start + (1 - start) * min(1.0, step / steps)


def _compounded(start: float, step: int, steps: int) -> float:
    for k in range(step):
        start += (1 - start) * k / steps
    return start


@exercise("13.3 Find the bug: beta")
def beta(answer: Callable) -> None:
    """Check a function of beta's start, the steps done and the steps until 1, that gives beta."""
    rng = np.random.default_rng(133)
    cases: list[tuple] = [(0.4, 0, 1_000), (0.4, 500, 1_000), (0.4, 1_000, 1_000), (0.4, 5_000, 1_000)]
    cases += [(0.0, 3, 10), (0.7, 1, 4), (1.0, 5, 20), (0.6, 0, 30), (0.2, 1, 1), (0.4, 500, 1_000), (0.1, 9, 10)]
    for _ in range(12):
        steps = int(rng.integers(2, 400))
        cases.append((round(rng.uniform(0, 1), 2), int(rng.integers(0, 2 * steps)), steps))
    faults: Faults = {
        "beta does not begin at its start, but at 0": lambda s, k, n: min(1.0, k / n),
        "beta waits at its start until the share of the way has caught up": lambda s, k, n: max(s, min(1.0, k / n)),
        "beta rises by the whole share of the way: only 1 − start is left to go": lambda s, k, n: min(1.0, s + k / n),
        "beta goes past 1 behind the end of its way": lambda s, k, n: s + (1 - s) * k / n,
        "beta is raised by the whole share, and goes past 1": lambda s, k, n: s + k / n,
        "beta is raised from where it stood already, again and again": _compounded,
        "beta stays at its start": lambda s, k, n: s,
        "beta is 1 at once": lambda s, k, n: 1.0,
        "beta falls": lambda s, k, n: s - (1 - s) * min(1.0, k / n),
        "beta falls to 0": lambda s, k, n: s * (1 - min(1.0, k / n)),
        "beta begins at 1, and comes down to its start": lambda s, k, n: 1 - (1 - s) * min(1.0, k / n),
        "the start is taken to be 0.4 always": lambda s, k, n: _beta(0.4, k, n),
        "beta is one step ahead": lambda s, k, n: _beta(s, k + 1, n),
        "beta jumps: // drops the part of the way that is done": lambda s, k, n: s + (1 - s) * min(1, k // n),
    }
    hint = "beta = start + (1 − start) · the share of the way that is behind you, at most 1"
    judge_cases(answer, cases, _beta, faults, lambda s, k, n: f"start {s}, step {k} of {n}", hint)


def _tile(x: float, low: float, high: float, tiles: int, offset: float) -> int:
    return int(np.floor((x - low) / (high - low) * tiles + offset))


@exercise("13.4 The active tile")
def tile(answer: Callable) -> None:
    """Check a function of x, low, high, the number of tiles and an offset in tiles that gives the tile of one grid."""
    rng = np.random.default_rng(134)
    cases: list[tuple] = [(1.6, -3.0, 5.0, 8, 0.95), (-2.0, -2.0, 6.0, 8, 0.0), (6.0, -2.0, 6.0, 8, 0.5)]
    cases += [(2.0, 0.0, 4.0, 4, 0.0), (-8.0, -8.0, -4.0, 2, 0.75), (1.75, 0.0, 4.0, 4, 0.25)]
    for _ in range(16):
        low, width, tiles = float(rng.uniform(-20, 20)), float(rng.uniform(0.1, 30)), int(rng.integers(1, 13))
        cases.append((low + width * float(rng.uniform()), low, low + width, tiles, float(rng.integers(0, 8)) / 8))

    def along(x: float, low: float, high: float, tiles: int) -> float:
        return (x - low) / (high - low) * tiles

    faults: Faults = {
        "the offset is left out": lambda x, a, b, n, o: np.floor(along(x, a, b, n)),
        "the offset is subtracted": lambda x, a, b, n, o: np.floor(along(x, a, b, n) - o),
        "the offset is added before the range is cut into tiles": lambda x, a, b, n, o: np.floor(along(x + o, a, b, n)),
        "the range does not begin at low": lambda x, a, b, n, o: np.floor(along(x + a, a, b, n) + o),
        "the range is taken to be as wide as high": lambda x, a, b, n, o: np.floor((x - a) / (b or 1) * n + o),
        "the place is not rounded down": lambda x, a, b, n, o: along(x, a, b, n) + o,
        "the place is rounded to the nearest": lambda x, a, b, n, o: np.round(along(x, a, b, n) + o),
        "the place is rounded up": lambda x, a, b, n, o: np.ceil(along(x, a, b, n) + o),
        "it is rounded before the offset is added": lambda x, a, b, n, o: np.floor(along(x, a, b, n)) + o,
        "tiles are counted from 1": lambda *case: _tile(*case) + 1,
        "the tile more that a moved grid has is left out": lambda *case: min(_tile(*case), case[3] - 1),
        "a moved grid has one tile more, but they are no narrower": lambda x, a, b, n, o: np.floor(
            along(x, a, b, n + 1) + o
        ),
        "the first tile wraps round to the last": lambda *case: _tile(*case) % case[3],
    }

    def why(x: float, low: float, high: float, tiles: int, offset: float) -> str:
        place = along(x, low, high, tiles)
        return f"{tiles} tiles from {low:.3g} to {high:.3g}, offset {offset:g}: x lies {place:.4g} tiles from low"

    judge_cases(
        answer, cases, _tile, faults, why, "how many tiles lie between low and x? Add the offset, and round down"
    )


_PARTS = ("whole", "alpha is 0", "the last slot is out of reach", "new ones are never renewed")
_SIGNS = {
    "whole": "every bar ends at its dot",
    "alpha is 0": "the bars are as high as each other, whatever the priority",
    "the last slot is out of reach": "one bar is missing",
    "new ones are never renewed": "the newest four are drawn alike, whatever surprise is left in them",
}


@exercise("13.5 Name the broken part")
def broken_parts(answer: Callable) -> None:
    """Check a function without arguments that returns the broken part of each of the four memories, a dict."""
    said = answered(answer())
    is_dict = isinstance(said, dict) and set(said) == set(MEMORIES)
    require(is_dict, "a dict with the keys A, B, C and D", said, "one part for each memory", '{"A": "whole", ...}')
    for name, part in said.items():
        known = isinstance(part, str) and part.strip().lower() in _PARTS
        require(known, f"one of {', '.join(_PARTS)}", part, f"the part of memory {name}", "spell it as the text does")
    same = len({part.strip().lower() for part in said.values()}) < len(said)
    require(
        not same, "four different parts", said, "each of the four words fits one memory", "which two do you mix up?"
    )
    for name, (part, _) in MEMORIES.items():
        right = said[name].strip().lower() == part
        named = said[name].strip().lower()
        require(
            right, "another part", said[name], f"in memory {name} you would then see: {_SIGNS[named]}", "look again"
        )


_SENTENCES = {  # whether it holds, and what to say of it
    "A": (True, "the last column of section 5's table has the score over all 32 seeds"),
    "B": (False, "B says more than was shown: an interval that holds 0 is open, and does not say 'no difference'"),
    "C": (False, "C is what the control refutes: it prioritizes nothing, and lies as far below uniform"),
    "D": (True, "the table of all five learners has a column 'reached'"),
    "E": (False, "E says more than was shown: one task of two dimensions, and one network"),
    "F": (True, "section 5's table has a column for each sixteen"),
}


@exercise("13.6 What it shows")
def what_it_shows(answer: Callable) -> None:
    """Check a function without arguments that returns the letters of the sentences that were shown."""
    judge_sentences(answer(), _SENTENCES)
