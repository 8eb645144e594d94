"""Judging an answer by many inputs: a known mistake is named only if it explains all that came."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from qlib.lessons.expected import Mistake, answered, expect, numbers, short

Faults = Mapping[str, Callable[..., Any]]  # what to say of each known fault, and what it gives of a case


def refuse(got: Any, mistakes: Mapping[str, Any], hint: str) -> None:
    """Raise a Mistake that names the fault if the answer is what a known fault gives."""
    for fault, outcome in mistakes.items():
        if _agrees(got, outcome):
            raise Mistake(Came=short(got), Because=f"this is what comes when {fault}", Hint=hint)


def judge(trials: Sequence[tuple[str, Any, Any, Mapping[str, Any]]], why: str, hint: str = "") -> None:
    """Compare what came on several inputs with what is right, and name a mistake only if it explains all that came.

    Args:
        trials: for each input: it in words, what came, what is right, and what known mistakes give; a mistake that an
            input cannot show is left out there, and is then not what was made.
        why: the rule that is tested, as half a sentence; the input's words follow. Without it they stand alone.
        hint: what to look at.

    Raises:
        Waits: if nothing came.
        Mistake: if anything differs.
    """
    for _, got, *_ in trials:
        answered(got)
    for given, got, right, mistakes in trials:
        if _agrees(got, right):
            continue
        for fault in mistakes:
            if all(fault in known and _agrees(came, known[fault]) for _, came, _, known in trials):
                because, here = f"this is what comes when {fault}", given if why else ""
                raise Mistake(Expected=short(right), Came=short(got), Here=here, Because=because, Hint=hint)
        expect(got, right, f"{why}, here {given}" if why else given, hint)


def judge_cases(
    answer: Callable,
    cases: Sequence[tuple],
    right: Callable,
    faults: Faults,
    why: Callable[..., str],
    hint: str = "",
) -> None:
    """Ask a function of plain values for every case, then `judge` what came.

    Args:
        answer: the learner's function; it gives numbers.
        cases: its arguments, each time.
        right: gives what is right, of a case.
        faults: what to say of each known fault, and what it gives, of a case.
        why: gives the rule in words, of a case.
        hint: what to look at.
    """
    trials = []
    for case in cases:
        wanted = np.asarray(right(*case), float)
        got = numbers(answer(*case), wanted.shape, why(*case))
        trials.append((why(*case), got, wanted, {fault: gives(*case) for fault, gives in faults.items()}))
    judge(trials, "", hint)


def judge_sentences(got: Any, sentences: Mapping[str, tuple[bool, str]]) -> None:
    """Compare the letters that came with those of the sentences that hold.

    Args:
        got: a text, or a collection of letters, capital or small.
        sentences: letter to whether it holds, and what to say of a wrong choice.
    """
    said, known = letters(answered(got)), {letter.upper(): each for letter, each in sentences.items()}
    form = f"letters out of {''.join(sentences)}"
    if said is None or not said <= known.keys():
        raise Mistake(Expected=form, Came=short(got), Because="one letter for each sentence")
    came = "".join(sorted(said)) or "none"
    for letter, (holds, words) in known.items():
        if letter in said and not holds:
            hint = "which number, from which run?"
            raise Mistake(Expected="only what was measured", Came=came, Because=words, Hint=hint)
    for letter, (holds, words) in known.items():
        if letter not in said and holds:
            why = "one sentence that holds is missing"
            raise Mistake(Expected="every sentence that holds", Came=came, Because=why, Hint=words)


def improbable(counts: np.ndarray, chances: np.ndarray, rare: float = 1e-6) -> bool:
    """Tell whether fair draws hardly ever give counts as far from these chances (chi-square).

    Args:
        counts: how often each thing came, shape (n,); a hundred draws or more where something is to be found.
        chances: how often it should, in proportion, shape (n,); what has no chance must not come at all.
        rare: how seldom "hardly ever" is: once in a million times for a verdict, oftener to rule a suspicion out.
    """
    possible = np.asarray(chances) > 0
    counts, fair = np.asarray(counts), np.asarray(chances)[possible] / np.sum(chances)
    if counts[~possible].any():
        return True
    return bool(stats.chisquare(counts[possible], fair * counts.sum()).pvalue < rare)


def refuse_faults(is_outcome: Callable[[tuple[str, ...]], bool], faults: Mapping[str, str], evidence: str) -> None:
    """Raise a Mistake that names the faults that together give what came, the fewest of them.

    Args:
        is_outcome: tells whether what came is what these keys of `faults` give together.
        faults: what to say of each.
        evidence: where it shows, in the plural.
    """
    for n in range(1, len(faults) + 1):
        for some in itertools.combinations(faults, n):
            if is_outcome(some):
                left = "\n".join(faults[fault] for fault in some)
                raise Mistake(f"not yet. {evidence} show what is left:", Still=left)


def letters(got: Any) -> set[str] | None:
    """Return the letters of a text or a collection of texts, as capitals; None if it is neither."""
    if not isinstance(got, (str, set, frozenset, list, tuple)) or not all(isinstance(part, str) for part in got):
        return None
    return {letter for letter in "".join(got).upper() if letter not in " ,;().+&\n"}


def _agrees(got: Any, outcome: Any) -> bool:
    try:
        expect(got, outcome, "")
    except Mistake:
        return False
    return True
