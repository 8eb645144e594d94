"""What lesson 13's questions hide: what explains their answers."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "by chance": {
        "question": "A random policy plays MountainCar for 200 episodes of 200 steps. How many reach the flag?",
        "choices": [100, 10, 0],
        "because": "each of these 40,000 transitions says 'reward −1', and none says where the end is.",
    },
    "levels": {
        "question": "A memory of 50,000: how many comparisons does one draw take, from the root down to a leaf?",
        "choices": [16, 224, 25_000, 50_000],
        "because": "one on each level, and 16 levels suffice for 65,536 leaves. Adding up would take 50,000 sums.",
    },
    "weight of the eighth": {
        "question": "Priorities 1, 2, ... 8, alpha 1: with beta 0.5, what weight has the one of priority 8?",
        "between": (0.0, 1.0, 0.01),
        "within": 0.05,
        "because": "it is drawn 8 times as often as the rarest, which has weight 1, and 8 to the power −0.5 is that.",
    },
    "whose tenth": {
        "question": "At alpha 0.6, in which memory does the tenth with the largest errors get more of the draws?",
        "choices": ["CartPole", "MountainCar"],
        "because": "{pole:.0%} on CartPole, {car:.0%} on MountainCar. Without a flag, most of it looks alike.",
    },
    "compounding": {
        "question": "At which step does the broken beta pass 0.99? The right one does so at 29,501 of 30,000.",
        "between": (0, 30_000, 500),
        "within": 500,
        "because": "it steps on from where it stands, again and again: the steps add up as 1 + 2 + 3.",
    },
    "the last slot": {
        "question": "Of 20,000 broken draws, how many go to the last slot? Its priority asks for 4,444.",
        "choices": [4_444, 3_889, 2_222, 0],
        "because": (
            "the last edge is missing, so nothing lies beyond it. In a memory that is not full yet, this slot holds"
            " the newest transition, the one that should be looked at first."
        ),
    },
    "broadcast": {
        "question": "Weights of shape (64, 1) times squared errors of shape (64,). What is the mean of the product?",
        "choices": [
            "the weighted mean, as it should be",
            "the mean weight times the mean squared error",
            "64 times the weighted mean",
        ],
        "answer": {True: "the mean weight times the mean squared error", False: "the weighted mean, as it should be"},
        "because": "each weight meets each error, so every transition counts alike: the weights are gone.",
    },
    "tiles in all": {
        "question": "Four grids, 8 tiles across each dimension, three of them moved. How many tiles are there in all?",
        "choices": [64, 256, 324, 1_296],
        "because": (
            "a moved grid no longer reaches the far edge, and needs a ninth tile across. So each grid has 9 by 9, and"
            " the one that is not moved gets its ninth row and column, too."
        ),
    },
    "from the valley": {
        "question": "The learned car needs some 105 steps. Which cost to go does it learn there, at gamma 0.99?",
        "between": (0, 150, 1),
        "within": 8,
        "because": (
            "these are discounted steps: (1 − 0.99¹⁰⁵) / 0.01 is 65. The flag was first reached at step {first:,},"
            " without one random action."
        ),
    },
    "four starts": {
        "question": "Start values 0, −50, −95 and −100: which agents reach the flag within 6,000 steps?",
        "choices": [
            "all four",
            "0 and −50 only",
            "all but −100, each at a step of its own",
            "all but −100, at the very same step",
        ],
        "because": "{steps}.",
    },
    "by replay": {
        "question": "Uniform found the flag on 12 of 16 seeds. On how many does prioritized replay find it?",
        "between": (0, 16, 1),
        "because": "on these seeds it was the worse luck. Nobody can replay what never happened.",
    },
    "by the start": {
        "question": "'tiles, epsilon', which starts at 0, finds it on all 16 seeds. On how many does 'tiles, −100'?",
        "between": (0, 16, 1),
        "because": "the two differ in nothing but the start value.",
    },
    "sixteen others": {
        "question": "In score, prioritized minus uniform is −33 [−62, −4] on seeds 0 to 15. And on 16 to 31?",
        "between": (-60, 60, 5),
        "because": "with its interval {other:.0f}: the second sixteen say nothing of a loss. So it is open.",
    },
    "poles by tiles": {
        "question": "Tiles on CartPole's four dimensions, 20,000 steps, 16 seeds: what mean score, of 500?",
        "between": (0, 500, 10),
        "because": (
            "with its interval {mean:.0f}, and {solved} of 16 seeds end at 475 or more; on 32 held-out seeds it is"
            " {fresh:.0f}, and {fresh_solved} of 32. It learns, and most do not end solved."
        ),
    },
    "the control": {
        "question": "Prioritized minus uniform is {ours:+.0f} steps at the end, on 16 seeds. Control minus uniform?",
        "between": (-200, 200, 10),
        "because": (
            "the control draws all alike, as uniform does. So this difference is luck, and {ours:+.0f} may be, too."
        ),
    },
    "64 seeds": {
        "question": "Of these six differences, how many are shown, on 64 seeds and on the held-out ones?",
        "between": (0, 6, 1),
        "unit": "differences",
        "because": (
            "on the 64 seeds both lie below uniform at that one examination. The held-out seeds do not show it."
        ),
    },
}
