"""What reproduces in lesson 16: when a run counts as solved, which addition helps, and nine claims' verdicts."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from qlib.core.rules import epsilon_schedule
from qlib.core.settings import ORIGINAL
from qlib.lessons.results import measured
from qlib.show.findings import Findings
from qlib.show.picture import moving_mean
from qlib.show.table import Table
from qlib.study.held_out import Twice, strictly
from qlib.study.statistics import Interval, share_interval, superiority

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


def solved_sooner(returns: Returns, better: str, worse: str, confidence: float = 0.95) -> Interval:
    """Return how likely a run of one variant is solved in fewer episodes; one that never is comes last."""
    after = episodes_needed(returns)
    return superiority(-np.minimum(after[better], 301), -np.minimum(after[worse], 301), confidence)


def higher_late(returns: Returns, better: str, worse: str, confidence: float = 0.95) -> Interval:
    """Return how likely a run of one variant has the higher mean over its last 100 episodes."""
    return superiority(returns[better][:, -100:].mean(1), returns[worse][:, -100:].mean(1), confidence)


def additions() -> dict[str, Twice]:
    """Return each addition of the paper against what it was added to, by both measures, corrected for their number."""
    sets = measured.RECORDS.measured("returns"), measured.RECORDS.held_out("returns")
    pairs = [*itertools.pairwise(sets[0]), ("DQN", "+ prioritized")]
    measures = {"sooner": solved_sooner, "higher": higher_late}
    rows = list(itertools.product(pairs, measures.items()))
    found = {}
    for (worse, better), (name, measure) in rows:
        likely = functools.partial(_likely, measure, better, worse)
        found[f"{better} against {worse}: {name}"] = strictly(likely, *sets, len(rows), bar=0.5)
    return found


def _likely(measure: Callable[..., Interval], better: str, worse: str, returns: Returns, confidence: float) -> Interval:
    return measure(returns, better, worse, confidence)


def drawn(found: Mapping[str, Twice]) -> Findings:
    """Draw what each addition changes."""
    return Findings(found, "probability: solved sooner, or a higher mean of the last 100", bar=0.5, digits=2)


def verdicts() -> list[tuple[str, str, str, str]]:
    """Return nine claims, each with "yes", "no" or "not shown", and what was measured, here and on held-out seeds."""
    epsilon = epsilon_schedule(ORIGINAL, 1_000)[-1]
    seconds = [run["seconds"] for run in measured.whole_runs()]
    chosen, fresh = (take("recipes").final() for take in (measured.RECORDS.measured, measured.RECORDS.held_out))
    returns = measured.RECORDS.measured("returns"), measured.RECORDS.held_out("returns")
    added = additions()
    prompt = [(episodes_needed(each)["+ prioritized"] <= 150) for each in returns]

    def solves(label: str) -> list[np.ndarray]:
        return [ends[label] >= 475 for ends in (chosen, fresh)]

    return [
        ("original: its printed epsilon at the end", "yes" if epsilon == EPSILON else "no", f"{epsilon}", ""),
        (
            "original: 1,000 episodes need 2 h 13 min",
            "no" if max(seconds) < PRINTED else "yes",
            " s and ".join(f"{one:.0f}" for one in seconds) + " s (lesson 15)",
            "",
        ),
        _more_than_half("original: its settings solve CartPole-v1", *solves("original")),
        _more_than_half("lecture: explore, learn, then act solves it", *solves("lecture")),
        _more_than_half("paper: prioritized solves in 150 episodes", *prompt),
        *(_sooner(added, worse, better) for worse, better in itertools.pairwise(returns[0])),
        _more_than_half("recommended: solves CartPole-v1", *solves("recommended")),
    ]


def table(rows: Sequence[tuple[str, str, str, str]]) -> Table:
    """Lay the claims out in columns."""
    head = ("claim, or what one may hope", "reproduces", "measured", "on held-out seeds")
    return Table(*(f"{claim:44} {says:11} {found:27} {fresh}".rstrip() for claim, says, found, fresh in (head, *rows)))


def _more_than_half(claim: str, chosen: np.ndarray, held_out: np.ndarray) -> tuple[str, str, str, str]:
    shares = [share_interval(int(each.sum()), len(each)) for each in (chosen, held_out)]
    says = Twice(shares[0], shares[1], bar=0.5).verdict()
    told = [f"{each.sum()} of {len(each)}: {share:.2f}" for each, share in zip((chosen, held_out), shares, strict=True)]
    return claim, VERDICTS[says], told[0], told[1]


def _sooner(added: Mapping[str, Twice], worse: str, better: str) -> tuple[str, str, str, str]:
    found = added[f"{better} against {worse}: sooner"]
    told = f"P {found.chosen:.2f}", f"P {found.held_out:.2f}"
    return f"paper: {better} solves sooner", VERDICTS[found.verdict()], *told
