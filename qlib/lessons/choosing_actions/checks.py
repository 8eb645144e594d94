"""Checks of lesson 04: choosing actions. Those of 4.1 and 4.2 are in `draw_checks`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qlib.lessons.check import exercise
from qlib.lessons.choosing_actions.draw_checks import epsilon_greedy, random_argmax
from qlib.lessons.expected import expect, numbers, require
from qlib.lessons.judge import judge, refuse

__all__ = ["budget", "chances", "decay", "epsilon_greedy", "random_argmax"]


@exercise("4.3 A decay with a floor", piece="decay")
def decay(answer: Callable) -> None:
    """Check `answer(episodes, start, end, share)`: epsilon of each episode, shape (episodes,)."""
    trials = []
    cases = [
        (50, 0.5, 0.1, 0.4),
        (100, 1.0, 0.05, 0.6),
        (1, 0.8, 0.2, 1.0),
        (12, 0.7, 0.3, 1.0),
        (8, 0.2, 0.2, 0.5),
        (60, 1.0, 0.001, 0.5),
    ]
    rng = np.random.default_rng(4)
    for episodes in rng.integers(20, 300, 12):
        reached = int(rng.integers(2, episodes))
        if (reached / episodes) * episodes == reached:  # a share that says a whole episode without rounding
            start = round(rng.uniform(0.3, 1.0), 2)
            cases.append((int(episodes), start, round(start * rng.uniform(0.02, 0.9), 4), reached / episodes))
    for case in cases:
        episodes, start, end, share = case
        n, steps = np.arange(episodes), round(share * episodes)
        given = f"with {episodes} episodes from {start} to {end} at a share of {share:.3g}, so at episode {steps}"
        got = numbers(answer(*case), (episodes,), f"there is one epsilon an episode of the run, {given}")
        right = np.maximum(end, start * (end / start) ** (n / steps))
        falls = _faulty_falls(n, steps, *case)
        faulty = {name: fall if "floor" in name else np.maximum(end, fall) for name, fall in falls.items()}
        trials.append((given, got, right, faulty))
    hint = "start * factor ** n = end, with n = share * episodes: solve for the factor"
    why = "it starts at `start`, reaches `end` at episode share * episodes, counted from 0, and stays there, by the "
    judge(trials, f"{why}same factor each time", hint)


def _faulty_falls(
    n: np.ndarray, steps: int, episodes: int, start: float, end: float, share: float
) -> dict[str, np.ndarray]:
    """Say what epsilon would be in each episode n under each known fault, before any floor but a faulty one."""
    factor = (end / start) ** (1 / steps)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "nothing stops the decay: the end is a floor": start * factor**n,
            "epsilon falls before the first episode: decay after an episode, not before": start * factor ** (n + 1),
            "the factor is the original's, 1 + ln(end) / steps": start * (1 + np.log(end) / steps) ** n,
            "the start is left out of the factor": start * end ** (n / steps),
            "the start is left out of what is multiplied: the first epsilon is start": (end / start) ** (n / steps),
            "the share is left out of the factor": start * (end / start) ** (n / episodes),
            "the end comes one episode early: share * episodes falls lead there, not one fewer": (
                start * (end / start) ** (n / max(steps - 1, 1e-9))
            ),
            "epsilon falls along a straight line: each episode multiplies epsilon by the factor": (
                start - (start - end) * n / steps
            ),
            "the floor is 0.05 whatever the end is: end is the floor": np.maximum(0.05, start * factor**n),
        }


@exercise("4.4 Chances, with a pencil")
def chances(answer: Callable) -> None:
    """Check `answer()`: the chances of four actions of values 1, 4, 4, 2 at epsilon 0.2, in two rows."""
    rows = {"argmax takes the first of the tied": (1, 0), "ties are broken at random": (0.5, 0.5)}
    right = [[0.05, 0.05 + 0.8 * first, 0.05 + 0.8 * second, 0.05] for first, second in rows.values()]
    got = numbers(answer(), (2, 4), "there are two rows, and in each a chance for each of the four actions")
    without = [[0.2 / 3, 0.8, 0.2 / 3, 0.2 / 3], [0.1, 0.4, 0.4, 0.1]]
    mistakes = {
        "the random part is forgotten for the best: the best action may be drawn, too": (
            [[0.05, 0.8, 0.05, 0.05], [0.05, 0.4, 0.4, 0.05]]
        ),
        "only the others are drawn at random: any of the four may be, each with chance 0.2 / 4": without,
        "nothing is random: epsilon is 0.2": [[0, 1, 0, 0], [0, 0.5, 0.5, 0]],
        "percent are given: a chance lies between 0 and 1": np.multiply(right, 100),
        "the rows are swapped: the first is for argmax, which takes the first of the tied": right[::-1],
        "argmax takes the last of the tied: it takes the first": [[0.05, 0.05, 0.85, 0.05], right[1]],
        "both tied actions get all of it: together they get 1 - epsilon": [right[0], [0.05, 0.85, 0.85, 0.05]],
        "every action gets epsilon: a random step may be any of the four": [[0.2, 0.8, 0.2, 0.2], [0.2, 0.4, 0.4, 0.2]],
    }
    hint = "each action gets epsilon / 4 from the random steps; who gets the other 0.8?"
    refuse(got, mistakes, hint)
    for row, came, wanted in zip(rows, got, right, strict=True):
        require(abs(came.sum() - 1) < 1e-3, "chances that add up to 1", came, f"one of the four is taken, where {row}")
        expect(came, wanted, f"the second of the two rules of a tie matters only for the two 4s, where {row}", hint)


@exercise("4.5 A budget of random actions")
def budget(answer: Callable) -> None:
    """Check `answer()`: the share of 300 episodes over which a straight fall from 1 to 0.05 spends 5,700 to 6,000."""
    share = float(numbers(answer(), (), "the share is one number"))
    hint = "the explorer counts them: linear, 1 to 0.05, 300 episodes of 100 steps; move share"
    if 1 < share <= 300:
        why = "a share is a part of the run, from 0 to 1" + " and not percent or episodes" * (share > 1)
        require(False, "a share such as 0.5", share, why, hint)
    require(0 < share <= 1, "a share above 0, at most 1", share, "it is a part of the run", hint)
    line = np.maximum(0.05, 1 - 0.95 * np.arange(300) / (300 * share))
    area, summed = 30_000 * (0.05 + 0.475 * share), 100 * float(line.sum())  # either way to count is right
    side = "too much: let epsilon fall sooner" if area > 6_000 else "too little: let epsilon fall later"
    fine = summed >= 5_700 and area <= 6_000
    require(fine, "5,700 to 6,000 random actions", round(area), f"that is {side}", hint)
