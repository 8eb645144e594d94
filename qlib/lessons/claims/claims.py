"""Every opinion of the original notebook, and what the records say of it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from qlib.study.held_out import Twice, held_out_name
from qlib.study.records import kept, read
from qlib.study.result import Comparison
from qlib.study.statistics import Interval, discoveries, mean_interval

RECORDS = Path("records")  # beside the notebooks, where they run


@dataclass(frozen=True)
class Claim:
    """An opinion that can be put as "this minus that is above 0", and the record that measured it.

    Attributes:
        opinion: what the original notebook says, in few words of ours.
        this, over: the two labels in the record that the opinion sets against each other.
        record: the measurement's name in the lesson's file of records.
        lesson: the notebook that measures it.
        settings: in which setting, in words.
        when: of a Comparison, "at the end" or "over training"; of named values, what the record says.
    """

    opinion: str
    this: str
    over: str
    record: str
    lesson: str
    settings: str
    when: str = "over training"

    @cached_property
    def samples(self) -> np.ndarray:
        """By how many steps this is above that, on the seeds that were chosen on, shape (seeds,)."""
        return self._difference(self.when)

    @cached_property
    def held_out(self) -> Interval | None:
        """The same on the seeds that were held out; None: it was not measured on them."""
        name = held_out_name(self.record)
        if name not in read(self._file):
            return None
        found = kept(self._file, name)
        if not {self.this, self.over} <= set(getattr(found, "labels", found)):
            return None
        return mean_interval(_scores(found, self.this, self.when) - _scores(found, self.over, self.when))

    @cached_property
    def interval(self) -> Interval:
        """The mean of the samples with its 95 % interval."""
        return mean_interval(self.samples)

    @property
    def beside(self) -> str:
        """The other measure with its interval, at the end or over training; "" where the record has one only."""
        if not isinstance(self._found, Comparison):
            return ""
        other = "at the end" if self.when == "over training" else "over training"
        return f"{other} {mean_interval(self._difference(other)):+.0f}"

    @cached_property
    def _found(self) -> Comparison | Mapping[str, Any]:
        return kept(self._file, self.record)

    @property
    def _file(self) -> Path:
        return RECORDS / f"{self.lesson[3:]}.json"

    def _difference(self, when: str) -> np.ndarray:
        return _scores(self._found, self.this, when) - _scores(self._found, self.over, when)

    @property
    def verdict(self) -> str:
        """What both sets of seeds say of the opinion: "holds", "refuted", or "open" where they do not agree."""
        if self.held_out is None:
            return "open"
        both = Twice(self.interval, self.held_out, survives=_shown()[self.opinion] != "open")
        return {"above": "holds", "below": "refuted", "open": "open"}[both.verdict()]

    @property
    def how(self) -> str:
        """When and how it was measured, as the record says."""
        return f"{self.settings}; {read(self._file)[self.record]['how']}"


@cache
def _shown() -> dict[str, str]:
    """Say of every opinion whether it is shown on the seeds that were chosen on, corrected for their number."""
    return discoveries({claim.opinion: claim.samples for claim in CLAIMS})


_BASE = "24-24 units, memory 10,000, physical ranges"
_BRIEF = "the lesson's brief setting"
CLAIMS = [
    Claim(
        "Sharing gradients with the target (no detach) spoils learning (gamma 0.8)",
        "whole", "through target", "detach, gamma 0.8", "09_catastrophe", "gamma 0.8",
    ),
    Claim(
        "Sharing gradients with the target spoils learning with a long horizon, too (gamma 0.99)",
        "whole", "through target", "detach, gamma 0.99", "09_catastrophe", "gamma 0.99",
    ),
    Claim(
        "Batch norm wants eval mode where nothing is learned: in the target, too",
        "whole", "target in train mode", "batch norm", "09_catastrophe", "batch norm",
    ),
    Claim(
        "CartPole gives no stick, so it helps if a fall costs −10 (gamma 0.8)",
        "stick -10, gamma 0.8", "stick none, gamma 0.8", "sticks", "10_carrot_and_stick", _BRIEF,
    ),
    Claim(
        "It helps with a long horizon, too, if a fall costs −10 (gamma 0.99)",
        "stick -10, gamma 0.99", "stick none, gamma 0.99", "sticks", "10_carrot_and_stick",
        _BRIEF,
    ),
    Claim(
        "To punish step 500 like a fall does more good than harm",
        "limit too", "fall only", "limit", "10_carrot_and_stick", "agents that balance",
    ),
    Claim(
        "Min-max to 0 … 1 is a very good technique",
        "0 to 1", "nothing", "ways", "11_normalisation", "declared physical ranges",
    ),
    Claim(
        "Batch norm is very good: it helps even where no input is large",
        "batch norm", "nothing", "ways", "11_normalisation", "CartPole's own units",
    ),
    Claim(
        "Batch norm performs well even on a huge range of values",
        "batch_norm, position in mm", "batch_norm, as it is", "units", "11_normalisation",
        "the position in millimetres",
    ),
    Claim(
        "The memory is too big: a smaller one (2,000 for 10,000) forgets less",
        "memory 2,000", "base", "remedies", "12_forgetting_and_memory", _BASE, "at the end",
    ),
    Claim(
        "Against forgetting: a residual network",
        "residual", "base", "remedies", "12_forgetting_and_memory", _BASE, "at the end",
    ),
    Claim(
        "Against forgetting: DQN, that is, a target network (a soft one)",
        "soft target", "base", "remedies", "12_forgetting_and_memory", _BASE, "at the end",
    ),
    Claim(
        "Against forgetting: DQN, that is, a target network (a hard one)",
        "hard target", "base", "remedies", "12_forgetting_and_memory", _BASE, "at the end",
    ),
    Claim(
        "Prioritized replay saves useless training (CartPole, dense)",
        "prioritized, at the end", "uniform, at the end", "dense", "13_sparse_rewards", _BRIEF,
    ),
    Claim(
        "Prioritized replay is necessary for sparse rewards (MountainCar)",
        "prioritized", "uniform", "mountain car", "13_sparse_rewards", "one budget", "at the end",
    ),
    Claim(
        "For sparse rewards it takes a non-linear method, not tile coding (MountainCar)",
        "prioritized", "tiles", "mountain car", "13_sparse_rewards", "one budget", "at the end",
    ),
]  # fmt: skip
"""The opinions that can be measured as a difference of scores, in the order of the lessons."""


_COLUMNS = "opinion", "verdict", "steps [95 %]", "held-out seeds", "by the other measure", "seeds", "how", "where"


class Claims:
    """A table of claims, each with its verdict, its number, its seeds and the lesson that measured it."""

    def __init__(self, claims: list[Claim] | None = None) -> None:
        self.claims = CLAIMS if claims is None else claims

    def __repr__(self) -> str:
        return "\n".join(
            f"{claim.verdict:8}{claim.interval:+6.0f}  {_other(claim.held_out):20} {claim.opinion}"
            for claim in self.claims
        )

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, self.claims))}</tbody></table>"


def _row(claim: Claim) -> str:
    link = f'<a href="{claim.lesson}.ipynb">{claim.lesson[:2]}</a>'
    mark = {"holds": "✓ holds", "refuted": "✗ refuted", "open": "… open"}[claim.verdict]
    measure = f"{claim.when} " if claim.beside else ""
    numbers = [f"{measure}{claim.interval:+.0f}", _other(claim.held_out), claim.beside]
    texts = [claim.opinion, mark, *map(_whole, numbers), str(len(claim.samples)), claim.how]
    room = {claim.opinion: ";min-width:13em", claim.how: ";min-width:13em"}  # or a word a line where numbers take it
    cells = "".join(f'<td style="text-align:left{room.get(text, "")}">{html.escape(text)}</td>' for text in texts)
    return f"<tr>{cells}<td>{link}</td></tr>"


def _other(held_out: Interval | None) -> str:
    return "not yet" if held_out is None else f"{held_out:+.0f}"


def _whole(words: str) -> str:
    """Write words so that no line breaks within an interval, with a real minus."""
    return re.sub(r" (?=\[)|(?<=,) ", "\N{NO-BREAK SPACE}", words.replace("-", "−"))


def _scores(found: Comparison | Mapping[str, Any], label: str, when: str) -> np.ndarray:
    if not isinstance(found, Comparison):
        return np.asarray(found[label], float)
    take: dict[str, Callable] = {
        "at the end": lambda: found[label][:, -1],
        "over training": lambda: found.over_training(label),
    }
    return take[when]()
