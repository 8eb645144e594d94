"""What lesson 16 asks, with its answers, so that no cell gives them away."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "sixteen ends": {
        "question": "How far apart are the highest and the lowest of these sixteen scores?",
        "between": (0, 500, 10),
        "within": 40,
        "unit": "steps",
        "because": "the lowest is {low:.0f}, the highest {high:.0f}. Whichever of them you draw is your 'result'.",
    },
    "bands part": {
        "question": "From which score on do the bands of the recommended recipe and of the original stay apart?",
        "between": (0, 500, 10),
        "drag": "x",
        "within": 30,
        "unit": "steps",
        "because": (
            "the bands of the recommended recipe and of the paper's lie apart at {n} scores. Yet at 475, the bar that "
            "was named before anybody looked, the shares are {recommended:.2f} and {paper:.2f}, and these do not "
            "meet. To look everywhere costs width."
        ),
    },
    "sixteen find it": {
        "question": "In how many of 100 such experiments does the interval of 16 seeds lie above 0?",
        "between": (0, 100, 5),
        "within": 10,
        "unit": "of 100",
        "because": "the table says how often other numbers of seeds do, and what each finds four times in five.",
    },
    "paper solves": {
        "question": "How many of the paper's 16 seeds end at 475 or more after 50,000 steps?",
        "between": (0, 16, 1),
        "within": 1,
        "unit": "seeds",
        "because": "{ever} of them were there at some examination, and not all of those stayed.",
    },
    "original at the end": {
        "question": "At which greedy score do the original's settings end, as a mean over the 16 seeds?",
        "between": (0, 500, 10),
        "within": 30,
        "unit": "steps",
        "because": "with its interval {interval:.0f}. Its 40 updates a step do not carry it further.",
    },
    "no width": {
        "question": "Of 'recommended', how many of the 16 seeds end below 475 all the same?",
        "between": (0, 16, 1),
        "within": 0,
        "unit": "seeds",
        "because": (
            "the middle half cannot see it. The mean is {mean:.0f}. The share that is solved is {share:.2f}: Wilson's "
            "interval has a width even where all seeds are."
        ),
    },
    "one seed of each": {
        "question": "One seed of 'recommended', one of 'paper': how likely does the first end higher?",
        "between": (0.0, 1.0, 0.05),
        "within": 0.1,
        "because": "with its interval {chance:.2f}; against the original it is {original:.2f}.",
    },
    "fooled by one": {
        "question": "One seed each: in how many of the 16 places is 'paper' level with 'recommended' or above?",
        "between": (0, 16, 1),
        "within": 1,
        "unit": "places",
        "because": "with four neighbouring seeds it is {four}. Few seeds rank recipes by chance.",
    },
    "best checkpoint": {
        "question": "By how many steps does the best checkpoint of each seed flatter 'paper', against its end?",
        "between": (0, 500, 10),
        "within": 40,
        "unit": "steps",
        "because": "with its interval {paper:.0f}; for the original it is even {original:.0f}.",
    },
    "within 150": {
        "question": "With all that the paper adds: how many of 16 seeds are solved within 150 episodes?",
        "between": (0, 16, 1),
        "within": 1,
        "unit": "seeds",
        "because": "within 300 episodes {solved} of them are.",
    },
    "zeros": {
        "question": "The broken mean says 0 at episode 50 of this run. What is the mean of its first 50 returns?",
        "between": (0, 100, 1),
        "drag": "y",
        "within": 5,
        "unit": "steps",
        "because": "it is small, and it is not 0. Nobody measured a zero.",
    },
    "two measures": {
        "question": "By which measure does the interval put the paper's DQN with all additions above plain DQN?",
        "choices": ["soon", "high", "soon and high", "neither"],
        "because": (
            "P(solved sooner) is {sooner.chosen:.2f}, and {sooner.held_out:.2f} on held-out seeds; P(higher at the "
            "end) is {higher.chosen:.2f}, and {higher.held_out:.2f}. One half is a coin."
        ),
    },
    "nine claims": {
        "question": "Nine claims, of the original, its lecture, the paper and ours: how many are reproduced here?",
        "between": (0, 9, 1),
        "within": 1,
        "unit": "claims",
        "because": "the others are contradicted or not shown.",
    },
}
