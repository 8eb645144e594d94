"""What lesson 01's questions are answered with, and why: kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "500 rewards": {
        "question": (
            "A pole stays up for 500 steps, and each step pays 1. A reward that comes a step later counts "
            "0.8 times as much. What are the 500 rewards worth at the first step?"
        ),
        "between": (0, 500),
        "drag": "y",
        "within": 2,
        "because": "1 + 0.8 + 0.64 + ... adds up to {answer:.1f}, and after 30 steps the sum hardly grows any more.",
    },
    "a short return": {
        "question": "You wait in A, then go, and go again: rewards of 0, 1 and 2. With gamma 0.9, what is the return?",
        "between": (0.0, 4.0, 0.01),
        "within": 0.02,
        "because": "0 + 0.9 · 1 + 0.81 · 2. From the end: 2, then 1 + 0.9 · 2 = 2.8, then 0 + 0.9 · 2.8.",
    },
    "short and long": {
        "question": (
            "Gamma is 0.8. One pole will fall in 20 steps, another one will stay up for 500. By what share "
            "of the ceiling do their values differ?"
        ),
        "choices": ["About 1 %", "About 10 %", "About 50 %", "About 96 %"],
        "answer": "About 1 %",
        "because": (
            "the fall in 20 steps leaves {near:.2f}, the 500 steps are worth {far:.2f}, and the ceiling is 5: that is "
            "{share:.1f} %. An agent with gamma 0.8 hardly minds a fall that is 20 steps away."
        ),
    },
    "a wait": {
        "question": "In A, the best action is worth 2.8. With gamma 0.9, what is Q(A, wait)?",
        "between": (0.0, 4.0, 0.01),
        "within": 0.02,
        "because": (
            "waiting pays 0 and leaves us in A, where 2.8 is to be had: 0 + 0.9 · 2.8. It is the return of "
            "wait, go, go from section 1."
        ),
    },
    "one update": {
        "question": "The table says 2 of (A, go), and we saw 3.7. With a rate of 0.5, what does it say then?",
        "between": (0.0, 4.0, 0.01),
        "within": 0.02,
        "because": "it goes half of the way from 2 to 3.7: 2 + 0.5 · (3.7 − 2).",
    },
    "never settles": {
        "question": "Which is the lowest of these rates at which the table never settles?",
        "choices": [0.5, 1, 1.5, 2],
        "answer": 2,
        "because": (
            "at 1 a value jumps onto what was seen, at 1.5 it jumps half as far beyond it, and comes back. "
            "At 2 it lands as far beyond it as it was before, and swings for ever."
        ),
    },
    "no cut": {
        "question": (
            "We forget the terminal cut. So after go in B, which pays 2, the table looks up B again. Gamma is 0.9. To "
            "which number does Q(B, go) climb?"
        ),
        "between": (0, 30),
        "within": 2,
        "because": (
            "a 2 seems to come at every step for ever: 2 / (1 − 0.9). The true value is 2. No error is raised."
        ),
    },
    "cells": {
        "question": "Each of the four numbers is cut into 10 bins. How many cells does the table have?",
        "choices": [40, 1000, 10000, 100000],
        "answer": 10000,
        "because": "10 · 10 · 10 · 10: every bin of one number meets every bin of the others.",
    },
    "sixteen tables": {
        "question": "16 tables learn for 300,000 steps. What will you see?",
        "choices": [
            "None reaches a mean of 475 steps",
            "Most reach it, and not all of them stay there",
            "All reach it and stay there",
        ],
        "answer": "Most reach it, and not all of them stay there",
        "because": (
            "{ever} of {n} tables reach 475 at some examination, {last} at the last one. Slowly: after the first "
            "{first:,} steps the mean is {early:.0f}."
        ),
    },
    "the action taken": {
        "question": "What does SARSA see, for going in A?",
        "between": (0.0, 4.0, 0.01),
        "within": 0.02,
        "because": (
            "1 + 0.9 · 1: the number of the action taken counts, not the best one's. Q-learning sees {best:.1f}."
        ),
    },
    "SARSA": {
        "question": "With 5 % of random actions left in, who keeps the pole up for longer?",
        "choices": ["SARSA", "Q-learning", "no difference is shown"],
        "because": (
            "and without random actions, too: there SARSA changes the score by {greedy:+.0f} steps at the end, and by "
            "{over:+.0f} in the mean of all examinations."
        ),
    },
    "never seen": {
        "question": "How many of a hundred cells did a table of 10 bins never see, in 300,000 steps?",
        "between": (0, 100, 5),
        "unit": "of 100",
        "because": (
            "on average over 16 tables. A fast cart with a pole that leans the wrong way is rare, or falls "
            "at once. In those cells the table still says 0 of both actions."
        ),
    },
}
