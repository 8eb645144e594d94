"""What lesson 12's questions hide: what explains their answers, all of which a cell computes."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "who fell": {
        "question": "How many of these 16 agents fell by more than 150 from one examination to the next, ever?",
        "between": (0, 16, 1),
        "because": (
            "each fell at another time, and the mean hides that. As good as before its largest fall, at some"
            " later examination, were {back} of 16."
        ),
    },
    "a rank": {
        "question": "What is the rank of the move of +35?",
        "choices": [0.25, 0.5, 0.75, 1.0],
        "because": "of the four others, +40, +20, +17 and +5, three are smaller. So this fall was 'warned'.",
    },
    "which warns": {
        "question": "Three rules, two rates: which instrument's mean rank is shown most often to be above chance?",
        "choices": ["falls in memory", "action gap", "doomed value", "highest value", "loss", "gradient norm"],
        "because": "of six times, shown to be above 0.5: {counts}.",
    },
    "alarms": {
        "question": "The best of the six rings its alarm 100 times, at rate 0.003. How many great falls follow?",
        "between": (0, 100, 1),
        "because": "by chance it would be 12. An alarm that is wrong five times of six is soon ignored.",
    },
    "two memories": {
        "question": "With a memory of 1,000, and with one of 10,000: is it better or worse than the run's mean?",
        "choices": ["better, better", "better, worse", "better, open", "open, open", "worse, open"],
        "because": "on the 128 seeds and on the held-out ones: {gains} steps.",
    },
    "lost corners": {
        "question": "Of 100 networks that score 475 or more, how many value a lost corner above half of the middle?",
        "between": (0, 100, 1),
        "because": (
            "there were {n} such networks here, and the median of their doomed value is {doomed:.0f}, where "
            "the truth is at most 3."
        ),
    },
    "falls left": {
        "question": "How many falls are left in the ring after 5,000 steps of balancing?",
        "between": (0, 200, 10),
        "because": "half of the ring is from before, with a fall in each 50. After 10,000 steps none is left.",
    },
    "least memory": {
        "question": "Which memory scores the least over training, that is, on average over the eight examinations?",
        "choices": ["memory 64", "memory 500", "memory 2,000", "memory 10,000", "memory 100,000"],
        "because": "it holds one batch, and learns from its last second again and again. The table has the others.",
    },
    "differ at the end": {
        "question": "At the end, for how many of the three smaller memories does the interval leave 0 out?",
        "choices": [0, 1, 2, 3],
        "because": (
            "sixteen seeds say little about the end, where chance has the last word. Over training they say more."
        ),
    },
    "its own memory": {
        "question": "Over training, what does a memory of 1,000 do against the original's own 10,000?",
        "choices": ["above", "below", "open"],
        "because": "the interval of the difference is {change:.0f} steps, and holds 0.",
    },
    "costs most": {
        "question": "Which of these costs the most score over training?",
        "choices": ["batch 16", "batch 128", "gradient clipped to 1", "gradient clipped to 10"],
        "because": "the figure has all four, on both sets of seeds.",
    },
    "solved at last": {
        "question": "Nearly every base agent is solved (475) at some examination. How many of 64 are at the last one?",
        "between": (0, 64, 1),
        "because": "{ever} of 64 were solved at one of 20 examinations. It learns, and it does not stay.",
    },
    "ends solved": {
        "question": "With which of these, alone, do more seeds end solved than in the base, by its interval?",
        "choices": ["memory 500", "soft target", "weight decay", "residual"],
        "because": "the picture and the table have all nineteen.",
    },
    "over training": {
        "question": "And over training: how many of the nineteen rows are better than the base, by their intervals?",
        "between": (0, 19, 1),
        "because": "better: {up}. Worse: {down}.",
    },
    "parts that matter": {
        "question": "Without how many of the twelve parts does it end lower, or less often solved, by the interval?",
        "between": (0, 12, 1),
        "within": 0,
        "because": "{needed}.",
    },
    "faster without": {
        "question": "Without which of these parts is it faster over training, by the interval?",
        "choices": ["target network", "gamma 0.998", "64-64 units", "memory 50,000"],
        "because": "a target network slows it, and in the table one that is slower still slows it more.",
    },
    "best instead of last": {
        "question": "Report each seed's best examination in place of its last: how much better does the base look?",
        "between": (0, 500, 10),
        "because": (
            "the last examinations have a mean of {last:.0f}, and nothing was learned in between. The "
            "luckiest seed ends at {lucky:.0f}, the unluckiest at {unlucky:.0f}."
        ),
    },
}
