"""What reproduces in lesson 16: when a run counts as solved, which addition helps, and nine claims' verdicts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
from scipy.stats import binomtest

from qlib.core.rules import epsilon_schedule
from qlib.core.settings import ORIGINAL
from qlib.lessons.results import measured
from qlib.show.findings import Findings
from qlib.show.picture import moving_mean
from qlib.show.table import Table
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, superiority

PRINTED = 7_980  # seconds: the original notebook's 2 h 13 min
EPSILON = 0.0067353342917064515  # what it printed at its last episode
VERDICTS = {"above": "yes", "below": "no", "open": "not shown"}
"""Of a share or a probability, against one half."""

Returns = Mapping[str, np.ndarray]


def solved_after(row: np.ndarray, bar: float = 195, window: int = 100) -> float:
    """Return after how many episodes the mean of the last 100 first reached the bar; infinity if it never did.

    Args:
        row: the returns of one run's episodes, shape (n,).
        bar: the mean that counts as solved.
        window: over how many episodes; a mean of fewer does not count.
    """
    means = moving_mean(row, window)
    reached = np.flatnonzero((means >= bar) & (np.arange(len(row)) >= window - 1))
    return reached[0] + 1 if len(reached) else np.inf


def episodes_needed(returns: Returns) -> dict[str, np.ndarray]:
    """Return by variant after how many episodes each seed was solved, shape (seeds,)."""
    return {label: np.array([solved_after(row) for row in rows]) for label, rows in returns.items()}


def solved_sooner(returns: Returns, better: str, worse: str) -> Interval:
    """Return how likely a run of one variant is solved in fewer episodes; one that never is comes last."""
    after = episodes_needed(returns)
    return superiority(-np.minimum(after[better], 301), -np.minimum(after[worse], 301))


def higher_late(returns: Returns, better: str, worse: str) -> Interval:
    """Return how likely a run of one variant has the higher mean over its last 100 episodes."""
    return superiority(returns[better][:, -100:].mean(1), returns[worse][:, -100:].mean(1))


def additions(returns: Returns) -> Findings:
    """Draw each addition of the paper against what it was added to, by both measures, on seeds nobody confirmed."""
    pairs = [*itertools.pairwise(returns), ("DQN", "+ prioritized")]
    measures = {"sooner": solved_sooner, "higher": higher_late}
    found = {
        f"{better} against {worse}: {name}": measure(returns, better, worse)
        for worse, better in pairs
        for name, measure in measures.items()
    }
    return Findings(found, "probability: solved sooner, or a higher mean of the last 100", bar=0.5, digits=2)


def verdicts(result: Comparison, returns: Returns) -> list[tuple[str, str, str]]:
    """Return nine claims, each with "yes", "no" or "not shown", and what was measured."""
    epsilon = epsilon_schedule(ORIGINAL, 1_000)[-1]
    seconds = [run["seconds"] for run in measured.whole_runs()]
    at_end = {label: int((scores >= 475).sum()) for label, scores in result.final().items()}
    within = int((episodes_needed(returns)["+ prioritized"] <= 150).sum())
    return [
        ("original: epsilon ends at 0.0067353342917064515", "yes" if epsilon == EPSILON else "no", f"{epsilon}"),
        (
            "original: 1,000 episodes need 2 h 13 min",
            "no" if max(seconds) < PRINTED else "yes",
            " s and ".join(f"{one:.0f}" for one in seconds) + " s (lesson 15)",
        ),
        _solved("original: its settings solve CartPole-v1", at_end["original"]),
        _solved("lecture: explore, learn, then act solves it", at_end["lecture"]),
        _solved("paper: prioritized solves within 150 episodes", within),
        *(_sooner(returns, better, worse) for worse, better in itertools.pairwise(returns)),
        _solved("recommended: solves CartPole-v1", at_end["recommended"]),
    ]


def table(rows: list[tuple[str, str, str]]) -> Table:
    """Lay the claims out in columns."""
    head = ("claim, or what one may hope", "reproduces", "measured")
    return Table(*(f"{claim:48} {says:11} {found}" for claim, says, found in (head, *rows)))


def _solved(claim: str, count: int, n: int = 16) -> tuple[str, str, str]:
    share = Interval(count / n, *binomtest(count, n).proportion_ci(method="wilson"))
    return claim, VERDICTS[share.verdict(0.5)], f"{count} of {n}: {share:.2f}"


def _sooner(returns: Returns, better: str, worse: str) -> tuple[str, str, str]:
    chance = solved_sooner(returns, better, worse)
    return f"paper: {better} solves sooner", VERDICTS[chance.verdict(0.5)], f"P {chance:.2f}"
