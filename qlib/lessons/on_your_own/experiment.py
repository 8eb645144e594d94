"""The fourth commission: a claim, a plan that stands before the run, the run, and a sentence that says no more.

plan = experiment.plan("double", held_out=range(6000, 6032))
found = plan.run()                      # a figure of both sets of seeds
experiment.judge(found, "open", "Double DQN minus DQN over 16 seeds is ...")
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from qlib.lessons import progress
from qlib.lessons.on_your_own.claims import CLAIMS
from qlib.show.findings import Findings
from qlib.show.said import wrapped
from qlib.study.compare import compare
from qlib.study.group import Variant
from qlib.study.held_out import CHOOSING, CONFIRMING, against_the_first, twice

WHENS = ("at the end", "over training")
VERDICTS = ("above", "below", "open")
TOO_MUCH = ("always", "never", "prove", "proves", "proved", "proven", "surely", "certainly", "clearly", "every", "all")
RUBRIC = (
    "Is the claim one that could have turned out wrong?",
    "Is one thing changed, and everything else the same?",
    "Would another end point, chosen afterwards, have told another story?",
    "Does the sentence say where it holds: which environment, how many steps, which settings?",
    "What would you measure next, and what would change your mind?",
)
"""What no judge of this kind can check: ask somebody, or yourself in a week."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured, written down before it is."""

    claim: str
    variants: Mapping[str, Variant]  # "this" above "over", in that order
    choosing: range
    held_out: range
    steps: int
    when: str

    def run(self) -> Found:
        """Measure both sets of seeds in one go, and note that these held-out seeds were looked at."""
        looked = _seen(self)
        this, over = self.variants
        against = {over: self.variants[over], this: self.variants[this]}
        sets = (self.choosing, self.held_out)
        both = [against_the_first(compare(against, seeds, self.steps, checkpoints=10)) for seeds in sets]
        _note(self)
        label = f"{this} minus {over}, {self.when}"
        claims = twice(*({label: each[label]} for each in both))
        return Found(self, claims[label].verdict(), Findings(claims), looked)

    def __repr__(self) -> str:
        sets = [f"{seeds.start} to {seeds.stop - 1}" for seeds in (self.choosing, self.held_out)]
        return (
            f"Planned: {self.claim} {' above '.join(map(repr, self.variants))}, {self.when} of {self.steps:,} steps, "
            f"on seeds {sets[0]} and, once, on seeds {sets[1]}."
        )


@dataclass(frozen=True)
class Found:
    """What a plan's run gave."""

    plan: Plan
    verdict: str
    figure: Findings
    looked: bool = False  # whether some of these held-out seeds had been looked at before for this claim

    def __repr__(self) -> str:
        return repr(self.figure)

    def _repr_mimebundle_(self, *given, **more):
        return self.figure._repr_mimebundle_(*given, **more)


def plan(
    claim: str,
    choosing: range = range(16),
    held_out: range = range(CONFIRMING, CONFIRMING + 32),
    steps: int = 5_000,
    when: str = "over training",
    variants: Mapping[str, Variant] | None = None,
) -> Plan:
    """Write down what will be measured.

    Args:
        claim: one of CLAIMS by name, or with `variants` a sentence of your own.
        choosing: at least 16 seeds below 1,000.
        held_out: at least 32 seeds from 5,000 up.
        steps: environment steps of each run.
        when: the end point, one of WHENS.
        variants: two, label to Settings or to a function from a seed to an agent; the claim is that the first one
            scores above the second one.

    Raises:
        ValueError: if something is missing, or a set of seeds is of the wrong kind.
    """
    if variants is None:
        if claim not in CLAIMS:
            raise ValueError(
                f"claim={claim!r} is none of {', '.join(CLAIMS)}. For one of your own, give variants, too."
            )
        chosen = CLAIMS[claim]
        claim, variants = chosen.sentence, chosen.variants
    if len(variants) != 2:
        raise ValueError(f"There are {len(variants)} variants. A claim sets two against each other: give two.")
    if when not in WHENS:
        raise ValueError(f"when={when!r} is no end point here. Choose one of {', '.join(map(repr, WHENS))}.")
    if len(choosing) < 16 or choosing.start < 0 or choosing.stop > CHOOSING or choosing.step != 1:
        raise ValueError(f"choosing={choosing} is not allowed: take at least 16 seeds in a row, below {CHOOSING:,}.")
    if len(held_out) < 32 or held_out.start < CONFIRMING or held_out.step != 1:
        raise ValueError(
            f"held_out={held_out} is not allowed: take at least 32 seeds in a row, from {CONFIRMING:,} up."
        )
    return Plan(claim, dict(variants), choosing, held_out, int(steps), when)


@dataclass(frozen=True)
class Review:
    """What holds of an experiment and its sentence, and what remains to be asked."""

    points: dict[str, bool] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether everything that can be checked holds."""
        return all(self.points.values())

    def __repr__(self) -> str:
        lines = ["✓ passed" if self.passed else "✗ not yet"]
        lines += [f"  {'✓' if holds else '✗'} {point}" for point, holds in self.points.items()]
        return "\n".join([*lines, "Ask yourself, or somebody else:", *(f"  · {question}" for question in RUBRIC)])

    def _repr_html_(self) -> str:
        return wrapped(repr(self))


def judge(found: Found, verdict: str, sentence: str) -> Review:
    """Hold a verdict and a sentence against what was planned and found.

    Args:
        found: what `plan.run()` gave.
        verdict: "above", "below" or "open".
        sentence: what you would write in a report, with its numbers.

    Raises:
        ValueError: if the verdict is none of the three.
        TypeError: if `found` was not made by a plan.
    """
    if not isinstance(found, Found):
        raise TypeError(f"{found!r:.80} was not made by a plan: give what plan.run() returned.")
    if verdict not in VERDICTS:
        raise ValueError(f"verdict={verdict!r} is none of {', '.join(map(repr, VERDICTS))}.")
    words = re.findall(r"[a-z]+", sentence.lower())
    counts = f"{len(found.plan.choosing)} {len(found.plan.held_out)}"
    known = _numbers(f"{found.figure.table()!r} {found.plan!r} {counts}")
    strange = sorted(_numbers(sentence) - known)
    which = f" (not {', '.join(strange)})" if strange else ""
    says_open = bool({"open", "unclear", "undecided"} & set(words)) or "not shown" in sentence
    review = Review({
        "the held-out seeds were looked at once": not found.looked,
        f"the verdict, {verdict}, is that of both sets of seeds": verdict == found.verdict,
        "the sentence says so": says_open == (verdict == "open"),
        "it has a number": bool(_numbers(sentence)),
        f"each of its numbers was measured or planned{which}": not strange,
        "it says how many seeds": "seed" in sentence.lower(),
        "it claims nothing beyond": not set(TOO_MUCH) & set(words),
    })  # fmt: skip
    if review.passed:
        progress.passed("17.4 An experiment")
    return review


def _numbers(text: str) -> set[str]:
    """Give the numbers of a text as they are written, without signs and thousands' commas."""
    return {number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def _seen(plan: Plan) -> bool:
    """Say whether a run for this claim looked at some of these seeds before."""
    return any(set(range(*looked)) & set(plan.held_out) for looked in progress.noted("experiments").get(plan.claim, []))


def _note(plan: Plan) -> None:
    before = progress.noted("experiments").get(plan.claim, [])
    progress.note("experiments", plan.claim, [*before, [plan.held_out.start, plan.held_out.stop]])
