"""What is right in lesson 06, and why: kept out of its cells, so that nobody reads it before guessing."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "row 2": {
        "question": "Row 2: in A, go, reward 1, then B with the values 2 and 4. What is y?",
        "choices": [2.8, 3.7, 4.6, 5.0],
        "answer": 4.6,
        "because": "1 + 0.9 · 4. The best of B's values counts, whatever the agent does there.",
    },
    "row 4": {
        "question": "Row 4: in B, go, reward 2, and the episode terminated. What is y?",
        "choices": [2.0, 3.8, 5.6],
        "answer": 2.0,
        "because": "the reward alone, for nothing follows. 5.6 would be bootstrapped through the end.",
    },
    "one step": {
        "question": "Where is Q(A, go), which was 1.0, after one step with learning rate 0.5?",
        "between": (0.5, 5.0, 0.05),
        "within": 0.1,
        "answer": 1.9,
        "because": (
            "the error is 1.0 − 4.6 = −3.6, the slope of the loss 2 · (−3.6) / 4 = −1.8, and 1.0 + 0.5 · 1.8 = 1.9. "
            "Lesson 01's table would have gone half of the way, to 2.8. Here it is a quarter: a square's slope has the "
            "factor 2, and the mean over four rows divides by 4."
        ),
    },
    "target network": {
        "question": "Gamma is 0.9. What is y, with the target network?",
        "choices": [4.6, 5.5, 6.4, 7.3],
        "answer": 5.5,
        "because": "1 + 0.9 · 5. The target network chooses the best action and values it.",
    },
    "Double DQN": {
        "question": "The same row by Double DQN: what is y?",
        "choices": [4.6, 5.5, 6.4, 7.3],
        "answer": 4.6,
        "because": "the online network prefers left, 7 against 6. The target network says that left is worth 4.",
    },
    "a' passed in": {
        "question": "SARSA against Q-learning in this agent, by the mean of ten examinations: what is shown?",
        "choices": ["SARSA gains", "SARSA loses", "nothing: it is open"],
        "because": "it changes the score by {change}.",
    },
    "sixteen seeds": {
        "question": "On how many of 16 seeds does your agent reach a mean of 475 steps?",
        "choices": ["fewer than 4", "4 to 11", "12 or more"],
        "because": (
            "yours reaches it on {yours} of 16, qlib's pieces on {theirs}. Yours took {steps:,.0f} training steps in "
            "the mean; the difference from qlib's, seed by seed, is {change}."
        ),
    },
    "mistakes that show": {
        "question": "How many of the nine mistakes lower the score so much that 16 seeds show it, and 32 others, too?",
        "between": (0, 9, 1),
        "within": 1,
        "unit": "mistakes",
        "because": (
            "these lie below 0 as a whole, on both sets of seeds. "
            "The others are open: {others}. Of the target network lesson 09 asks again, with more seeds. None of the "
            "nine raised an error."
        ),
    },
}
