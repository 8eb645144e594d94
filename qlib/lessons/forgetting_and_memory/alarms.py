"""Does an instrument warn before a fall? Its rank among comparable moves, and an alarm's recall and precision."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qlib.lessons.forgetting_and_memory.flights import FORGETFUL, SIGNS
from qlib.lessons.forgetting_and_memory.instruments import largest_fall
from qlib.show.table import Table
from qlib.study.held_out import Twice
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, mean_interval

RULES = "as far", "as high", "near"
BACK = 2  # examinations over which a move is taken
GREAT = 150.0  # steps of score: a great fall
QUARTER = 0.75  # a move warns if it is above this share of the others

ByAgent = dict[str, np.ndarray]
"""Label, instrument and what, with commas between, to one number for each agent."""


def rank_before_the_fall(scores: np.ndarray, instrument: np.ndarray, sign: int, rule: str = "as far") -> float:
    """Rank an instrument's move before an agent's largest fall among its moves before comparable examinations.

    Args:
        scores, instrument: of one agent, shape (examinations,).
        sign: +1 if a rise would be the warning, -1 if a sinking would be.
        rule: "as far" compares with examinations from which the agent could have fallen as far, "as high" with those
            whose score was at least as high, "near" as the first, at most 6 examinations away.

    Returns:
        From 0, the least of the moves, to 1, the largest; a tie counts half. NaN if there is nothing to compare with.
    """
    before, fall = largest_fall(scores[BACK:])
    before += BACK
    moves = sign * (instrument[BACK:-1] - instrument[: -BACK - 1])  # that end at examinations BACK, BACK + 1, ...
    others = scores[BACK:-1] >= (scores[before] if rule == "as high" else fall)
    if rule == "near":
        others &= abs(np.arange(BACK, len(scores) - 1) - before) <= 6
    others[before - BACK] = False
    return _rank(moves[before - BACK], moves[others])


def _rank(ours: float, theirs: np.ndarray) -> float:
    return float(np.mean((theirs < ours) + 0.5 * (theirs == ours))) if len(theirs) else float("nan")


def ranks(run: Comparison) -> ByAgent:
    """Rank each instrument's move before the fall, for each variant and rule, of the agents that can be compared."""
    found = {}
    for label in FORGETFUL:
        for name, sign in SIGNS.items():
            agents = list(zip(run[label], run.diagnostics[name][run.labels.index(label)], strict=True))
            for rule in RULES:
                each = np.array([rank_before_the_fall(s, x, sign, rule) for s, x in agents])
                found[f"{label}, {name}, {rule}"] = each[np.isfinite(each)]
    return found


def alarms(run: Comparison) -> ByAgent:
    """Raise an alarm wherever an instrument's move is among the agent's largest quarter, and count what came of it.

    Only examinations count from which a great fall is possible, and those where the instrument had a number.

    Returns:
        By label and instrument: "recall", the share of an agent's great falls with an alarm before them; "precision",
        the share of its alarms with a great fall after them; "base", the share of all these examinations with one.
    """
    found = {}
    for label in FORGETFUL:
        for name, sign in SIGNS.items():
            agents = zip(run[label], run.diagnostics[name][run.labels.index(label)], strict=True)
            shares = np.array([_shares(scores, sign * values) for scores, values in agents])
            whats = ("recall", "precision", "base")
            for what, each in zip(whats, shares.T, strict=True):
                found[f"{label}, {name}, {what}"] = each[np.isfinite(shares).all(1)]
    return found


def _shares(scores: np.ndarray, instrument: np.ndarray) -> tuple[float, float, float]:
    moves = instrument[BACK:-1] - instrument[: -BACK - 1]
    there = (scores[BACK:-1] >= GREAT) & np.isfinite(moves)
    fell, moves = (scores[BACK:-1] - scores[BACK + 1 :] > GREAT)[there], moves[there]
    if not fell.any() or len(fell) < 2:
        return (float("nan"),) * 3
    rang = np.array([_rank(move, np.delete(moves, i)) > QUARTER for i, move in enumerate(moves)])
    precision = float(fell[rang].mean()) if rang.any() else float("nan")
    return float(rang[fell].mean()), precision, float(fell.mean())


