"""A bug hunt: a new broken agent each day, to be found with as few looks as possible.

case = hunt.today()
case.look("epsilon")        # what one instrument of `qlib.audit` says: a look
case.guess("...")           # one of case.choices; the first guess counts
hunt.record()               # how you do
"""

from __future__ import annotations

import datetime
import hashlib
from functools import cached_property
from statistics import median

import qlib
from qlib.lessons import progress
from qlib.lessons.debugging.faults import FAULTS, SETTINGS, ReluAtTheEnd, SignLost, StopsStoring, Whole
from qlib.show.said import Sentence, wrapped
from qlib.study.audit import Audit
from qlib.study.instruments import LOOKS

UNSEEN = (Whole, SignLost, StopsStoring, ReluAtTheEnd)  # no instrument finds these, or not on every seed
HUNTED = [kind for kind in FAULTS if kind not in UNSEEN]


class Case:
    """The broken agent of one day.

    Args:
        day: as in 2026-11-27.

    Raises:
        ValueError: if that is no day.
    """

    def __init__(self, day: str) -> None:
        try:
            self.day = datetime.date.fromisoformat(day).isoformat()
        except (TypeError, ValueError):
            raise ValueError(f"day={day!r} is no day: write it as in 2026-11-27.") from None
        digits = hashlib.sha256(f"hunt {self.day}".encode()).digest()
        self._kind, self._seed = HUNTED[digits[0] % len(HUNTED)], digits[1]
        self.instruments = tuple(LOOKS)
        self.choices = sorted(FAULTS[kind] for kind in HUNTED)
        self._looked: list[str] = []

    def look(self, instrument: str) -> Sentence:
        """Say what one instrument found; a second look with it is free.

        Raises:
            ValueError: if there is no such instrument.
        """
        if instrument not in LOOKS:
            raise ValueError(f"{instrument!r} is no instrument here. There are: {', '.join(LOOKS)}.")
        self._looked += [] if instrument in self._looked else [instrument]
        return Sentence(self._audit[instrument])

    def guess(self, fault: str) -> Sentence:
        """Take a guess, and say what it was; the first one of a day counts.

        Raises:
            ValueError: if it is none of the choices.
        """
        if fault not in self.choices:
            raise ValueError(f"{fault!r} is none of the choices. They are: {'; '.join(self.choices)}.")
        truth, looks = FAULTS[self._kind], len(self._looked)
        if self.day not in progress.noted("hunted"):
            progress.note("hunted", self.day, {"found": fault == truth, "looks": looks})
        right = "Right" if fault == truth else "No"
        return Sentence(f"{right}, with {_looks(looks)}: {truth}. {record()}")

    @cached_property
    def _audit(self) -> Audit:
        return qlib.audit(lambda seed: self._kind(SETTINGS, self._seed + seed))

    def __repr__(self) -> str:
        choices = "\n".join(f"    · {choice}" for choice in self.choices)
        looks = ", ".join(self.instruments)
        return f"The agent of {self.day} is broken.\n  Look with: {looks}.\n  Then guess one of:\n{choices}"

    def _repr_html_(self) -> str:
        return wrapped(repr(self))


def today() -> Case:
    """Give the broken agent of today; `Case("2026-11-27")` is that of another day."""
    return Case(datetime.date.today().isoformat())


def record() -> str:
    """Say how many agents were found so far, and with how many looks."""
    noted = progress.noted("hunted")
    looks = [one["looks"] for one in noted.values() if one["found"]]
    words = f", with {_looks(median(looks))} in the middle and {min(looks)} at best" if looks else ""
    return f"You have found {len(looks)} of {len(noted)} so far{words}."


def _looks(n: float) -> str:
    return f"{n:g} look{'s' * (n != 1)}"
