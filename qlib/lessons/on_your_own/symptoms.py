"""What a judge sees of a training from outside, and which of lesson 08's instruments looks wrong there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Course:
    """What an agent did in its training and its examination."""

    actions: list[int] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)  # of the training's episodes, the last perhaps unfinished
    chosen: list[int] = field(default_factory=list)  # the examination's actions
    steady: float = 1.0  # the share of observations for which the policy says the same action twice

    @property
    def steps(self) -> int:
        """Environment steps of the training."""
        return len(self.actions)

    def begin(self) -> None:
        """Begin an episode of the training."""
        self.returns.append(0.0)

    def note(self, action: int, reward: float) -> None:
        """Note one step of it."""
        self.actions.append(action)
        self.returns[-1] += reward

    def first(self) -> float:
        """The mean return of the first twenty episodes."""
        return float(np.mean(self.returns[:20]))

    def last(self) -> float:
        """The mean return of the last twenty episodes."""
        return float(np.mean(self.returns[-20:]))


def _share(actions: list[int]) -> float:
    """The share of the most frequent action."""
    return max(np.bincount(actions)) / len(actions)


_LOOKS: list[tuple[Callable[[Course, float, float], bool], str]] = [
    (
        lambda course, score, bar: course.steps < 1_000,
        "the steps: it took {course.steps} in its training, so what it does was not learned here.",
    ),
    (
        lambda course, score, bar: course.steady < 0.99,
        "epsilon against its plan: asked twice about one observation, the policy gave two actions in "
        "{changes:.0%} of cases. Is exploration left on?",
    ),
    (
        lambda course, score, bar: _share(course.actions) > 0.95,
        "epsilon against its plan: {training:.0%} of the training's actions are one and the same. Does it explore?",
    ),
    (
        lambda course, score, bar: course.last() > 0.5 * (course.first() + bar) and score < course.last(),
        "the score itself: the last twenty episodes of training reached {last:.0f}, the policy {score:.0f}. Which "
        "weights does it play with, in which mode, on which inputs?",
    ),
    (
        lambda course, score, bar: _share(course.chosen) > 0.98,
        "the gap between the actions: {examined:.0%} of the policy's actions are one and the same. Can the network "
        "tell two states apart, and do its weights move?",
    ),
    (
        lambda course, score, bar: course.last() < course.first() + 0.1 * (bar - course.first()),
        "weights and updates: training began at {first:.0f} and ended at {last:.0f}. Are there updates, do they move "
        "the weights that act, and does the target stop at terminated?",
    ),
    (
        lambda course, score, bar: True,
        "values against their ceiling: training went from {first:.0f} to {last:.0f}, so it learns. Do values stay "
        "below 1 / (1 - gamma), and does the score fall again at the end?",
    ),
]


def symptom(course: Course, score: float, bar: float) -> str:
    """Name the first instrument, in lesson 08's order, that looks wrong.

    Args:
        course: what the agent did.
        score: its policy's mean return.
        bar: what was asked.
    """
    words = next(words for looks_wrong, words in _LOOKS if looks_wrong(course, score, bar))
    given = {"course": course, "score": score, "changes": 1 - course.steady}
    if course.steps:
        given |= {"training": _share(course.actions), "first": course.first(), "last": course.last()}
    if course.chosen:
        given["examined"] = _share(course.chosen)
    return f"Look at {words.format(**given)}"
