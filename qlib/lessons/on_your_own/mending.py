"""The third commission: a small repository with five silent mistakes, to be mended.

mending.lay_out("your name")    # writes my_agent/repository, with the mistakes of that name
mending.judge()                 # asks it what it promises
mending.hint()                  # costs a point
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from qlib.lessons import progress
from qlib.lessons.on_your_own.apart import Apart, Failed, Line
from qlib.lessons.on_your_own.behaviour import ASKED, SOUND, alike, answers
from qlib.lessons.on_your_own.faults import FAULTS, Fault
from qlib.show.said import Sentence, wrapped

SECONDS = 60.0  # of the processor's time, for all questions


def folder() -> Path:
    """Say where the learner's copy is."""
    return progress.folder() / "repository"


def lay_out(name: str, again: bool = False) -> Sentence:
    """Write the repository with the mistakes of a name; what is there already stays.

    Args:
        name: the learner's; the same name gives the same mistakes.
        again: whether to put a fresh copy in place of the one that is there.

    Returns:
        What was done, in a sentence.

    Raises:
        ValueError: if the name is empty.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"name={name!r} is not allowed: type your name, in quotes. It decides which mistakes you get.")
    if folder().exists() and not again:
        return Sentence(
            f"{folder()} is there already, and stays as it is; again=True lays out a fresh copy in its place."
        )
    if folder().exists():
        shutil.rmtree(folder())
    _write(folder(), drawn(name))
    _note(name=name, hints=0)
    return Sentence(
        f"{folder()} has four files and five mistakes. Mend them there, and call mending.judge() whenever you like."
    )


def hint() -> Sentence:
    """Give the next hint about something that is not mended yet, the plainer ones last; each costs a point."""
    noted, found = _noted(), judge()
    faults = drawn(noted["name"])
    open_ones = [one for one in faults if not found.mended(one)]
    if not open_ones:
        return Sentence("All five are mended; there is nothing to hint at.")
    at = noted["hints"]
    _note(**noted | {"hints": at + 1})
    one = open_ones[at % len(open_ones)]
    words = one.hints[min(1, at // len(open_ones))]
    return Sentence(f"{one.file}: {words} (Hint {at + 1}: a point less.)")


def drawn(name: str, n: int = 5) -> list[Fault]:
    """Draw the faults of a learner's repository: of one name always the same, and none that hides another one.

    Args:
        name: what the learner typed; capitals and spaces around it do not count.
        n: how many.
    """
    number = int.from_bytes(hashlib.sha256(name.strip().lower().encode()).digest()[:8])
    found: list[Fault] = []
    for k in np.random.default_rng(number).permutation(len(FAULTS)):
        one = FAULTS[k]
        if len(found) < n and not any(_meet(one, other) for other in found):
            found.append(one)
    return sorted(found, key=FAULTS.index)


def _meet(one: Fault, other: Fault) -> bool:
    """Say whether two faults stand in one line, or one may break what says whether the other is mended."""
    return one.right == other.right or one.breaks in (other.breaks, *other.also) or other.breaks in one.also


@dataclass(frozen=True)
class Mended:
    """Which promises the repository keeps."""

    kept: dict[str, bool]
    faults: tuple[Fault, ...]
    hints: int
    said: str = ""

    def mended(self, fault: Fault) -> bool:
        """Say whether what a mistake breaks is whole."""
        return any(kept and question.startswith(fault.breaks) for question, kept in self.kept.items())

    @property
    def passed(self) -> bool:
        """Whether every promise is kept: the five mistakes are gone, and no new one is there."""
        return bool(self.kept) and all(self.kept.values())

    @property
    def points(self) -> int:
        """Two for each mistake that is mended, one less for each hint, and none below 0."""
        return max(0, 2 * sum(map(self.mended, self.faults)) - self.hints)

    def __repr__(self) -> str:
        n = sum(map(self.mended, self.faults))
        mark = "✓ passed" if self.passed else "✗ not yet"
        lines = [
            f"{mark}: {n} of {len(self.faults)} mended, {self.hints} hints, {self.points} of 10 points. {self.said}"
        ]
        lines += [f"  {'✓' if kept else '✗'} {question}" for question, kept in self.kept.items()]
        return "\n".join(lines).replace(". \n", ".\n")

    def _repr_html_(self) -> str:
        return wrapped(repr(self))


def judge(number: int | None = None) -> Mended:
    """Ask the learner's copy what it promises, in a process of its own, beside a copy that is whole.

    Args:
        number: the source of all inputs; None: a new one.

    Raises:
        FileNotFoundError: if there is no copy yet.
    """
    noted = _noted()
    faults = tuple(drawn(noted["name"]))
    with contextlib.closing(Apart(partial(_answer, folder().resolve()), SECONDS)) as apart:
        number = secrets.randbelow(10**6) if number is None else number  # now, when nobody can inherit it
        apart.begin(number=number)
        try:
            said = apart.hear().get("answers")
        except Failed as failed:
            return Mended(dict.fromkeys(ASKED, False), faults, noted["hints"], f"It gave no answers: {failed}")
    theirs = said if isinstance(said, dict) else {}
    kept = {question: alike(answer, theirs.get(question)) for question, answer in answers(SOUND, number).items()}
    raised = [f"{theirs[question]}" for question in kept if isinstance(theirs.get(question), str)]
    found = Mended(kept, faults, noted["hints"], f"It raised {raised[0]}." if raised else "")
    if found.passed:
        progress.passed("17.3 A repository with five mistakes")
    return found


def _answer(path: Path, line: Line) -> None:
    line.tell(answers=answers(path, line.hear()["number"]))


def _write(path: Path, faults: list[Fault]) -> None:
    """Write the repository with some mistakes in it."""
    path.mkdir(parents=True)
    for source in sorted(SOUND.glob("*.py")):
        text = source.read_text(encoding="utf-8")
        for one in faults:
            if one.file == source.name:
                assert text.count(one.right) == 1, one
                text = text.replace(one.right, one.wrong)
        (path / source.name).write_text(text, encoding="utf-8")


def _note(**noted: str | int) -> None:
    (folder() / "name.json").write_text(json.dumps(noted), encoding="utf-8")


def _noted() -> dict:
    path = folder() / "name.json"
    if not path.exists():
        raise FileNotFoundError(f"There is no {folder()} yet: lay it out first, with mending.lay_out('your name').")
    return json.loads(path.read_text(encoding="utf-8"))