def leaning(claims: Mapping[str, Twice]) -> dict[str, int]:
    """Count for each instrument the variants and rules under which its mean rank is shown to be above chance, 0.5."""
    return {
        name: sum(claims[f"{label}, {name}, {rule}"].verdict() == "above" for label in FORGETFUL for rule in RULES)
        for name in SIGNS
    }


def rank_table(found: Mapping[str, np.ndarray], claims: Mapping[str, Twice]) -> Table:
    """Tell each instrument's mean rank under each rule, with its interval, and that of the held-out seeds.

    Args:
        found: the ranks, on the seeds that were chosen on.
        claims: by how much each mean rank is above chance, 0.5, on both sets of seeds.
    """
    lines = [f"{'chance: 0.5':18}" + "".join(f"{rule + ', held out':29}" for rule in RULES)]
    for label in FORGETFUL:
        lines.append(label)
        for name in SIGNS:
            cells = []
            for rule in RULES:
                claim = claims[f"{label}, {name}, {rule}"]
                ranks = f"{mean_interval(found[f'{label}, {name}, {rule}']):.2f} {claim.held_out.value + 0.5:.2f}"
                cells.append(f"{ranks:23}{claim.verdict():6}")
            lines.append(f"  {name:16}" + "".join(cells))
    return Table(*lines)


def alarm_table(found: Mapping[str, np.ndarray]) -> Table:
    """Tell each instrument's recall and precision, the mean over agents with its interval, and the base rate."""
    lines = [f"{'':18}{'recall, chance: 0.25':24}{'precision':20}by chance"]
    for label in FORGETFUL:
        lines.append(label)
        for name in SIGNS:
            recall, precision, base = (mean_interval(found[f"{label}, {name}, {what}"]) for what in WHATS)
            lines.append(f"  {name:16}{f'{recall:.2f}':24}{f'{precision:.2f}':20}{base.value:.2f}")
    return Table(*lines)


WHATS = "recall", "precision", "base"
MOVES = {"any": (-np.inf, np.inf), "rose": (100, np.inf), "fell": (-np.inf, -100)}
"""What a score did from one examination to the next, by how many steps at least and at most."""


def louder(run: Comparison, label: str, move: str) -> tuple[np.ndarray, np.ndarray]:
    """Say from which examination to the next the loss rose, and the score made such a move: (seeds, n - 1) each."""
    change = np.diff(run[label])
    low, high = MOVES[move]
    return np.diff(run.diagnostics["loss"][run.labels.index(label)]) > 0, (change > low) & (change < high)


def above_base(run: Comparison) -> ByAgent:
    """Return by what share the loss rose more often than in all steps, when the score rose or fell, by agent."""
    found = {}
    for label in FORGETFUL:
        for move in ("rose", "fell"):
            agents = zip(*louder(run, label, move), strict=True)
            found[f"{label}, {move}"] = np.array([r[such].mean() - r.mean() for r, such in agents if such.any()])
    return found


def in_words(claims: Mapping[str, Twice]) -> str:
    """Say of each difference whether it is shown to be better or worse, or open."""
    said = {"above": "better", "below": "worse", "open": "open"}
    return ", ".join(said[claim.verdict()] for claim in claims.values())


def in_points(claims: Mapping[str, Twice]) -> dict[str, Twice]:
    """Return differences of shares in percentage points."""
    return {
        name: Twice(_hundredfold(one.chosen), _hundredfold(one.held_out), one.survives) for name, one in claims.items()
    }


def _hundredfold(share: Interval) -> Interval:
    return Interval(*(100 * number for number in share))


def quietest_minus_mean(run: Comparison) -> ByAgent:
    """Return the score at each agent's lowest loss, minus the mean over its examinations, for two sizes of memory."""
    found = {}
    for name, label in {"memory of 1,000": run.labels[0], "memory of 10,000": run.labels[-1]}.items():
        losses = run.diagnostics["loss"][run.labels.index(label)]
        found[name] = run[label][np.arange(len(losses)), losses.argmin(1)] - run[label].mean(1)
    return found
