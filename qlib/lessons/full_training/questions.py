"""What lesson 07's questions are answered with, kept out of its cells."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "a high rate": {
        "question": "Of 16 agents that balance, how many do so no longer after 10,000 steps at a learning rate of 0.1?",
        "between": (0, 16, 1),
        "within": 2,
        "unit": "agents",
        "because": (
            "their mean score was {before:.0f} before and {after:.0f} after, and 475 counts as balancing. On held-out "
            "seeds it was {fresh}. The steps are fifty times as long as before (0.002). That they overshoot, and that "
            "the next targets are made of what they left, would fit, and was not tested."
        ),
    },
    "saved and loaded": {
        "question": "How many of the 60 episodes differ from those of the agent that never stopped?",
        "choices": ["None", "Only the next one", "All after the break"],
        "answer": {True: "None", False: "All after the break"},
        "because": (
            "the file holds more than the weights: the target network, the optimiser's averages, the memory, the "
            "counters, epsilon and the state of the random generator are in it, too."
        ),
    },
    "an empty memory": {
        "question": "The same, but the memory is left out. How many of the 30 episodes after the break differ?",
        "choices": ["None", "Fewer than half", "More than half"],
        "because": (
            "without 100 transitions in the memory there is no update at first, and later ones are made of other "
            "transitions: so the weights differ from the first steps on, and with them every episode. Nothing raises "
            "an error."
        ),
    },
    "four choices": {
        "question": "Which of the three others is shown to differ from TD at every step, on these sixteen seeds?",
        "choices": ["None of them", "TD, episode's end", "TD, both", "Monte Carlo, episode's end", "Several"],
        "because": (
            "their differences from it are {end:.0f}, {both:.0f} and {carlo:.0f} steps. An interval that holds 0 is "
            "open. All four learn: to learn, one does not need both. Whether both is better, its interval says."
        ),
    },
    "figures left open": {
        "question": "25 episodes, each drawn without naming figure 1: how many figures are open in the end?",
        "choices": [1, 2, 25, 50],
        "because": "pyplot keeps each until somebody closes it. Matplotlib warns once, at figure 21, and goes on.",
    },
    "curves beneath": {
        "question": "25 episodes, each drawn into figure 1 without wiping it: how many curves are in it?",
        "choices": [1, 2, 25, 325],
        "because": "it looks right: each old curve lies exactly beneath the new one. Wiped first, it is {whole}.",
    },
}
