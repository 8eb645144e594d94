"""The checks of lesson 08: read symptoms, count ends, tell who valued, and say no more than was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from qlib.lessons.check import exercise
from qlib.lessons.expected import Mistake, answered, require
from qlib.lessons.judge import judge_cases

SYMPTOMS = {  # what each looked like; the first is whole, gamma 0.8, ceiling 5
    "A": {"doomed": 2.3, "fresh": 5.3, "gap": 0.21, "loss": 0.15},
    "B": {"doomed": 6.8, "fresh": 5.5, "gap": 0.37, "loss": 0.04},
    "C": {"doomed": 2.1, "fresh": 5.0, "gap": 0.06, "loss": 0.14},
    "D": {"doomed": 4.4, "fresh": 4.4, "gap": 0.05, "loss": 0.53},
    "E": {"doomed": 0.0, "fresh": 0.0, "gap": 0.20, "loss": 1.02},
}
_READ = {"A": "whole", "B": "no cut", "C": "all actions", "D": "broadcast", "E": "optimiser"}
PARTS = tuple(sorted(_READ.values()))
_WHY = {
    "A": "doomed is worth less than fresh, and fresh is about the ceiling: nothing here is out of the ordinary",
    "B": "doomed stands above fresh and above the ceiling: nobody told it that nothing follows a fall",
    "C": "the values are in order and the gap between the actions is nearly gone: both were pulled to one target",
    "D": "every state has the same value, doomed or fresh: each was compared with the targets of all",
    "E": "values are about 0 and the loss is about 1, the reward squared: nothing has moved",
}


@exercise("8.1 Read the symptoms")
def diagnosis(answer: Callable) -> None:
    said = answered(answer())
    require(isinstance(said, dict), "a dictionary from a letter to a part", said, "each column gets one part")
    missing = [letter for letter in _READ if letter not in said]
    require(not missing, "the letters A to E", list(said), f"{', '.join(missing)} is missing")
    for letter in said:
        require(letter in _READ, "the letters A to E", letter, "there is no such agent in the table")
        known = isinstance(said[letter], str) and said[letter] in PARTS
        require(known, f"one of {', '.join(PARTS)}", said[letter], f"{letter} has one of these parts")
    wrong = [letter for letter, part in _READ.items() if said[letter] != part]
    if wrong:
        letter = wrong[0]
        hint = f"what of {letter} differs most from A?" if letter != "A" else "which one has nothing odd?"
        why = f"look again at {', '.join(wrong)}. {letter} has {_words(letter)}"
        raise Mistake(Expected="another part", Came=f"{letter}: {said[letter]}", Because=why, Hint=hint)


def _words(letter: str) -> str:
    return (
        ", ".join(f"{name} {value:g}" for name, value in SYMPTOMS[letter].items()) + f": {_WHY[letter].split(':')[0]}"
    )


@exercise("8.2 Count the ends")
def count_ends(answer: Callable) -> None:
    draw = np.random.default_rng(8_002)
    cases: list[tuple] = []
    for n in (1, 2, 7, 40, 333, 3_000):  # more than a byte counts
        for _ in range(3):
            terminated, truncated, kept = draw.random((3, n)) < (0.3, 0.3, 0.4)[draw.integers(3)]
            cases.append((terminated, truncated, kept))
    cases += [tuple(np.full(n, flag) for flag in flags) for flags in np.ndindex(2, 2, 2) for n in (5, 1)]
    cases = [tuple(column.astype(bool) for column in case) for case in cases]
    wrong = {
        "a time limit counts as a fall": lambda t, u, k: (((t | u) & ~k).sum(), (k & ~(t | u)).sum()),
        "the two totals are subtracted, so that one mistake hides another": lambda t, u, k: (
            max(t.sum() - k.sum(), 0),
            max(k.sum() - t.sum(), 0),
        ),
        "the two numbers are swapped": lambda t, u, k: ((k & ~t).sum(), (t & ~k).sum()),
        "only time limits are looked at for the second number": lambda t, u, k: ((t & ~k).sum(), (k & u & ~t).sum()),
        "a step that fell at the time limit is left out": lambda t, u, k: ((t & ~u & ~k).sum(), (k & ~t).sum()),
        "a step that fell at the time limit is called a false end": lambda t, u, k: (
            (t & ~k).sum(),
            (k & (~t | u)).sum(),
        ),
        "all falls and all stored ends are counted": lambda t, u, k: (t.sum(), k.sum()),
        "shares are given, not numbers": lambda t, u, k: ((t & ~k).mean(), (k & ~t).mean()),
    }

    def right(t, u, k):
        return (t & ~k).sum(), (k & ~t).sum()

    def why(*case):
        given = ", ".join(f"{name} {flags.astype(int).tolist()[:7]}" for name, flags in zip("tuk", case, strict=True))
        return f"two numbers: lost, invented; a fall that is stored is no mistake, anything else stored is ({given})"

    judge_cases(answer, cases, right, wrong, why, "compare row by row: & for and, ~ for not")


@exercise("8.3 Who chose, who valued?")
def who_valued(answer: Callable) -> None:
    draw = torch.Generator().manual_seed(8_003)
    rules: dict[str, Callable] = {
        "max": lambda online, target: target.max(1).values,
        "double": lambda online, target: target.gather(1, online.argmax(1, keepdim=True)).squeeze(1),
        "online": lambda online, target: online.max(1).values,
    }
    said: dict[tuple, Any] = {}
    for n, actions in ((4, 2), (64, 2), (9, 5), (33, 3), (6, 4), (12, 4), (5, 3)):
        for rule, best in rules.items():
            if n == 5 and rule != "online":
                continue
            online, target = torch.randn(2, n, actions, generator=draw) * 3
            if n == 4:  # few rows tell them apart: the others agree, and one of those has ended
                online = target + 0.01
                online[0], target[0] = torch.tensor([1.0, 1.3]), torch.tensor([1.2, 1.05])
            if n == 33:  # one row does, and neither its sign nor the largest y says which
                online = target - 0.01
                online[0], target[0] = torch.tensor([1.0, 1.1, 0.0]), torch.tensor([1.2, 1.05, 0.0])
            rewards, over = torch.randn(n, generator=draw), torch.rand(n, generator=draw) < 0.4
            over[:2] = torch.tensor([False, True])
            if n == 12:  # most have ended: without the cut another rule comes nearest
                over[:] = torch.arange(n) < 9
                online[9:] = 1.1 * target[9:].flip(1)
            if n == 5:  # both prefer the same actions, and only the values say whose they are
                online = target + target.sign() * 0.5
            if n == 6:  # the same sums, row by row others, and never the same action
                target[:3, 0], target[3:, 1] = target[:3, 0] + 20, target[3:, 1] + 20
                online = target.flip(0)
                over[:] = torch.tensor([False, True, False, False, True, False])
            gamma = 0.5 + 0.1 * actions
            y = rewards + gamma * best(online, target) * ~over
            got = answered(answer(online, target, rewards, over, gamma, y))
            require(isinstance(got, str), "a word: 'max', 'double' or 'online'", got, "the function names the rule")
            require(got in rules, "'max', 'double' or 'online'", got, "these are the three rules of the text")
            said[n, actions, rule] = got
    if len(set(said.values())) == 1:
        only = next(iter(said.values()))
        why = "the targets that it is given come from all three rules, one after the other"
        raise Mistake(Expected="each of the three, sometimes", Came=f"always {only!r}", Because=why)
    for (n, actions, rule), got in said.items():
        why = f"with {n} rows and {actions} actions y was made by the rule {rule!r}"
        hint = "make y by each rule, with the reward, the discount and the cut, and compare all rows with allclose"
        require(got == rule, repr(rule), got, why, hint)


CLAIMS = {
    "a": "An audit of 20 episodes finds every fault that an agent can have.",
    "b": "Of the faults in this drawer, most were found by the audit on most seeds; it missed some.",
    "c": "Without a suspicious line, an agent learns well.",
    "d": "Scores are of no use in finding faults.",
    "e": "The audit found more of these faults because it trains agents for longer.",
}
_TOO_MUCH = {
    "a": "it missed two kinds in the drawer, and the drawer holds only what somebody thought of",
    "c": "sound settings can be bad ones, and a sound agent can have an unlucky seed; nothing here measured that",
    "d": "on some faults the score was below those of all sound agents; it gives no name to the fault",
    "e": "how long each was trained was not varied, so that it explains nothing",
}


@exercise("8.4 Say what was measured")
def claim(answer: Callable) -> None:
    said = answered(answer())
    require(isinstance(said, str), "a letter from a to e", said, "the function returns one letter")
    letter = said.strip().lower()
    require(letter in CLAIMS, "a letter from a to e", said, "the text has five sentences")
    if letter != "b":
        hint = "which sentence holds for what was counted, and speaks of nothing else?"
        raise Mistake(
            Expected="another sentence", Came=said, Because=f"this says too much: {_TOO_MUCH[letter]}", Hint=hint
        )
